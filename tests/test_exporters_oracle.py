"""The truth that real Cycles renders against a double-precision ray caster over the same triangles, at pixel centres."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

import ray_caster
import truth_scene

from wildfield.exporters.cameras import Camera, read_camera
from wildfield.exporters.reader import Frame, open_dataset

JITTER = 0.01
"""Twice the half width of the truth render's filter, in pixels: no sample of Cycles lies further from the pixel's centre."""
WIDTH, HEIGHT = 160, 120


@dataclass
class Oracle:
    """What the ray caster says of one written frame; `clear` marks pixels whose jitter square meets one flat surface."""

    frame: Frame
    cameras: dict[int, Camera]
    geometry: dict[int, ray_caster.Geometry]
    directions: Any
    depth: Any
    triangle: Any
    u: Any
    v: Any
    hit: Any
    ids: Any
    normal: Any
    clear: Any

    def read(self, name: str) -> Any:
        values = self.frame.read(name)
        return values.reshape(WIDTH * HEIGHT, *values.shape[2:])

    def moved(self, step: int) -> Any:
        """World points at the frame `step` away of what is seen now (N, 3)."""
        return ray_caster.at(self.geometry[self.frame.number + step], self.triangle, self.u, self.v)

    def landing(self, step: int) -> Any:
        """The pixel (N, 2) where each point, or each direction of the sky, is at the frame `step` away."""
        camera = self.cameras[self.frame.number + step]
        points = np.where(self.hit[:, None], self.moved(step), camera.origin + self.directions)
        return camera.project(points)[0]


def ray_directions(camera: Camera, x: float = 0.0, y: float = 0.0) -> Any:
    k = camera.intrinsics
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
    local = [(columns + x - k.cx) / k.fl_x, (rows + y - k.cy) / k.fl_y, np.ones_like(rows)]
    return (np.stack(local, -1) @ camera.rotation.T).reshape(-1, 3)


@pytest.fixture(scope="module")
def oracles(truth_dataset: Path) -> list[Oracle]:
    built = truth_scene.build()
    (scene,) = open_dataset(truth_dataset).scenes
    geometry = {frame: ray_caster.evaluated_geometry(built.scene, frame) for frame in range(4)}
    cameras = {}
    for frame in range(4):
        built.scene.frame_set(frame)
        cameras[frame] = read_camera(built.scene, built.cameras[0], WIDTH, HEIGHT)
    return [judge(frame, cameras, geometry) for frame in scene.frames()]


def judge(frame: Frame, cameras: dict[int, Camera], geometry: dict[int, ray_caster.Geometry]) -> Oracle:
    camera, triangles = cameras[frame.number], geometry[frame.number]

    def look(x: float, y: float) -> dict[str, Any]:
        directions = ray_directions(camera, x, y)
        depth, triangle, u, v = ray_caster.cast(triangles, camera.origin, directions)
        hit = np.isfinite(depth)
        normal = np.where(hit[:, None], ray_caster.normals(triangles, triangle, directions), 0.0)
        ids = np.where(hit, triangles.ids[triangle], 0)
        return {
            "directions": directions,
            "depth": depth,
            "triangle": triangle,
            "u": u,
            "v": v,
            "hit": hit,
            "ids": ids,
            "normal": normal,
        }

    centre = look(0.0, 0.0)
    clear = np.ones(WIDTH * HEIGHT, bool)
    for x in (-JITTER, JITTER):
        for y in (-JITTER, JITTER):
            corner = look(x, y)
            clear &= (corner["ids"] == centre["ids"]) & (np.abs(corner["normal"] - centre["normal"]).max(1) < 1e-6)
    return Oracle(frame, cameras, geometry, **centre, clear=clear)


def test_nearly_every_pixel_is_compared(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        assert oracle.clear.mean() > 0.99
        assert len(np.unique(oracle.ids[oracle.clear & oracle.hit])) > 30


def test_depth_is_planar_and_exact(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        error = np.abs(oracle.read("depth") - oracle.depth)[use] / np.maximum(oracle.depth[use], 10.0)
        assert error.mean() <= 2e-6
        assert error.max() <= 2e-5


def test_position_is_the_surface_point(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        error = np.linalg.norm(oracle.read("position") - oracle.moved(0), axis=1)[use]
        assert error.mean() <= 1e-5
        assert error.max() <= 2e-4


def test_normal_is_geometric_and_faces_the_camera(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        assert np.abs(oracle.read("normal") - oracle.normal)[use].max() <= 1e-5


def test_ids_and_the_mask_are_exact(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        assert np.array_equal(oracle.read("instance")[oracle.clear], oracle.ids[oracle.clear])
        assert np.array_equal(oracle.read("valid")[oracle.clear], oracle.hit[oracle.clear])


@pytest.mark.parametrize(("name", "step"), [("flow_forward", 1), ("flow_backward", -1)])
def test_flow_lands_on_the_same_surface_point(oracles: list[Oracle], name: str, step: int) -> None:
    for oracle in oracles:
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        centres = np.stack([columns, rows], -1).reshape(-1, 2)
        error = np.linalg.norm(oracle.read(name) - (oracle.landing(step) - centres), axis=1)
        surface, sky = error[oracle.clear & oracle.hit], error[oracle.clear & ~oracle.hit]
        assert surface.mean() <= 1e-4
        assert surface.max() <= 1e-3
        assert sky.max() <= 1e-5


@pytest.mark.parametrize(("name", "step"), [("occlusion_forward", 1), ("occlusion_backward", -1)])
def test_occlusion_errs_only_where_the_other_frame_has_an_edge_in_the_pixel(
    oracles: list[Oracle], name: str, step: int
) -> None:
    """The oracle casts a ray to the moved point itself; the mask knows the other frame only at its pixel centres."""
    for oracle in oracles:
        camera, geometry = oracle.cameras[oracle.frame.number + step], oracle.geometry[oracle.frame.number + step]
        landing = oracle.landing(step)
        inside = (landing >= 0).all(1) & (landing[:, 0] < WIDTH) & (landing[:, 1] < HEIGHT)
        aim = np.where(oracle.hit[:, None], oracle.moved(step) - camera.origin, oracle.directions)
        distance = ray_caster.cast(geometry, camera.origin, aim)[0]
        seen = np.where(oracle.hit, distance >= 1 - 1e-6, ~np.isfinite(distance)) & inside
        wrong = oracle.read(name) == seen
        assert wrong.mean() < 0.015
        x, y = (np.clip(landing[:, axis].astype(int), 1, size - 2) for axis, size in ((0, WIDTH), (1, HEIGHT)))
        ids = _ids(geometry, camera)
        around = np.stack([ids[y + j, x + i] for j in (-1, 0, 1) for i in (-1, 0, 1)])
        inner = (around == around[0]).all(0)
        assert (wrong & inner).mean() < 0.002


def _ids(geometry: ray_caster.Geometry, camera: Camera) -> Any:
    depth, triangle, _, _ = ray_caster.cast(geometry, camera.origin, ray_directions(camera))
    return np.where(np.isfinite(depth), geometry.ids[triangle], 0).reshape(HEIGHT, WIDTH)
