"""The IMUs of things: closed forms with known readings, a leaf through its landing, and lies that verify must find."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.cli import main
from wildfield.exporters.arrays import read_arrays, write_arrays
from wildfield.exporters.imu_things import readings
from wildfield.exporters.manifest import DATASET, Manifest, read_json, write_json
from wildfield.exporters.reader import open_dataset
from wildfield.exporters.writing import checksum
from wildfield.jobs.verify import table, verify
from wildfield.jobs.verify.extras import turned
from wildfield.procgen.cameras.imu import RATE
from wildfield.procgen.cameras.trajectory import GRAVITY
from wildfield.procgen.rigid import Motion, from_euler
from wildfield.procgen.scatter.leaf_fall import NEVER, Falling, FallingLeaves

SECONDS = np.arange(401) / RATE
TURNS, MOVES = "the IMU of a thing turns as it does", "the IMU of a thing moves as it does"


class Swing(Motion):
    """One body that circles the z axis at `rate` rad/s and `radius` m, its x axis always outward."""

    ids = np.array([1], np.int32)

    def __init__(self, rate: float, radius: float) -> None:
        self.rate, self.radius = rate, radius

    def pose(self, rows: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        zero = np.zeros_like(seconds)
        rotation = from_euler(np.stack([zero, zero, self.rate * seconds], -1))
        return (rotation[:, :, 0] * self.radius)[None], rotation[None]


def leaf(landing: float, gone: float = NEVER) -> Falling:
    """One leaf with a motion in every coordinate, `landing` and `gone` in s."""

    def one(*values: float) -> np.ndarray:
        return np.array([values if len(values) > 1 else values[0]], np.float32)

    flutter, velocity = one(0.2, -0.1, 0), one(0.3, 0.2, -1.1)
    drawn = (one(5, 6, 1), one(landing), one(gone), velocity, flutter, one(3.1), one(0.4), one(0.8), one(4.1, -1.2), one(2))
    return Falling(np.array([7], np.int32), FallingLeaves(*drawn, one(1), np.array([0], np.int32)))


def test_a_circle_is_read_as_its_rate_and_the_pull_to_its_middle() -> None:
    gyro, accel = readings(Swing(2.0, 1.5), 0, np.array([0.5, 0.0, 0.3]), SECONDS)
    assert np.allclose(gyro, [0, 0, 2.0], atol=1e-9)
    assert np.allclose(accel, [-(2.0**2) * 2.0, 0, GRAVITY], atol=1e-3)


def test_what_rests_reads_gravity_alone() -> None:
    gyro, accel = readings(leaf(landing=-3.0), 0, np.array([0.0, 0.02, 0.01]), SECONDS)
    assert np.abs(gyro).max() < 1e-12
    assert np.abs(accel - [0, 0, GRAVITY]).max() < 1e-6


def test_readings_add_up_to_the_motion_of_a_leaf_through_its_landing() -> None:
    """It stops from 4 rad/s and 1 m/s in an instant: what is added up must stand still too."""
    falling, place = leaf(landing=1.2), np.array([0.01, 0.02, 0.03])
    gyro, accel = readings(falling, 0, place, SECONDS)
    ends = SECONDS + 0.5 / RATE
    start = np.array([0])
    rotation = falling.pose(start, SECONDS[:1] - 0.5 / RATE)[1][0, 0]
    middles = falling.pose(start, SECONDS)[1][0]
    speed = np.cumsum((np.einsum("mij,mj->mi", middles, accel) - [0, 0, GRAVITY]) / RATE, 0)
    assert np.linalg.norm(speed[-1] - speed[300]) < 1e-6
    assert np.linalg.norm(speed[200] - speed[-1]) > 0.8
    wanted = falling.pose(start, ends)[1][0]
    for step, turn in enumerate(gyro):
        rotation = rotation @ turned(turn / RATE)
        assert np.abs(rotation - wanted[step]).max() < 1e-9


def test_rotations_of_angles_keep_rodrigues_promise_near_zero_and_far_from_it() -> None:
    axes = np.array([[0.0, 0, 0], [1e-9, 0, 0], [0, 0, np.pi / 2], [0.3, -2.0, 1.1]])
    found = turned(axes)
    assert np.allclose(found @ np.swapaxes(found, -1, -2), np.eye(3), atol=1e-14)
    assert np.allclose(found[2], from_euler(axes[2]), atol=1e-15)
    assert np.allclose((found @ axes[..., None])[..., 0], axes)


@pytest.fixture(scope="module")
def moving(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of six frames in which shrubs sway, with IMUs in the five that show most."""
    from truth_scene import build

    from wildfield.exporters.dataset import write_scene

    root = tmp_path_factory.mktemp("moving") / "dataset"
    built = build(width=64, height=48, samples=1, frames=6, truth="small", tracks=0)
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    manifest.put(write_scene(built, root / "scenes" / "7"))
    return root


