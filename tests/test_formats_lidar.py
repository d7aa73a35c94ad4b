"""KITTI's LiDAR sequences, read back by the arithmetic of its development kit: numpy.fromfile and lines of numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from formats_truth import export, generated

from wildfield.errors import UserError
from wildfield.exporters.formats import formats
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import Scene
from wildfield.procgen.scene_spec import LidarSpec


@pytest.fixture(scope="module")
def sequence(bpy: object, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scene]:
    """Two frames of a stereo rig with a LiDAR on its left eye."""
    root = tmp_path_factory.mktemp("lidar")
    sensor = LidarSpec(beams=24, steps=360, lowest=-40, highest=10, range=40, above=0.3)
    dataset = generated(root / "dataset", stereo=True, lidar=sensor, truth="standard", tracks=0)
    out, scene = export("kitti-velodyne", dataset, root / "out")
    return out / "sequences" / "07", scene


def lines(path: Path) -> dict[str, np.ndarray]:
    """Lines of a calib.txt: a name, a colon, twelve numbers."""
    rows = (line.split(":") for line in path.read_text().splitlines())
    return {key: np.array(values.split(), float).reshape(3, 4) for key, values in rows}


def whole(matrix: np.ndarray) -> np.ndarray:
    return np.vstack([matrix, [0, 0, 0, 1]])


def test_scans_and_labels_are_as_long_as_each_other_and_tell_our_returns(sequence: tuple[Path, Scene]) -> None:
    root, scene = sequence
    for index, frame in enumerate((1, 2)):
        scan = np.fromfile(root / "velodyne" / f"{index:06d}.bin", dtype=np.float32).reshape(-1, 4)
        label = np.fromfile(root / "labels" / f"{index:06d}.label", dtype=np.uint32)
        sweep = scene.sweep(frame)
        assert np.array_equal(scan[:, :3], sweep["xyz"]) and np.array_equal(scan[:, 3], sweep["reflectance"])
        assert np.array_equal(label & 0xFFFF, sweep["class"])
        stuff = np.isin(np.array(scene.classes)[sweep["class"]], scene.metadata["stuff"])
        assert not (label >> 16)[stuff].any() and (label >> 16)[~stuff].all()
        pairs = np.unique(np.stack([label[~stuff] >> 16, sweep["instance"][~stuff]]), axis=1)
        assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]


def test_a_thing_keeps_its_number_through_a_sequence(sequence: tuple[Path, Scene]) -> None:
    root, scene = sequence
    numbers: dict[int, int] = {}
    for index, frame in enumerate((1, 2)):
        label = np.fromfile(root / "labels" / f"{index:06d}.label", dtype=np.uint32) >> 16
        for thing, number in zip(scene.sweep(frame)["instance"].tolist(), label.tolist(), strict=True):
            assert number == 0 or numbers.setdefault(thing, number) == number
    assert len(numbers) > 10


@pytest.mark.parametrize(("matrix", "camera"), [("P2", "left"), ("P3", "right")])
def test_a_scan_lands_in_both_pictures_on_the_things_that_it_met(
    sequence: tuple[Path, Scene], matrix: str, camera: str
) -> None:
    """x = P Tr X, as in the readme of KITTI's odometry benchmark."""
    root, scene = sequence
    calibration = lines(root / "calib.txt")
    for index, frame in enumerate(item for item in scene.frames() if item.camera_name == camera):
        scan = np.fromfile(root / "velodyne" / f"{index:06d}.bin", dtype=np.float32).reshape(-1, 4)
        points = np.column_stack([scan[:, :3], np.ones(len(scan))]) @ whole(calibration["Tr"]).T
        x, y, z = (points @ calibration[matrix].T).T
        column, row = (np.rint(part / z).astype(int) for part in (x, y))
        inside = (z > 0) & (column >= 0) & (column < 160) & (row >= 0) & (row < 120)
        own, ids = scene.sweep(frame.number)["instance"][inside], np.pad(frame.read("instance"), 1, "edge")
        around = [ids[row[inside] + down, column[inside] + across] for down in range(3) for across in range(3)]
        assert inside.sum() > 500
        assert np.any(around == own, axis=0).mean() > 0.97
        assert (root / ("image_2" if camera == "left" else "image_3") / f"{index:06d}.png").is_file()


def test_poses_bring_scans_into_one_still_world(sequence: tuple[Path, Scene]) -> None:
    root, scene = sequence
    poses = np.loadtxt(root / "poses.txt").reshape(-1, 3, 4)
    assert np.allclose(whole(poses[0]), np.eye(4), atol=1e-9)
    assert np.loadtxt(root / "times.txt") == pytest.approx([0, 1 / 12], abs=1e-6)
    tr = whole(lines(root / "calib.txt")["Tr"])
    first = scene.cameras["left"][1]
    for index, pose in enumerate(poses):
        scan = np.fromfile(root / "velodyne" / f"{index:06d}.bin", dtype=np.float32).reshape(-1, 4)
        label = np.fromfile(root / "labels" / f"{index:06d}.label", dtype=np.uint32)
        local = np.column_stack([scan[:, :3], np.ones(len(scan))]) @ (whole(pose) @ tr).T
        world = local @ first.camera_to_world.T
        ground = label & 0xFFFF == scene.classes.index("ground")
        assert ground.sum() > 300 and np.abs(world[ground, 2]).max() < 1e-4
    assert read_png(root / "image_2" / "000000.png").shape[:2] == (120, 160)


def test_a_dataset_without_a_lidar_is_told_how_to_get_one(sequence: tuple[Path, Scene], tmp_path: Path) -> None:
    dataset = generated(tmp_path / "dataset", truth="small", tracks=0, frames=1, instances=0)
    with pytest.raises(UserError, match="--lidar 64"):
        formats["kitti-velodyne"].write(dataset, tmp_path / "out")
