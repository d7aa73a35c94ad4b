"""Proof of a dataset by its own geometry: every map must agree with every other, and with the cameras.

Each check measures its worst case over all pictures and compares it with a limit; the report names the file of the worst.
Limits are what float32 passes of Cycles were measured to keep, with room (docs/ground-truth.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..exporters.cameras import opencv_to_opengl
from ..exporters.layout import TRUTH_MAPS, Map
from ..exporters.reader import Dataset, Frame, Scene, open_dataset
from ..exporters.transforms import INTRINSICS
from ..exporters.visibility import View, occluded, sky_flow
from ..exporters.writing import checksum
from ..progress import Progress


@dataclass(frozen=True)
class Check:
    """One law: `worst` is the largest violation found and `file` where, `limit` what is allowed, in the law's own unit."""

    name: str
    ok: bool
    worst: float
    limit: float
    file: str


LIMITS: dict[str, tuple[float, str]] = {
    "files are readable": (0, "files that cannot be read"),
    "checksums agree": (0, "files that changed"),
    "every file is listed": (0, "files too many or too few"),
    "transforms.json agrees with the cameras": (1e-9, "largest difference"),
    "values are finite": (0, "pixels"),
    "maps are empty exactly where nothing is": (0, "pixels"),
    "normals have unit length": (1e-5, "deviation"),
    "normals face the camera": (1e-4, "cosine"),
    "albedo lies in 0..1": (1e-6, "excess"),
    "ids are in the object table": (0, "ids"),
    "classes follow from ids": (0, "pixels"),
    "every object is seen": (0, "objects"),
    "position lies on its pixel": (0.5, "px"),
    "nearly every position lies on the centre": (0.01, "px, worst percentile"),
    "depth follows from position": (2e-5, "relative"),
    "sky flow follows from rotation": (1e-3, "px"),
    "flow of rigid things follows from depth and pose": (0.5, "px"),
    "nearly all of that flow is exact": (0.01, "px, worst percentile"),
    "flow leads back": (1.0, "px, worst percentile"),
    "occlusion follows from both frames": (0, "pixels"),
}
"""Every law, the limit of its violation, and the unit.

Cycles hits surfaces in single precision: on blades of grass seen edge-on, one pixel in 100,000 is a tenth of a pixel off.
So a law of pixels has two limits, one for all of them and a sharp one for nearly all.
"""

_BACK_PERCENTILE = 99.0
_NEARLY_ALL = 99.5


