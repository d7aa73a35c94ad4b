"""BOP, the benchmark of 6D object poses: a dataset whose scenes are the folders of train_pbr/.

    camera.json dataset_info.json models/models_info.json
    train_pbr/SEED/  scene_camera.json scene_gt.json scene_gt_info.json scene_gt_coco.json rgb/ depth/ mask/ mask_visib/

Millimetres, OpenCV camera axes, and the centre of the first pixel at (0, 0) as BOP's own code has it, so that K's principal
point is half a pixel less than in camera.json. The images of all cameras of a scene are numbered from 0. Depth is 16 bits of
`depth_scale` mm, 0 where nothing is. Annotated are the countable things that are seen and keep their shape; `bop_objects`
says which of them, in all scenes, share an object id, and dataset_info.json what each object is. `bop-models` writes their
meshes too (`bop_models`), models/obj_000001.ply, for which every world is grown again from its scene.toml in Blender. Without
them models_info.json has the boxes, and for a diameter their diagonal. There is no models_eval/: evaluate with models/.

Hidden parts are known where the dataset holds `things`: from it come bbox_obj, px_count_all (of pixels inside the picture),
visib_fract, and with `mask_amodal` px_count_valid and the files of mask/. Without it these numbers are -1 and mask/ is not
there. Layout: https://github.com/thodan/bop_toolkit/blob/master/docs/bop_datasets_format.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..images import write_png
from ..manifest import write_json
from ..reader import Scene
from .coco import Row, annotation, image_row, write_coco
from .exporter import Exporter
from .shared.bop_models import write_models
from .shared.bop_objects import MM, Objects
from .shared.bop_rows import camera_row, depth_scale, sensor, visibility_row
from .shared.codecs import encode_png16
from .shared.frames import copy_picture, every_frame, put, white
from .shared.lenses import pinhole
from .shared.regions import Categories, Thing, things
from .shared.rle import runs_mask


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write all scenes. Raises UserError where a camera is no pinhole, and where the dataset lacks depth or ids."""
    objects = _write_scenes(scenes, folder, task)
    write_json(folder / "models" / "models_info.json", objects.models)


def write_scenes_and_models(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write all scenes and the meshes of their things. Raises UserError as `write_scenes` and `write_models` do."""
    objects = _write_scenes(scenes, folder, task)
    write_json(folder / "models" / "models_info.json", write_models(scenes, objects, folder / "models"))


def _write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> Objects:
    for frame in every_frame(scenes):
        pinhole(frame, "bop")
    categories, objects, scale = Categories.of(scenes).things, Objects(), depth_scale(every_frame(scenes))
    for scene in scenes:
        _write_scene(scene, folder / "train_pbr" / f"{int(scene.folder.name):06d}", categories, objects, scale, task)
    (folder / "models").mkdir()
    write_json(folder / "dataset_info.json", {"objects": objects.shapes})
    write_json(folder / "camera.json", sensor(next(every_frame(scenes)), scale))
    return objects


def _write_scene(scene: Scene, root: Path, categories: list[int], objects: Objects, scale: float, task: Task) -> None:
    """Write one folder of train_pbr/ and note its objects."""
    lists: dict[str, dict[int, Any]] = {"scene_camera": {}, "scene_gt": {}, "scene_gt_info": {}}
    pictures: list[Row] = []
    annotations: list[Row] = []
    for number, frame in enumerate(scene.frames()):
        depth, annotated = frame.read("depth"), objects.poses(frame, things(frame, categories))
        copy_picture(frame, root / "rgb" / f"{number:06d}.png")
        code = np.round(depth.astype(np.float64) * MM / scale).astype(np.uint16)
        put(root / "depth" / f"{number:06d}.png", encode_png16(code))
        for index, (thing, row) in enumerate(annotated):
            _write_masks(root, f"{number:06d}_{index:06d}.png", thing, depth)
            place = {"id": len(annotations) + 1, "image_id": number, "category_id": row["obj_id"]}
            annotations.append(annotation(thing, frame) | place)
        pictures.append(image_row(frame, number) | {"file_name": f"rgb/{number:06d}.png"})
        lists["scene_camera"][number] = camera_row(frame, scale)
        lists["scene_gt"][number] = [row for _, row in annotated]
        lists["scene_gt_info"][number] = [visibility_row(thing, depth) for thing, _ in annotated]
        task.advance(1, frame.name)
    for name, rows in lists.items():
        write_json(root / f"{name}.json", rows)
    kinds = [{"id": number, "name": str(number), "supercategory": "wildfield"} for number in objects.models]
    write_coco(root / "scene_gt_coco.json", kinds, pictures, annotations)


def _write_masks(root: Path, name: str, thing: Thing, depth: NDArray[np.float32]) -> None:
    """Write mask_visib/NAME, and mask/NAME where the hidden part is known: 255 inside."""
    runs = {"mask_visib": thing.runs}
    if thing.row.get("mask_amodal"):
        runs["mask"] = np.array(thing.row["mask_amodal"]["counts"], np.int64)
    for folder, counts in runs.items():
        (root / folder).mkdir(exist_ok=True)
        write_png(root / folder / name, white(runs_mask(counts, *depth.shape)))


EXPORTER = Exporter("bop", "BOP's layout for 6D poses: scene_gt.json, masks, 16-bit depth in mm", write_scenes)
WITH_MODELS = Exporter(
    "bop-models", "the same with a mesh of every object; its worlds are grown again", write_scenes_and_models
)
