"""Splats sampled from the surface of a tri-plane field: for viewers of splats, and as a start of a splat training.

Each voxel that the surface runs through sends a few rays back at it from outside, against the slope of density; where they
see it lie the splats, flat across it, in the colour that it has from straight above.
"""

from __future__ import annotations

import numpy as np
import torch

from ..points import Points
from ..splats.cloud import SplatCloud
from ..splats.launch import AnyLauncher
from ..splats.model import Model as SplatModel
from .march import Rays
from .model import Model

MOST = 60_000
"""Splats at the most."""
OPACITY, FLATNESS = 0.9, 0.2
AT_ONCE = 1 << 16


@torch.no_grad()
def surface_points(model: Model, launch: AnyLauncher, most: int = MOST) -> Points:
    """Return at most `most` points of the surface, with normals and colours.

    Rays start 2.5 voxels in front of the outermost thick voxels and go 5 far; those that are half covered see a point.
    """
    shape = model.grid.cells.shape
    device = model.parameters["planes"].device
    cells = torch.nonzero(model.grid.cells)
    rng = np.random.default_rng([most, 11])
    side = model.space.voxel(max(shape))
    density = torch.zeros(shape, device=device)
    for start in range(0, len(cells), AT_ONCE):
        some = cells[start : start + AT_ONCE]
        middles = (some + 0.5) / torch.tensor(shape, device=device) * 2 - 1
        density[tuple(some.T)] = model.density(middles.float(), launch)
    thick = density * side > 0.7
    surface = torch.nonzero(thick & ~_inside(thick)).cpu().numpy()
    if not len(surface):
        return Points(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3)))
    each = min(8, max(1, most // len(surface)))
    chosen = surface[rng.permutation(len(surface))[: most // each]].repeat(each, 0)
    unit = (chosen + rng.random(chosen.shape)) / shape * 2 - 1
    normals = _normals(model, unit, launch)
    world = model.space.world(np.clip(unit, -1 + 1e-5, 1 - 1e-5))
    origins = world + 2.5 * side * normals
    tensors = [torch.from_numpy(values.astype(np.float32)).to(device) for values in (origins, -normals)]
    positions, colours, kept = [], [], []
    for start in range(0, len(origins), AT_ONCE // 8):
        part = slice(start, start + AT_ONCE // 8)
        rays = Rays(tensors[0][part], tensors[1][part], torch.full((len(tensors[0][part]),), 5 * side, device=device))
        seen = model.look(rays, launch)
        alpha = seen.blended.alpha
        depth = (seen.blended.sums[:, 3] / alpha.clamp_min(1e-3)).cpu().numpy()
        positions.append(origins[part] - depth[:, None] * normals[part])
        colours.append((seen.blended.sums[:, :3] / alpha.clamp_min(1e-3)[:, None]).cpu().numpy())
        kept.append((alpha > 0.5).cpu().numpy())
    keep = np.concatenate(kept)
    found = [np.concatenate(values)[keep].astype(np.float32) for values in (positions, colours)]
    return Points(found[0], found[1], normals[keep].astype(np.float32))


def _inside(thick: torch.Tensor) -> torch.Tensor:
    """Return the voxels whose six neighbours are all `thick` (nx, ny, nz) bool."""
    padded = torch.nn.functional.pad(thick.float(), (1,) * 6)
    inner = thick.clone()
    for axis in range(3):
        for shift in (-1, 1):
            inner &= padded.roll(shift, axis)[1:-1, 1:-1, 1:-1] > 0
    return inner


def _normals(model: Model, unit: np.ndarray, launch: AnyLauncher) -> np.ndarray:
    """Return unit normals (N, 3) in world axes at unit points (N, 3): against the slope of density, over half a voxel."""
    slopes = np.zeros_like(unit)
    device = model.parameters["planes"].device
    sides = 2 * model.space.half / np.maximum(np.array(model.grid.cells.shape), 1)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1 / model.grid.cells.shape[axis]
        for sign in (-1, 1):
            at = torch.from_numpy(np.clip(unit + sign * step, -1, 1).astype(np.float32)).to(device)
            parts = [model.density(some, launch) for some in at.split(AT_ONCE)]
            # Equal steps of thickness and not of density, which is far above what is already opaque.
            slopes[:, axis] += sign * np.tanh(torch.cat(parts).cpu().numpy() * sides.max()) / sides[axis]
    length = np.linalg.norm(slopes, axis=1, keepdims=True)
    return np.where(length > 1e-9, -slopes / np.maximum(length, 1e-9), [0.0, 0.0, 1.0])


def surface_splats(model: Model, launch: AnyLauncher, most: int = MOST) -> SplatCloud:
    """Return the surface as at most `most` flat splats."""
    points = surface_points(model, launch, most)
    return SplatModel.from_points(points, OPACITY, FLATNESS).cloud()