def test_the_largest_things_that_sway_have_an_imu_which_keeps_the_laws(moving: Path) -> None:
    scene = open_dataset(moving).scenes[0]
    imus = scene.thing_imus()
    assert imus is not None and len(imus["things"]) == 5 == scene.metadata["imu_things"]
    pixels = np.concatenate([frame.read("instance").ravel() for frame in scene.frames()])
    shown = {number: np.count_nonzero(pixels == number) for number, row in scene.objects.items() if row["class"] == "shrub"}
    assert [shown[number] for number in imus["things"].tolist()] == sorted(
        (count for number, count in shown.items() if not scene.objects[number]["deforms"]), reverse=True
    )[:5]
    assert imus["time"][-1] == pytest.approx(84 / RATE)
    samples = scene.imu(int(imus["things"][0]))
    assert samples is not None and samples.shape == (len(imus["time"]), 7)
    assert np.abs(np.linalg.norm(samples[:, 4:], axis=1) - GRAVITY).max() > 0.01
    assert scene.imu(999999) is None and scene.imu() is None
    checks = verify(moving)
    assert all(check.ok for check in checks), table(checks)
    assert all(check.worst < check.limit / 20 for check in checks if check.name in (TURNS, MOVES) and check.measured)


LIES: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    (TURNS, lambda imus: imus.update(gyro=np.roll(imus["gyro"], 1, axis=2))),
    (TURNS, lambda imus: imus["gyro"].__imul__(1.1)),
    (TURNS, lambda imus: imus["exists"].__setitem__((2, slice(40, None)), False)),
    (MOVES, lambda imus: imus.update(accel=np.roll(imus["accel"], 1, axis=2))),
    (MOVES, lambda imus: imus["accel"].__iadd__([0, 0, -2 * GRAVITY])),
    (MOVES, lambda imus: imus.update(things=imus["things"][::-1])),
]


@pytest.mark.parametrize(("law", "lie"), LIES)
def test_a_lie_about_an_imu_of_a_thing_is_found(
    moving: Path, tmp_path: Path, law: str, lie: Callable[[dict[str, Any]], object]
) -> None:
    root = tmp_path / "copy"
    shutil.copytree(moving, root)
    path = root / "scenes/7/imu_things.npz"
    imus = read_arrays(path)
    lie(imus)
    write_arrays(path, imus)
    content = read_json(root / DATASET)
    content["scenes"][0]["files"]["imu_things.npz"] = checksum(path)
    write_json(root / DATASET, content)
    broken = {check.name: check for check in verify(root) if not check.ok}
    assert broken[law].file.endswith("imu_things.npz")


@pytest.mark.parametrize("flags", [[], ["--frames", "2", "--asset", "fern"]])
def test_imus_where_nothing_moves_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str]) -> None:
    assert main(["generate", str(tmp_path / "out"), "--imu-things", "3", *flags]) == 2
    assert "moves" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
