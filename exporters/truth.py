"""From the passes of a truth render to the maps of the dataset: names, signs, units and checks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.scene import ObjectTable
from .cameras import Camera
from .exr import shortened
from .layout import MAPS
from .poses import Poses
from .render import Passes
from .visibility import Landing

Maps = dict[str, NDArray[Any]]
"""Truth maps by name: (H, W) or (H, W, C), in the types of `layout.MAPS`; masks are bool."""


class TruthError(Exception):
    """The truth render shows something that cannot be true: a defect of a material or of the scene's ids."""


def surface_maps(
    passes: Passes, camera: Camera, class_of: NDArray[np.uint32], stuff: Collection[int], wanted: Collection[str]
) -> Maps:
    """Return the `wanted` maps that one frame alone decides, and `instance`, `piece`, `face`, `depth` and `normal` in any case.

    `class_of` (ids,) is the class of each id, 0 for ids not in use, `stuff` the classes whose things are not counted. Raises
    TruthError for summed ids, for surfaces without an id, and for ids or materials that are no whole numbers.
    """
    valid = (passes["Combined"][..., 3] > 0.5) & camera.intrinsics.covered()
    instance = _instances(passes, valid, class_of)
    depth = rounded("depth", _masked(camera.intrinsics.from_pass(passes["Depth"]), valid))
    normal = rounded("normal", _unit(passes["gt_normal"][..., :3], valid))
    maps: Maps = {
        "valid": valid,
        "instance": instance,
        "depth": depth,
        "normal": normal,
        "class": np.where(valid, class_of[instance], 0).astype(np.uint32),
        **{name: _integers(passes[f"gt_{name}"], valid, name) for name in ("piece", "face")},
        **{name: _integers(passes[f"gt_{name}"], valid, name) for name in ("material", "part") if name in wanted},
        **{name: _plain(name, passes[f"gt_{name}"], valid) for name in ("roughness", "metallic") if name in wanted},
        **{name: _plain(name, passes[f"gt_{name}"][..., :3], valid) for name in ("albedo", "emission") if name in wanted},
    }
    if "distance" in wanted:
        maps["distance"] = rounded("distance", _masked(camera.distance(depth).astype(np.float32), valid))
    if "position" in wanted:
        maps["position"] = _masked(camera.surface(depth).astype(np.float32), valid)
    if "panoptic" in wanted:
        counted = ~np.isin(maps["class"], list(stuff))
        maps["panoptic"] = maps["class"] << np.uint32(24) | np.where(counted, instance, 0).astype(np.uint32)
    shading = _unit(passes["Normal"], valid) if "Normal" in passes else normal
    for name, values in (("shading_normal", shading), ("shading_normal_camera", shading), ("normal_camera", normal)):
        if name in wanted:
            turned = (values @ camera.rotation).astype(np.float32) if name.endswith("_camera") else values
            maps[name] = rounded(name, _masked(turned, valid))
    return maps


def nocs(camera: Camera, maps: Maps, poses: Poses, table: ObjectTable) -> NDArray[np.float32]:
    """Return the normalised coordinates (H, W, 3) of each surface point in its thing's box: 0 lowest, 1 highest corner.

    H. Wang et al., "Normalized Object Coordinate Space for Category-Level 6D Object Pose and Size Estimation", CVPR 2019. A
    thing that deforms may leave the box that it has at rest; then it is cut off at its faces. A flat box has 0.5 across.
    """
    ids, row = np.unique(maps["instance"], return_inverse=True)
    things = [table.things.get(number) for number in ids.tolist()]
    boxes = np.array([np.zeros((2, 3)) if thing is None else thing.box for thing in things], np.float64)
    inverse = np.linalg.inv(poses.find(ids.astype(np.int64))[1])
    row = row.reshape(maps["instance"].shape)
    local = (inverse[row, :3, :3] @ camera.surface(maps["depth"])[..., None])[..., 0] + inverse[row, :3, 3]
    size = boxes[:, 1] - boxes[:, 0]
    share = np.where(size[row] > 0, (local - boxes[row, 0]) / np.where(size > 0, size, 1.0)[row], 0.5)
    return rounded("nocs", _masked(np.clip(share, 0.0, 1.0).astype(np.float32), maps["valid"]))


def motion_maps(direction: str, landing: Landing, wanted: Collection[str]) -> Maps:
    """Return the `wanted` ones of flow, scene flow and occlusion in a direction, "forward" or "backward"."""
    maps: Maps = {
        f"flow_{direction}": rounded(f"flow_{direction}", landing.flow.astype(np.float32)),
        f"scene_flow_{direction}": landing.scene_flow,
        f"occlusion_{direction}": landing.label,
    }
    return {name: values for name, values in maps.items() if name in wanted}


def stereo_maps(valid: NDArray[np.bool_], landing: Landing, is_left: bool, wanted: Collection[str]) -> Maps:
    """Return the `wanted` ones of disparity, x in the left picture minus x in the right one, and occlusion_stereo."""
    across = landing.flow[..., 0].astype(np.float32) * np.float32(-1 if is_left else 1)
    maps: Maps = {"disparity": rounded("disparity", _masked(across, valid)), "occlusion_stereo": landing.label}
    return {name: values for name, values in maps.items() if name in wanted}


def rounded(name: str, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the values as the map of that name holds them: on its grain, a power of two, with its bits of fraction."""
    kind = MAPS[name]
    step = np.float32(kind.step)
    return shortened(np.rint(values / step) * step if step else values, kind.bits)


def _instances(passes: Mapping[str, NDArray[np.float32]], valid: NDArray[np.bool_], class_of: NDArray[np.uint32]) -> Any:
    """Return the ids (H, W) uint32 of a render in which every surface tells its own, once."""
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
    return instance


def _plain(name: str, values: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    return rounded(name, _masked(values, valid))


def _masked(values: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    mask = valid[..., None] if values.ndim == 3 else valid
    return np.where(mask, values, np.float32(0))


def _unit(vectors: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    length = np.sqrt((vectors * vectors).sum(-1, dtype=np.float64))
    if (length[valid] < 0.5).any():
        raise TruthError("a surface has no normal")
    return _masked((vectors / np.where(length > 0, length, 1.0)[..., None]).astype(np.float32), valid)


def _integers(values: NDArray[np.float32], valid: NDArray[np.bool_], what: str) -> NDArray[np.uint32]:
    whole = np.where(valid, np.rint(values), 0)
    if (whole < 0).any() or (np.abs(whole - values)[valid] > 1e-3).any():
        raise TruthError(f"a {what} in the truth render is no whole number")
    return whole.astype(np.uint32)
