"""What the maps of light say of the picture, and where they may hold any."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...exporters.light import CLOSURES, SUMMANDS, recomposed
from ...exporters.reader import Frame
from .frames import blocks
from .laws import Worst

_DARK = 0.01
"""Light below which errors are no longer relative, scene-linear."""
_ENOUGH = 50
"""Pixels of sky or of surfaces from which on their mean says something."""
_ON_SURFACES = ("ambient_occlusion", *(f"{closure}_color" for closure in CLOSURES))


def check_light(frame: Frame, maps: dict[str, NDArray[Any]], worst: Worst) -> None:
    """Hold the maps of light of a picture against it and against what truth calls a surface."""
    if "rgb_noisy" in maps:
        noisy = maps["rgb_noisy"][..., :3].astype(np.float64)
        if maps.keys() >= set(SUMMANDS):
            excess = (recomposed(maps) - noisy) / (np.abs(noisy) + _DARK)
            worst.most("light adds up to the picture", excess, frame.path("rgb_noisy"))
            worst.most("light adds up to the picture", -excess[~_lost(maps)], frame.path("rgb_noisy"))
        if "rgb_linear" in maps and blocks(noisy).size:
            off = np.abs(blocks(maps["rgb_linear"][..., :3].astype(np.float64)) - blocks(noisy))
            worst.add("the denoiser keeps the light", off.mean() / (blocks(noisy).mean() + _DARK), frame.path("rgb_linear"))
    surface, sky = _inside(maps["valid"]), _inside(~maps["valid"])
    if min(np.count_nonzero(surface), np.count_nonzero(sky)) < _ENOUGH:
        return
    for name in maps.keys() & {*_ON_SURFACES, "environment"}:
        at_home, astray = (sky, surface) if name == "environment" else (surface, sky)
        values = maps[name].astype(np.float64)
        if values.any():
            share = values[astray].mean() / max(values[at_home].mean(), 1e-9)
            worst.add("surfaces and sky have their own light", share, frame.path(name))


def _lost(maps: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Return where light of glass may be in no map, (H, W).

    Near total reflection Cycles' estimate of the transmission colour can be 0 while some light still came through, and a pass
    over a colour of 0 holds nothing. So a picture with glass may lack light where a surface mirrors and lets nothing through.
    """
    mirrors, through = ((maps[name] != 0).any(-1) for name in ("glossy_color", "transmission_color"))
    return np.asarray(through.any() & mirrors & ~through)


def _inside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the pixels (H, W) that are in the mask with all eight around them: no sample of theirs lies beyond its edge."""
    padded = np.pad(mask, 1)
    height, width = mask.shape
    around = [padded[down : down + height, across : across + width] for down in range(3) for across in range(3)]
    return np.asarray(np.logical_and.reduce(around))
