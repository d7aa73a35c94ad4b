"""BOP, the benchmark of 6D object poses: each scene is a dataset, its pictures are under train_pbr/.

    camera.json dataset_info.json models/models_info.json
    train_pbr/SEED/  scene_camera.json scene_gt.json scene_gt_info.json scene_gt_coco.json rgb/ depth/ mask/ mask_visib/

Millimetres, OpenCV camera axes, and the centre of the first pixel at (0, 0) as BOP's own code has it, so that K's principal
point is half a pixel less than in camera.json. The images of all cameras are numbered from 0. Depth is 16 bits of
`depth_scale` mm, 0 where nothing is. Annotated are the countable things that are seen and keep their shape; `bop_objects`
says which of them share an object id, and dataset_info.json what each object is. There are no meshes: models_info.json has
the boxes, and for a diameter their diagonal.

Hidden parts are known where the dataset holds `things`: from it come bbox_obj, px_count_all (of pixels inside the picture),
visib_fract, and with `mask_amodal` px_count_valid and the files of mask/. Without it these numbers are -1 and mask/ is not
there. Boxes are [x, y, last x - x, last y - y], as BOP's calc_gt_info.py writes them. Layout:
https://github.com/thodan/bop_toolkit/blob/master/docs/bop_datasets_format.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import png
from numpy.typing import NDArray

from ...progress import Task
from ..cameras import Camera
from ..images import write_png
from ..reader import Scene
from .coco import annotation, coco_file, image_row
from .exporter import Exporter, content
from .shared.bop_objects import MM, Objects
from .shared.frames import needed, pinhole, white
from .shared.regions import Categories, Thing, things
from .shared.rle import runs_mask


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write one scene. Raises UserError where a camera is no pinhole, and where the dataset lacks depth or ids."""
    images = folder / "train_pbr" / f"{scene.record.seed if scene.record else 0:06d}"
    for name in ("rgb", "depth", "mask_visib"):
        (images / name).mkdir(parents=True)
    categories, objects, scale = Categories(scene).things, Objects(), depth_scale(scene)
    cameras: dict[int, Any] = {}
    truth: dict[int, Any] = {}
    visibility: dict[int, Any] = {}
    pictures: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, frame in enumerate(scene.frames()):
        depth, annotated = needed(frame, "depth"), objects.poses(frame, things(frame, categories))
        (images / "rgb" / f"{number:06d}.png").write_bytes(content(scene, frame.path("rgb")))
        write_grey16(images / "depth" / f"{number:06d}.png", np.round(depth.astype(np.float64) * MM / scale).astype(np.uint16))
        for index, (thing, row) in enumerate(annotated):
            write_masks(images, f"{number:06d}_{index:06d}.png", thing, depth.shape)
            place = {"id": len(annotations) + 1, "image_id": number, "category_id": row["obj_id"]}
            annotations.append(annotation(thing, frame) | place)
        pictures.append(image_row(frame, number) | {"file_name": f"rgb/{number:06d}.png"})
        cameras[number] = camera_row(pinhole(frame, "bop"), scale)
        truth[number] = [row for _, row in annotated]
        visibility[number] = [visibility_row(thing, depth) for thing, _ in annotated]
        task.advance(1, frame.name)
    for name, rows in (("scene_camera", cameras), ("scene_gt", truth), ("scene_gt_info", visibility)):
        _write(images / f"{name}.json", rows)
    kinds = [{"id": number, "name": str(number), "supercategory": "wildfield"} for number in objects.models]
    _write(images / "scene_gt_coco.json", coco_file(kinds, pictures, annotations))
    (folder / "models").mkdir()
    _write(folder / "models" / "models_info.json", objects.models)
    _write(folder / "dataset_info.json", {"objects": objects.shapes})
    _write(folder / "camera.json", sensor(next(scene.frames()).camera, scale))


def depth_scale(scene: Scene) -> float:
    """Return the millimetres of one step of depth: the least multiple of 0.1 with which the farthest point fits 16 bits."""
    farthest = max(float(needed(frame, "depth").max(initial=0)) for frame in scene.frames()) * MM
    return max(math.ceil(farthest / 65535 * 10), 1) / 10


def camera_row(camera: Camera, scale: float) -> dict[str, Any]:
    """Return one entry of scene_camera.json: K, the world-to-camera pose in mm, and the scale of depth."""
    k = camera.intrinsics.matrix - [[0, 0, 0.5], [0, 0, 0.5], [0, 0, 0]]
    pose = camera.world_to_camera
    return {
        "cam_K": k.ravel().tolist(), "depth_scale": scale,
        "cam_R_w2c": pose[:3, :3].ravel().tolist(), "cam_t_w2c": (pose[:3, 3] * MM).tolist(),
    }  # fmt: skip


def sensor(camera: Camera, scale: float) -> dict[str, float]:
    """Return camera.json: the intrinsics of the first picture."""
    k = camera.intrinsics
    return {
        "width": k.width, "height": k.height, "fx": k.fl_x, "fy": k.fl_y, "cx": k.cx - 0.5, "cy": k.cy - 0.5,
        "depth_scale": scale,
    }  # fmt: skip


def visibility_row(thing: Thing, depth: NDArray[np.float32]) -> dict[str, Any]:
    """Return one entry of scene_gt_info.json; -1 is what the dataset does not know."""
    whole, box, mask = (thing.row.get(name) for name in ("amodal_pixels", "box_amodal", "mask_amodal"))
    silhouette = runs_mask(mask["counts"], *depth.shape) if mask else None
    return {
        "bbox_obj": _corner_and_span(box) if box else [-1, -1, -1, -1], "bbox_visib": _corner_and_span(thing.box),
        "px_count_all": -1 if whole is None else whole, "px_count_visib": thing.area,
        "px_count_valid": -1 if silhouette is None else int((depth[silhouette] > 0).sum()),
        "visib_fract": thing.area / whole if whole else -1.0,
    }  # fmt: skip


def write_masks(images: Path, name: str, thing: Thing, size: tuple[int, ...]) -> None:
    """Write mask_visib/NAME, and mask/NAME where the hidden part is known: 255 inside."""
    runs = {"mask_visib": thing.runs}
    if thing.row.get("mask_amodal"):
        runs["mask"] = np.array(thing.row["mask_amodal"]["counts"], np.int64)
    for folder, counts in runs.items():
        (images / folder).mkdir(exist_ok=True)
        write_png(images / folder / name, white(runs_mask(counts, size[0], size[1])))


def write_grey16(path: Path, values: NDArray[np.uint16]) -> None:
    """Write (H, W) as a grey PNG of 16 bits."""
    writer = png.Writer(values.shape[1], values.shape[0], greyscale=True, bitdepth=16)
    with path.open("wb") as file:
        writer.write_packed(file, [row.tobytes() for row in values.astype(">u2")])


def _corner_and_span(box: Sequence[float]) -> list[int]:
    x0, y0, x1, y1 = math.floor(box[0]), math.floor(box[1]), math.ceil(box[2]), math.ceil(box[3])
    return [x0, y0, x1 - 1 - x0, y1 - 1 - y0]


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


EXPORTER = Exporter("bop", "BOP's layout for 6D poses: scene_gt.json, masks, 16-bit depth in mm", write_scene)
