"""What is told beside the maps: boxes of things, point tracks and the samples of an IMU."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...exporters.reader import Frame, Scene
from .laws import Worst


def check_things(frame: Frame, maps: dict[str, NDArray[Any]], worst: Worst) -> None:
    """Count the pixels of every thing again, and hold its boxes and its occlusion fraction against them."""
    rows, path = {row["id"]: row for row in frame.things()}, frame.path("things")
    ids, count = np.unique(maps["instance"][maps["instance"] > 0], return_counts=True)
    wrong = set(rows) ^ set(ids.tolist())
    height, width = maps["instance"].shape
    place = np.searchsorted(ids, maps["instance"])
    low, high = np.full((len(ids), 2), 1 << 30), np.full((len(ids), 2), -1)
    y, x = np.nonzero(maps["instance"])
    for axis, values in enumerate((x, y)):
        np.minimum.at(low[:, axis], place[y, x], values)
        np.maximum.at(high[:, axis], place[y, x], values + 1)
    for number, pixels, first, last in zip(ids.tolist(), count.tolist(), low.tolist(), high.tolist(), strict=True):
        row = rows.get(number)
        if row is None:
            continue
        box, amodal = row["box_visible"], row["box_amodal"]
        honest = row["visible_pixels"] == pixels and box == [*first, *last]
        if amodal is not None:
            inside = (
                amodal[0] <= first[0] + 1
                and amodal[1] <= first[1] + 1
                and amodal[2] >= last[0] - 1
                and amodal[3] >= last[1] - 1
            )
            honest &= inside and row["truncated"] == (amodal[0] < 0 or amodal[1] < 0 or amodal[2] > width or amodal[3] > height)
        wrong |= set() if honest else {number}
        if row["occlusion"] is not None:
            expected = 1 - pixels / row["amodal_pixels"] if row["amodal_pixels"] else 0.0
            off = abs(row["occlusion"] - max(expected, 0.0))
            worst.add("occlusion fractions follow from masks", off, path)
    worst.add("boxes hold the pixels of their things", len(wrong), path)


def check_tracks(scene: Scene, worst: Worst) -> None:
    """Hold every track against its query, the cameras, the matrices of its thing, and the ids where it is seen."""
    for camera, moments in scene.cameras.items():
        tracks = scene.tracks(camera)
        if tracks is None:
            continue
        path = scene.folder / "tracks" / f"{camera}.npz"
        frames, ids = tracks["frames"].tolist(), tracks["instance"].astype(np.int64)
        rows = np.arange(len(ids))
        start = np.searchsorted(tracks["frames"], tracks["query_frame"])
        worst.most("tracks follow their things", np.abs(tracks["xy"][rows, start] - tracks["query_xy"]).ravel(), path)
        rigid = np.array([not scene.objects.get(number, {}).get("deforms", True) for number in ids.tolist()], bool)
        poses = [scene.poses(frame).find(ids) for frame in frames]
        origin = tracks["position"][rows, start].astype(np.float64)
        there = np.stack([known for known, _ in poses], 1)
        matrices = np.stack([matrix for _, matrix in poses], 1)
        from_start = matrices @ np.linalg.inv(matrices[rows, start])[:, None]
        carried = np.einsum("ntij,nj->nti", from_start[..., :3, :3], origin) + from_start[..., :3, 3]
        seen_away, seen = 0, 0
        for index, frame in enumerate(frames):
            view = moments[frame]
            visible = tracks["visible"][:, index]
            pixels, depth = view.project(tracks["position"][:, index].astype(np.float64))
            grain = 1e-6 * np.abs(tracks["position"][:, index]).max(-1, initial=0) + 1e-6
            slack = grain / view.intrinsics.pixel_size(np.maximum(depth, 1e-3)) + 2e-7 * view.intrinsics.width
            told = there[:, index] & (depth > 1e-3)
            off = np.abs(view.intrinsics.step(tracks["xy"][:, index].astype(np.float64), pixels)).max(-1, initial=0)
            worst.most("tracks follow their things", (off - slack)[told], path)
            moved = view.project(carried[:, index])[0]
            off = np.abs(view.intrinsics.step(tracks["xy"][:, index].astype(np.float64), moved)).max(-1, initial=0)
            worst.most("tracks follow their things", (off - 2 * slack)[told & rigid], path)
            instance = Frame(scene, camera, frame, view).read("instance")
            met = _around(instance, tracks["xy"][visible, index])
            seen, seen_away = seen + len(met), seen_away + np.count_nonzero(~(met == ids[visible, None]).any(1))
        worst.add("tracks are seen on their own thing", seen_away / max(seen, 1), path)


def _around(instance: NDArray[np.uint32], xy: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Return the ids (N, 9) in and around the pixels that hold the places xy (N, 2)."""
    height, width = instance.shape
    column, row = np.floor(xy).astype(np.intp).T
    shifts = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    near = [instance[np.clip(row + down, 0, height - 1), np.clip(column + across, 0, width - 1)] for down, across in shifts]
    return np.stack(near, 1)


