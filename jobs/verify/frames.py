"""What the maps of one picture say of each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...exporters.light import PASSES
from ...exporters.motion import Moment
from ...exporters.reader import Frame
from ...exporters.visibility import View, boundary
from ...procgen.classes import is_stuff
from .laws import Worst

Maps = dict[str, NDArray[Any]]
_KEEPS_SKY = ("rgb", "flow", "occlusion", "boundary", *PASSES)
"""Beginnings of the names of maps that may hold something where there is no surface."""
_POSITIVE = ("instance", "class", "material", "depth", "distance", "panoptic")
"""Maps that are above 0 on every surface."""


def check_frame(frame: Frame, maps: Maps, worst: Worst) -> None:
    """Hold the maps of a picture against each other, its camera and the object table."""
    for check in (_check_values, _check_normals, _check_ids, _check_geometry, _check_boundary, _check_alpha):
        check(frame, maps, worst)


def view_of(frame: Frame, maps: Maps) -> View | None:
    """Return what is needed to ask for visibility, or None where the dataset holds too little."""
    if not {"instance", "piece", "depth", "normal"} <= maps.keys():
        return None
    moment = Moment(frame.scene.poses(frame.number), {})
    face = np.zeros_like(maps["instance"])
    return View(frame.camera, moment, maps["instance"], maps["piece"], face, maps["depth"], maps["normal"])


def _check_values(frame: Frame, maps: Maps, worst: Worst) -> None:
    valid = maps["valid"]
    for name, values in maps.items():
        path = frame.path(name)
        if values.dtype.kind == "f":
            worst.count("values are finite", ~np.isfinite(values), path)
        if not name.startswith(_KEEPS_SKY):
            filled = (values != 0).any(-1) if values.ndim == 3 else values != 0
            worst.count("maps are empty exactly where nothing is", filled[~valid], path)
        if name in _POSITIVE:
            worst.count("maps are empty exactly where nothing is", values[valid] <= 0, path)
        if name in ("albedo", "roughness", "metallic", "nocs", "ambient_occlusion"):
            worst.most("shares lie in 0..1", np.maximum(values - 1, -values), path)


def _check_normals(frame: Frame, maps: Maps, worst: Worst) -> None:
    valid = maps["valid"]
    for name in maps.keys() & {"normal", "shading_normal", "normal_camera", "shading_normal_camera"}:
        length = np.linalg.norm(maps[name][valid].astype(np.float64), axis=-1)
        worst.most("normals have unit length", np.abs(length - 1), frame.path(name))
        if name.endswith("_camera") and (world := name.removesuffix("_camera")) in maps:
            turned = maps[world].astype(np.float64) @ frame.camera.rotation
            worst.most("camera normals are the world's, turned", np.abs(turned - maps[name])[valid], frame.path(name))
    if "normal" not in maps:
        return
    path = frame.path("normal")
    normal = maps["normal"].astype(np.float64)
    worst.most("normals face the camera", (normal * frame.camera.view_directions()).sum(-1)[valid], path)
    if "piece" not in maps:
        return
    surface, piece = frame.camera.surface(maps["depth"]), maps["piece"]
    for first, second in (np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1], np.s_[1:]):
        near = (piece[first] == piece[second]) & (maps["instance"][first] == maps["instance"][second]) & valid[first]
        way = (surface[second] - surface[first])[near]
        lean = np.abs((way * normal[second][near]).sum(-1)) / np.maximum(np.linalg.norm(way, axis=-1), 1e-12)
        worst.add("normals stand on the surface", np.median(lean) if len(lean) > 100 else 0.0, path)


def _check_ids(frame: Frame, maps: Maps, worst: Worst) -> None:
    objects, classes, metadata = frame.scene.objects, frame.scene.classes, frame.scene.metadata
    ids, place = np.unique(maps["instance"], return_inverse=True)
    unknown = [number for number in ids.tolist() if number and number not in objects]
    worst.add("ids are in the object table", len(unknown), frame.path("instance"))
    for name, names in (("material", frame.scene.materials), ("part", metadata["parts"])):
        if name in maps:
            excess = int(maps[name].max(initial=0)) - len(names) + 1
            worst.add("ids are in the object table", max(0, excess), frame.path(name))
    rows = [classes.index(objects[number]["class"]) if number in objects else 0 for number in ids.tolist()]
    expected = np.array(rows, np.uint32)[place].reshape(maps["instance"].shape)
    if "class" in maps:
        worst.count("classes follow from ids", expected != maps["class"], frame.path("class"))
    if "panoptic" in maps:
        counted = np.array([not is_stuff(name) for name in classes])[expected]
        panoptic = expected << np.uint32(24) | np.where(counted, maps["instance"], 0).astype(np.uint32)
        worst.count("panoptic ids follow from class and instance", panoptic != maps["panoptic"], frame.path("panoptic"))


def _check_geometry(frame: Frame, maps: Maps, worst: Worst) -> None:
    valid, camera = maps["valid"], frame.camera
    depth = maps["depth"][valid].astype(np.float64)
    if "position" in maps:
        position = maps["position"][valid].astype(np.float64)
        pixels, found = camera.project(position)
        off = camera.intrinsics.apart(camera.intrinsics.centres()[valid], pixels)
        slack = rounding(position)
        worst.most(
            "position lies on its pixel",
            off - slack / camera.intrinsics.pixel_size(np.maximum(depth, 1e-6)),
            frame.path("position"),
        )
        relative = np.maximum(np.abs(found - depth) - slack, 0) / np.maximum(depth, 1e-6)
        worst.most("depth follows from position", relative, frame.path("depth"))
    if "distance" in maps:
        expected = camera.distance(maps["depth"])[valid]
        worst.most(
            "distance follows from depth",
            np.abs(maps["distance"][valid] / np.maximum(expected, 1e-6) - 1),
            frame.path("distance"),
        )


def _check_boundary(frame: Frame, maps: Maps, worst: Worst) -> None:
    view = view_of(frame, maps)
    if view is not None and "boundary" in maps:
        worst.count("boundaries follow from surfaces", boundary(view) != maps["boundary"], frame.path("boundary"))


def _check_alpha(frame: Frame, maps: Maps, worst: Worst) -> None:
    """Where a picture has alpha, its mean over blocks of 8 x 8 pixels is the share of them that truth calls a surface.

    Single pixels need not agree: alpha is averaged over the pixel, truth is asked at its centre.
    """
    picture, valid = maps["rgb"], maps["valid"]
    if picture.shape[2] == 4 and valid.any():
        off = blocks(picture[..., 3] / 255.0) - blocks(valid.astype(np.float64))
        worst.add("alpha agrees with what is seen", np.abs(off).mean() / valid.mean(), frame.path("rgb"))


def blocks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the means of (H, W, ...) over blocks of 8 x 8 pixels, without what is left at the right and the lower edge."""
    rows, columns = values.shape[0] // 8, values.shape[1] // 8
    return np.asarray(values[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8, *values.shape[2:]).mean((1, 3)))


def rounding(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what float32 makes of world coordinates (N, 3), metres."""
    return np.asarray(2e-7 * np.abs(points).max(-1, initial=0))
