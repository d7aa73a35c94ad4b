"""The straight ways from a camera to points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera

_SHORT = 2e-4
"""That part of the way, at its end, is left out, so that no surface hides its own point."""


@dataclass(frozen=True)
class SightLines:
    """N ways from where a camera begins to see: `starts` (N, 3) in the world, unit `ways` (N, 3), `lengths` (N,) in metres."""

    starts: NDArray[np.float64]
    ways: NDArray[np.float64]
    lengths: NDArray[np.float64]

    @classmethod
    def to(cls, camera: Camera, points: NDArray[np.float64]) -> SightLines:
        """Return the ways to points (N, 3) in the world that lie before the camera; they end a little before the points.

        Those of an orthographic camera are parallel. What lies nearer than the camera's clip distance is no part of them.
        """
        lens = camera.intrinsics
        depth = np.maximum(camera.to_camera(points)[:, 2], 1e-9)
        if lens.model == "orthographic":
            ahead = camera.rotation[:, 2]
            ways = np.broadcast_to(ahead, points.shape)
            origin, distance, near = points - depth[:, None] * ahead, depth, np.float64(lens.near)
        else:
            way = points - camera.origin
            distance = np.maximum(np.linalg.norm(way, axis=1), 1e-9)
            ways, origin = way / distance[:, None], camera.origin
            near = lens.near * distance / depth if lens.model == "pinhole" else np.float64(lens.near)
        lengths = np.maximum(distance * (1 - _SHORT) - near, 0.0)
        return cls(origin + ways * np.expand_dims(near, -1), ways, lengths)

    def __getitem__(self, rows: NDArray[np.intp]) -> SightLines:
        return SightLines(self.starts[rows], self.ways[rows], self.lengths[rows])

    def moved(self, by: NDArray[np.float64]) -> SightLines:
        """Return the lines moved by a way (3,)."""
        return SightLines(self.starts + by, self.ways, self.lengths)

    def within(self, inverses: NDArray[np.float64]) -> SightLines:
        """Return the same lines in spaces given by world-to-local matrices (N, 4, 4), with lengths in their units; the ways are
        no unit vectors there.
        """
        turn = inverses[:, :3, :3]
        starts = np.einsum("nij,nj->ni", turn, self.starts) + inverses[:, :3, 3]
        ways = np.einsum("nij,nj->ni", turn, self.ways)
        return SightLines(starts, ways, self.lengths * np.linalg.norm(ways, axis=1))

    def reach(self, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return (N,): the line passes through a box from the corner `low` (3,) to `high` (3,) before its end, or nearly so."""
        wider = _SHORT * (1e-3 + (high - low).max())
        enter, leave = np.zeros(len(self.ways)), self.lengths / np.linalg.norm(self.ways, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            for axis in range(3):
                ends = [(end - self.starts[:, axis]) / self.ways[:, axis] for end in (low[axis] - wider, high[axis] + wider)]
                np.fmax(enter, np.fmin(*ends), out=enter)
                np.fmin(leave, np.fmax(*ends), out=leave)
        return enter <= leave