def check_imu(scene: Scene, worst: Worst) -> None:
    """Integrate the IMU from the first camera's first pose, and hold what comes out against its other poses.

    The velocity at the start is not written anywhere: it is the one that brings the last pose to its place.
    """
    samples = scene.imu()
    if samples is None:
        return
    path = scene.folder / "imu.csv"
    name = next(iter(scene.cameras)) if "left" not in scene.cameras else "left"
    poses, times = scene.cameras[name], scene.times[name]
    rotation, velocity, place = poses[min(poses)].rotation, np.zeros(3), np.zeros(3)
    gravity = np.array([0.0, 0.0, -9.80665])
    rotations, places = [rotation], [place]
    for step, gyro, force in zip(np.diff(samples[:, 0]), _middle(samples[:, 1:4]), _middle(samples[:, 4:7]), strict=True):
        halfway = rotation @ turned(gyro * step / 2)
        acceleration = halfway @ force + gravity
        place = place + velocity * step + acceleration * step * step / 2
        velocity = velocity + acceleration * step
        rotation = rotation @ turned(gyro * step)
        rotations.append(rotation)
        places.append(place)
    last = max(poses)
    end = int(np.argmin(np.abs(samples[:, 0] - times[last])))
    if end == 0:
        return
    origin = poses[min(poses)].origin
    start = (poses[last].origin - origin - places[end]) / samples[end, 0]
    walked = np.array([poses[frame].origin for frame in sorted(poses)])
    way = max(1.0, float(np.linalg.norm(np.diff(walked, axis=0), axis=1).sum()))
    for frame, camera in poses.items():
        at = int(np.argmin(np.abs(samples[:, 0] - times[frame])))
        late = times[frame] - samples[at, 0]
        turn = rotations[at] @ turned(samples[at, 1:4] * late)
        off = np.arccos(np.clip((np.trace(turn.T @ camera.rotation) - 1) / 2, -1, 1))
        worst.add("the IMU turns as the camera does", off, path)
        reached = origin + places[at] + start * samples[at, 0]
        drift = np.linalg.norm(reached - camera.origin) - np.linalg.norm(start) * abs(late) - abs(late) * 1.0
        worst.add("the IMU moves as the camera does", max(0.0, drift) / way, path)


def _middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return (values[1:] + values[:-1]) / 2


def turned(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotations (..., 3, 3) by vectors of angles (..., 3) in radians: Rodrigues' formula."""
    size = np.linalg.norm(angles, axis=-1)[..., None, None]
    x, y, z = np.moveaxis(angles, -1, 0)
    nothing = np.zeros_like(x)
    rows = [[nothing, -z, y], [z, nothing, -x], [-y, x, nothing]]
    cross = np.stack([np.stack(row, -1) for row in rows], -2)
    # np.sinc(t) is sin(pi t) / (pi t), which has no trouble at 0.
    return np.eye(3) + np.sinc(size / np.pi) * cross + 0.5 * np.sinc(size / (2 * np.pi)) ** 2 * cross @ cross
