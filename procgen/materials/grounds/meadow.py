"""The ground of meadows: turf in the colours of its flowers, ripe corn from afar, litter below the woods, bare earth."""

from __future__ import annotations

from ...nodes.writer import NodeWriter
from ...registry import material
from .. import Surface
from ..cover import leaf_litter, turf
from ..layers import Layer, cover, finish
from ..snow import fresh_snow
from ..soils import loam


@material("ground_meadow", "turf with flowers, ripe corn, litter of woods and bare earth", family="land")
def ground_meadow(w: NodeWriter) -> Surface:
    place = w.geometry("Position")
    grain, fine = w.noise(place, 0.11, 10.0, 0.62), w.noise(place, 7.0, 4.0, 0.65)
    land = finish(w, loam(w, place))
    green = w.smoothstep(0.25, 0.5, w.attribute("turf") + 0.5 * (grain - 0.5) + 0.25 * (fine - 0.5))
    sward = turf(w, place)
    heads = w.smoothstep(0.30, 0.75, w.attribute("blooming") + 1.1 * (w.noise(place, 2.2, 8.0, 0.7) - 0.5))
    share = w.math("MAXIMUM", w.attribute("blooming"), 0.02)
    colour = w.attribute("bloom", output="Vector") * (1.0 / share)
    petals = w.mix(heads * 0.6, sward.colour, colour * (0.4 + 0.5 * fine))
    land = cover(w, green, land, finish(w, Layer(petals, 0.9, sward.height, sward.depth, sward.relief)))
    ripe = w.smoothstep(0.45, 0.55, w.attribute("ripe"))
    land = cover(w, ripe, land, finish(w, _corn(w)))
    shaded = w.smoothstep(0.35, 0.85, w.attribute("forest") + 0.5 * (grain - 0.5))
    land = cover(w, shaded, land, finish(w, leaf_litter(w, place)))
    snow = w.smoothstep(0.34, 0.56, w.attribute("snow") + 0.55 * (grain - 0.5))
    return cover(w, snow, land, finish(w, fresh_snow(w, place)))


def _corn(w: NodeWriter) -> Layer:
    """A field of wheat as one sees it from afar: gold, uneven where wind and rain have laid it."""
    place = w.geometry("Position")
    broad, fine = w.noise(place, 0.06, 6.0, 0.6), w.noise(place, 5.0, 5.0, 0.7)
    colour = w.mix(w.smoothstep(0.35, 0.65, broad), (0.27, 0.185, 0.066), (0.40, 0.295, 0.118)) * (0.55 + 0.8 * fine)
    return Layer(colour, 0.9, (broad - 0.5) * 0.1, 0.05, (fine - 0.5) * 0.05)
