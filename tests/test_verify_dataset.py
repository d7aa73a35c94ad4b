"""verify finds every lie that a dataset can tell: each is put into a copy, and the law that it breaks must name the file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.exporters.arrays import read_arrays, write_arrays
from wildfield.exporters.images import read_exr, read_png, write_exr, write_png
from wildfield.exporters.manifest import DATASET, read_json, write_json
from wildfield.exporters.metadata import imu_text
from wildfield.exporters.writing import checksum
from wildfield.jobs.verify import LIMITS, Check, table, verify

MAIN = "frames/main"


@pytest.fixture
def scene(truth_dataset: Path, tmp_path: Path) -> Path:
    """The scene's folder in a copy of the dataset."""
    shutil.copytree(truth_dataset, tmp_path / "copy")
    return tmp_path / "copy" / "scenes" / "7"


def broken(scene: Path, honest_checksums: bool = True) -> dict[str, Check]:
    """The broken laws after a change; with `honest_checksums` the manifest is made to agree with the changed files."""
    root = scene.parent.parent
    if honest_checksums:
        content = read_json(root / DATASET)
        content["scenes"][0]["files"] = {
            path.relative_to(scene).as_posix(): checksum(path) for path in sorted(scene.rglob("*")) if path.is_file()
        }
        write_json(root / DATASET, content)
    return {check.name: check for check in verify(root) if not check.ok}


