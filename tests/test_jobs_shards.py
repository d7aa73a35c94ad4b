"""Shards of one dataset: made by processes that know nothing of each other, merged into what one process would have made."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wildfield.cli import BAD_INPUT, DONE, FAILED, main
from wildfield.errors import UserError
from wildfield.exporters.manifest import SceneRecord
from wildfield.exporters.reader import open_dataset
from wildfield.exporters.shards import Shard, ShardManifest, parse_shard
from wildfield.exporters.writing import checksum
from wildfield.jobs.merge import merge
from wildfield.progress import Progress

LAUNCH = Path(__file__).parent.parent / "addon" / "launch.py"
WORDS = ["--asset", "rock", "--views", "3", "--resolution", "32x32", "--samples", "1", "--truth", "small", "--scenes", "3"]
JOB, SEEDS = {"kind": "rock"}, range(5, 8)


def put(root: Path, index: int, job: dict[str, Any] = JOB, version: str = "5.0.1", seeds: range = SEEDS) -> ShardManifest:
    """Let shard `index` of 2 make its scenes, each of the few files that a dataset's list is made from."""
    manifest = ShardManifest(root, job, version, Shard(index, 2), seeds)
    manifest.open(resume=True)
    for seed in Shard(index, 2).of(seeds):
        folder = root / "scenes" / str(seed)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "objects.json").write_text(json.dumps({"classes": ["sky", "rock"]}))
        splits = {"train_filenames": [f"{seed}.png"], "val_filenames": [], "test_filenames": []}
        (folder / "transforms.json").write_text(json.dumps(splits))
        files = {path.name: checksum(path) for path in folder.iterdir()}
        manifest.put(SceneRecord(seed, f"scenes/{seed}", "done", None, 1.0, files))
    return manifest


def contents(root: Path) -> dict[str, str]:
    """The checksum of every file, and dataset.json as text without how long its scenes took."""
    files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    dataset = json.loads(files.pop("dataset.json").read_text())
    dataset["scenes"] = [scene | {"seconds": 0} for scene in dataset["scenes"]]
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    return digests | {"dataset.json": json.dumps(dataset, indent=1)}


