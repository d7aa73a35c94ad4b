"""From the passes of a truth render to the maps of the dataset: names, signs, units and checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .render import Passes
from .visibility import View, occluded, sky_flow

Maps = dict[str, NDArray[Any]]
"""Truth maps by name: (H, W) or (H, W, C), in the types of `layout.TRUTH_MAPS`; masks are bool."""


class TruthError(Exception):
    """The truth render shows something that cannot be true: a defect of a material or of the scene's ids."""


def surface_maps(passes: Passes, class_of: NDArray[np.uint32]) -> Maps:
    """Return the maps that one frame alone decides. `class_of` (ids,) is the class of each id, 0 for ids not in use.

    Raises TruthError for summed ids, for surfaces without an id, and for ids or materials that are no whole numbers.
    """
    valid = passes["Combined"][..., 3] > 0.5
    if (passes["gt_one"][valid] > 1.5).any():
        raise TruthError(
            "ids were summed through a transparent surface: its material must cut its truth by its opacity in truth mode"
        )
    if (passes["gt_one"][valid] < 0.5).any():
        raise TruthError("a surface carries no truth: its material lacks the truth group")
    instance = _integers(passes["gt_id"], valid, "id")
    if (instance[valid] == 0).any():
        raise TruthError("a surface has no id: its object or instance lacks gt_id")
    top = int(instance.max(initial=0))
    if top >= len(class_of) or (class_of[instance[valid]] == 0).any():
        raise TruthError(f"an id up to {top} is seen that the object table does not hold")
    return {
        "depth": _masked(passes["Depth"], valid),
        "normal": _unit(passes["gt_normal"][..., :3], valid),
        "shading_normal": _unit(passes["Normal"], valid),
        "albedo": _masked(passes["gt_albedo"][..., :3], valid),
        "position": _masked(passes["Position"], valid),
        "instance": instance,
        "class": np.where(valid, class_of[np.where(valid, instance, 0)], 0).astype(np.uint32),
        "material": _integers(passes["gt_material"], valid, "material"),
        "valid": valid,
    }


def vector_flow(vector: NDArray[np.float32], direction: str) -> NDArray[np.float32]:
    """Return the flow (H, W, 2) of Blender's Vector pass (H, W, 4), in pixels, x right and y down.

    The pass holds (X, Y) to the frame before and (-Z, -W) to the frame after, with y up.
    """
    if direction == "forward":
        return np.stack([-vector[..., 2], vector[..., 3]], -1)
    return np.stack([vector[..., 0], -vector[..., 1]], -1)


def motion_maps(view: View, vector: NDArray[np.float32], others: Mapping[str, tuple[View, NDArray[np.float32]]]) -> Maps:
    """Return the flow (H, W, 2) float32 and the occlusion mask of each direction, "forward" and "backward".

    `others` are the neighbouring frames and their Vector passes, by direction. The sky follows the camera's rotation. A
    thing that the other frame does not hold has no flow, and is occluded: the Vector pass of such things is meaningless.
    """
    maps: Maps = {}
    for direction, (other, vector_there) in others.items():
        ids, thing = np.unique(view.instance, return_inverse=True)
        absent = ~other.poses.find(ids)[0] & (ids > 0)
        flow = np.where(absent[thing.reshape(view.instance.shape)][..., None], np.float32(0), vector_flow(vector, direction))
        sky = view.instance[..., None] == 0
        flow = np.where(sky, sky_flow(view.camera, other.camera), flow).astype(np.float32)
        back = vector_flow(vector_there, "backward" if direction == "forward" else "forward")
        maps[f"flow_{direction}"] = flow
        maps[f"occlusion_{direction}"] = occluded(view, flow, other, back)
    return maps


def _masked(values: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    mask = valid[..., None] if values.ndim == 3 else valid
    return np.where(mask, values, np.float32(0))


def _unit(vectors: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    wide = vectors.astype(np.float64)
    length = np.linalg.norm(wide, axis=-1, keepdims=True)
    if (length[valid] < 0.5).any():
        raise TruthError("a surface has no normal")
    return _masked((wide / np.where(length > 0, length, 1.0)).astype(np.float32), valid)


def _integers(values: NDArray[np.float32], valid: NDArray[np.bool_], what: str) -> NDArray[np.uint32]:
    whole = np.where(valid, np.rint(values), 0)
    if (whole < 0).any() or (np.abs(whole - values)[valid] > 1e-3).any():
        raise TruthError(f"a {what} in the truth render is no whole number")
    return whole.astype(np.uint32)
