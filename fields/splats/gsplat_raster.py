"""gsplat (Ye et al. 2024, Apache 2.0) in place of our own rasteriser, on machines with CUDA where it is installed.

Same definitions as `rasterize`: planar depth, 0.3 square pixels of low-pass, opacities from 1/255 to 0.999, closed at 1e-4.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ...errors import UserError
from ..cameras import Camera
from .kernels_project import View
from .rasterize import Picture, Splats, rasterize, view_of

CARD = "cuda"
"""Where gsplat draws; tensors come and go."""


def rasterizer(name: str) -> Callable[..., Picture]:
    """Return `rasterize`, or what draws in its place. Raises UserError where that cannot be used here."""
    if name == "wildfield":
        return rasterize
    if importlib.util.find_spec("gsplat") is None:
        raise UserError("--rasterizer gsplat: gsplat is not installed here: pip install gsplat, or use --rasterizer wildfield")
    if not torch.cuda.is_available():
        raise UserError("--rasterizer gsplat: needs a CUDA device and torch built for it; use --rasterizer wildfield")
    return rasterize_gsplat


def rasterize_gsplat(splats: Splats, degree: int, camera: Camera | View, _launch: Any, surface: bool = False) -> Picture:
    """Return what `rasterize` returns, on the device of `splats`, with gradients to all of them."""
    view = view_of(camera) if isinstance(camera, Camera) else camera
    if surface or view.orthographic:
        raise UserError("--rasterizer gsplat: draws no median depth, normals or parallel views; use --rasterizer wildfield")
    import gsplat

    means, quaternions, scales, opacities, base, rest = (tensor.to(CARD) for tensor in splats)
    pose, intrinsics = torch.eye(4), torch.eye(3)
    pose[:3, :3] = torch.from_numpy(np.array(view.rotation, np.float32).reshape(3, 3))
    pose[:3, 3] = torch.from_numpy(np.array(view.translation, np.float32))
    intrinsics[0, 0], intrinsics[1, 1], intrinsics[0, 2], intrinsics[1, 2] = view.intrinsics
    layers, alpha, _ = gsplat.rasterization(
        means, quaternions, scales, opacities, torch.cat([base[:, None], rest], 1),
        pose[None].to(CARD), intrinsics[None].to(CARD), view.width, view.height,
        sh_degree=degree, render_mode="RGB+D", packed=False, eps2d=view.low_pass,
        rasterize_mode="antialiased" if view.compensate else "classic",
    )  # fmt: skip
    home = splats.means.device
    return Picture(layers[0, ..., :3].to(home), alpha[0, ..., 0].to(home), layers[0, ..., 3].to(home))
