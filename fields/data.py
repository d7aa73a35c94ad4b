"""A scene folder as the learner reads it, whoever made it: the table of layouts that are known, and which one is here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import UserError
from . import colmap, nerf_synthetic, nerfstudio
from .points import Points
from .scene import HOLD_OUT, SPLITS, Scene, View

__all__ = ["HOLD_OUT", "SPLITS", "Points", "Scene", "View", "open_scene"]

LAYOUTS: tuple[tuple[Callable[[Path], bool], Callable[[Path], Scene]], ...] = (
    (nerfstudio.is_here, nerfstudio.read_scene),
    (nerf_synthetic.is_here, nerf_synthetic.read_scene),
    (colmap.is_here, colmap.read_scene),
)
"""(whether a folder has this layout, its reader); the first that fits is taken. Our own scene folders are nerfstudio's."""


def open_scene(folder: Path) -> Scene:
    """Return the scene in `folder`, with cameras read and pictures not; of a dataset with one scene, that one.

    Raises UserError for a folder that is no scene.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such scene folder; make one with `wildfield generate`")
    for is_here, read_scene in LAYOUTS:
        if is_here(folder):
            return read_scene(folder)
    inside = sorted(folder.glob("scenes/*/transforms.json"))
    if len(inside) == 1:
        return open_scene(inside[0].parent)
    if inside:
        raise UserError(f"{folder}: has no transforms.json but {len(inside)} scenes; choose {inside[0].parent} or another")
    raise UserError(
        f"{folder}: has no transforms.json (wildfield, nerfstudio, instant-ngp), transforms_train.json (NeRF-synthetic) "
        "or sparse/0 (COLMAP); give a folder that has one"
    )
