"""Training views in memory: what a step compares the drawn picture with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..picture_cache import PictureCache
from ..scene import View
from ..turns import Turns
from .rasterize import View as KernelView
from .rasterize import view_of


@dataclass(eq=False)
class Target:
    """One view to learn from."""

    view: View
    camera: KernelView
    pixels: torch.Tensor
    """(H, W, 3 or 4) uint8, RGB or RGBA with straight alpha."""
    depth: torch.Tensor | None
    """(H, W) float32 planar depth in metres."""
    solid: torch.Tensor | None
    """(H, W) bool, where a surface fills the pixel and no depth edge runs through its neighbourhood."""
    counted: torch.Tensor | None = None
    """(H, W) bool, the pixels that a mask does not leave out; None where all count."""


def load_target(view: View, with_depth: bool, antialias: bool = False, device: torch.device | str = "cpu") -> Target:
    """Read a view's picture, and its exact depth where it has one and it is wanted, and put them on `device`."""
    from scipy import ndimage

    def there(values: np.ndarray | None) -> torch.Tensor | None:
        return None if values is None else torch.from_numpy(values).to(device)

    pixels = torch.from_numpy(view.read_colour()).to(device)
    mask = view.read_mask()
    depth = solid = None
    if with_depth and view.depth is not None:
        exact = view.read_depth()
        near = ndimage.minimum_filter(exact, 3, mode="nearest")
        flat = (near > 0) & (ndimage.maximum_filter(exact, 3, mode="nearest") < 1.1 * near)
        flat = flat if mask is None else flat & mask
        depth, solid = there(exact), there(flat)
    return Target(view, view_of(view.camera, antialias), pixels, depth, solid, there(mask))


def target_bytes(view: View, alpha: bool, with_depth: bool) -> int:
    """Return the bytes that a target takes at most, with `alpha` in its picture or not."""
    each = 3 + alpha + (view.mask is not None) + (5 if with_depth and view.depth is not None else 0)
    return each * view.camera.width * view.camera.height


def target_cache(
    views: Sequence[View],
    alphas: Sequence[bool],
    with_depth: bool,
    turns: Turns,
    limit: int,
    antialias: bool = False,
    device: torch.device | str = "cpu",
) -> PictureCache[Target]:
    """Return the training views, which have alpha or not, behind a cache of `limit` bytes in the memory of `device`."""
    sizes = [target_bytes(view, alpha, with_depth) for view, alpha in zip(views, alphas, strict=True)]
    return PictureCache(lambda number: load_target(views[number], with_depth, antialias, device), sizes, turns, limit)