class _Worst:
    """Collects violations by law and keeps the worst of each."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found = dict.fromkeys(LIMITS, (0.0, ""))

    def add(self, name: str, value: Any, file: Path) -> None:
        """Take a violation; what is not finite counts as infinite."""
        size = float(value) if np.isfinite(value) else float("inf")
        if size > self.found[name][0] or not self.found[name][1]:
            self.found[name] = (size, file.relative_to(self.root).as_posix())

    def count(self, name: str, wrong: NDArray[np.bool_], file: Path) -> None:
        self.add(name, np.count_nonzero(wrong), file)

    def spread(self, all_of_them: str, nearly_all: str, errors: NDArray[np.float64], file: Path) -> None:
        """Take the largest of the errors (N,) by one law, and their 99.5th percentile by another."""
        sizes = np.maximum(errors, 0) if len(errors) else np.zeros(1)
        self.add(all_of_them, sizes.max(), file)
        self.add(nearly_all, np.percentile(sizes, _NEARLY_ALL), file)

    def checks(self) -> list[Check]:
        return [
            Check(name, worst <= LIMITS[name][0], worst, LIMITS[name][0], file) for name, (worst, file) in self.found.items()
        ]


def verify(dataset: Path, progress: Progress | None = None) -> list[Check]:
    """Check every scene of a dataset and return one `Check` a law, in the order of `LIMITS`.

    Raises UserError where `dataset` is none or has no finished scene; a damaged scene is a failed check, not an error.
    """
    opened = open_dataset(dataset)
    if not opened.scenes:
        raise UserError(f"{dataset}: holds no finished scene to verify")
    worst = _Worst(dataset)
    with (progress or Progress()).task("Verifying", len(opened.scenes)) as task:
        for scene in opened.scenes:
            _check_files(scene, worst)
            try:
                _check_scene(opened, scene, worst)
            except (UserError, KeyError, ValueError, TypeError) as error:
                named = [path for path in scene.folder.rglob("*") if str(path) in str(error)]
                worst.add("files are readable", 1, named[0] if named else scene.folder)
            task.advance(1, scene.folder.name)
    return worst.checks()


def table(checks: list[Check]) -> str:
    """Return the checks as a table for a person."""
    width = max(len(check.name) for check in checks)
    lines = [f"{'law':{width}}  {'':6}  {'worst':>10}  {'limit':>10}  unit, file of the worst"]
    for check in checks:
        mark = "ok" if check.ok else "BROKEN"
        where = f"{LIMITS[check.name][1]}{', ' + check.file if check.worst else ''}"
        lines.append(f"{check.name:{width}}  {mark:6}  {check.worst:10.3g}  {check.limit:10.3g}  {where}")
    return "\n".join(lines)


def _check_files(scene: Scene, worst: _Worst) -> None:
    listed = scene.record.files if scene.record else {}
    there = {path.relative_to(scene.folder).as_posix() for path in scene.folder.rglob("*") if path.is_file()}
    worst.add("every file is listed", 0, scene.folder)
    worst.add("checksums agree", 0, scene.folder)
    for path in sorted(there ^ set(listed)):
        worst.add("every file is listed", len(there ^ set(listed)), scene.folder / path)
    for path in sorted(there & set(listed)):
        if checksum(scene.folder / path) != listed[path]:
            worst.add("checksums agree", 1, scene.folder / path)


def _check_scene(dataset: Dataset, scene: Scene, worst: _Worst) -> None:
    worst.add("files are readable", 0, scene.folder)
    if dataset.splits.get(scene.folder.name, {}).keys() != {"train", "val", "test"}:
        raise UserError(f"{dataset.root / 'splits.json'}: does not hold the splits of scene {scene.folder.name}")
    _check_transforms(scene, worst)
    seen: set[int] = set()
    for name in scene.cameras:
        before: tuple[Frame, dict[str, NDArray[Any]]] | None = None
        for frame in (item for item in scene.frames() if item.camera_name == name):
            try:
                maps = {item.name: frame.read(item.name) for item in TRUTH_MAPS}
                frame.read("rgb")
            except UserError as error:
                broken = [
                    frame.path(item) for item in ("rgb", *(m.name for m in TRUTH_MAPS)) if str(frame.path(item)) in str(error)
                ]
                worst.add("files are readable", 1, broken[0])
                before = None
                continue
            seen.update(np.unique(maps["instance"]).tolist())
            for check in (_check_values, _check_ids, _check_geometry):
                check(frame, maps, worst)
            if before is not None and before[0].number == frame.number - 1:
                _check_pair(before, (frame, maps), worst)
            before = (frame, maps)
    unseen = set(scene.objects) - seen
    worst.add("every object is seen", len(unseen), scene.folder / "objects.json")


def _check_transforms(scene: Scene, worst: _Worst) -> None:
    path = scene.folder / "transforms.json"
    content = scene.transforms
    frames = {frame.path("rgb").relative_to(scene.folder).as_posix(): frame for frame in scene.frames()}
    entries = {entry["file_path"]: entry for entry in content["frames"]}
    listed = [name for split in ("train", "val", "test") for name in content[f"{split}_filenames"]]
    if entries.keys() != frames.keys() or set(listed) != frames.keys():
        raise UserError(f"{path}: does not list the pictures that are there")
    for name, frame in frames.items():
        k, values = frame.camera.intrinsics, content | entries[name]
        off = np.abs(np.array(values["transform_matrix"]) - opencv_to_opengl(frame.camera.camera_to_world)).max()
        lens = max(abs(values[key] - getattr(k, key)) for key in INTRINSICS)
        worst.add("transforms.json agrees with the cameras", max(off, lens), path)


def _check_values(frame: Frame, maps: dict[str, NDArray[Any]], worst: _Worst) -> None:
    valid = maps["valid"]
    for item in TRUTH_MAPS:
        values, path = maps[item.name], frame.path(item.name)
        if item.type == "float32":
            worst.count("values are finite", ~np.isfinite(values), path)
        if not item.name.startswith(("flow", "occlusion")):
            worst.count("maps are empty exactly where nothing is", _any(item, values)[~valid], path)
    for name in ("instance", "class", "material", "depth"):
        worst.count("maps are empty exactly where nothing is", maps[name][valid] <= 0, frame.path(name))
    for name in ("normal", "shading_normal"):
        length = np.linalg.norm(maps[name][valid].astype(np.float64), axis=-1)
        worst.add("normals have unit length", np.abs(length - 1).max(initial=0), frame.path(name))
    directions = frame.camera.intrinsics.directions() @ frame.camera.rotation.T
    directions /= np.linalg.norm(directions, axis=-1, keepdims=True)
    away = np.einsum("...i,...i", maps["normal"], directions)[valid]
    worst.add("normals face the camera", max(0.0, away.max(initial=0)), frame.path("normal"))
    excess = np.maximum(maps["albedo"] - 1, -maps["albedo"])
    worst.add("albedo lies in 0..1", max(0.0, excess.max(initial=0)), frame.path("albedo"))


def _any(item: Map, values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray((values != 0).any(-1) if len(item.channels) > 1 else values != 0)


def _check_ids(frame: Frame, maps: dict[str, NDArray[Any]], worst: _Worst) -> None:
    objects, classes = frame.scene.objects, frame.scene.classes
    ids, place = np.unique(maps["instance"], return_inverse=True)
    unknown = [number for number in ids.tolist() if number and number not in objects]
    worst.add("ids are in the object table", len(unknown), frame.path("instance"))
    class_of = [classes.index(objects[number]["class"]) if number in objects else 0 for number in ids.tolist()]
    expected = np.array(class_of, np.uint32)[place].reshape(maps["instance"].shape)
    worst.count("classes follow from ids", expected != maps["class"], frame.path("class"))
    top = int(maps["material"].max(initial=0))
    worst.add("ids are in the object table", max(0, top - len(frame.scene.materials) + 1), frame.path("material"))


def _check_geometry(frame: Frame, maps: dict[str, NDArray[Any]], worst: _Worst) -> None:
    valid, camera = maps["valid"], frame.camera
    position, depth = maps["position"][valid].astype(np.float64), maps["depth"][valid].astype(np.float64)
    pixels, planar = camera.project(position)
    off = np.linalg.norm(pixels - _centres(valid)[valid], axis=-1)
    slack = _rounding(position) * camera.intrinsics.fl_x / np.maximum(depth, 1e-6)
    worst.spread("position lies on its pixel", "nearly every position lies on the centre", off - slack, frame.path("position"))
    error = np.maximum(np.abs(planar - depth) - _rounding(position), 0) / np.maximum(depth, 1e-6)
    worst.add("depth follows from position", error.max(initial=0), frame.path("depth"))


def _check_pair(
    earlier: tuple[Frame, dict[str, NDArray[Any]]], later: tuple[Frame, dict[str, NDArray[Any]]], worst: _Worst
) -> None:
    """Check what two neighbouring frames say of each other."""
    sides: list[tuple[str, str, Any, Any]] = [("forward", "backward", earlier, later), ("backward", "forward", later, earlier)]
    for direction, back, (frame, maps), (other_frame, other) in sides:
        flow, hidden, valid = maps[f"flow_{direction}"], maps[f"occlusion_{direction}"], maps["valid"]
        flow_file, mask_file = frame.path(f"flow_{direction}"), frame.path(f"occlusion_{direction}")
        sky = np.linalg.norm(flow - sky_flow(frame.camera, other_frame.camera), axis=-1)[~valid]
        worst.add("sky flow follows from rotation", sky.max(initial=0), flow_file)
        view, target = _view(frame, maps), _view(other_frame, other)
        _check_rigid_flow(view, target, _rigid(frame, maps["instance"]), flow, flow_file, worst)
        expected = occluded(view, flow, target, other[f"flow_{back}"])
        worst.count("occlusion follows from both frames", expected != hidden, mask_file)
        _check_return(flow, other[f"flow_{back}"], hidden, view, target, flow_file, worst)


def _check_rigid_flow(view: View, other: View, rigid: NDArray[np.bool_], flow: NDArray[Any], file: Path, worst: _Worst) -> None:
    """Carry the points of rigid things to the other frame by their matrices, and compare where they land with the flow."""
    ids, thing = np.unique(view.instance, return_inverse=True)
    thing = thing.reshape(view.instance.shape)
    here, now = view.poses.find(ids)
    there, then = other.poses.find(ids)
    pixels = np.nonzero((here & there & (ids > 0))[thing] & rigid)
    points = view.position[pixels].astype(np.float64)
    motion = (then @ np.linalg.inv(now))[thing[pixels]]
    moved = np.einsum("nij,nj->ni", motion[:, :3, :3], points) + motion[:, :3, 3]
    landed, depth = other.camera.project(moved)
    error = np.linalg.norm(landed - _centres(view.instance)[pixels] - flow[pixels], axis=-1)
    error -= 2 * _rounding(points) * view.camera.intrinsics.fl_x / np.maximum(depth, 1e-6)
    all_of_it, nearly_all = "flow of rigid things follows from depth and pose", "nearly all of that flow is exact"
    worst.spread(all_of_it, nearly_all, error[depth > 0], file)


def _rigid(frame: Frame, instance: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Which pixels show a thing that keeps its shape."""
    ids, thing = np.unique(instance, return_inverse=True)
    keeps = [not frame.scene.objects.get(number, {}).get("deforms", False) for number in ids.tolist()]
    return np.asarray(keeps)[thing.reshape(instance.shape)]


