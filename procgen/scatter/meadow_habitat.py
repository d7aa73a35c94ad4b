"""What farmed downs offer: fields of hay, pasture and, in some worlds, wheat; flowers in drifts; woods on the hills."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ..elementary import hypot
from ..rng import stream
from .fields import Fields, fields_of
from .habitat import Floats, Habitat, smoothstep

FLOWERS = {
    "poppy": (0.50, 0.030, 0.020),
    "daisy": (0.46, 0.45, 0.36),
    "buttercup": (0.70, 0.46, 0.02),
    "dandelion": (0.70, 0.42, 0.02),
    "bellflower": (0.24, 0.17, 0.55),
    "lavender": (0.26, 0.17, 0.46),
    "tulip": (0.55, 0.05, 0.08),
}
"""Flowers of the meadows and their colours, linear, as one sees drifts of them from afar."""
_BLOOM = {
    "spring": {"tulip": 0.5, "dandelion": 1.0, "buttercup": 0.8, "daisy": 0.5},
    "summer": {"poppy": 1.0, "daisy": 0.9, "buttercup": 0.9, "bellflower": 0.8, "lavender": 0.45, "dandelion": 0.3},
    "autumn": {"daisy": 0.35, "bellflower": 0.3, "dandelion": 0.3},
    "winter": {},
    "dry": {"poppy": 0.35, "lavender": 0.3, "daisy": 0.25},
}
"""By season: the flowers that are out, and how many at most."""


class MeadowHabitat(Habitat):
    """The land of fields and meadows."""

    @cached_property
    def fields(self) -> Fields:
        return fields_of(self.seed)

    @cached_property
    def wheat_share(self) -> float:
        """Share of the fields that bear wheat: none in half of the worlds."""
        rng = stream(self.seed, "fields", "wheat")
        return float(rng.uniform(0.2, 0.45)) if rng.random() < 0.5 else 0.0

    @cached_property
    def flora(self) -> dict[str, float]:
        """How much of each flower grows here, 0..1: each world has three or four that prevail."""
        rng = stream(self.seed, "meadow", "flora")
        out = _BLOOM[self.scatter.season]
        strength = dict(zip(FLOWERS, rng.random(len(FLOWERS)), strict=True))
        prevail = sorted(out, key=lambda name: -strength[name] * out[name])[:4]
        return {name: out[name] * (1.0 if name in prevail[:2] else 0.55) for name in prevail}

    def wheat(self, x: Any, y: Any) -> Floats:
        """Where wheat stands, 0 or 1: whole fields but for their margins. Only ripe and green corn counts: none in winter."""
        if self.wheat_share == 0.0 or self.scatter.season in ("winter", "spring"):
            return np.zeros(np.shape(x), np.float32)
        number, border = self.fields.at(x, y)
        return ((number < self.wheat_share) & (border > 2.6)).astype(np.float32)

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How densely trees want to stand: woods on the hills, with straight edges where fields begin."""
        seed = self.noise_seed("woods")
        woods, groups = self._noise(x, y, ((260.0, seed, 3), (30.0, seed + 10, 2)))
        number, border = self.fields.at(x, y)
        high = smoothstep(12.0, 70.0, z - np.float32(self._near_level))
        away = hypot(np.asarray(x) - np.float32(self.glade[0]), np.asarray(y) - np.float32(self.glade[1]))
        wanted = woods + 0.8 * high + 0.5 * (number - 0.5) + 1.3 * (self.scatter.trees - 0.5)
        density = smoothstep(0.35, 0.6, wanted + 0.2 * groups) * smoothstep(110.0, 170.0, away)
        density *= smoothstep(1.0, 5.0, border) * min(1.0, 8.0 * self.scatter.trees)
        gentle = 1.0 - smoothstep(0.9, 1.4, slope)
        below_line = 1.0 - smoothstep(self.tree_line - 45, self.tree_line + 10, z + 40.0 * groups)
        return (density * gentle * below_line).astype(np.float32)

    @cached_property
    def _near_level(self) -> float:
        """Height of the ground where the picture is taken, m."""
        here = np.array([[self.glade[0]], [self.glade[1]]], np.float32)
        return float(self.land.near.height(*here)[0])

    def broadleaf(self, x: Any, y: Any, z: Floats) -> Floats:
        """The chance that a tree is a broadleaf, in stands."""
        (stands,) = self._noise(x, y, ((70.0, self.noise_seed("broadleaf"), 2),))
        share = np.float32(1.0 - self.scatter.conifers)
        return np.clip(share + np.float32(3.0) * share * (1 - share) * stands, 0, 1).astype(np.float32)

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How much of the ground is covered: all but steep ground and trodden spots."""
        (bare,) = self._noise(x, y, ((7.0, self.noise_seed("turf"), 3),))
        gentle = 1.0 - smoothstep(0.7, 1.1, slope)
        return (gentle * smoothstep(-1.0, -0.55, bare)).astype(np.float32)

    def sward(self, x: Any, y: Any, z: Floats) -> tuple[Floats, Floats]:
        """Hay stands high, pasture is grazed, wheat is higher than both and ripe."""
        number, border = self.fields.at(x, y)
        pasture = smoothstep(0.78, 0.80, number) * smoothstep(0.5, 2.5, border)
        ripe = self.wheat(x, y) * np.float32(self.scatter.season != "spring")
        return (0.95 - 0.55 * pasture) * (1 - ripe) + 2.6 * ripe, ripe

    def drift(self, name: str, x: Any, y: Any) -> Floats:
        """How densely one flower stands, 0..1: in drifts of some metres that belong to it alone, and sprinkled between."""
        if name not in self.flora:
            return np.zeros(np.shape(x), np.float32)
        great, small = self.clumps(name, x, y, 16.0), self.clumps(f"{name} tufts", x, y, 3.0)
        number, _ = self.fields.at(x, y)
        grazed = smoothstep(0.78, 0.80, number) * np.float32(0.0 if name == "dandelion" else 0.75)
        drifts = smoothstep(-0.2, 0.6, great + 0.4 * small)
        return np.float32(self.flora[name]) * (0.03 + 0.97 * drifts) * (1.0 - grazed) * (1.0 - self.wheat(x, y))

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks of all land, `ripe`, `blooming`, and `bloom` (N, 3): the colour of flowers, times their share."""
        cover = super().cover(x, y, z, slope)
        open_ground = (1.0 - cover["forest"]) * cover["turf"]
        share = {name: 0.38 * self.scatter.undergrowth * self.drift(name, x, y) * open_ground for name in self.flora}
        bloom = sum(
            (share[name][:, None] * np.array(FLOWERS[name], np.float32) for name in share), np.zeros((len(x), 3), np.float32)
        )
        total = sum(share.values(), np.zeros_like(z))
        most = np.maximum(total, 1.0)
        more = {"ripe": self.wheat(x, y), "bloom": bloom / most[:, None], "blooming": total / most}
        return cover | {name: values.astype(np.float32) for name, values in more.items()}