def edit_exr(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    channels = {name: values.copy() for name, values in read_exr(path).items()}
    change(channels)
    write_exr(path, channels)


def test_a_dataset_as_it_was_written_keeps_every_law(truth_dataset: Path) -> None:
    checks = verify(truth_dataset)
    assert [check.name for check in checks] == list(LIMITS)
    assert all(check.ok for check in checks), table(checks)


def test_worst_cases_stay_far_below_their_limits(truth_dataset: Path) -> None:
    """A limit that is met by a hair says nothing about the next scene."""
    for check in verify(truth_dataset):
        assert check.worst <= check.limit / 2 or check.limit == 0


def test_a_changed_file_breaks_its_checksum(scene: Path) -> None:
    path = scene / MAIN / "rgb/0001.png"
    write_png(path, read_png(path) ^ 1)
    assert broken(scene, honest_checksums=False)["checksums agree"].file.endswith("rgb/0001.png")


def test_a_missing_and_a_foreign_file_are_found(scene: Path) -> None:
    (scene / MAIN / "depth/0002.exr").unlink()
    (scene / "notes.txt").write_text("mine")
    found = broken(scene, honest_checksums=False)
    assert found["every file is listed"].worst == 2
    assert found["files are readable"].file.endswith("depth/0002.exr")


def test_a_truncated_exr_is_found_and_the_rest_still_checked(scene: Path) -> None:
    path = scene / MAIN / "flow_forward/0001.exr"
    path.write_bytes(path.read_bytes()[:-200])
    found = broken(scene)
    assert found["files are readable"].file.endswith("flow_forward/0001.exr")


Change = Callable[[dict[str, Any]], object]


def swap(first: str, second: str) -> Change:
    """Exchange two channels."""
    return lambda c: c.update({first: c[second], second: c[first]})


def upside_down(c: dict[str, Any]) -> None:
    """Store the rows from the bottom up."""
    c.update({name: values[::-1].copy() for name, values in c.items()})


LIES: list[tuple[str, str, Change]] = [
    ("values are finite", "albedo", lambda c: c["R"].__setitem__((60, 60), np.nan)),
    ("shares lie in 0..1", "albedo", lambda c: c["G"].__setitem__((100, 80), 1.5)),
    ("shares lie in 0..1", "roughness", lambda c: c["Y"].__imul__(np.float32(-1))),
    ("normals have unit length", "normal", lambda c: c["Z"].__imul__(np.float32(1.01))),
    ("normals face the camera", "normal", lambda c: [values.__imul__(np.float32(-1)) for values in c.values()]),
    ("normals stand on the surface", "normal", swap("Y", "Z")),
    ("normals stand on the surface", "normal", swap("X", "Z")),
    ("camera normals are the world's, turned", "normal_camera", lambda c: c["Y"].__imul__(np.float32(-1))),
    ("camera normals are the world's, turned", "shading_normal_camera", swap("X", "Y")),
    ("depth follows from position", "depth", lambda c: c["Z"].__imul__(np.float32(1.001))),
    ("distance follows from depth", "distance", lambda c: c["Z"].__imul__(np.float32(0.999))),
    ("position lies on its pixel", "position", lambda c: c["X"].__setitem__((110, 80), 3.0)),
    ("position lies on its pixel", "position", swap("X", "Y")),
    ("maps are empty exactly where nothing is", "depth", lambda c: c["Z"].__setitem__((0, 0), 5.0)),
    ("maps are empty exactly where nothing is", "depth", upside_down),
    ("ids are in the object table", "instance", lambda c: c["I"].__setitem__((100, 80), 4000)),
    ("ids are in the object table", "material", lambda c: c["I"].__setitem__((100, 80), 99)),
    ("ids are in the object table", "part", lambda c: c["I"].__setitem__((100, 80), 77)),
    ("classes follow from ids", "class", lambda c: c["I"].__setitem__((100, 80), 5)),
    ("classes follow from ids", "instance", upside_down),
    ("panoptic ids follow from class and instance", "panoptic", lambda c: c["I"].__iadd__(np.uint32(1))),
    ("sky flow follows from rotation", "flow_forward", lambda c: c["U"].__setitem__((0, 40), 0.0)),
    ("flow of rigid things follows from depth and pose", "flow_forward", lambda c: c["V"].__setitem__((110, 80), 7.0)),
    ("flow of rigid things follows from depth and pose", "flow_forward", lambda c: c["V"].__imul__(np.float32(-1))),
    ("flow of rigid things follows from depth and pose", "flow_forward", swap("U", "V")),
    ("flow is where scene flow leads", "scene_flow_forward", lambda c: c["Z"].__iadd__(np.float32(0.05))),
    ("flow leads back", "flow_forward", lambda c: c["U"].__iadd__(np.float32(1.5))),
]


SHARED = {
    ("classes follow from ids", "instance"): ("class",),
    ("flow leads back", "flow_forward"): ("flow_backward",),
}
"""Where a law ties two maps together, it names the one that it speaks of."""


@pytest.mark.parametrize(("law", "name", "lie"), LIES, ids=[f"{law} ({name})" for law, name, _ in LIES])
def test_a_lie_in_a_map_breaks_its_law(scene: Path, law: str, name: str, lie: Change) -> None:
    edit_exr(scene / MAIN / name / "0001.exr", lie)
    found = broken(scene)[law]
    assert found.file.split("/")[-1] == "0001.exr"
    assert found.file.split("/")[-2] in {name, *SHARED.get((law, name), ())}


@pytest.mark.parametrize(
    ("law", "wrong"),
    [
        ("occlusion is what both frames show", lambda labels: np.where(labels == 0, 1, labels)),
        ("occlusion is what both frames show", lambda labels: np.roll(labels, 8, axis=1)),
        ("what leaves or is not there is marked so", lambda labels: np.where(labels == 2, 0, labels)),
        ("what leaves or is not there is marked so", lambda labels: np.where(labels == 3, 1, labels)),
    ],
    ids=["nothing is seen", "shifted", "nothing leaves", "nothing is newborn"],
)
def test_wrong_occlusion_labels_are_found(scene: Path, law: str, wrong: Callable[[Any], Any]) -> None:
    path = scene / MAIN / "occlusion_backward/0002.png"
    write_png(path, wrong(read_png(path)).astype(np.uint8))
    assert broken(scene)[law].file.endswith("occlusion_backward/0002.png")


def test_a_shifted_boundary_is_found(scene: Path) -> None:
    path = scene / MAIN / "boundary/0002.png"
    write_png(path, np.roll(read_png(path), 1, axis=1))
    assert broken(scene)["boundaries follow from surfaces"].file.endswith("boundary/0002.png")


@pytest.mark.parametrize("name", ["depth", "normal", "instance", "flow_backward"])
def test_a_map_of_another_moment_is_found(scene: Path, name: str) -> None:
    shutil.copy(scene / MAIN / name / "0001.exr", scene / MAIN / name / "0002.exr")
    assert broken(scene)


def test_a_frame_of_another_seed_is_found(scene: Path, bpy: Any, tmp_path: Path) -> None:
    """All maps of the frame agree with each other; only the object table and the frame beside it tell."""
    from truth_scene import build

    from wildfield.exporters.dataset import write_scene

    write_scene(build(instances=40), tmp_path / "other")
    for path in (scene / MAIN).glob("*/0002.*"):
        shutil.copy(tmp_path / "other" / MAIN / path.parent.name / path.name, path)
    assert {"ids are in the object table", "classes follow from ids"} & broken(scene).keys()


def test_a_whole_map_that_is_gone_is_found(scene: Path) -> None:
    shutil.rmtree(scene / MAIN / "normal")
    assert broken(scene).keys() & {"every map is there", "files are readable"}


THING_LIES: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("boxes hold the pixels of their things", lambda row: row.update(visible_pixels=row["visible_pixels"] + 1)),
    ("boxes hold the pixels of their things", lambda row: row["box_visible"].__setitem__(2, row["box_visible"][2] + 1)),
    ("boxes hold the pixels of their things", lambda row: row.update(box_amodal=[0.0, 0.0, 1.0, 1.0])),
    ("boxes hold the pixels of their things", lambda row: row.update(truncated=not row["truncated"])),
    ("boxes hold the pixels of their things", lambda row: row.update(id=9999)),
    ("occlusion fractions follow from masks", lambda row: row.update(occlusion=0.5)),
]


