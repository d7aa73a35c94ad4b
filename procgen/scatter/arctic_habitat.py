"""What arctic land offers: snow nearly everywhere, and tundra of moss, lichen and tufts where wind has swept it bare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..terrain.blocks import in_blocks
from ..terrain.sea_ice import Pressure
from .habitat import Floats, Habitat, smoothstep
from .sowing import Sowing
from .stones import Stones


@dataclass(frozen=True)
class ArcticHabitat(Habitat):
    """Habits of snow, ice and tundra."""

    @cached_property
    def pressure(self) -> Pressure:
        """Wind and pressure ridges of this world."""
        return Pressure.of(self.seed)

    def forest(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """No trees."""
        return np.zeros(np.shape(z), np.float32)

    def snow(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Snow on all that is not too steep and not blown bare; always on fast ice."""
        seed = self.noise_seed("snow")
        drift, swept, fine = self._noise(x, y, ((80.0, seed, 4), (34.0, seed + 10, 3), (5.0, seed + 20, 3)))
        ice = self.land.mask("sea_ice", x, y)
        high = smoothstep(self.snow_line - 40, self.snow_line + 60, z + 40 * drift)
        hold = 1.0 - smoothstep(0.55, 1.1, slope + 0.25 * drift + 0.1 * fine)
        bare = smoothstep(0.30, 0.62, swept + 0.35 * fine) * smoothstep(2.5, 6.0, z)
        return np.maximum(ice, high * hold * (1.0 - bare)).astype(np.float32)

    def turf(self, x: Any, y: Any, z: Floats, slope: Floats) -> Floats:
        """Tundra where there is no snow, low down."""
        low = 1.0 - smoothstep(60, 140, z)
        gentle = 1.0 - smoothstep(0.5, 0.85, slope)
        return (low * gentle * (1.0 - self.snow(x, y, z, slope)) * smoothstep(0.8, 2.0, z)).astype(np.float32)

    def ridge(self, x: Any, y: Any) -> Floats:
        """How much a place lies on a pressure ridge of fast ice, 0..1."""
        lies = in_blocks(lambda a, b: (self.pressure.ridge_at(a, b),), (x, y), 1)[0]
        return lies * smoothstep(0.3, 0.9, self.land.mask("sea_ice", x, y))

    def cover(self, x: Floats, y: Floats, z: Floats, slope: Floats) -> dict[str, Floats]:
        """Return the masks of arctic ground: turf, forest, snow, sea_ice."""
        return super().cover(x, y, z, slope) | {"sea_ice": self.land.mask("sea_ice", x, y)}


def on_tundra(habitat: Habitat, name: str, x: Floats, y: Floats, z: Floats) -> Floats:
    """Cushions and tufts in groups on bare ground."""
    groups = smoothstep(-0.1, 0.6, habitat.clumps(name, x, y, 4.0))
    return habitat.scatter.undergrowth * groups * habitat.turf(x, y, z, habitat.slope(x, y, z))


def blown_bare(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a stone: where the snow is gone."""
    clumps = habitat.clumps("stones", x, y, 7.0)
    bare = (1.0 - habitat.snow(x, y, z, slope)) * smoothstep(1.0, 2.5, z)
    return (1.6 * habitat.scatter.rocks * bare * np.clip(0.35 + 0.8 * clumps, 0.03, 0.9)).astype(np.float32)


def erratics(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a boulder: a few that stand out of the snow on land."""
    return (0.05 * habitat.scatter.rocks * smoothstep(1.2, 3.0, z)).astype(np.float32) + blown_bare(
        habitat, x, y, z, slope
    ) * 0.5


def pushed_up(habitat: Habitat, x: Floats, y: Floats, z: Floats, slope: Floats) -> Floats:
    """Return how likely a candidate is a block of ice: along pressure ridges, and a few along the edge of the ice."""
    assert isinstance(habitat, ArcticHabitat)
    edge = smoothstep(-9.0, -2.0, habitat.land.mask("water", x, y)) * smoothstep(
        0.1, 0.7, habitat.clumps("edge ice", x, y, 12.0)
    )
    return (1.5 * smoothstep(0.15, 0.8, habitat.ridge(x, y)) + 0.25 * edge).astype(np.float32)


ARCTIC_SOWINGS = (
    Sowing("moss", 0.42, 30.0, 5, 0.1, 0.0, on_tundra),
    Sowing("lichen", 0.45, 22.0, 5, 0.1, 0.0, on_tundra),
    Sowing("grass", 0.5, 40.0, 5, 0.12, 0.12, on_tundra, clearance=2.2, size=lambda z: np.full_like(z, 0.6)),
)
ARCTIC_STONES = (
    Stones("pebbles", 0.32, 20.0, 0.03, 0.10, blown_bare),
    Stones("cobbles", 0.80, 70.0, 0.08, 0.40, blown_bare),
    Stones("boulders", 6.0, 600.0, 0.4, 2.2, erratics),
    Stones("ice rubble", 0.75, 90.0, 0.15, 0.7, pushed_up, lowest=0.2, generator="ice_block", tilt=0.6),
    Stones("ice blocks", 1.9, 400.0, 0.6, 2.4, pushed_up, lowest=0.2, generator="ice_block", tilt=0.75),
)
