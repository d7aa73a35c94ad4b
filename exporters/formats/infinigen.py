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

`infinigen_ids` says what an .npz of ids holds. A map that the dataset lacks is left out, and so are flows of a camera's last
frame and over more than one frame, coloured pictures of maps, and what only meshes know (vertices, faces). Infinigen writes
depth and ids at H x W or 2H x 2W, as its back end goes; here they are H x W. Layout: https://github.com/princeton-vl/infinigen,
docs/GroundTruthAnnotations.md, infinigen/tools/dataset_loader.py, infinigen/tools/compress_masks.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...progress import Task
from ..cameras import Camera
from ..images import write_png
from ..layout import SEEN
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.frames import copy_picture, far_where_nothing, optional, white
from .shared.infinigen_ids import as_instances, compressed, object_rows
from .shared.lenses import pinhole
from .shared.sequences import Sequences

Place = Callable[[str, str], Path]
"""(type, suffix) -> the path of one frame's file, in a folder that is there."""


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write frames/ and fine/MaskTag.json. Raises UserError where a camera is no pinhole."""
    order, sequences = {name: index for index, name in enumerate(scene.cameras)}, Sequences.of(scene)
    for frame in scene.frames():
        place = _places(folder / "frames", order[frame.camera_name], frame.number)
        copy_picture(frame, place("Image", "png"))
        k = pinhole(frame, "infinigen")
        np.savez(place("camview", "npz"), K=k.matrix, T=frame.camera.camera_to_world, HW=np.array([k.height, k.width]))
        write_surface(place, frame)
        write_ids(place, frame)
        later = sequences.following(frame)
        if later and sequences.flow_step == 1:
            write_motion(place, frame, later.camera)
        task.advance(1, frame.name)
    (folder / "fine").mkdir()
    tags = {name: number for number, name in enumerate(scene.classes)}
    (folder / "fine" / "MaskTag.json").write_text(json.dumps(tags) + "\n", encoding="utf-8")


def write_surface(place: Place, frame: Frame) -> None:
    """Write depth, normals and occlusion boundaries."""
    depth, normal, boundary = (optional(frame, name) for name in ("depth", "normal", "boundary_2x"))
    if depth is not None:
        np.save(place("Depth", "npy"), far_where_nothing(depth))
    if normal is not None:
        local = normal @ frame.camera.rotation * [1, -1, -1]
        np.save(place("SurfaceNormal", "npy"), local.astype(np.float32))
    if boundary is not None:
        write_png(place("OcclusionBoundaries", "png"), white(boundary))


def write_motion(place: Place, frame: Frame, later: Camera) -> None:
    """Write the flow to the next frame, where the camera is `later`, and which points that frame shows."""
    names = ("occlusion_forward", "flow_forward", "scene_flow_forward", "depth")
    labels, flow, way, depth = (optional(frame, name) for name in names)
    if labels is not None:
        write_png(place("Flow3DMask", "png"), white(labels == SEEN))
    if flow is not None and way is not None and depth is not None:
        there = later.to_camera(frame.camera.surface(depth) + way)[..., 2]
        change = np.where(depth > 0, there - depth, 0)
        np.save(place("Flow3D", "npy"), np.dstack([flow, change]).astype(np.float32))
    elif flow is not None:
        np.save(place("Flow", "npy"), flow)


def write_ids(place: Place, frame: Frame) -> None:
    """Write the maps of ids and the objects that they show."""
    classes, instance = optional(frame, "class"), optional(frame, "instance")
    if classes is not None:
        np.savez(place("TagSegmentation", "npz"), **compressed(classes.astype(np.int64)))
    if instance is not None:
        parts = compressed(instance.astype(np.int32))
        np.savez(place("ObjectSegmentation", "npz"), **parts)
        np.savez(place("InstanceSegmentation", "npz"), **as_instances(parts))
        place("Objects", "json").write_text(json.dumps(object_rows(frame, instance)) + "\n", encoding="utf-8")


def _places(root: Path, camera: int, number: int) -> Place:
    def place(kind: str, suffix: str) -> Path:
        folder = root / kind / f"camera_{camera}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder / f"{kind}_0_0_{number:04d}_{camera}.{suffix}"

    return place


EXPORTER = Exporter(
    "infinigen", "Infinigen's frames: camera, depth, normals, flow and ids for its loader", one_by_one(write_scene)
)