@pytest.mark.parametrize(("law", "lie"), THING_LIES)
def test_a_lie_about_a_thing_is_found(scene: Path, law: str, lie: Callable[[dict[str, Any]], object]) -> None:
    path = scene / MAIN / "things/0001.json"
    content = read_json(path)
    lie(next(row for row in content["things"] if row["box_amodal"] is not None and row["visible_pixels"] > 50))
    write_json(path, content)
    assert broken(scene)[law].file.endswith("things/0001.json")


TRACK_LIES: list[tuple[str, Change]] = [
    ("tracks follow their things", lambda tracks: tracks["xy"].__iadd__(np.float32(0.5))),
    ("tracks follow their things", lambda tracks: tracks["position"].__imul__(np.float32(1.01))),
    ("tracks follow their things", lambda tracks: tracks.update(xy=tracks["xy"][:, ::-1])),
    ("tracks are seen on their own thing", lambda tracks: tracks.update(instance=np.roll(tracks["instance"], 7))),
]


@pytest.mark.parametrize(("law", "lie"), TRACK_LIES)
def test_a_lie_about_a_track_is_found(scene: Path, law: str, lie: Change) -> None:
    tracks = read_arrays(scene / "tracks/main.npz")
    lie(tracks)
    write_arrays(scene / "tracks/main.npz", tracks)
    assert broken(scene)[law].file.endswith("tracks/main.npz")


def scaled(sweep: dict[str, Any], share: float) -> None:
    """Say that everything is nearer or farther, in numbers that agree with each other."""
    sweep.update(range=sweep["range"] * np.float32(share), xyz=sweep["xyz"] * np.float32(share))


