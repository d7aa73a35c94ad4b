"""The whole loop on a small scale, through the command line: seed, scene, dataset, proof, field, scores, report, formats."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from wildfield.cli import DONE, FAILED, main

LEARNS = importlib.util.find_spec("torch") is not None and importlib.util.find_spec("warp") is not None
needs_learning = pytest.mark.skipif(not LEARNS, reason="torch and warp are not in this Python: Blender's own has them not")
ORBIT = ["--asset", "fern", "--seed", "3", "--views", "9", "--resolution", "64x64", "--samples", "2", "--truth", "small,normal"]


@pytest.fixture(scope="module")
def orbit(bpy: object, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("loop") / "orbit"
    assert main(["generate", str(out), *ORBIT, "--progress", "none"]) == DONE
    return out


@pytest.fixture(scope="module")
def field(orbit: Path) -> Path:
    out = orbit.parent / "field"
    assert main(["train", str(orbit / "scenes" / "3"), "--out", str(out), "--steps", "60", "--device", "cpu"]) == DONE
    assert main(["render", str(out), "--scene", str(orbit / "scenes" / "3"), "--split", "test", str(out / "test")]) == DONE
    return out


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_dataset_is_whole_and_verify_finds_nothing(orbit: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(orbit), "--json"]) == DONE
    result = json.loads(capsys.readouterr().out.splitlines()[-1])["result"]
    assert result["broken"] == []
    assert len(result["checks"]) > 5
    assert len(list((orbit / "scenes" / "3" / "frames").iterdir())) == 9


def test_verify_tells_a_changed_picture(orbit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(orbit, copy)
    victim = next((copy / "scenes" / "3" / "frames").rglob("rgb/0001.png"))
    victim.write_bytes(victim.read_bytes()[:-20])
    assert main(["verify", str(copy)]) == FAILED
    assert str(victim.relative_to(copy / "scenes" / "3")) in capsys.readouterr().out


def test_the_same_seed_gives_the_same_files_in_another_process(orbit: Path, tmp_path: Path, bpy: Any) -> None:
    if bpy.app.binary_path:
        pytest.skip("inside Blender there is no second Python that has bpy")
    launch = Path(__file__).parent.parent / "addon" / "launch.py"
    command = [sys.executable, str(launch), "generate", str(tmp_path / "again"), *ORBIT]
    subprocess.run(command, check=True, cwd=tmp_path)
    assert digests(tmp_path / "again" / "scenes") == digests(orbit / "scenes")


def test_resume_leaves_a_whole_dataset_as_it_is(orbit: Path) -> None:
    before = digests(orbit)
    assert main(["generate", str(orbit), *ORBIT, "--resume"]) == DONE
    assert digests(orbit) == before


@pytest.mark.parametrize("form", ["nerfstudio", "nerf-synthetic", "colmap"])
def test_every_format_is_written(form: str, orbit: Path, tmp_path: Path) -> None:
    assert main(["export", str(orbit), "--to", form, str(tmp_path / form)]) == DONE
    assert any((tmp_path / form).rglob("*.*"))


@needs_learning
def test_a_field_learns_the_orbit(field: Path) -> None:
    scores = json.loads((field / "test" / "scores.json").read_text())
    assert scores["mean"]["psnr"] > 15.0
    assert scores["mean"]["depth_median_error"] < 0.1


def read_report(tmp_path: Path, *sources: Path) -> str:
    out = tmp_path / "report.html"
    assert main(["report", *map(str, sources), str(out)]) == DONE
    page = out.read_text()
    assert "http" not in page
    assert "file:" not in page
    return page


@needs_learning
def test_the_report_shows_field_beside_truth_and_needs_no_other_file(orbit: Path, field: Path, tmp_path: Path) -> None:
    page = read_report(tmp_path, orbit, field)
    for words in (
        "Depth",
        "Normals",
        "Instances",
        "lay the truth over it",
        "Error",
        "distance to the exact surface",
        "validation PSNR",
    ):
        assert words in page


def test_the_truth_of_a_moving_lake_is_proved_and_shown(bpy: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lake = tmp_path / "lake"
    small = [
        "--set",
        "terrain.resolution=256",
        "--resolution",
        "128x72",
        "--samples",
        "1",
        "--frames",
        "2",
        "--truth",
        "full",
        "--tracks",
        "30",
    ]
    assert main(["generate", str(lake), "--kind", "lake", "--seed", "5", *small, "--progress", "none"]) == DONE
    assert main(["verify", str(lake)]) == DONE, capsys.readouterr().out
    page = read_report(tmp_path, lake)
    for words in ("Forward flow", "Backward flow", "Seen later?", "Point tracks", "Boxes", "Instances", "terrain", "Play"):
        assert words in page
