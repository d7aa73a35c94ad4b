"""What every visible thing of a frame is in the picture: things/0001.json."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..cameras import Camera
from ..poses import Poses
from .projection import bounds
from .rasterise import Windows
from .shapes import NO_SHAPE, Shapes
from .silhouettes import Things, silhouettes

_DECIMALS = 3
"""Of amodal boxes, in pixels: float32 points do not say more."""


def annotate(
    camera: Camera, instance: NDArray[np.uint32], poses: Poses, shapes: Shapes, amodal_masks: bool
) -> list[dict[str, Any]]:
    """Return one row for each thing that `instance` (H, W) shows, by ascending id, ready for JSON.

    Boxes are [x0, y0, x1, y1] in pixel coordinates: the visible one from the first to behind the last pixel, the amodal one
    around the whole thing's shape before the near plane, wherever that lies. What has no shape in `shapes` has no amodal
    values (null), and so has everything in a panorama, where a box may wrap around; `truncated` then says that a visible pixel
    lies on the picture's border. Where `amodal_masks`, the mask holds every visible pixel, so occlusion is in [0, 1).
    """
    ids, pixels, visible = visible_boxes(instance)
    known, matrices = poses.find(ids)
    shape = np.where(known, shapes.find(ids), NO_SHAPE)
    if camera.intrinsics.model == "equirectangular":
        shape[:] = NO_SHAPE
    amodal = np.full((len(ids), 4), np.nan)
    for index in np.unique(shape[shape != NO_SHAPE]):
        amodal[shape == index] = bounds(camera, shapes.shapes[index], matrices[shape == index])
    whole = ~np.isnan(amodal[:, 0])
    amodal = np.round(amodal, _DECIMALS)
    truncated = _leaves(np.where(whole[:, None], amodal, visible), instance.shape, whole)
    rows = [
        {
            "id": int(ids[row]),
            "visible_pixels": int(pixels[row]),
            "box_visible": visible[row].tolist(),
            "box_amodal": amodal[row].tolist() if whole[row] else None,
            "amodal_pixels": None,
            "occlusion": None,
            "truncated": bool(truncated[row]),
        }
        for row in range(len(ids))
    ]
    if amodal_masks:
        windows = _windows(visible[whole], amodal[whole], instance.shape)
        things = Things(ids[whole], windows, matrices[whole], shape[whole])
        for row, runs in zip(np.flatnonzero(whole), silhouettes(camera, instance, things, shapes), strict=True):
            rows[row] |= _masked(rows[row], runs, instance.shape)
    return rows


def visible_boxes(instance: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the ids (N,) seen in a picture (H, W), ascending and without 0, their pixels (N,) and their boxes (N, 4)."""
    count = np.bincount(instance.ravel())
    count[:1] = 0
    ids = np.flatnonzero(count)
    (top, bottom), (left, right) = (_extent(axis, len(count)) for axis in (instance, instance.T))
    boxes = np.stack([left[ids], top[ids], right[ids] + 1, bottom[ids] + 1], -1)
    return ids, count[ids], boxes


def _extent(instance: NDArray[np.uint32], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and the last row of each id below `size`; of ids in no row they mean nothing.

    Only the first pixel of a run of equal ones is looked at. Of repeated indices NumPy's assignment keeps the last.
    """
    starts = np.ones(instance.shape, bool)
    np.not_equal(instance[:, 1:], instance[:, :-1], out=starts[:, 1:])
    row = np.nonzero(starts)[0]
    seen = instance[starts]
    first, last = np.zeros(size, np.int64), np.zeros(size, np.int64)
    first[seen[::-1]], last[seen] = row[::-1], row
    return first, last


def _leaves(boxes: NDArray[np.float64], size: tuple[int, ...], whole: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return (N,) which boxes reach over the picture's border; where not `whole`, touching it is enough."""
    height, width = size
    beyond = np.concatenate([-boxes[:, :2], boxes[:, 2:] - (width, height)], -1).max(-1)
    return np.where(whole, beyond > 0, beyond >= 0)


def _windows(visible: NDArray[np.int64], amodal: NDArray[np.float64], size: tuple[int, ...]) -> Windows:
    """Return the pixels inside the picture where each thing can be, from its two boxes (N, 4)."""
    low = np.minimum(np.floor(amodal[:, :2]), visible[:, :2]).clip(0)
    high = np.minimum(np.maximum(np.ceil(amodal[:, 2:]), visible[:, 2:]), (size[1], size[0]))
    (column, row), (width, height) = low.astype(np.int64).T, (high - low).astype(np.int64).T
    return Windows(column, row, width, height)


def _masked(row: dict[str, Any], runs: NDArray[np.int64], size: tuple[int, ...]) -> dict[str, Any]:
    """Return what the mask's run lengths say of a thing."""
    pixels = int(runs[1::2].sum())
    occlusion = round(1.0 - row["visible_pixels"] / pixels, 6)
    mask = {"size": list(size), "counts": runs.tolist()}
    return {"amodal_pixels": pixels, "occlusion": occlusion, "mask_amodal": mask}
