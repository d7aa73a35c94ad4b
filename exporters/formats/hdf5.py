"""HDF5 as BlenderProc writes it: 0.hdf5, 1.hdf5 and on, a file a picture, for the loaders that were written for it.

| dataset | shape, type | meaning |
| --- | --- | --- |
| colors | (H, W, 3 or 4) uint8 | the picture |
| depth, distance | (H, W) float32 | metres, 1e10 where there is no surface; distance where the dataset holds it |
| normals | (H, W, 3) float32 | shading normal, OpenGL camera axes (x right, y up, z back), -1..1 as 0..1; 0.5 where none |
| instance_segmaps, class_segmaps | (H, W) the smallest unsigned type | ids, 0 where nothing is |
| forward_flow, backward_flow | (H, W, 2) float32 | pixels, x right, y down |
| instance_attribute_maps | JSON text | [{"idx", "name", "category_id"}] of what is seen |
| campose | JSON text | [{"cam2world_matrix" in OpenGL axes, "cam_K" with the first pixel's centre at (0, 0), of a pinhole}] |

Instead of `blender_proc_version` a file has the attributes wildfield_version, camera and frame. Source: BlenderProc's
WriterUtility.py, RendererUtility.py (enable_normals_output), FlowRendererUtility.py and CameraUtility.py. Needs h5py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ...progress import Task
from ...version import VERSION
from ..cameras import opencv_to_opengl
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.frames import far_where_nothing, optional
from .shared.lenses import opencv_matrix


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write the pictures in order of camera and frame. Raises UserError where h5py is missing."""
    try:
        import h5py
    except ImportError as error:
        raise UserError("hdf5: needs h5py, which is not installed; pip install 'wildfield[formats]'") from error
    for number, frame in enumerate(scene.frames()):
        with h5py.File(folder / f"{number}.hdf5", "w") as file:
            for name, values in _arrays(frame).items():
                file.create_dataset(name, data=values, compression="gzip")
            for name, rows in (("instance_attribute_maps", _attributes(frame)), ("campose", _pose(frame))):
                file.create_dataset(name, data=np.bytes_(json.dumps(rows)))
            file.attrs.update(wildfield_version=VERSION, camera=frame.camera_name, frame=frame.number)
        task.advance(1, frame.name)


def _arrays(frame: Frame) -> dict[str, NDArray[Any]]:
    found = {"colors": frame.read("rgb")}
    for name in ("depth", "distance"):
        metres = optional(frame, name)
        if metres is not None:
            found[name] = far_where_nothing(metres)
    normal = optional(frame, "shading_normal")
    if normal is not None:
        local = normal @ opencv_to_opengl(frame.camera.camera_to_world)[:3, :3]
        found["normals"] = (local * 0.5 + 0.5).astype(np.float32)
    for name, map_name in (("instance_segmaps", "instance"), ("class_segmaps", "class")):
        ids = optional(frame, map_name)
        if ids is not None:
            found[name] = ids.astype(np.min_scalar_type(int(ids.max(initial=0))))
    for name, map_name in (("forward_flow", "flow_forward"), ("backward_flow", "flow_backward")):
        flow = optional(frame, map_name)
        if flow is not None:
            found[name] = flow
    return found


def _attributes(frame: Frame) -> list[dict[str, Any]]:
    scene, instance = frame.scene, optional(frame, "instance")
    seen = [] if instance is None else np.unique(instance).tolist()
    rows = [(number, scene.objects[number]) for number in seen if number in scene.objects]
    return [{"idx": n, "name": row["name"], "category_id": scene.classes.index(row["class"])} for n, row in rows]


def _pose(frame: Frame) -> list[dict[str, Any]]:
    pose = {"cam2world_matrix": opencv_to_opengl(frame.camera.camera_to_world).tolist()}
    if frame.camera.intrinsics.model == "pinhole":
        pose["cam_K"] = opencv_matrix(frame, "hdf5").tolist()
    return [pose]


EXPORTER = Exporter("hdf5", "BlenderProc's HDF5 files, one a picture (needs the extra `formats`)", one_by_one(write_scene))
