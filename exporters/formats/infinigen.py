"""Infinigen's frames: frames/TYPE/camera_C/TYPE_0_0_FFFF_C.EXT, cameras numbered in the order of their names.

| type | holds |
| --- | --- |
| Image.png | the picture |
| camview.npz | K (3, 3), T (4, 4) camera to world with OpenCV axes, HW (2,); the centre of the first pixel is (0.5, 0.5) |
| Depth.npy | (H, W) float32, planar, m; 1e10 where nothing is |
| SurfaceNormal.npy | (H, W, 3) float32 in the camera: x right, y up, z backward; of the geometry |
| Flow3D.npy | (H, W, 3) float32: flow to the next frame in pixels, x right, y down, and the change of the point's depth, m |
| Flow.npy | (H, W, 2) float32, of the first two alone, where the dataset holds no scene_flow_forward |
| Flow3DMask.png | (H, W), 255 where the next frame shows the same point |
| OcclusionBoundaries.png | (2H, 2W), 255 on a boundary |
| ObjectSegmentation.npz | (H, W) int32, the instance id |
| InstanceSegmentation.npz | (H, W, 3) int32, the id once more and two zeros: every object has one instance |
| TagSegmentation.npz | (H, W) int64, the class id; fine/MaskTag.json names them |
| Objects.json | of what the frame shows: name, object_index, min and max (local box, m), model_matrices, instance_ids, tags |

An .npz of ids holds `vals`, `indices` and `shape`: the map is `vals[indices].reshape(shape)`. A map that the dataset lacks is
left out, and so are flows of a camera's last frame and over more than one frame, coloured pictures of maps, and what only
meshes know (vertices, faces). Infinigen writes depth and ids at H x W or 2H x 2W, as its back end goes; here they are H x W.
Layout: https://github.com/princeton-vl/infinigen, docs/GroundTruthAnnotations.md, infinigen/tools/dataset_loader.py,
infinigen/tools/compress_masks.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..cameras import Camera
from ..images import write_png
from ..reader import Frame, Scene
from .exporter import Exporter, content
from .shared.frames import has, metadata, pinhole, white

Place = Callable[[str, str], Path]
"""(type, suffix) -> the path of one frame's file, in a folder that is there."""

NOTHING = np.float32(1e10)
"""Depth of the sky, as Blender's depth pass has it."""


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write frames/ and fine/MaskTag.json. Raises UserError where a camera is no pinhole."""
    step = metadata(scene).get("flow_step", 1)
    order = {name: index for index, name in enumerate(scene.cameras)}
    for frame in scene.frames():
        place = _places(folder / "frames", order[frame.camera_name], frame.number)
        place("Image", "png").write_bytes(content(scene, frame.path("rgb")))
        write_camera(place("camview", "npz"), pinhole(frame, "infinigen"))
        write_surface(place, frame)
        write_ids(place, frame)
        later = scene.cameras[frame.camera_name].get(frame.number + 1)
        if step == 1 and later:
            write_motion(place, frame, later)
        task.advance(1, frame.name)
    (folder / "fine").mkdir()
    tags = {name: number for number, name in enumerate(scene.classes)}
    (folder / "fine" / "MaskTag.json").write_text(json.dumps(tags) + "\n", encoding="utf-8")


def write_camera(path: Path, camera: Camera) -> None:
    """Write K, T and HW."""
    k = camera.intrinsics
    np.savez(path, K=k.matrix, T=camera.camera_to_world, HW=np.array([k.height, k.width]))


def write_surface(place: Place, frame: Frame) -> None:
    """Write depth, normals and occlusion boundaries."""
    if has(frame, "depth"):
        depth = frame.read("depth")
        np.save(place("Depth", "npy"), np.where(depth > 0, depth, NOTHING))
    if has(frame, "normal"):
        local = frame.read("normal") @ frame.camera.rotation
        np.save(place("SurfaceNormal", "npy"), (local * [1, -1, -1]).astype(np.float32))
    if has(frame, "boundary_2x"):
        write_png(place("OcclusionBoundaries", "png"), white(frame.read("boundary_2x")))


def write_motion(place: Place, frame: Frame, later: Camera) -> None:
    """Write the flow to the next frame, where the camera is `later`, and which points that frame shows."""
    if has(frame, "occlusion_forward"):
        write_png(place("Flow3DMask", "png"), white(frame.read("occlusion_forward") == 0))
    if not has(frame, "flow_forward"):
        return
    flow = frame.read("flow_forward")
    if not all(has(frame, name) for name in ("scene_flow_forward", "position", "depth")):
        np.save(place("Flow", "npy"), flow)
        return
    depth = frame.read("depth")
    there = later.to_camera(frame.read("position").astype(np.float64) + frame.read("scene_flow_forward"))[..., 2]
    change = np.where(depth > 0, there - depth, 0)
    np.save(place("Flow3D", "npy"), np.concatenate([flow, change[..., None]], -1).astype(np.float32))


def write_ids(place: Place, frame: Frame) -> None:
    """Write the maps of ids and the objects that they show."""
    if has(frame, "class"):
        np.savez(place("TagSegmentation", "npz"), **compressed(frame.read("class").astype(np.int64)))
    if not has(frame, "instance"):
        return
    instance = frame.read("instance").astype(np.int32)
    parts = compressed(instance)
    np.savez(place("ObjectSegmentation", "npz"), **parts)
    parts |= {"vals": parts["vals"][:, None] * np.array([1, 0, 0], np.int32), "shape": np.array([*instance.shape, 3])}
    np.savez(place("InstanceSegmentation", "npz"), **parts)
    place("Objects", "json").write_text(json.dumps(objects(frame, instance)) + "\n", encoding="utf-8")


def objects(frame: Frame, instance: NDArray[np.int32]) -> list[dict[str, Any]]:
    """Return Objects.json: one entry for each thing of objects.json that an instance map shows and that has a matrix."""
    scene = frame.scene
    seen = [number for number in np.unique(instance).tolist() if number in scene.objects]
    known, matrices = scene.poses(frame.number).find(np.array(seen, np.int64))
    rows = [scene.objects[number] for number in seen]
    return [
        {
            "name": row["name"], "object_index": row["id"], "min": row["box"][0], "max": row["box"][1],
            "model_matrices": [matrix.tolist()], "instance_ids": [[row["id"], 0, 0]],
            "tags": [scene.classes.index(row["class"])], "children": [],
        }
        for row, there, matrix in zip(rows, known, matrices, strict=True)
        if there
    ]  # fmt: skip


def compressed(values: NDArray[np.integer]) -> dict[str, NDArray[Any]]:
    """Return the arrays of an (H, W) .npz of ids: distinct values, each pixel's index in the smallest type, the shape."""
    found, places = np.unique(values, return_inverse=True)
    kind = np.min_scalar_type(len(found) - 1)
    return {"vals": found, "indices": places.ravel().astype(kind), "shape": np.array(values.shape)}


def _places(root: Path, camera: int, number: int) -> Place:
    def place(kind: str, suffix: str) -> Path:
        folder = root / kind / f"camera_{camera}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{kind}_0_0_{number:04d}_{camera}.{suffix}"

    return place


EXPORTER = Exporter("infinigen", "Infinigen's frames: camera, depth, normals, flow and ids for its loader", write_scene)
