"""Exports of all maps as arrays, read back by webdataset and h5py."""

from __future__ import annotations

import json
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from formats_truth import GRID, export, frames_by, generated, lands, local, only_scene, twice

from wildfield.errors import UserError
from wildfield.exporters.formats import formats
from wildfield.exporters.formats import webdataset as shards


@pytest.fixture(scope="module")
def rig(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of two eyes, two frames."""
    return generated(tmp_path_factory.mktemp("rig") / "dataset", stereo=True)


def _samples(folder: Path) -> list[dict[str, Any]]:
    library = pytest.importorskip("webdataset")
    urls = sorted(str(path) for path in folder.glob("*.tar"))
    return list(library.WebDataset(urls, shardshuffle=False, empty_check=False).decode("rgb8"))


def test_webdataset_decodes_every_map_to_what_the_dataset_holds(rig: Path, tmp_path: Path) -> None:
    samples = _samples(export("webdataset", rig, tmp_path / "out")[0])
    frames = list(only_scene(rig).frames())
    assert [sample["__key__"] for sample in samples] == ["7_left_0001", "7_left_0002", "7_right_0001", "7_right_0002"]
    for sample, frame in zip(samples, frames, strict=True):
        assert np.array_equal(sample["rgb.png"], frame.read("rgb")[..., :3])
        names = set(frame.scene.metadata["maps"]) - {"rgb", "things"}
        assert {f"{name}.npy" for name in names} == {key for key in sample if key.endswith(".npy")}
        for name in names:
            wanted = frame.read(name)
            assert sample[f"{name}.npy"].dtype == wanted.dtype and np.array_equal(sample[f"{name}.npy"], wanted), name
        assert sample["things.json"]["things"] == frame.things()
        assert np.array_equal(sample["camera.json"]["camera_to_world"], frame.camera.camera_to_world)
        assert sample["camera.json"]["fl_x"] == frame.camera.intrinsics.fl_x


def test_webdataset_shards_keep_samples_whole_and_stay_below_their_size(
    rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once, again = (export("webdataset", rig, tmp_path / name)[0] for name in ("once", "again"))
    assert (once / "shard-000000.tar").read_bytes() == (again / "shard-000000.tar").read_bytes()
    monkeypatch.setattr(shards, "SHARD_BYTES", int((once / "shard-000000.tar").stat().st_size * 0.6))
    paths = sorted(export("webdataset", rig, tmp_path / "small")[0].iterdir())
    assert [path.name for path in paths] == ["shard-000000.tar", "shard-000001.tar"]
    keys = []
    for path in paths:
        assert path.stat().st_size <= shards.SHARD_BYTES
        with tarfile.open(path) as archive:
            assert all(member.mtime == 0 for member in archive)
            keys.append({name.split(".")[0] for name in archive.getnames()})
    assert not keys[0] & keys[1] and len(keys[0] | keys[1]) == 4
    assert len(_samples(tmp_path / "small")) == 4


def test_webdataset_holds_all_scenes_in_one_run_of_shards(rig: Path, tmp_path: Path) -> None:
    samples = _samples(export("webdataset", twice(rig, tmp_path / "dataset"), tmp_path / "out")[0])
    assert [sample["camera.json"]["scene"] for sample in samples] == ["7"] * 4 + ["11"] * 4
    assert len({sample["__key__"] for sample in samples}) == 8


def test_hdf5_holds_what_blenderproc_names(rig: Path, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    out = export("hdf5", rig, tmp_path / "out")[0]
    frames = list(only_scene(rig).frames())
    assert sorted(path.name for path in out.iterdir()) == ["0.hdf5", "1.hdf5", "2.hdf5", "3.hdf5"]
    for number, frame in enumerate(frames):
        with h5py.File(out / f"{number}.hdf5") as file:
            assert (file.attrs["camera"], file.attrs["frame"]) == (frame.camera_name, frame.number)
            valid = frame.read("valid")
            assert np.array_equal(file["colors"], frame.read("rgb"))
            assert np.array_equal(file["depth"][()][valid], frame.read("depth")[valid])
            assert (file["depth"][()][~valid] == 1e10).all()
            for name, ours in (("instance", "instance_segmaps"), ("class", "class_segmaps")):
                assert np.array_equal(file[ours], frame.read(name))
            for name, ours in (("flow_forward", "forward_flow"), ("flow_backward", "backward_flow")):
                assert np.array_equal(file[ours], frame.read(name))
            things = {row["idx"]: row for row in json.loads(file["instance_attribute_maps"][()])}
            assert set(things) == set(np.unique(frame.read("instance")).tolist()) - {0}
            for number_seen, row in things.items():
                assert set(np.unique(frame.read("class")[frame.read("instance") == number_seen])) == {row["category_id"]}


def test_hdf5_normals_and_pose_have_opengl_axes(rig: Path, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    frame = frames_by(rig, "left")[0]
    with h5py.File(export("hdf5", rig, tmp_path / "out")[0] / "0.hdf5") as file:
        normals, (pose,) = file["normals"][()] * 2 - 1, json.loads(file["campose"][()])
    matrix, valid = np.array(pose["cam2world_matrix"]), frame.read("valid")
    assert np.abs(normals @ matrix[:3, :3].T - frame.read("shading_normal")).max() < 1e-5
    pixels = lands(local(frame), np.column_stack([pose["cam_K"], np.zeros(3)]))
    assert np.abs(pixels - GRID)[valid].max() < 0.01
    ahead = frame.camera.origin - matrix[:3, 2]
    assert frame.camera.to_camera(ahead) == pytest.approx([0, 0, 1], abs=1e-6), "a camera in OpenGL axes looks along -z"


def test_hdf5_without_h5py_says_how_to_get_it(rig: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(UserError, match=r"pip install 'wildfield\[formats\]'"):
        formats["hdf5"].write(rig, tmp_path / "out")
    assert not (tmp_path / "out").exists()
