"""dataset.json: begun, resumed, refused."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from wildfield.errors import UserError
from wildfield.exporters.manifest import Manifest, SceneRecord
from wildfield.exporters.reader import open_dataset
from wildfield.exporters.splits import split_pictures

JOB = {"kind": "lake", "scenes": 2}


def put_scene(manifest: Manifest, seed: int) -> None:
    folder = manifest.root / "scenes" / str(seed)
    folder.mkdir(parents=True)
    (folder / "objects.json").write_text(json.dumps({"classes": ["sky", "rock"]}))
    splits = {"train_filenames": ["a.png"], "val_filenames": [], "test_filenames": []}
    (folder / "transforms.json").write_text(json.dumps(splits))
    manifest.put(SceneRecord(seed, f"scenes/{seed}", "done", None, 1.0, {"objects.json": "0", "transforms.json": "0"}))


def test_a_dataset_goes_on_where_it_stopped(tmp_path: Path) -> None:
    first = Manifest.start(tmp_path / "out", JOB, "5.0.1")
    put_scene(first, 3)
    first.put(SceneRecord(4, "scenes/4", "failed", "no reason"))
    second = Manifest.start(tmp_path / "out", JOB, "5.0.1", resume=True)
    assert second.is_done(3)
    assert not second.is_done(4)
    assert json.loads((tmp_path / "out" / "splits.json").read_text())["3"]["train"] == ["a.png"]
    assert open_dataset(tmp_path / "out").content["classes"] == ["sky", "rock"]


def test_a_scene_that_lost_a_file_is_made_again(tmp_path: Path) -> None:
    put_scene(Manifest.start(tmp_path, JOB, "5.0.1"), 3)
    (tmp_path / "scenes" / "3" / "objects.json").unlink()
    assert not Manifest.start(tmp_path, JOB, "5.0.1", resume=True).is_done(3)


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, resume: bool) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty"):
        Manifest.start(tmp_path, JOB, "5.0.1", resume)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_another_job_is_not_mixed_in(tmp_path: Path) -> None:
    Manifest.start(tmp_path, JOB, "5.0.1")
    with pytest.raises(UserError, match="another job"):
        Manifest.start(tmp_path, {"kind": "desert"}, "5.0.1", resume=True)


def test_another_format_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "dataset.json").write_text('{"format": 99}')
    with pytest.raises(UserError, match=r"dataset\.json.*99"):
        open_dataset(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", '{"format": 1, "sce', "\x00\xff"])
def test_a_damaged_manifest_is_an_error_that_names_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "dataset.json").write_text(text, encoding="latin-1")
    with pytest.raises(UserError, match=r"dataset\.json"):
        open_dataset(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UserError, match="out"):
        Manifest.start(tmp_path / "out", JOB, "5.0.1")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_place_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        Manifest.start(tmp_path / "out", JOB, "5.0.1")


@pytest.mark.parametrize(("cameras", "frames"), [(48, 1), (1, 40), (2, 16), (1, 9)])
def test_splits_hold_out_an_eighth_each_and_share_no_picture(cameras: int, frames: int) -> None:
    names = [f"view_{index:03d}" for index in range(cameras)]
    splits = split_pictures(names, range(1, frames + 1))
    together = [picture for split in splits.values() for picture in split]
    assert len(together) == len(set(together)) == cameras * frames
    assert len(splits["test"]) == pytest.approx(cameras * frames / 8, abs=cameras)
    assert len(splits["val"]) == pytest.approx(cameras * frames / 8, abs=cameras)


@pytest.mark.parametrize(("frames", "train"), [(1, 1), (2, 2), (4, 3)])
def test_few_pictures_mostly_train(frames: int, train: int) -> None:
    assert len(split_pictures(["main"], range(1, frames + 1))["train"]) == train


def test_every_map_that_is_written_has_its_definition_in_the_manifest(truth_dataset: Path) -> None:
    opened = open_dataset(truth_dataset)
    rows = {row["name"]: row for row in opened.content["maps"]}
    (scene,) = opened.scenes
    for name in scene.metadata["maps"]:
        assert all(rows[name][key] for key in ("type", "unit", "frame", "help")), name
    assert rows["depth"]["unit"] == "m"
    assert {"range_clean", *scene.sweep(1)} == {row["name"] for row in opened.content["lidar"]}
    assert rows["normal_camera"]["frame"] == "camera, OpenCV axes"
