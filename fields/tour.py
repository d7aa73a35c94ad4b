"""A smooth camera path through given cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .cameras import Camera

MOST_STOPS = 300
"""Of more cameras every second, third and so on is a stop."""
TURNING = 0.3
"""The share of time that turning takes, over that of moving, on a way that does both."""
SAME = 1e-6
"""Stops nearer to each other than this share of the way are one."""


def sorted_stops(cameras: Sequence[Camera]) -> list[Camera]:
    """Return cameras in an order without detours, from the first on: their own with its crossings undone.

    The way of a camera through a landscape stays as it is; cameras all around a plant, whose order jumps from side to side,
    become neighbours. Stretches are turned around as long as one shortens the way (2-opt, Croes 1958).
    """
    stops = list(cameras[:: -(-len(cameras) // MOST_STOPS)])
    places = np.stack([camera.position for camera in stops])
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    order, least = np.arange(len(stops)), 1e-9 * distance.max()
    shortened = True
    while shortened:
        shortened = False
        for first in range(1, len(stops) - 1):
            before, start, ends = order[first - 1], order[first], order[first + 1 :]
            gain = distance[before, start] - distance[before, ends]
            gain[:-1] += distance[ends[:-1], ends[1:]] - distance[start, ends[1:]]
            best = int(np.argmax(gain))
            if gain[best] > least:
                order[first : first + best + 2] = order[first : first + best + 2][::-1].copy()
                shortened = True
    return [stops[index] for index in order]


def through(stops: Sequence[Camera], frames: int) -> list[Camera]:
    """Return `frames` cameras at an even pace through `stops`, from the first to the last.

    Positions and logarithms of focal lengths follow a Catmull-Rom spline (tangents are the slopes between neighbours), turns
    a spline of continuous angular acceleration (scipy's RotationSpline). Picture size and principal point are the first's.
    """
    from scipy.interpolate import CubicHermiteSpline
    from scipy.spatial.transform import Rotation, RotationSpline

    stops, knots = _spaced(stops)
    lens = stops[0]
    if len(stops) == 1:
        return [lens] * frames
    focal = np.log([[stop.fl_x * lens.width / stop.width, stop.fl_y * lens.height / stop.height] for stop in stops])
    values = np.hstack([np.stack([stop.position for stop in stops]), focal])
    at = np.linspace(0, knots[-1], frames)
    moved = CubicHermiteSpline(knots, values, np.gradient(values, knots, axis=0))(at)
    turned = RotationSpline(knots, Rotation.from_matrix([stop.camera_to_world[:3, :3] for stop in stops]))(at).as_matrix()
    poses = np.tile(np.eye(4), (frames, 1, 1))
    poses[:, :3, :3], poses[:, :3, 3] = turned, moved[:, :3]
    return [
        replace(lens, fl_x=float(np.exp(row[3])), fl_y=float(np.exp(row[4])), camera_to_world=pose)
        for row, pose in zip(moved, poses, strict=True)
    ]


def _spaced(stops: Sequence[Camera]) -> tuple[list[Camera], np.ndarray]:
    """Return the stops that differ from the one before, and their times (N,), rising from 0: metres and radians, as shares."""
    poses = np.stack([stop.camera_to_world for stop in stops])
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    between = np.einsum("nij,nik->njk", poses[:-1, :3, :3], poses[1:, :3, :3])
    angles = np.arccos(np.clip((np.trace(between, axis1=1, axis2=2) - 1) / 2, -1, 1))
    pace = steps / max(float(steps.sum()), 1e-9) + TURNING * angles / max(float(angles.sum()), 1e-9)
    kept = np.concatenate([[True], pace > SAME])
    return [stop for stop, keep in zip(stops, kept, strict=True) if keep], np.concatenate([[0], np.cumsum(pace[kept[1:]])])
