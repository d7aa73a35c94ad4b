"""From rays to samples: a compact list of the places along many rays that lie in occupied voxels."""

from __future__ import annotations

from typing import NamedTuple

import torch

from ..launch import AnyLauncher, as_warp
from .kernels_march import list_samples, walk
from .occupancy import Grid
from .space import Space

ENDLESS = 1e9
"""Planar depth in metres at which a ray stops that nothing stops; kernels in fast arithmetic know no infinity."""
MOST = 1024
"""Samples of a ray at the most."""


class Rays(NamedTuple):
    """R rays: `origins` and `directions` (R, 3) float32, metres and of unit planar depth; `stops` (R,) planar depth."""

    origins: torch.Tensor
    directions: torch.Tensor
    stops: torch.Tensor


class Samples(NamedTuple):
    """N places along R rays, those of a ray beside each other, nearest first."""

    points: torch.Tensor
    """(N, 3) float32 in unit coordinates."""
    distances: torch.Tensor
    """(N,) planar depth, metres."""
    spans: torch.Tensor
    """(N,) how long the piece of the ray is that the sample stands for, metres along the ray."""
    owners: torch.Tensor
    """(N,) int32, the ray."""
    starts: torch.Tensor
    """(R + 1,) int32, where the samples of each ray begin."""


class Pace(NamedTuple):
    """How a ray is walked along: `step` metres, and in a bent space from `near` on `growth` times the distance."""

    step: float
    near: float = 0.0
    growth: float = 0.0


def samples_of(rays: Rays, space: Space, grid: Grid, pace: Pace, launch: AnyLauncher, seed: int | None = None) -> Samples:
    """Return the samples of `rays` in the occupied voxels of `grid`.

    With a `seed` each is at random within its step (stratified), without it in the middle.
    """
    count, device = len(rays.origins), rays.origins.device
    origins, directions = space.rays(rays.origins, rays.directions)
    lengths, stops = rays.directions.norm(dim=1), rays.stops.contiguous()
    most = MOST if space.bent else min(MOST, int(2 * float(torch.linalg.norm(torch.tensor(space.half))) / pace.step) + 2)
    places, widths = (torch.empty(count, most, device=device) for _ in range(2))
    counts = torch.empty(count, dtype=torch.int32, device=device)
    tensors = (origins, directions, pace.step / lengths, stops, grid.cells, grid.coarse, places, widths, counts)
    flat = [as_warp(tensor.view(-1)) for tensor in tensors]
    fixed = (most, int(space.bent), int(seed is not None), seed or 0, pace.near, pace.growth, *grid.cells.shape)
    launch(walk, count, *fixed, *flat)
    starts = torch.zeros(count + 1, dtype=torch.int32, device=device)
    torch.cumsum(counts, 0, out=starts[1:])
    total = int(starts[-1])
    points = torch.empty(total, 3, device=device)
    distances, spans = (torch.empty(total, device=device) for _ in range(2))
    owners = torch.empty(total, dtype=torch.int32, device=device)
    listed = (origins, directions, lengths, places, widths, starts, distances, spans, owners, points)
    flat = [as_warp(tensor.view(-1)) for tensor in listed]
    launch(list_samples, count, most, int(space.bent), *flat)
    return Samples(points, distances, spans, owners, starts)
