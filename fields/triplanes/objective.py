"""What one step of a tri-plane training minimises: rays against the pixels that they go through, and rough planes."""

from __future__ import annotations

import torch

from ..launch import AnyLauncher
from .blend import blended, distortion
from .lookup import Layout
from .march import samples_of
from .model import Model
from .recipe import Recipe
from .targets import Batch

REACH = 4.0
"""Voxels from a known surface beyond which a weight costs no more."""


def ray_loss(
    model: Model, batch: Batch, background: torch.Tensor | None, recipe: Recipe, voxel: float, launch: AnyLauncher, seed: int
) -> torch.Tensor:
    """Return the loss of a batch, a scalar: colour, coverage, surface and distortion.

    Colour is the mean square over a `background` (R, 3), over the sky where there is one. Where the surface is known, each
    weight costs its distance from it up to `REACH` voxels, and what is missing to full coverage as much as the farthest: one
    term for depth, free space and opacity, the least work that moves all weight to the surface. Where no ray of the batch has
    depth, all pay for distortion.
    """
    samples = samples_of(batch.rays, model.space, model.grid, model.pace, launch, seed)
    thickness, colours = model.matter(samples, batch.rays.directions, launch)
    known = batch.depth > 0
    aimed = bool(known.any())
    values = colours
    if aimed:
        depth = batch.depth.index_select(0, samples.owners)
        off = ((samples.distances - depth).abs() / (REACH * voxel)).clamp(max=1) * (depth > 0)
        values = torch.cat([colours, off[:, None]], 1)
    seen = blended(thickness, values, samples.starts, launch)
    behind = background if background is not None else model.sky(batch.rays.directions)
    drawn, truth = seen.sums[:, :3], batch.colour
    if behind is not None:
        drawn = drawn + (1 - seen.alpha)[:, None] * behind
    if background is not None and batch.alpha is not None:
        truth = torch.lerp(background, truth, batch.alpha[:, None])
    loss = (drawn - truth).square().sum(1).mean()
    if batch.alpha is not None:
        loss = loss + recipe.alpha_weight * (seen.alpha - batch.alpha).square().mean()
    if aimed:
        work = seen.sums[:, 3] + (1 - seen.alpha)
        loss = loss + recipe.surface_weight * (work * known).mean()
    elif recipe.distortion_weight > 0:
        size = float(model.space.half.max())
        spread = distortion(seen.weights, samples.distances / size, samples.spans / size, samples.starts)
        loss = loss + recipe.distortion_weight * spread
    return loss


def roughness(planes: torch.Tensor, layout: Layout, gains: tuple[float, ...]) -> torch.Tensor:
    """Return the sum over levels in use of the mean square between neighbouring texels, times texels a side."""
    total = planes.new_zeros(())
    for number, size in enumerate(layout.sizes):
        if gains[number] > 0:
            level = layout.level(planes, number)
            rows, columns = level[:, 1:] - level[:, :-1], level[:, :, 1:] - level[:, :, :-1]
            total = total + size * (rows.square().mean() + columns.square().mean())
    return total
