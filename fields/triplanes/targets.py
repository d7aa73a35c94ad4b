"""What a step of a tri-plane training learns from: rays through pixels at random, of several views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from ..cameras import Camera
from ..picture_cache import PictureCache
from ..scene import View
from ..turns import Turns
from .march import ENDLESS, Rays

EDGE = 1.1
"""Ratio of depths around a pixel from which an edge runs through it."""
OPAQUE = 254
"""Alpha of 255 from which a surface fills the pixel."""


@dataclass(eq=False)
class Target:
    """One view to learn from, of P pixels in rows."""

    camera: Camera
    pixels: np.ndarray
    """(P, 3 or 4) uint8, RGB or RGBA with straight alpha."""
    depth: np.ndarray | None
    """(P,) float32 planar depth in metres, 0 where no surface fills the pixel or an edge runs through it."""
    useful: np.ndarray
    """Numbers (K,) int32 of the pixels from which anything can be learned."""


class Batch(NamedTuple):
    """R rays and what they see in truth."""

    rays: Rays
    colour: torch.Tensor
    """(R, 3) float32, straight."""
    alpha: torch.Tensor | None
    """(R,) float32, None where pictures have none."""
    depth: torch.Tensor
    """(R,) float32 planar depth in metres of the surface, 0 where it is not known."""


def pixel_rays(camera: Camera, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return origin (3,) and directions (N, 3) float32, of unit planar depth, through the pixels with these `numbers`."""
    row, column = np.divmod(numbers, camera.width)
    x, y = (column + 0.5 - camera.cx) / camera.fl_x, (row + 0.5 - camera.cy) / camera.fl_y
    directions = np.stack([x, y, np.ones_like(x)], 1) @ camera.camera_to_world[:3, :3].T
    return camera.position.astype(np.float32), directions.astype(np.float32)


def load_target(view: View, crossing: Callable[[Camera], np.ndarray] | None) -> Target:
    """Read a view's picture and its depth; `crossing` returns which of the camera's pixels (P,) bool may see anything."""
    from scipy import ndimage

    pixels = view.read_colour()
    counted = np.ones(pixels.shape[:2], bool) if view.mask is None else view.read_mask()
    depth = None
    if view.depth is not None:
        exact = view.read_depth()
        near = ndimage.minimum_filter(exact, 3, mode="nearest")
        sound = (near > 0) & (ndimage.maximum_filter(exact, 3, mode="nearest") < EDGE * near)
        if pixels.shape[2] == 4:
            sound &= pixels[..., 3] >= OPAQUE
        depth = np.where(sound, exact, 0).reshape(-1)
    useful = np.asarray(counted).reshape(-1)
    if crossing is not None:
        useful = useful & crossing(view.camera)
    return Target(view.camera, pixels.reshape(-1, pixels.shape[2]), depth, np.flatnonzero(useful).astype(np.int32))


class RayTargets:
    """Training views behind a cache of `limit` bytes, of which each step takes rays through pixels of `views`.

    `alphas` says which pictures have alpha.
    """

    def __init__(
        self,
        views: Sequence[View],
        alphas: Sequence[bool],
        crossing: Callable[[Camera], np.ndarray] | None,
        turns: Turns,
        limit: int,
        together: int,
        device: torch.device,
    ) -> None:
        sizes = [
            view.camera.width * view.camera.height * (7 + alpha + (4 if view.depth is not None else 0))
            for view, alpha in zip(views, alphas, strict=True)
        ]
        self.together, self.transparent, self.device = min(together, len(views)), all(alphas), device
        self.cache: PictureCache[Target] = PictureCache(lambda k: load_target(views[k], crossing), sizes, turns, limit)

    def fill(self, step: int, told: Callable[[int], None]) -> None:
        """Decode what fits; `told` hears how many are there."""
        self.cache.fill(step * self.together, told)

    def close(self) -> None:
        """Give everything up."""
        self.cache.close()

    def take(self, step: int, rays: int, behind: float, rng: np.random.Generator) -> Batch | None:
        """Return about `rays` rays of the views whose turn it is; None where there is nothing to learn from.

        Rays stop `behind` metres, in planar depth, past a surface that is known.
        """
        each = -(-rays // self.together)
        parts: list[tuple[np.ndarray, ...]] = []
        for number in range(self.together):
            target = self.cache.take(step * self.together + number)
            if not len(target.useful):
                continue
            chosen = target.useful[rng.integers(0, len(target.useful), each)]
            origin, directions = pixel_rays(target.camera, chosen)
            depth = np.zeros(each, np.float32) if target.depth is None else target.depth[chosen]
            parts.append((np.broadcast_to(origin, directions.shape), directions, target.pixels[chosen], depth))
        if not parts:
            return None
        pixels = [part[2] if self.transparent else part[2][:, :3] for part in parts]
        origins, directions, depth = (np.concatenate([part[k] for part in parts]) for k in (0, 1, 3))
        colours = torch.from_numpy(np.concatenate(pixels)).to(self.device).float() / 255
        stops = np.where(depth > 0, depth + behind, ENDLESS).astype(np.float32)
        tensors = [torch.from_numpy(values).to(self.device) for values in (origins, directions, stops, depth)]
        alpha = colours[:, 3] if self.transparent else None
        return Batch(Rays(*tensors[:3]), colours[:, :3], alpha, tensors[3])
