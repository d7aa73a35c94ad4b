"""`wildfield upload`: what arrives, what is not sent twice, and what is refused. No test needs a network."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("fsspec")

import fsspec

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.errors import UserError
from wildfield.exporters.manifest import Manifest, SceneRecord
from wildfield.exporters.reader import open_dataset
from wildfield.exporters.writing import checksum
from wildfield.jobs import upload as module
from wildfield.jobs.upload import upload
from wildfield.jobs.verify.files import check_files
from wildfield.jobs.verify.laws import Worst
from wildfield.progress import Progress

URL = "memory://bucket/lakes"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on the command line, whose process has no Blender in it to be offline."""
    monkeypatch.delitem(sys.modules, "bpy", raising=False)


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's file system in memory, empty, as a bucket is."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def made(root: Path, seeds: range = range(3), kind: str = "lake") -> Path:
    """A dataset of small scenes: more files each than the upload hands over at a time."""
    manifest = Manifest.start(root, {"kind": kind}, "5.0.1")
    for seed in seeds:
        folder = root / "scenes" / str(seed)
        (folder / "frames" / "main").mkdir(parents=True)
        (folder / "objects.json").write_text(json.dumps({"classes": ["sky"]}))
        splits = {"train_filenames": ["a.png"], "val_filenames": [], "test_filenames": []}
        (folder / "transforms.json").write_text(json.dumps(splits))
        for number in range(40):
            (folder / "frames" / "main" / f"{number}.png").write_bytes(bytes([seed, number]) * (number + 1))
        files = {path.relative_to(folder).as_posix(): checksum(path) for path in folder.rglob("*") if path.is_file()}
        manifest.put(SceneRecord(seed, f"scenes/{seed}", "done", None, 1.0, files))
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def stored(memory: Any) -> dict[str, bytes]:
    return {name.removeprefix("/bucket/lakes/"): memory.cat_file(name) for name in memory.find("/bucket/lakes")}


def test_what_arrives_is_the_dataset(tmp_path: Path, memory: Any) -> None:
    root = made(tmp_path / "lakes")
    sent = upload(root, URL, Progress())
    assert stored(memory) == contents(root)
    assert (sent.scenes, sent.files, sent.there_already) == (3, 126, 0)
    assert sent.bytes == sum(path.stat().st_size for path in (root / "scenes").rglob("*") if path.is_file())


def test_a_folder_is_a_place_too_and_wildfield_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = made(tmp_path / "lakes")
    assert main(["upload", str(root), f"file://{tmp_path}/mirror/lakes", "--json"]) == DONE
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["result"]["files"] == 126
    assert contents(tmp_path / "mirror" / "lakes") == contents(root)
    worst = Worst(tmp_path / "mirror" / "lakes")
    for scene in open_dataset(tmp_path / "mirror" / "lakes").scenes:
        check_files(scene, worst)
    assert all(check.ok for check in worst.checks())


def test_nothing_is_sent_twice_and_what_was_lost_there_is(tmp_path: Path, memory: Any) -> None:
    root = made(tmp_path / "lakes")
    upload(root, URL, Progress())
    assert upload(root, URL, Progress()).files == 0
    memory.rm_file("/bucket/lakes/scenes/1/objects.json")
    memory.pipe_file("/bucket/lakes/scenes/2/frames/main/7.png", b"cut")
    again = upload(root, URL, Progress())
    assert (again.files, again.there_already) == (2, 124)
    assert stored(memory) == contents(root)


def test_a_dataset_that_grew_sends_its_new_scenes(tmp_path: Path, memory: Any) -> None:
    upload(made(tmp_path / "few", range(2)), URL, Progress())
    grown = made(tmp_path / "more", range(3))
    assert upload(grown, URL, Progress()).files == 42
    assert stored(memory) == contents(grown)
    with pytest.raises(UserError, match=r"has scenes/2, which .*few has not"):
        upload(tmp_path / "few", URL, Progress())


def test_a_scene_that_was_made_again_is_sent_again_though_its_sizes_agree(tmp_path: Path, memory: Any) -> None:
    root = made(tmp_path / "lakes", range(1))
    upload(root, URL, Progress())
    picture = root / "scenes" / "0" / "frames" / "main" / "3.png"
    picture.write_bytes(b"8 bytes.")
    content = json.loads((root / "dataset.json").read_text())
    content["scenes"][0]["files"]["frames/main/3.png"] = checksum(picture)
    (root / "dataset.json").write_text(json.dumps(content))
    assert upload(root, URL, Progress()).files == 1
    assert stored(memory)["scenes/0/frames/main/3.png"] == b"8 bytes."


def test_a_run_that_was_cut_off_leaves_whole_scenes_and_goes_on(
    tmp_path: Path, memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, put, calls = made(tmp_path / "lakes"), memory.put, []

    def cut(*arguments: Any, **named: Any) -> None:
        calls.append(1)
        if len(calls) == 4:  # in the middle of the second scene
            raise ConnectionError("the line is dead")
        put(*arguments, **named)

    monkeypatch.setattr(module, "_LIST_EVERY", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(type(memory), "put", lambda _self, *arguments, **named: cut(*arguments, **named))
        with pytest.raises(UserError, match=r"memory://bucket/lakes: ConnectionError: the line is dead.*goes on"):
            upload(root, URL, Progress())
    there = json.loads(stored(memory)["dataset.json"])
    assert [scene["seed"] for scene in there["scenes"]] == [0]
    again = upload(root, URL, Progress())
    assert (again.files, again.there_already) == (84, 42)
    assert stored(memory) == contents(root)


def test_a_file_that_was_changed_is_not_sent(tmp_path: Path, memory: Any) -> None:
    root = made(tmp_path / "lakes")
    victim = root / "scenes" / "1" / "objects.json"
    victim.write_bytes(victim.read_bytes()[::-1])
    with pytest.raises(UserError, match=r"scenes/1/objects\.json: was changed"):
        upload(root, URL, Progress())
    victim.unlink()
    with pytest.raises(UserError, match=r"scenes/1/objects\.json: No such file"):
        upload(root, URL, Progress())
    assert "scenes/1/objects.json" not in stored(memory) and "dataset.json" not in stored(memory)


def test_what_belongs_to_others_is_left_alone(tmp_path: Path, memory: Any) -> None:
    upload(made(tmp_path / "lakes"), URL, Progress())
    before = stored(memory)
    with pytest.raises(UserError, match="another job"):
        upload(made(tmp_path / "trees", kind="asset"), URL, Progress())
    assert stored(memory) == before
    memory.pipe_file("/bucket/thesis.txt", b"precious")
    with pytest.raises(UserError, match=r"holds lakes/dataset\.json"):
        upload(tmp_path / "trees", "memory://bucket", Progress())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("bucket/folder", ("s3://bucket/folder",)),
        ("s3://", ("s3://bucket/folder",)),
        ("gopher://hole/folder", ("gopher", "ValueError")),
    ],
)
def test_a_place_that_cannot_be_is_one_clear_line(
    url: str, words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = made(tmp_path / "lakes")
    assert main(["upload", str(root), url]) == BAD_INPUT
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and all(word in told for word in (url, *words)), told


def test_a_missing_driver_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UserError, match="the driver of s3:// is not installed: Install s3fs"):
        upload(made(tmp_path / "lakes"), "s3://bucket/folder", Progress())


def test_a_blender_that_is_offline_stays_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bpy", SimpleNamespace(app=SimpleNamespace(online_access=False)))
    with pytest.raises(UserError, match="Allow Online Access"):
        upload(made(tmp_path / "lakes"), "s3://bucket/folder", Progress())
