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
from wildfield.exporters.images import read_exr, read_png, write_exr, write_png
from wildfield.exporters.manifest import DATASET, read_json, write_json
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


LIES: list[tuple[str, str, Callable[[dict[str, Any]], object]]] = [
    ("values are finite", "albedo", lambda c: c["R"].__setitem__((60, 60), np.nan)),
    ("albedo lies in 0..1", "albedo", lambda c: c["G"].__setitem__((100, 80), 1.5)),
    ("normals have unit length", "normal", lambda c: c["Z"].__imul__(np.float32(1.01))),
    ("normals face the camera", "normal", lambda c: [values.__imul__(np.float32(-1)) for values in c.values()]),
    ("depth follows from position", "depth", lambda c: c["Z"].__imul__(np.float32(1.001))),
    ("nearly every position lies on the centre", "position", lambda c: c["X"].__iadd__(np.float32(0.01) * (c["X"] != 0))),
    ("position lies on its pixel", "position", lambda c: c["X"].__setitem__((110, 80), 3.0)),
    ("maps are empty exactly where nothing is", "depth", lambda c: c["Z"].__setitem__((0, 0), 5.0)),
    ("ids are in the object table", "instance", lambda c: c["I"].__setitem__((100, 80), 4000)),
    ("ids are in the object table", "material", lambda c: c["I"].__setitem__((100, 80), 99)),
    ("classes follow from ids", "class", lambda c: c["I"].__setitem__((100, 80), 5)),
    ("sky flow follows from rotation", "flow_forward", lambda c: c["U"].__setitem__((0, 40), 0.0)),
    ("flow of rigid things follows from depth and pose", "flow_forward", lambda c: c["V"].__setitem__((110, 80), 7.0)),
    ("flow leads back", "flow_forward", lambda c: c["U"].__iadd__(np.float32(1.5))),
]


@pytest.mark.parametrize(("law", "name", "lie"), LIES, ids=[f"{law} ({name})" for law, name, _ in LIES])
def test_a_lie_in_a_map_breaks_its_law(scene: Path, law: str, name: str, lie: Callable[[dict[str, Any]], object]) -> None:
    edit_exr(scene / MAIN / name / "0001.exr", lie)
    assert broken(scene)[law].file.endswith(f"{name}/0001.exr")


def test_a_wrong_occlusion_mask_is_found(scene: Path) -> None:
    path = scene / MAIN / "occlusion_forward/0001.png"
    mask = read_png(path)
    mask[100, 70:90] ^= 255
    write_png(path, mask)
    found = broken(scene)["occlusion follows from both frames"]
    assert found.worst == 20
    assert found.file.endswith("occlusion_forward/0001.png")


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
        "nearly every position lies on the centre",
        "nearly all of that flow is exact",
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