def test_every_seed_is_in_exactly_one_shard() -> None:
    for scenes in (1, 7, 12):
        for count in range(1, scenes + 1):
            parts = [parse_shard(f"{index}/{count}", scenes).of(range(3, 3 + scenes)) for index in range(1, count + 1)]
            assert sorted(seed for part in parts for seed in part) == list(range(3, 3 + scenes))
            assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("text", ["2", "0/2", "3/2", "a/b", "1/0", "-1/2", "1/2/3"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="such as 2/8"):
        parse_shard(text, 4)


def test_two_processes_make_the_dataset_that_one_makes(bpy: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if bpy.app.binary_path:
        pytest.skip("inside Blender there is no second Python that has bpy")
    assert main(["generate", str(tmp_path / "whole"), *WORDS]) == DONE
    out = str(tmp_path / "parts")
    command = [sys.executable, str(LAUNCH), "generate", out, *WORDS]
    processes = [subprocess.Popen([*command, "--shard", f"{index}/2"]) for index in (1, 2)]
    assert [process.wait() for process in processes] == [DONE, DONE]
    assert sorted(path.name for path in (tmp_path / "parts").iterdir()) == ["scenes", "shards"]
    assert main(["merge", out, "--json"]) == DONE
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["result"]["done"] == [0, 1, 2]
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")
    assert main(["verify", out]) == DONE
    assert main(["merge", out]) == BAD_INPUT
    assert main(["generate", out, *WORDS, "--resume"]) == DONE, "and one process goes on with it"
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_shard_goes_on_with_its_own_scenes_and_leaves_the_others(bpy: Any, tmp_path: Path) -> None:
    words = ["generate", str(tmp_path), *WORDS, "--shard", "1/2"]
    put(tmp_path, 2, job={"kind": "asset"}, seeds=range(3))
    assert main(words) == BAD_INPUT, "the other shard has another job"
    (tmp_path / "shards" / "2-of-2.json").unlink()
    assert main(words) == DONE
    assert main(words) == BAD_INPUT, "without --resume"
    lost = tmp_path / "scenes" / "2" / "points.ply"
    kept = (tmp_path / "scenes" / "0" / "points.ply").stat().st_mtime_ns
    other = (tmp_path / "scenes" / "1" / "objects.json").stat().st_mtime_ns
    lost.unlink()
    assert main([*words, "--resume"]) == DONE
    assert lost.is_file()
    assert (tmp_path / "scenes" / "0" / "points.ply").stat().st_mtime_ns == kept
    assert (tmp_path / "scenes" / "1" / "objects.json").stat().st_mtime_ns == other


def test_shards_that_are_not_all_there_are_named(tmp_path: Path) -> None:
    manifest = put(tmp_path, 1)
    with pytest.raises(UserError, match="shard 2/2 is not there; run it"):
        merge(tmp_path, Progress())
    put(tmp_path, 2)
    del manifest.records[7]
    manifest.save()
    with pytest.raises(UserError, match="shard 1/2 has not tried seed 7; run it again with --resume"):
        merge(tmp_path, Progress())
    assert not (tmp_path / "dataset.json").exists()


@pytest.mark.parametrize("harm", ["change", "lose", "add"])
def test_a_damaged_scene_is_named_with_its_shard(harm: str, tmp_path: Path) -> None:
    put(tmp_path, 1), put(tmp_path, 2)
    victim = tmp_path / "scenes" / "6" / ("stray.png" if harm == "add" else "objects.json")
    victim.unlink() if harm == "lose" else victim.write_text("{}")
    with pytest.raises(UserError, match=rf"scenes/6/{victim.name}.*run shard 2/2 again with --resume"):
        merge(tmp_path, Progress())
    assert not (tmp_path / "dataset.json").exists()


def test_shards_of_two_blenders_are_not_mixed(tmp_path: Path) -> None:
    put(tmp_path, 1), put(tmp_path, 2, version="4.5.0")
    with pytest.raises(UserError, match=r"blender is 4\.5\.0, in 1-of-2\.json it is 5\.0\.1"):
        merge(tmp_path, Progress())


def test_a_failed_scene_is_merged_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, 1)
    put(tmp_path, 2).put(SceneRecord(6, "scenes/6", "failed", "no reason"))
    assert main(["merge", str(tmp_path)]) == FAILED
    assert "scene 6 failed: no reason" in capsys.readouterr().err
    assert [scene.folder.name for scene in open_dataset(tmp_path).scenes] == ["5", "7"]


def test_a_merge_that_was_stopped_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, 1), put(tmp_path, 2)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            merge(tmp_path, Progress())
    assert (tmp_path / "dataset.json").is_file() and (tmp_path / "shards").is_dir()
    assert merge(tmp_path, Progress()).done == [5, 6, 7]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dataset.json", "scenes", "splits.json"]


def test_a_merged_dataset_grows_by_more_shards(tmp_path: Path) -> None:
    put(tmp_path, 1), put(tmp_path, 2)
    merge(tmp_path, Progress())
    seeds = range(5, 10)
    grown = ShardManifest(tmp_path, JOB, "5.0.1", Shard(1, 2), seeds)
    with pytest.raises(UserError, match="holds a dataset already"):
        grown.open(resume=False)
    grown.open(resume=True)
    assert [seed for seed in Shard(1, 2).of(seeds) if grown.is_done(seed)] == [5, 7]
    put(tmp_path, 1, seeds=seeds), put(tmp_path, 2, seeds=seeds)
    assert merge(tmp_path, Progress()).done == [5, 6, 7, 8, 9]


def test_a_shard_that_cannot_begin_takes_only_its_own_back(tmp_path: Path) -> None:
    root = tmp_path / "out"
    alone = ShardManifest(root, JOB, "5.0.1", Shard(1, 2), SEEDS)
    alone.open(resume=False)
    alone.discard()
    assert not root.exists()
    put(root, 2)
    alone.open(resume=False)
    alone.discard()
    assert [path.name for path in (root / "shards").iterdir()] == ["2-of-2.json"]
    assert (root / "scenes" / "6").is_dir()


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match=r"thesis\.txt"):
        put(tmp_path, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
