"""What a LiDAR says of itself, of its camera's pictures, and of how things move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...exporters.layout import lidar_json_path, lidar_path
from ...exporters.lidar import Mounted, Sweep
from ...exporters.reader import Frame, Scene
from .laws import Worst

_SPAN = 0.5
"""How far beyond the depths of the pixels around a place the surface there may go on, as a share of their spread."""
_GRAIN = 1e-3
"""And as a share of the depth."""
_FEW = 200
"""Returns below which a share says nothing."""


def check_lidar(scene: Scene, worst: Worst) -> set[int]:
    """Hold every sweep of a scene against its beams, its camera and the poses; return the ids of what it met."""
    met: set[int] = set()
    mounted = scene.lidar
    if mounted is None:
        return met
    for number, camera in scene.cameras[mounted.camera].items():
        sweep, path = scene.sweep(number), scene.folder / lidar_path(number)
        met.update(np.unique(sweep["instance"]).tolist())
        frame = Frame(scene, mounted.camera, number, camera)
        off = np.abs(camera.camera_to_world @ mounted.to_camera - mounted.poses[number]).max()
        worst.add("the LiDAR stays on its camera", off, scene.folder / lidar_json_path())
        _check_beams(mounted, sweep, path, worst)
        _check_ids(scene, sweep, path, worst)
        _check_camera(frame, mounted.poses[number], _points(mounted, sweep), sweep, path, worst)
        _check_velocity(scene, mounted, number, sweep, path, worst)
    return met


def _points(mounted: Mounted, sweep: Sweep) -> NDArray[np.float64]:
    """Return where the beams ended, without noise, (N, 3) in the sensor's axes."""
    distance = sweep.get("range_clean", sweep["range"]).astype(np.float64)
    return mounted.lidar.directions(sweep["ring"], sweep["column"]) * distance[:, None]


def _check_beams(mounted: Mounted, sweep: Sweep, path: Path, worst: Worst) -> None:
    lidar, ring, column = mounted.lidar, sweep["ring"].astype(np.int64), sweep["column"].astype(np.int64)
    beam = lidar.directions(ring, column) * sweep["range"].astype(np.float64)[:, None]
    off = np.linalg.norm(sweep["xyz"] - beam, axis=-1) / np.maximum(sweep["range"], 1e-3)
    worst.most("LiDAR returns lie on their beams", off, path)
    worst.most("LiDAR returns lie on their beams", np.abs(sweep["azimuth"] - lidar.azimuth(column)) - 2e-7, path)
    again = len(ring) - len(np.unique(ring * lidar.steps + column))
    outside = (ring >= lidar.beams) | (column >= lidar.steps) | (sweep.get("range_clean", sweep["range"]) > lidar.range)
    worst.add("a beam of a LiDAR comes back once, from its reach", again + np.count_nonzero(outside), path)
    worst.most("shares lie in 0..1", np.maximum(sweep["reflectance"] - 1, -sweep["reflectance"]), path)
    for values in sweep.values():
        worst.count("values are finite", ~np.isfinite(values), path)


def _check_ids(scene: Scene, sweep: Sweep, path: Path, worst: Worst) -> None:
    ids, place = np.unique(sweep["instance"], return_inverse=True)
    unknown = [number for number in ids.tolist() if number not in scene.objects]
    excess = int(sweep["material"].max(initial=0)) - len(scene.materials) + 1
    worst.add("ids are in the object table", len(unknown) + max(0, excess), path)
    rows = [scene.classes.index(scene.objects[n]["class"]) if n in scene.objects else 0 for n in ids.tolist()]
    worst.count("classes follow from ids", np.array(rows, np.uint32)[place.reshape(-1)] != sweep["class"], path)


def _check_camera(
    frame: Frame, pose: NDArray[np.float64], local: NDArray[np.float64], sweep: Sweep, path: Path, worst: Worst
) -> None:
    """Where 3 x 3 pixels show one thing, a return that lands there is on it: the two stand close to each other.

    What lies behind is not counted, for one may look past what hides it from the other; what lies before can hide from neither.
    """
    lens, camera = frame.camera.intrinsics, frame.camera
    instance, depth = frame.read("instance"), frame.read("depth")
    pixels, away = camera.project(local @ pose[:3, :3].T + pose[:3, 3])
    column, row = np.floor(np.nan_to_num(pixels, nan=-1.0)).astype(np.intp).T
    there = (away > 0) & (column > 0) & (row > 0) & (column < lens.width - 1) & (row < lens.height - 1)
    column, row, away, own = column[there], row[there], away[there], sweep["instance"][there]
    around = [(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    ids, depths = (np.stack([values[place] for place in around]) for values in (instance, depth))
    plain = (ids == ids[0]).all(0) & (ids[0] > 0)
    low, high = depths.min(0), depths.max(0)
    slack = _SPAN * (high - low) + _GRAIN * away
    before = plain & (away < low - slack)
    on_it = plain & (away >= low - slack) & (away <= high + slack)
    told = np.count_nonzero(before | on_it)
    wrong = np.count_nonzero(before) + np.count_nonzero(on_it & (ids[0] != own))
    worst.add("LiDAR and camera see the same", wrong / told if told > _FEW else 0.0, path)
    away_from_it = np.count_nonzero(plain & ~on_it) / max(np.count_nonzero(plain), 1)
    worst.add("LiDAR returns lie on what the camera shows", away_from_it if np.count_nonzero(plain) > _FEW else 0.0, path)


def _check_velocity(scene: Scene, mounted: Mounted, number: int, sweep: Sweep, path: Path, worst: Worst) -> None:
    """The radial velocity of rigid things is that of their matrices and of the sensor between the frames beside."""
    ids = sweep["instance"].astype(np.int64)
    pose, moving, seconds = mounted.poses[number], np.zeros((len(ids), 3)), np.zeros(len(ids))
    local = _points(mounted, sweep)
    where = local @ pose[:3, :3].T + pose[:3, 3]
    rigid = np.array([not scene.objects.get(item, {}).get("deforms", True) for item in ids.tolist()], bool)
    known, now = scene.poses(number).find(ids)
    rate = float(scene.metadata["frame_rate"])
    for way in (-1, 1):
        there, then = scene.poses(number + way).find(ids)
        carried = then @ np.linalg.inv(now)
        step = (carried[:, :3, :3] @ where[..., None])[..., 0] + carried[:, :3, 3] - where
        against = step - (mounted.poses[number + way][:3, 3] - pose[:3, 3])
        exists = known & there
        moving += way * np.where(exists[:, None], against, 0.0)
        seconds += exists / rate
    ray = local / np.maximum(np.linalg.norm(local, axis=-1, keepdims=True), 1e-9) @ pose[:3, :3].T
    speed = (moving * ray).sum(-1) / np.where(seconds > 0, seconds, 1.0)
    worst.most("radial velocities follow from the poses", np.abs(speed - sweep["radial_velocity"])[rigid], path)