LIDAR_LIES: list[tuple[str, Change]] = [
    ("LiDAR returns lie on their beams", lambda sweep: sweep.update(xyz=sweep["xyz"][:, [1, 0, 2]])),
    ("LiDAR returns lie on their beams", lambda sweep: sweep["xyz"].__imul__(np.float32(1.001))),
    ("LiDAR returns lie on their beams", lambda sweep: sweep["azimuth"].__imul__(np.float32(-1))),
    ("LiDAR returns lie on their beams", lambda sweep: sweep.update(ring=sweep["ring"][::-1])),
    ("a beam of a LiDAR comes back once, from its reach", lambda sweep: sweep["ring"].__iadd__(np.uint16(9))),
    ("LiDAR and camera see the same", lambda sweep: scaled(sweep, 0.97)),
    ("LiDAR and camera see the same", lambda sweep: sweep.update(instance=np.roll(sweep["instance"], 40))),
    ("LiDAR returns lie on what the camera shows", lambda sweep: scaled(sweep, 1.03)),
    ("radial velocities follow from the poses", lambda sweep: sweep["radial_velocity"].__imul__(np.float32(-1))),
    ("radial velocities follow from the poses", lambda sweep: sweep["radial_velocity"].__imul__(np.float32(1.05))),
    ("classes follow from ids", lambda sweep: sweep["class"].__setitem__(5, 3 if sweep["class"][5] != 3 else 2)),
    ("ids are in the object table", lambda sweep: sweep["instance"].__setitem__(5, 4000)),
    ("shares lie in 0..1", lambda sweep: sweep["reflectance"].__setitem__(5, 1.2)),
    ("values are finite", lambda sweep: sweep["range"].__setitem__(5, np.nan)),
]


@pytest.mark.parametrize(("law", "lie"), LIDAR_LIES)
def test_a_lie_about_a_sweep_is_found(scene: Path, law: str, lie: Change) -> None:
    sweep = read_arrays(scene / "lidar/top/0001.npz")
    lie(sweep)
    write_arrays(scene / "lidar/top/0001.npz", sweep)
    assert broken(scene)[law].file.endswith("lidar/top/0001.npz")


def test_a_sweep_of_another_moment_is_found(scene: Path) -> None:
    shutil.copy(scene / "lidar/top/0001.npz", scene / "lidar/top/0002.npz")
    assert broken(scene)["radial velocities follow from the poses"].file.endswith("lidar/top/0002.npz")


@pytest.mark.parametrize("everywhere", [False, True], ids=["one pose", "the whole mounting"])
def test_a_lidar_that_stood_elsewhere_is_found(scene: Path, everywhere: bool) -> None:
    content = read_json(scene / "lidar/top/lidar.json")
    turn = np.array([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]])
    for item in content["frames"] if everywhere else content["frames"][1:2]:
        item["lidar_to_world"] = (np.array(item["lidar_to_world"]) @ turn).tolist()
    if everywhere:
        content["lidar_to_camera"] = (np.array(content["lidar_to_camera"]) @ turn).tolist()
    write_json(scene / "lidar/top/lidar.json", content)
    law = "LiDAR returns lie on what the camera shows" if everywhere else "the LiDAR stays on its camera"
    assert "lidar/top" in broken(scene)[law].file


def test_a_thing_that_stands_elsewhere_is_found(scene: Path) -> None:
    path = scene / "poses/0002.npz"
    poses = read_arrays(path)
    poses["matrices"][:, 0, 3] += 0.01
    write_arrays(path, poses)
    assert broken(scene)["flow of rigid things follows from depth and pose"].file.endswith("flow_forward/0001.exr")