def _check_return(
    flow: NDArray[np.float32],
    back: NDArray[np.float32],
    hidden: NDArray[np.bool_],
    view: View,
    other: View,
    file: Path,
    worst: _Worst,
) -> None:
    """Where the point is seen in the other frame, on the same thing, that frame's flow leads back to the pixel."""
    height, width = hidden.shape
    landing = np.floor(_centres(hidden) + flow).astype(np.intp)
    inside = (landing >= 0).all(-1) & (landing[..., 0] < width) & (landing[..., 1] < height) & ~hidden
    pixels = np.nonzero(inside)
    column, row = landing[pixels].T
    same = other.instance[row, column] == view.instance[pixels]
    error = np.linalg.norm(flow[pixels] + back[row, column], axis=-1)[same]
    worst.add("flow leads back", np.percentile(error, _BACK_PERCENTILE) if len(error) else 0.0, file)


def _view(frame: Frame, maps: dict[str, NDArray[Any]]) -> View:
    return View(frame.camera, frame.scene.poses(frame.number), maps["instance"], maps["position"], maps["normal"])


def _centres(picture: NDArray[Any]) -> NDArray[np.float64]:
    height, width = picture.shape[:2]
    return np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), -1)


def _rounding(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """What float32 makes of world coordinates (N, 3), metres."""
    return np.asarray(4e-7 * np.abs(points).max(-1, initial=0))
