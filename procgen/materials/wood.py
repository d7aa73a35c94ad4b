"""Bark and bare wood, after the attribute `bark`: metres around and along the wood, so that the texture follows every branch.

The mesh's `tint` is the mean colour; ridges are lighter, furrows darker. A kind's pattern is one formula with the relief of
trunks (`plants.anatomy.bark`); finer grain is added here. Six kinds of bark, cut wood and dead wood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..plants.anatomy.bark_patterns import BARKS
from ..registry import material
from ..weather.wetness import glossed, soaked, wetness
from . import Surface

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


def _tint(w: NodeWriter) -> Socket:
    return w.attribute("tint", output="Vector") * (0.85 + 0.3 * w.object_random())


def _grain(w: NodeWriter, stretch: float) -> Socket:
    return w.mapping(w.attribute("bark", output="Vector"), scale=(1, 1, stretch))


def _girth(w: NodeWriter) -> Socket:
    """The radius of the wood, m."""
    x, y, _ = w.separate(w.attribute("bark", output="Vector"))
    return w.math("SQRT", x * x + y * y)


def _matt(w: NodeWriter, colour: Socket, height: Socket, depth: float, roughness: float = 0.85) -> Surface:
    """Bark or wood; rain runs down it, so that it is less wet than the ground."""
    rain, normal = 0.8 * wetness(w), w.bump(height, depth, 0.9)
    colour = soaked(w, colour, rain)
    matt = w.shader("Diffuse", Color=colour, Normal=normal)
    return Surface(glossed(w, matt, 0.7 * rain, normal, 0.35), colour, roughness * (1.0 - 0.5 * rain))


def _relief(w: NodeWriter, height: Socket, dark: float, light: float) -> Socket:
    """The tint, times `dark` in furrows and `light` on ridges."""
    return _tint(w) * (dark + (light - dark) * height)


def _bark(w: NodeWriter, kind: str, dark: float, light: float, roughness: float = 0.85) -> Surface:
    """Bark that is `dark` in its furrows and `light` on its ridges, times the tint; twigs are smooth."""
    bark, place = BARKS[kind], w.attribute("bark", output="Vector")
    height = bark.pattern(w, place)
    grown = w.smoothstep(0.006, 0.07, _girth(w))
    grain = w.noise(_grain(w, 0.4), 75.0, 4.0, 0.68)
    clouds = w.noise(place, 5.0, 3.0)
    shade = (dark + (light - dark) * height) * grown + (0.95 * (1.0 - grown))
    colour = _tint(w) * shade * (1.6 * grain + 0.9 * clouds - 0.25)
    return _matt(w, colour, height * grown + 0.7 * grain, 0.4 * bark.depth, roughness)


@material("bark_furrowed", "deep furrows along the trunk, as of an oak")
def bark_furrowed(w: NodeWriter) -> Surface:
    return _bark(w, "furrowed", 0.28, 1.45)


@material("bark_plated", "thick plates with dark gaps, as of an old pine")
def bark_plated(w: NodeWriter) -> Surface:
    return _bark(w, "plated", 0.22, 1.40)


@material("bark_scaly", "small scales, as of a spruce")
def bark_scaly(w: NodeWriter) -> Surface:
    return _bark(w, "scaly", 0.55, 1.50)


@material("bark_papery", "pale and peeling with dark lenticels across, as of a birch; twigs are brown")
def bark_papery(w: NodeWriter) -> Surface:
    place = w.attribute("bark", output="Vector")
    height = BARKS["papery"].pattern(w, place)
    dashes = w.noise(_grain(w, 9.0), 5.5, 3.0, 0.6)
    marks = w.smoothstep(0.585, 0.625, dashes)
    cloud = w.smoothstep(0.35, 0.65, w.noise(place, 5.0, 2.0))
    pale = _tint(w) * (0.70 + 0.35 * cloud) * (0.55 + 0.55 * height)
    white = w.mix(marks, pale, (0.055, 0.043, 0.036))
    bark = w.mix(w.smoothstep(0.62, 0.5, height), white, (0.028, 0.024, 0.021))
    colour = w.mix(w.smoothstep(0.015, 0.06, _girth(w)), (0.075, 0.045, 0.034), bark)
    return _matt(w, colour, height - 0.15 * marks, 0.35 * BARKS["papery"].depth, 0.7)


@material("bark_smooth", "smooth grey bark with faint rings, as of a beech")
def bark_smooth(w: NodeWriter) -> Surface:
    place = w.attribute("bark", output="Vector")
    height = BARKS["smooth"].pattern(w, place)
    patches = w.smoothstep(0.42, 0.62, w.noise(_grain(w, 0.7), 5.0, 4.0, 0.62))
    grain = w.noise(place, 160.0, 2.0)
    colour = _tint(w) * (0.70 + 0.2 * height + 0.3 * patches + 0.2 * grain)
    return _matt(w, colour, height + 0.1 * grain, 0.2 * BARKS["smooth"].depth, 0.75)


@material("bark_fibrous", "fibres and the scars of old leaves, as of a palm")
def bark_fibrous(w: NodeWriter) -> Surface:
    place = w.attribute("bark", output="Vector")
    height = BARKS["fibrous"].pattern(w, place)
    fibres = w.smoothstep(0.3, 0.7, w.noise(_grain(w, 0.06), 90.0, 3.0, 0.6))
    colour = _tint(w) * (0.45 + 0.55 * height + 0.5 * fibres)
    return _matt(w, colour, height + 0.5 * fibres, 0.3 * BARKS["fibrous"].depth)


@material("wood_cut", "cut or broken wood with its rings, in the plane across the trunk")
def wood_cut(w: NodeWriter) -> Surface:
    girth = _girth(w) + 0.012 * w.noise(w.attribute("bark", output="Vector"), 6.0, 2.0)
    rings = w.math("ABSOLUTE", w.math("FRACT", girth * 160.0) - 0.5)
    return _matt(w, _relief(w, 2.0 * rings, 0.75, 1.25), rings, 0.001)


@material("wood_dead", "bare dead wood, silvery, with cracks along the grain")
def wood_dead(w: NodeWriter) -> Surface:
    grain = w.noise(_grain(w, 0.05), 60.0, 4.0, 0.6)
    height = w.smoothstep(0.36, 0.62, grain)
    return _matt(w, _relief(w, height, 0.45, 1.35), height, 0.008)