@pytest.fixture(scope="module")
def rig_dataset(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two eyes that stand still before a transparent background, with the IMU of a camera at rest."""
    from truth_scene import build

    from wildfield.exporters.cameras import read_camera
    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest

    root = tmp_path_factory.mktemp("rig") / "dataset"
    built = build(moving=False, frames=3, stereo=True, instances=20, tracks=10, truth="full", transparent=True)
    built.scene.frame_set(1)
    rotation = read_camera(built.scene, built.cameras[0], 160, 120).rotation
    seconds = np.arange(0, 2 / 12 + 0.01, 0.005)
    force = np.tile(rotation.T @ [0.0, 0.0, 9.80665], (len(seconds), 1))
    built.imu = np.hstack([seconds[:, None], np.zeros_like(force), force])
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    manifest.put(write_scene(built, root / "scenes" / "7"))
    return root


@pytest.fixture
def rig(rig_dataset: Path, tmp_path: Path) -> Path:
    """The scene's folder in a copy of that dataset."""
    shutil.copytree(rig_dataset, tmp_path / "copy")
    return tmp_path / "copy" / "scenes" / "7"


@pytest.fixture(scope="module")
def light_dataset(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of surfaces that scatter, mirror, let through and shine, with the maps of light; denoised where Blender can."""
    from truth_scene import build, shine

    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest

    root = tmp_path_factory.mktemp("light") / "dataset"
    built = build(moving=False, frames=1, instances=20, tracks=0, truth="light,rgb_linear", denoise=True)
    shine()
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    manifest.put(write_scene(built, root / "scenes" / "7"))
    return root


LIGHT_LIES: list[tuple[str, str, Change]] = [
    ("light adds up to the picture", "rgb_noisy", upside_down),
    ("light adds up to the picture", "diffuse_direct", swap("R", "B")),
    ("light adds up to the picture", "diffuse_color", lambda c: c["G"].__imul__(np.float16(1.02))),
    ("light adds up to the picture", "diffuse_indirect", lambda c: c["B"].__imul__(np.float16(0))),
    ("light adds up to the picture", "glossy_indirect", upside_down),
    ("light adds up to the picture", "transmission_color", lambda c: c["R"].__imul__(np.float16(-1))),
    ("light adds up to the picture", "transmission_color", lambda c: [v.__imul__(np.float16(0)) for v in c.values()]),
    ("light adds up to the picture", "emission_light", lambda c: c["R"].__imul__(np.float16(0.98))),
    ("light adds up to the picture", "environment", lambda c: c["R"].__iadd__(np.float16(0.001))),
    ("the denoiser keeps the light", "rgb_linear", upside_down),
    ("the denoiser keeps the light", "rgb_linear", lambda c: c["R"].__imul__(np.float16(2))),
    ("surfaces and sky have their own light", "ambient_occlusion", upside_down),
    ("surfaces and sky have their own light", "environment", upside_down),
    ("shares lie in 0..1", "ambient_occlusion", lambda c: c["Y"].__setitem__((100, 80), 1.5)),
]


@pytest.mark.parametrize(("law", "name", "lie"), LIGHT_LIES, ids=[f"{law} ({name})" for law, name, _ in LIGHT_LIES])
def test_a_lie_about_light_breaks_its_law(light_dataset: Path, tmp_path: Path, law: str, name: str, lie: Change) -> None:
    shutil.copytree(light_dataset, tmp_path / "copy")
    scene = tmp_path / "copy" / "scenes" / "7"
    edit_exr(scene / MAIN / name / "0001.exr", lie)
    told = "rgb_noisy" if law == "light adds up to the picture" else name
    assert broken(scene)[law].file.endswith(f"{told}/0001.exr")


def test_a_blurred_picture_may_show_surfaces_where_sharp_truth_has_none(light_dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(light_dataset, tmp_path / "copy")
    scene = tmp_path / "copy" / "scenes" / "7"
    edit_exr(scene / MAIN / "ambient_occlusion" / "0001.exr", upside_down)
    spec = (scene / "scene.toml").read_text()
    assert "f_stop = 0.0" in spec
    (scene / "scene.toml").write_text(spec.replace("f_stop = 0.0", "f_stop = 2.8"))
    assert not broken(scene)


def test_other_datasets_keep_every_law_and_every_law_is_measured(
    rig_dataset: Path, light_dataset: Path, truth_dataset: Path
) -> None:
    for checks in (verify(rig_dataset), verify(light_dataset)):
        assert all(check.ok for check in checks), table(checks)
        assert all(check.worst <= check.limit / 2 for check in checks if "light" in check.name), table(checks)
    measured = {check.name for root in (rig_dataset, light_dataset, truth_dataset) for check in verify(root) if check.measured}
    assert measured == set(LIMITS)


@pytest.mark.parametrize(
    ("law", "file", "lie"),
    [
        ("disparity follows from depth and baseline", "disparity/0002.exr", lambda c: c["D"].__imul__(np.float32(-1))),
        ("disparity follows from depth and baseline", "disparity/0002.exr", lambda c: c["D"].__imul__(np.float32(2))),
    ],
)
def test_a_wrong_disparity_is_found(rig: Path, law: str, file: str, lie: Change) -> None:
    edit_exr(rig / "frames/right" / file, lie)
    assert broken(rig)[law].file.endswith(f"right/{file}")


def test_swapped_eyes_are_found(rig: Path) -> None:
    """Each eye's own maps agree, but its disparity has the sign of the other's place."""
    for name in ("left", "right"):
        (rig / "frames" / name).rename(rig / "frames" / f"{name}.was")
    (rig / "frames/left.was").rename(rig / "frames/right")
    (rig / "frames/right.was").rename(rig / "frames/left")
    assert "disparity follows from depth and baseline" in broken(rig) or "files are readable" in broken(rig)


def test_wrong_stereo_labels_are_found(rig: Path) -> None:
    path = rig / "frames/left/occlusion_stereo/0001.png"
    write_png(path, np.where(read_png(path) == 0, 1, 0).astype(np.uint8))
    assert broken(rig)["stereo occlusion is what both eyes show"].file.endswith("left/occlusion_stereo/0001.png")


def test_a_picture_of_something_else_is_found_by_its_alpha(rig: Path) -> None:
    path = rig / "frames/left/rgb/0001.png"
    write_png(path, read_png(path)[::-1].copy())
    assert broken(rig)["alpha agrees with what is seen"].file.endswith("left/rgb/0001.png")


@pytest.mark.parametrize(
    ("law", "columns"),
    [("the IMU moves as the camera does", slice(4, 7)), ("the IMU turns as the camera does", slice(1, 4))],
)
def test_an_imu_with_turned_axes_is_found(rig: Path, law: str, columns: slice) -> None:
    samples = np.loadtxt(rig / "imu.csv", delimiter=",", skiprows=1)
    samples[:, columns] = np.roll(samples[:, columns], 1, axis=1) + 0.1
    (rig / "imu.csv").write_text(imu_text(samples))
    assert broken(rig)[law].file.endswith("imu.csv")


def test_an_object_that_is_never_seen_is_found(scene: Path) -> None:
    content = read_json(scene / "objects.json")
    content["objects"].append(content["objects"][0] | {"id": 3000})
    write_json(scene / "objects.json", content)
    assert broken(scene)["every object is seen"].file.endswith("objects.json")


def test_a_camera_that_stood_elsewhere_is_found(scene: Path) -> None:
    content = read_json(scene / MAIN / "camera.json")
    content["frames"][0]["camera_to_world"][0][3] += 0.01
    write_json(scene / MAIN / "camera.json", content)
    assert {
        "position lies on its pixel",
        "flow of rigid things follows from depth and pose",
        "transforms.json agrees with the cameras",
    } <= broken(scene).keys()


@pytest.mark.parametrize("file", ["camera.json", "objects.json", "transforms.json"])
def test_a_damaged_description_is_a_broken_law_and_no_crash(scene: Path, file: str) -> None:
    path = scene / MAIN / file if file == "camera.json" else scene / file
    path.write_text(json.dumps({"format": 1}))
    assert broken(scene)["files are readable"].worst == 1


def test_what_is_no_dataset_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no dataset"):
        verify(tmp_path)


def test_the_table_marks_what_is_broken() -> None:
    text = table([Check("flow leads back", False, 3.5, 1.0, "a/b.exr"), Check("values are finite", True, 0.0, 0.0, "")])
    assert "BROKEN" in text.splitlines()[1]
    assert "a/b.exr" in text.splitlines()[1]
    assert "ok" in text.splitlines()[2]
