"""The voxels in which a tri-plane field may have anything: rays skip all others.

Where data has exact depth the grid is known before the first step (`exact_cells`): voxels that hold a surface, their
neighbours, less those that a view sees through. Where it has not, `WarmUp` learns it, as Müller et al. 2022 (instant-ngp).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from ..cameras import Camera
from .kernels_march import BLOCK
from .space import Space

KEPT = 0.1
"""What an update of all voxels leaves of what was learned before."""
FAINT = 0.05
"""Thickness of a step under which a voxel counts as empty; instant-ngp's 0.01 is of a step five times as short."""
AT_ONCE = 1 << 17
"""Voxels that are carved at once: what fits the cache."""


@dataclass(eq=False)
class Grid:
    """`cells` (nx, ny, nz) uint8, 0 where nothing is; `coarse` says the same of blocks of them."""

    cells: torch.Tensor

    def __post_init__(self) -> None:
        self.set(self.cells)

    def set(self, cells: torch.Tensor) -> None:
        """Take other cells of the same shape."""
        self.cells = cells.contiguous()
        padded = [(-size) % BLOCK for size in cells.shape]
        whole = F.pad(cells.float(), (0, padded[2], 0, padded[1], 0, padded[0]))
        self.coarse = (F.max_pool3d(whole[None, None], BLOCK)[0, 0] > 0).to(torch.uint8).contiguous()

    @property
    def share(self) -> float:
        """The share of voxels that are not empty."""
        return float(self.cells.float().mean())


def indices(unit: np.ndarray, shape: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Return the voxel (N, 3) int64 of each of `unit` coordinates (N, 3), and whether it lies within (N,) bool."""
    places = np.floor((unit + 1) / 2 * shape).astype(np.int64)
    return places, ((places >= 0) & (places < shape)).all(1)


def filled_surface(camera: Camera, depth: np.ndarray, jump: float) -> np.ndarray:
    """Return world points (N, 3) of planar `depth` (H, W) in metres: of pixels, and halfway between those on one surface.

    Two pixels are on one surface where depth differs by less than `jump` metres or 5 per cent.
    """
    found = []
    rows, columns = np.indices(depth.shape)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        height, width = depth.shape[0] - down, depth.shape[1] - right
        corners = np.stack([depth[:height, :width], depth[down:, right:], depth[:height, right:], depth[down:, :width]])
        low, high = corners.min(0), corners.max(0)
        joined = (low > 0) & (high - low < np.maximum(jump, 0.05 * low))
        z = corners.mean(0)[joined]
        x = (columns[:height, :width][joined] + 0.5 + right / 2 - camera.cx) / camera.fl_x * z
        y = (rows[:height, :width][joined] + 0.5 + down / 2 - camera.cy) / camera.fl_y * z
        found.append(np.stack([x, y, z], 1) @ camera.camera_to_world[:3, :3].T + camera.position)
    return np.concatenate(found)


def marked(space: Space, shape: tuple[int, int, int], points: Iterable[np.ndarray]) -> np.ndarray:
    """Return the voxels `shape` bool that hold one of the world points (N, 3) each, and their neighbours."""
    cells = np.zeros(shape, bool)
    for some in points:
        places, inside = indices(space.unit(some), shape)
        cells[tuple(places[inside].T)] = True
    grown = F.max_pool3d(torch.from_numpy(cells)[None, None].float(), 3, 1, 1)
    return grown[0, 0].numpy() > 0


def carved(space: Space, cells: np.ndarray, views: Iterable[tuple[Camera, np.ndarray]]) -> np.ndarray:
    """Return `cells` less those that a view sees through.

    Each of `views` is a camera and its planar depth (H, W) in metres, infinite where it sees through everything and 0 where it
    cannot say. A voxel is free where all pixels that it touches see past its farthest corner.
    """
    from scipy import ndimage

    chosen = np.argwhere(cells)
    centres = space.world((chosen + 0.5) / cells.shape * 2 - 1)
    reach = float(np.linalg.norm((space.high - space.low) / cells.shape)) / 2
    kept = np.ones(len(chosen), bool)
    for camera, depth in views:
        alive = np.flatnonzero(kept)
        local = centres[alive] @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
        ahead = local[:, 2] > reach
        alive, (x, y, z) = alive[ahead], local[ahead].T
        column, row = x / z * camera.fl_x + camera.cx, y / z * camera.fl_y + camera.cy
        pixels = int(np.ceil(np.quantile(camera.fl_x * reach / z, 0.9))) if len(z) else 1
        near = ndimage.minimum_filter(depth, 2 * pixels + 1, mode="nearest")
        inside = (column >= pixels) & (column < camera.width - pixels) & (row >= pixels) & (row < camera.height - pixels)
        inside &= camera.fl_x * reach / z <= pixels
        alive, z = alive[inside], z[inside]
        seen = near[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        kept[alive[seen > z + reach]] = False
    left = np.zeros_like(cells)
    left[tuple(chosen[kept].T)] = True
    return left


class WarmUp:
    """Learns which voxels are empty: `thickness` (cells,) float32 of a step, fading."""

    def __init__(self, shape: tuple[int, int, int], device: torch.device) -> None:
        self.shape = shape
        self.thickness = torch.zeros(int(np.prod(shape)), device=device)

    def cells(self) -> torch.Tensor:
        """Return the voxels `shape` uint8 that are not empty."""
        return (self.thickness >= FAINT).view(self.shape).to(torch.uint8)

    def update(self, share: float, rng: np.random.Generator, thickness: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Ask `thickness` of a step at unit points (N, 3), one within each of a random `share` of the voxels."""
        count = max(1, int(len(self.thickness) * share))
        chosen = rng.integers(0, len(self.thickness), count)
        corner = np.stack(np.unravel_index(chosen, self.shape), 1)
        unit = (corner + rng.random((count, 3))) / self.shape * 2 - 1
        device = self.thickness.device
        found = thickness(torch.from_numpy(unit.astype(np.float32)).to(device))
        self.thickness *= KEPT**share
        self.thickness.scatter_reduce_(0, torch.from_numpy(chosen).to(device), found, "amax")
