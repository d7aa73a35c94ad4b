"""What the land offers to plants: masks in 0..1 from slope, height, water and noise, at any points.

The same masks place the plants and colour the ground (its material reads them as attributes), so there is
litter under the trees and bare rock where nothing grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..elementary import exp, hypot
from ..rng import subseed
from ..scene_spec import ScatterSpec
from ..terrain.blocks import in_blocks
from ..terrain.land import Terrain
from ..terrain.noise import fbm2

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Habitat:
    """The land with what it offers: the habits of temperate country, which kinds of world override. Everything takes x, y in
    metres and returns float32 of the same shape.

    `glade` is the place (x, y) that the picture is taken from: the wood keeps some way off.
    """

    land: Terrain
    scatter: ScatterSpec
    seed: int
    glade: tuple[float, float] = (0.0, 0.0)

    def height(self, x: Any, y: Any) -> Floats:
        """Height of the ground, metres."""
        return self.land.height(x, y)

    @property
    def tree_line(self) -> float:
        """Height where the forest ends, metres."""
        return self.scatter.tree_line

    @property
    def snow_line(self) -> float:
        """Height above which snow lies on gentle ground, metres."""
        return self.scatter.snow_line

    def noise_seed(self, name: str) -> int:
        """Return the integer that seeds one of the habitat's noises."""
        return subseed(self.seed, "habitat", name)

    def slope(self, x: Any, y: Any, z: Floats) -> Floats:
        """Rise over run about places on the ground, of the heights z, averaged over a metre."""
        return self.land.slope(x, y, z=z)

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How densely trees want to stand: woods with glades between, thinning up the slopes to a ragged line."""
        seed = self.noise_seed("forest")
        woods, groups, ragged = self._noise(x, y, ((140.0, seed, 3), (26.0, seed + 10, 2), (75.0, seed + 20, 3)))
        high = z + 46.0 * ragged + 60.0 * np.maximum(slope - 0.5, 0)
        gentle = 1.0 - smoothstep(0.75, 1.25, slope)
        below_line = 1.0 - smoothstep(self.tree_line - 45, self.tree_line + 10, high)
        dry = smoothstep(0.35, 0.9, z)
        wanted = 2.3 * self.scatter.trees - 0.55
        density = np.clip(wanted + 1.0 * woods + 0.45 * groups, 0, 1)
        away = hypot(np.asarray(x) - np.float32(self.glade[0]), np.asarray(y) - np.float32(self.glade[1]))
        density *= smoothstep(30.0, 90.0, away + 14.0 * groups)
        return (density * gentle * below_line * dry).astype(np.float32)

    def broadleaf(self, x: Any, y: Any, z: Floats) -> Floats:
        """The chance that a tree there is a broadleaf: near water and low down, in stands of their own."""
        seed = self.noise_seed("broadleaf")
        (stands,) = self._noise(x, y, ((60.0, seed, 2),))
        low = exp(-np.maximum(z - 2.0, 0) / 22.0)
        share = 1.0 - self.scatter.conifers
        return np.clip(1.9 * share * low + 1.3 * stands * min(1.0, 2.5 * share) + 0.35 * (share - 0.5), 0, 1).astype(np.float32)

    def grass(self, x: Any, y: Any, z: Floats) -> Floats:
        """How densely grass stands near the lake: not in the water, on rock, on bare patches or in deep shade."""
        slope = self.land.near.slope(x, y)
        return self.turf(x, y, z, slope) * (1.0 - 0.5 * self.forest(x, y, z, slope))

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How much of the ground is covered with grass or herbs, whatever stands above it."""
        seed = self.noise_seed("turf")
        edge, bare = self._noise(x, y, ((2.6, seed, 3), (9.0, seed + 10, 3)))
        out_of_water = smoothstep(0.05, 0.42, z + 0.26 * edge)
        gentle = 1.0 - smoothstep(0.55, 0.95, slope + 0.1 * edge)
        low = 1.0 - smoothstep(self.tree_line - 20, self.tree_line + 110, z + 30 * bare)
        covered = smoothstep(-0.85, -0.15, bare + 0.3 * edge)
        return (out_of_water * gentle * low * covered).astype(np.float32)

    def sward(self, x: Any, y: Any, z: Floats) -> tuple[Floats, Floats]:
        """How high the blades stand, against those of a meadow, and how far they are ripe corn, 0..1."""
        return np.ones_like(z), np.zeros_like(z)

    def canopy(self, x: Any, y: Any, z: Floats) -> Floats:
        """How much of the sky trees cover: what they shed lies below."""
        return smoothstep(0.04, 0.4, self.forest(x, y, z, self.land.near.slope(x, y)))

    def snow(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """How much snow lies: high up, on gentle ground, lower in hollows and gullies."""
        seed = self.noise_seed("snow")
        (drift,) = self._noise(x, y, ((90.0, seed, 4),))
        high = smoothstep(self.snow_line - 40, self.snow_line + 130, z + 60 * drift)
        return (high * (1.0 - smoothstep(0.55, 1.15, slope + 0.2 * drift - 0.35 * high))).astype(np.float32)

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks that the ground's material reads beside the terrain's own, by name, each 0..1."""
        places = (x, y, z, slope)
        return {"turf": self.turf(*places), "forest": self.forest(*places), "snow": self.snow(*places)}

    def clumps(self, name: str, x: Any, y: Any, size: float) -> Floats:
        """Return noise of about -1 to 1 that gathers one kind of plant or stone into patches of `size` metres."""
        return self._noise(x, y, ((size, self.noise_seed(name), 3),))[0]

    def _noise(self, x: Any, y: Any, layers: tuple[tuple[float, int, int], ...]) -> list[Floats]:
        """Return one fractal noise for each (size of its features in metres, seed, octaves), about -1 to 1."""

        def block(x: Floats, y: Floats) -> list[Floats]:
            return [fbm2(x / np.float32(size), y / np.float32(size), seed, octaves) for size, seed, octaves in layers]

        return in_blocks(block, (x, y), len(layers))


def smoothstep(low: float, high: float, value: Floats) -> Floats:
    """Return 0 below `low`, 1 above `high`, Hermite between, float32 as `value`."""
    share = np.clip((value - np.float32(low)) * np.float32(1 / (high - low)), 0, 1)
    return share * share * (3 - 2 * share)
