"""Exports judged by other people's readers, or by the numbers that their layouts must carry."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.exporters.cameras import opencv_to_opengl
from wildfield.exporters.formats import formats
from wildfield.exporters.formats.colmap import quaternion
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import open_dataset

PICTURES = sorted(set(formats) - {"eg3d", "glb", "obj", "ply", "usd"})
"""Formats of any pictures that the dataset holds. EG3D's are square; the others build a scene again, and this one was laid by
hand."""


@pytest.mark.parametrize("name", PICTURES)
def test_an_export_is_whole_and_leaves_nothing_beside_it(name: str, truth_dataset: Path, tmp_path: Path) -> None:
    if name == "hdf5":
        pytest.importorskip("h5py")
    formats[name].write(truth_dataset, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert any((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", sorted(formats))
def test_an_export_never_overwrites(name: str, truth_dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        formats[name].write(truth_dataset, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_failed_export_leaves_nothing(truth_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", fail)
    with pytest.raises(KeyboardInterrupt):
        formats["colmap"].write(truth_dataset, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["cut", "gone"])
@pytest.mark.parametrize("file", ["points.ply", "rgb/0001.png"])
def test_a_damaged_file_is_named_and_not_exported(file: str, damage: str, truth_dataset: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(truth_dataset, dataset)
    path = next(dataset.rglob(file))
    content = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes(content[: len(content) // 2])
    for name in ("colmap", "nerfstudio"):
        with pytest.raises(UserError, match=f"{path.name}: (cannot be read|is damaged)"):
            formats[name].write(dataset, tmp_path / "out")
    assert [item.name for item in tmp_path.iterdir()] == ["dataset"]


@pytest.mark.parametrize("file", ["transforms.json", "camera.json", "dataset.json"])
def test_json_of_another_shape_is_named(file: str, truth_dataset: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(truth_dataset, dataset)
    next(dataset.rglob(file)).write_text('{"format": 1, "scenes": null, "frames": null}')
    with pytest.raises(UserError, match=f"{file}: does not hold what wildfield writes there"):
        formats["nerfstudio"].write(dataset, tmp_path / "out")


def test_an_empty_folder_that_is_there_is_filled(truth_dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    inode = (tmp_path / "out").stat().st_ino
    formats["colmap"].write(truth_dataset, tmp_path / "out")
    assert {item.name for item in (tmp_path / "out").iterdir()} == {"images", "sparse"}
    assert (tmp_path / "out").stat().st_ino == inode, "it may be a disk that is mounted there"


def test_pycolmap_reads_the_cameras_that_were_written(truth_dataset: Path, tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    formats["colmap"].write(truth_dataset, tmp_path / "out")
    model = pycolmap.Reconstruction(str(tmp_path / "out" / "sparse" / "0"))
    (scene,) = open_dataset(truth_dataset).scenes
    frames = {f"{frame.camera_name}_{frame.number:04d}.png": frame for frame in scene.frames()}
    assert len(model.points3D) > 1000
    assert {image.name for image in model.images.values()} == set(frames)
    for image in model.images.values():
        frame = frames[image.name]
        point = frame.read("position")[100, 80].astype(np.float64)
        assert image.project_point(point) == pytest.approx([80.5, 100.5], abs=1e-2)
        assert (tmp_path / "out" / "images" / image.name).is_file()


def test_quaternions_turn_like_their_matrix() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        rotation *= np.sign(np.linalg.det(rotation))
        w, x, y, z = quaternion(rotation)
        vector = rng.normal(size=3)
        axis = np.array([x, y, z])
        turned = vector + 2 * np.cross(axis, np.cross(axis, vector) + w * vector)
        assert np.abs(turned - rotation @ vector).max() < 1e-12


def test_nerf_synthetic_rays_meet_the_surface(truth_dataset: Path, tmp_path: Path) -> None:
    """A ray made from camera_angle_x alone, as NeRF's own loader makes it, at the written depth, is the written position."""
    formats["nerf-synthetic"].write(truth_dataset, tmp_path / "out")
    (scene,) = open_dataset(truth_dataset).scenes
    content = json.loads((tmp_path / "out" / "transforms_train.json").read_text())
    frame = scene.split("train")[0]
    entry = content["frames"][0]
    picture = read_png(tmp_path / "out" / f"{entry['file_path']}.png")
    assert picture.shape == (120, 160, 4)
    focal = 0.5 * 160 / np.tan(0.5 * content["camera_angle_x"])
    local = np.array([(80.5 - 80) / focal, -(100.5 - 60) / focal, -1.0]) * frame.read("depth")[100, 80]
    matrix = np.array(entry["transform_matrix"])
    assert matrix[:3, :3] @ local + matrix[:3, 3] == pytest.approx(frame.read("position")[100, 80], abs=1e-3)


def test_nerfstudio_finds_every_file_and_every_split(truth_dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    formats["nerfstudio"].write(truth_dataset, out)
    content = json.loads((out / "transforms.json").read_text())
    (scene,) = open_dataset(truth_dataset).scenes
    for entry, frame in zip(content["frames"], scene.frames(), strict=True):
        assert (out / entry["file_path"]).is_file()
        metres = np.load(out / entry["depth_file_path"]) * 1e-3
        assert np.allclose(metres, frame.read("depth"), rtol=1e-6)
        assert np.array_equal(entry["transform_matrix"], opencv_to_opengl(frame.camera.camera_to_world))
    names = [entry["file_path"] for entry in content["frames"]]
    for split in ("train", "val", "test"):
        assert set(content[f"{split}_filenames"]) <= set(names)
    assert (out / content["ply_file_path"]).is_file()
