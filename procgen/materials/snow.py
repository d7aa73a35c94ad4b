"""Snow and ice: fresh snow, snow that wind has packed and carved, glacier ice, and the ice of a frozen sea."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..spec import parameter
from .layers import Layer, layer
from .patterns import beds, cracks, level_of, warped
from .values import Values, Varied

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


@dataclass(frozen=True)
class FreshSnow(Varied):
    softness: float = parameter(0.5, "from even to full of soft humps", low=0.2, high=1.0)
    blue: float = parameter(0.4, "how blue its hollows are", low=0.1, high=0.8)


@layer("fresh_snow", "snow", "new snow, soft and nearly white", FreshSnow)
def fresh_snow(w: NodeWriter, place: Socket, values: Values) -> Layer:
    soft, crystals = w.noise(place, 0.45, 3.0, 0.42), w.noise(place, 90.0, 3.0, 0.7)
    hollow = w.smoothstep(0.55, 0.35, soft) * values("blue")
    colour = w.mix(hollow, (0.85, 0.865, 0.89), (0.70, 0.76, 0.86)) * (0.93 + 0.12 * crystals)
    return Layer(colour, 0.75, (soft - 0.5) * 0.35 * values("softness"), 0.06, (crystals - 0.5) * 0.0035, thirst=0.0)


@dataclass(frozen=True)
class Firn(Varied):
    carved: float = parameter(0.6, "height of the ridges", low=0.3, high=1.0)
    grey: float = parameter(0.3, "dust in it", low=0.0, high=0.8)


@layer("packed_snow", "snow", "snow that wind has packed and carved into ridges (sastrugi)", Firn)
def packed_snow(w: NodeWriter, place: Socket, values: Values) -> Layer:
    broad, crystals = w.noise(place, 0.25, 3.0, 0.5), w.noise(place, 70.0, 3.0, 0.7)
    blown = w.mapping(warped(w, place, 1.2, 0.22), (0.55, 2.6, 1.2))
    ridge = w.noise(blown, 1.0, 5.0, 0.52, 0.35)
    # Wind undercuts the ridges: steep to one side, streaming out to the other.
    carved = w.smoothstep(0.44, 0.50, ridge) * 0.55 + w.smoothstep(0.52, 0.56, ridge) * 0.45
    flutes = w.noise(w.mapping(place, (1.6, 24.0, 8.0)), 1.0, 3.0, 0.6)
    colour = w.mix(carved, (0.66, 0.71, 0.79), (0.84, 0.855, 0.88)) * (0.92 + 0.14 * crystals)
    dust = w.smoothstep(0.45, 0.62, broad) * (1.0 - carved) * values("grey")
    colour = w.mix(dust * 0.5, colour, (0.46, 0.43, 0.39))
    height = (carved - 0.5) * 0.10 * values("carved") + (ridge - 0.5) * 0.12 + (broad - 0.5) * 0.15
    return Layer(colour, 0.55, height, 0.08, (flutes - 0.5) * 0.010 + (crystals - 0.5) * 0.001, 0.12, thirst=0.0)


@dataclass(frozen=True)
class GlacierIce(Varied):
    blue: float = parameter(0.6, "from grey to blue", low=0.25, high=1.0)
    dirt: float = parameter(0.4, "grit in its bands and hollows", low=0.05, high=0.9)
    rotten: float = parameter(0.5, "how much its surface has turned white in the sun", low=0.1, high=0.9)


@layer(
    "glacier_ice",
    "snow",
    "old blue ice with white bubbles, bands of grit and cracks, white and pitted where the sun rots it",
    GlacierIce,
)
def glacier_ice(w: NodeWriter, place: Socket, values: Values) -> Layer:
    broad, grain = w.noise(place, 0.35, 4.0, 0.5), w.noise(place, 2.2, 7.0, 0.62)
    scoop = w.voronoi(warped(w, place, 0.3, 0.05), 4.2)
    level = level_of(w, place, 0.5, 0.7, 1.5)
    band = beds(w, place, level, 0.5, 5.0, 0.6)
    blue = w.mix(values("blue"), (0.38, 0.45, 0.49), (0.175, 0.375, 0.475))
    colour = w.mix(w.smoothstep(0.40, 0.62, broad + 0.3 * (band - 0.5)), blue, (0.46, 0.63, 0.70))
    bubbles = w.smoothstep(0.50, 0.66, w.noise(w.mapping(place, (7.0, 7.0, 26.0)), 1.0, 4.0, 0.65))
    colour = w.mix(bubbles * 0.55, colour, (0.74, 0.81, 0.85))
    crack = cracks(w, warped(w, place, 0.8, 0.3, 3.0), 1.7, 0.02) * w.smoothstep(0.46, 0.58, broad)
    colour = w.mix(crack * 0.5, colour, (0.78, 0.85, 0.88))
    rotten = w.smoothstep(0.66 - 0.3 * values("rotten"), 0.72, grain + 0.4 * (broad - 0.5)) * values("rotten")
    colour = w.mix(rotten, colour, (0.80, 0.835, 0.855))
    grit = w.clamp(w.smoothstep(0.60, 0.67, band) + w.smoothstep(0.62, 0.70, w.noise(place, 26.0, 3.0, 0.7)) * 0.6)
    colour = w.mix(grit * values("dirt") * 0.75, colour, (0.085, 0.078, 0.070))
    height = (scoop * scoop - 0.3) * 0.08 + (broad - 0.5) * 0.16 - crack * 0.008
    return Layer(colour, 0.16 + 0.5 * rotten, height, 0.07, (grain - 0.5) * 0.02 * rotten, 1.0 - 0.8 * rotten, thirst=0.0)


@dataclass(frozen=True)
class SeaIce(Varied):
    snow: float = parameter(0.6, "share that snow lies on", low=0.35, high=0.9)
    floes: float = parameter(2.4, "breadth of the pieces that froze together", unit="m", low=1.6, high=4.0)


@layer(
    "sea_ice",
    "snow",
    "the ice of a frozen sea: floes frozen together with rims pushed up, grey-green ice between drifts of snow",
    SeaIce,
)
def sea_ice(w: NodeWriter, place: Socket, values: Values) -> Layer:
    grain, crystals = w.noise(place, 0.9, 7.0, 0.6), w.noise(place, 60.0, 3.0, 0.7)
    bent = warped(w, place, 1.0, 0.25, 4.0)
    edge = w.voronoi(bent, 1.0 / values("floes"), "DISTANCE_TO_EDGE", flat=True)
    own = w.separate(w.voronoi(bent, 1.0 / values("floes"), "F1", "Color", flat=True))
    rubble = w.voronoi(bent, 7.0 / values("floes"), flat=True)
    rim = w.smoothstep(0.10, 0.02, edge) * w.smoothstep(0.38, 0.55, grain + 0.2 * (own[1] - 0.5))
    lead = w.smoothstep(0.022, 0.006, edge)
    drift = w.noise(w.mapping(place, (0.35, 1.1, 1.0)), 1.0, 5.0, 0.55)
    low = 0.66 - 0.32 * values("snow")
    snow = w.smoothstep(low, low + 0.05, drift + 0.10 * (own[0] - 0.5) + 0.2 * rim)
    ice = w.mix(own[2], (0.17, 0.285, 0.315), (0.36, 0.47, 0.49)) * (0.72 + 0.56 * grain)
    ice = w.mix(rim, ice, (0.60, 0.72, 0.76))
    white = w.mix(drift, (0.70, 0.76, 0.83), (0.86, 0.87, 0.885)) * (0.94 + 0.1 * crystals)
    colour = w.mix(lead * 0.8, w.mix(snow, ice, white), (0.035, 0.085, 0.10))
    height = snow * (0.02 + (drift - 0.45) * 0.20) + rim * (0.05 + 0.10 * (0.5 - rubble)) - lead * 0.05
    return Layer(colour, 0.2 + 0.5 * snow, height, 0.10, (crystals - 0.5) * 0.002 * snow, 1.0 - 0.9 * snow, thirst=0.0)
