"""What the maps of light say of the picture, and where they may hold any."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...exporters.light import CLOSURES, SUMMANDS, recomposed
from ...exporters.reader import Frame
from ...procgen.spec import read_toml
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
    placed = maps.keys() & {*_ON_SURFACES, "environment"}
    if placed and not _is_blurred(frame):
        _check_places(frame, {name: maps[name] for name in placed}, maps["valid"], worst)


def _check_places(frame: Frame, maps: dict[str, NDArray[Any]], valid: NDArray[np.bool_], worst: Worst) -> None:
    """Hold maps that lie on surfaces alone, or in the sky alone, against where truth saw a surface."""
    surface, sky = _inside(valid), _inside(~valid)
    if min(np.count_nonzero(surface), np.count_nonzero(sky)) < _ENOUGH:
        return
    for name, values in maps.items():
        at_home, astray = (sky, surface) if name == "environment" else (surface, sky)
        if values.any():
            share = values[astray].mean(dtype=np.float64) / max(values[at_home].mean(dtype=np.float64), 1e-9)
            worst.add("surfaces and sky have their own light", share, frame.path(name))


def _is_blurred(frame: Frame) -> bool:
    """Whether a shutter or an aperture spread the picture beyond what truth, which is sharp, calls a surface."""
    render = read_toml(frame.scene.folder / "scene.toml")["render"]
    return bool(render["motion_blur"] or render["f_stop"])


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
