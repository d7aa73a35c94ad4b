"""A tri-plane field in memory: its planes and decoder, the space that they are in, and the voxels that may hold anything."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from ..launch import AnyLauncher
from .blend import Blended, blended
from .decoder import core, decoded, density_of, first_weights, harmonics
from .lookup import Layout, plane_features
from .march import Pace, Rays, Samples, samples_of
from .occupancy import Grid
from .sky import first_sky, sky_colour
from .space import Space

START = 2.0
"""A step through a voxel that nothing is known of keeps 1 - exp(-exp(-START)) of the light: an eighth."""
SPREAD = 0.3
"""How far the first features lie around 1 at the most in a product, and around 0 otherwise."""

Tensors = dict[str, torch.Tensor]


class Seen(NamedTuple):
    """What rays see: `samples`, their `thickness` and colours blended."""

    samples: Samples
    blended: Blended


@dataclass(eq=False)
class Model:
    """`parameters` maps "planes", the flat planes of `layout`, and the decoder's weights to float32 leaf tensors."""

    layout: Layout
    space: Space
    grid: Grid
    pace: Pace
    parameters: Tensors
    gains: Sequence[float] = field(default=())
    """How much each level counts, 0 to 1."""

    def __post_init__(self) -> None:
        self.gains = tuple(self.gains) or (1.0,) * len(self.layout.sizes)
        self.parameters = {name: values.detach().contiguous().requires_grad_() for name, values in self.parameters.items()}

    @property
    def shift(self) -> float:
        """The logarithm of the density in 1/m where the decoder says 0."""
        return -math.log(self.pace.step) - START

    def features(self, points: torch.Tensor, launch: AnyLauncher) -> torch.Tensor:
        """Return the features (N, width) of unit points (N, 3)."""
        return plane_features(points, self.parameters["planes"], self.layout, self.gains, launch)

    def density(self, points: torch.Tensor, launch: AnyLauncher) -> torch.Tensor:
        """Return densities (N,) in 1/m at unit points (N, 3)."""
        return density_of(core(self.features(points, launch), self.parameters), self.shift)

    def matter(self, samples: Samples, directions: torch.Tensor, launch: AnyLauncher) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the thickness (N,) and the colours (N, 3) of `samples` on rays along `directions` (R, 3) of any length."""
        seen = harmonics(torch.nn.functional.normalize(directions, dim=1))
        features = self.features(samples.points, launch)
        density, colours = decoded(features, seen, samples.owners, self.parameters, self.shift)
        return density * samples.spans, colours

    def sky(self, directions: torch.Tensor) -> torch.Tensor | None:
        """Return what is behind everything along `directions` (R, 3): colours (R, 3), or None in a plain space: nothing."""
        return sky_colour(self.parameters["sky"], directions) if self.space.bent else None

    @torch.no_grad()
    def look(self, rays: Rays, launch: AnyLauncher) -> Seen:
        """Return what `rays` see, without gradients: `blended.sums` (R, 4) are colour and planar depth, times coverage."""
        samples = samples_of(rays, self.space, self.grid, self.pace, launch)
        thickness, colours = self.matter(samples, rays.directions, launch)
        values = torch.cat([colours, samples.distances[:, None]], 1)
        return Seen(samples, blended(thickness, values, samples.starts, launch))


def first_parameters(layout: Layout, units: int, bent: bool, rng: np.random.Generator, device: torch.device) -> Tensors:
    """Return parameters that know nothing: planes near 1 where they are multiplied, near 0 otherwise."""
    middle = 1.0 if layout.join == "product" else 0.0
    planes = middle + SPREAD * (2 * rng.random(layout.numbers, np.float32) - 1)
    parameters = {"planes": torch.from_numpy(planes), **first_weights(layout.width, units, rng)}
    if bent:
        parameters["sky"] = first_sky()
    return {name: values.to(device) for name, values in parameters.items()}
