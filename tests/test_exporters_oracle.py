"""The truth that real Cycles renders against a double-precision ray caster over the same triangles, at pixel centres.

Everything of a frame is judged for a pinhole, a lens that zooms and is shifted, an orthographic camera, a panorama, a distorted
lens and fisheyes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

import ray_caster
import truth_scene

from wildfield.compat import has_camera_scripts
from wildfield.exporters.dataset import write_scene
from wildfield.exporters.layout import ABSENT, HIDDEN, OUTSIDE, SEEN
from wildfield.exporters.reader import Frame, open_dataset, open_scene

JITTER = 0.01
"""Twice the half width of the truth render's filter, in pixels: no sample of Cycles lies further from the pixel's centre."""
WIDTH, HEIGHT = 160, 120
LENSES = ("fixed", "zoom", "ortho", "panorama", *(truth_scene.BENT if has_camera_scripts() else ()))


@dataclass
class Eye:
    """A camera read from Blender by this test's own formulas: lens (pixels per unit, centre), pose, and kind of projection."""

    kind: str
    focal: float
    centre: tuple[float, float]
    rotation: Any
    origin: Any
    bent: tuple[Any, ...] = ()

    @classmethod
    def of(cls, scene: Any, camera: Any, name: str = "") -> Eye:
        data = camera.evaluated_get(scene.view_layers[0].depsgraph)
        matrix, lens = np.array(data.matrix_world, np.float64), data.data
        focal = {"PERSP": lens.lens / lens.sensor_width * WIDTH, "ORTHO": WIDTH / lens.ortho_scale}.get(lens.type, 0.0)
        centre = (WIDTH / 2 - lens.shift_x * WIDTH, HEIGHT / 2 + lens.shift_y * WIDTH)
        bent = truth_scene.BENT.get(name, ())
        kind = {"": lens.type, "brown": "BROWN"}.get(bent[0] if bent else "", "FISHEYE")
        focal = float(np.float32(bent[1])) * WIDTH if bent else focal
        return cls(kind, focal, centre, matrix[:3, :3] @ np.diag([1.0, -1.0, -1.0]), matrix[:3, 3], bent)

    def cast(self, geometry: Any, x: float = 0.0, y: float = 0.0) -> tuple[Any, Any, tuple[Any, ...]]:
        """Return starts, directions of unit depth (N, 3), and what rays through the pixels' centres, moved by x, y, hit."""
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        columns, rows = columns.ravel() + x, rows.ravel() + y
        a, b = (columns - self.centre[0]) / (self.focal or 1), (rows - self.centre[1]) / (self.focal or 1)
        if self.kind == "ORTHO":
            origins = self.origin + np.stack([a, b, 0 * a], -1) @ self.rotation.T
            ahead = self.rotation[:, 2]
            return origins, np.broadcast_to(ahead, origins.shape), ray_caster.cast(geometry, origins, ahead)
        local = np.stack([a, b, np.ones_like(a)], -1)
        if self.kind == "PANO":
            longitude, latitude = (columns / WIDTH - 0.5) * 2 * np.pi, (0.5 - rows / HEIGHT) * np.pi
            flat = np.cos(latitude)
            local = np.stack([flat * np.sin(longitude), -np.sin(latitude), flat * np.cos(longitude)], -1)
        elif self.kind == "BROWN":
            local = np.stack([*self.straightened(a, b), np.ones_like(a)], -1)
        elif self.kind == "FISHEYE":
            away = np.hypot(a, b)
            low, high = np.zeros_like(a), np.full_like(a, 2.5)
            for _ in range(60):
                middle = 0.5 * (low + high)
                low, high = np.where(self.away(middle) < away, middle, low), np.where(self.away(middle) < away, high, middle)
            local = np.stack([np.sin(low) * a / away, np.sin(low) * b / away, np.cos(low)], -1)
        directions = local @ self.rotation.T
        return np.broadcast_to(self.origin, directions.shape), directions, ray_caster.cast(geometry, self.origin, directions)

    def away(self, angle: Any) -> Any:
        """A fisheye's radius in focal lengths."""
        if self.bent[0] == "equisolid":
            return 2 * np.sin(angle / 2)
        k = np.array(self.bent[3], np.float32).astype(float)
        return angle + k[0] * angle**3 + k[1] * angle**5 + k[2] * angle**7 + k[3] * angle**9

    def distorted(self, x: Any, y: Any) -> tuple[Any, Any, Any]:
        """OpenCV's distortion: the factor along the radius, and what the decentring adds."""
        k1, k2, p1, p2, k3 = np.array(self.bent[3], np.float32).astype(float)
        square = x * x + y * y
        along = 1 + k1 * square + k2 * square**2 + k3 * square**3
        return along, 2 * p1 * x * y + p2 * (square + 2 * x * x), p1 * (square + 2 * y * y) + 2 * p2 * x * y

    def straightened(self, a: Any, b: Any) -> tuple[Any, Any]:
        """OpenCV's own inverse, a fixed point, run until it stands still."""
        x, y = a, b
        for _ in range(300):
            along, across, down = self.distorted(x, y)
            x, y = (a - across) / along, (b - down) / along
        return x, y

    def covered(self) -> Any:
        """Which pixels (N,) lie in a fisheye's image circle."""
        if self.kind != "FISHEYE":
            return np.ones(WIDTH * HEIGHT, bool)
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        away = np.hypot(columns - self.centre[0], rows - self.centre[1]).ravel()
        return away <= self.focal * self.away(self.bent[2])

    def see(self, points: Any) -> Any:
        """Return the pixels (N, 2) of world points."""
        x, y, z = ((points - self.origin) @ self.rotation).T
        if self.kind == "PANO":
            across = np.arctan2(x, z) / (2 * np.pi) + 0.5
            down = 0.5 + np.arcsin(y / np.sqrt(x * x + y * y + z * z)) / np.pi
            return np.stack([across * WIDTH, down * HEIGHT], -1)
        if self.kind == "BROWN":
            along, across, down = self.distorted(x / z, y / z)
            return np.stack([x / z * along + across, y / z * along + down], -1) * self.focal + self.centre
        if self.kind == "FISHEYE":
            aside = np.hypot(x, y)
            scale = self.away(np.arctan2(aside, z)) / aside
            return np.stack([x * scale, y * scale], -1) * self.focal + self.centre
        scale = 1.0 if self.kind == "ORTHO" else 1.0 / z
        return np.stack([self.centre[0] + self.focal * x * scale, self.centre[1] + self.focal * y * scale], -1)


@dataclass
class Oracle:
    """What the ray caster says of one written frame; `clear` marks pixels whose jitter square meets one flat surface."""

    frame: Frame
    eyes: dict[int, Eye]
    geometry: dict[int, ray_caster.Geometry]
    starts: Any
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

    def exists(self, step: int) -> Any:
        """Whether the thing of each pixel is there at the frame `step` away; the sky is."""
        return np.isin(self.ids, [0, *np.unique(self.geometry[self.frame.number + step].ids)])

    def then(self, step: int) -> tuple[ray_caster.Geometry, Any]:
        """The geometry at the frame `step` away, and the same triangles (N,) of the same things there."""
        now, then = self.geometry[self.frame.number], self.geometry[self.frame.number + step]
        first = np.array([np.flatnonzero(now.ids == number)[0] if number else 0 for number in self.ids])
        other = np.array([np.append(np.flatnonzero(then.ids == number), 0)[0] for number in self.ids])
        return then, np.minimum(self.triangle - first + other, len(then.triangles) - 1)

    def moved(self, step: int) -> Any:
        """World points (N, 3) at the frame `step` away of what is seen now: the same place of the same triangle of a thing."""
        return ray_caster.at(*self.then(step), self.u, self.v)

    def landing(self, step: int) -> Any:
        """The pixel (N, 2) where each point, or each direction of the sky, is at the frame `step` away."""
        eye = self.eyes[self.frame.number + step]
        return eye.see(np.where(self.hit[:, None], self.moved(step), eye.origin + self.directions))


def judge(frame: Frame, eyes: dict[int, Eye], geometry: dict[int, ray_caster.Geometry]) -> Oracle:
    eye, triangles = eyes[frame.number], geometry[frame.number]

    def look(x: float, y: float) -> dict[str, Any]:
        starts, directions, (depth, triangle, u, v) = eye.cast(triangles, x, y)
        hit = np.isfinite(depth)
        normal = np.where(hit[:, None], ray_caster.normals(triangles, triangle, directions), 0.0)
        ids = np.where(hit, triangles.ids[triangle], 0)
        named = {"starts": starts, "directions": directions, "depth": depth, "triangle": triangle, "u": u, "v": v}
        return named | {"hit": hit, "ids": ids, "normal": normal}

    centre = look(0.0, 0.0)
    centre["hit"] &= eye.covered()
    clear = eye.covered()
    for x in (-JITTER, JITTER):
        for y in (-JITTER, JITTER):
            corner = look(x, y)
            clear &= (corner["ids"] == centre["ids"]) & (np.abs(corner["normal"] - centre["normal"]).max(1) < 1e-6)
    return Oracle(frame, eyes, geometry, **centre, clear=clear)


@pytest.fixture(scope="module", params=LENSES)
def oracles(request: pytest.FixtureRequest, truth_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Oracle]:
    built = truth_scene.build(lens=request.param, frames=1 if request.param != "fixed" else 2)
    if request.param == "fixed":
        (scene,) = open_dataset(truth_dataset).scenes
    else:
        folder = tmp_path_factory.mktemp(request.param) / "7"
        write_scene(built, folder)
        scene = open_scene(folder)
    frames = range(4)
    geometry = {frame: ray_caster.evaluated_geometry(built.scene, frame) for frame in frames}
    eyes = {}
    for frame in frames:
        built.scene.frame_set(frame)
        eyes[frame] = Eye.of(built.scene, built.cameras[0], request.param)
    return [judge(frame, eyes, geometry) for frame in scene.frames()]


def test_nearly_every_pixel_is_compared(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        covered = oracle.eyes[oracle.frame.number].covered()
        assert oracle.clear.mean() > 0.985 * covered.mean()
        assert len(np.unique(oracle.ids[oracle.clear & oracle.hit])) > 20


def test_depth_is_exact(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        error = np.abs(oracle.read("depth") - oracle.depth)[use] * 10 / np.maximum(oracle.depth[use], 10.0)
        assert error.mean() <= 2e-6
        assert error.max() <= 2e-4


def test_distance_is_the_length_of_the_ray(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        expected = np.linalg.norm(oracle.moved(0) - oracle.starts, axis=1)[use]
        assert np.abs(oracle.read("distance")[use] / expected - 1).max() <= 2e-5


def test_position_is_the_surface_point(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        error = np.linalg.norm(oracle.read("position") - oracle.moved(0), axis=1)[use]
        assert error.mean() <= 1e-5
        assert error.max() <= 2e-4


def test_normal_is_geometric_and_faces_the_camera(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        use = oracle.clear & oracle.hit
        assert np.abs(oracle.read("normal") - oracle.normal)[use].max() <= 2e-4
        rotation = oracle.eyes[oracle.frame.number].rotation
        assert np.abs(oracle.read("normal_camera") - oracle.normal @ rotation)[use].max() <= 4e-4


def test_ids_and_the_mask_are_exact(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        assert np.array_equal(oracle.read("instance")[oracle.clear], oracle.ids[oracle.clear])
        assert np.array_equal(oracle.read("valid")[oracle.clear], oracle.hit[oracle.clear])
        beyond = ~oracle.eyes[oracle.frame.number].covered()
        assert not oracle.read("valid")[beyond].any() and not oracle.read("rgb")[beyond].any()


@pytest.mark.parametrize(("name", "step"), [("forward", 1), ("backward", -1)])
def test_flow_and_scene_flow_lead_to_the_same_surface_point(oracles: list[Oracle], name: str, step: int) -> None:
    for oracle in oracles:
        rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH] + 0.5
        way = oracle.landing(step) - np.stack([columns, rows], -1).reshape(-1, 2)
        if oracle.eyes[1].kind == "PANO":
            way[:, 0] -= WIDTH * np.rint(way[:, 0] / WIDTH)
        error = np.linalg.norm(oracle.read(f"flow_{name}") - way, axis=1)
        eye = oracle.eyes[oracle.frame.number + step]
        ahead = (((oracle.moved(step) - eye.origin) @ eye.rotation)[:, 2] > 0) | (eye.kind in ("PANO", "FISHEYE"))
        there = oracle.exists(step) & ahead
        surface, sky = error[oracle.clear & oracle.hit & there], error[oracle.clear & ~oracle.hit]
        assert surface.mean() <= 1e-4
        assert surface.max() <= 1e-3
        if oracle.eyes[1].kind != "ORTHO":
            assert sky.max() <= 4e-4
        there = oracle.exists(step)
        use = oracle.clear & oracle.hit & there
        expected = oracle.moved(step) - oracle.moved(0)
        assert np.abs(oracle.read(f"scene_flow_{name}") - expected)[use].max() <= 1e-4
        assert not oracle.read(f"scene_flow_{name}")[oracle.hit & ~there].any()


@pytest.mark.parametrize(("name", "step"), [("forward", 1), ("backward", -1)])
def test_what_does_not_exist_at_the_other_time_is_marked(oracles: list[Oracle], name: str, step: int) -> None:
    marked = [oracle.read(f"occlusion_{name}") == ABSENT for oracle in oracles]
    for oracle, absent in zip(oracles, marked, strict=True):
        expected = oracle.hit & ~oracle.exists(step)
        assert np.array_equal(absent[oracle.clear], expected[oracle.clear])
    if len(oracles) == 2:  # a cube is newborn at frame 2 and another leaves after it
        assert marked[1].sum() > 50
        assert not marked[0].any()


@pytest.mark.parametrize(("name", "step"), [("forward", 1), ("backward", -1)])
def test_a_point_is_told_hidden_exactly_where_a_ray_from_the_other_camera_meets_something(
    oracles: list[Oracle], name: str, step: int
) -> None:
    """Beside the cut-out card and the displaced sheet, which no ray knows, the samples of the other picture decide."""
    for oracle in oracles:
        eye, geometry = oracle.eyes[oracle.frame.number + step], oracle.geometry[oracle.frame.number + step]
        landing = oracle.landing(step)
        label = oracle.read(f"occlusion_{name}")
        inside = (landing >= 0).all(1) & (landing[:, 0] < WIDTH) & (landing[:, 1] < HEIGHT)
        if eye.kind == "FISHEYE":
            inside &= np.hypot(*(landing - eye.centre).T) <= eye.focal * eye.away(eye.bent[2])
        aim = np.where(oracle.hit[:, None], oracle.moved(step) - eye.origin, oracle.directions)
        ways = np.broadcast_to(eye.rotation[:, 2], aim.shape) if eye.kind == "ORTHO" else aim
        edge_on = np.abs((ray_caster.normals(*oracle.then(step), ways) * ways).sum(1)) < 1e-6 * np.linalg.norm(ways, axis=1)
        asked = oracle.clear & oracle.exists(step) & (inside | oracle.hit) & ~(edge_on & oracle.hit)
        if eye.kind == "ORTHO":
            starts = eye.origin + ((oracle.moved(step) - eye.origin) @ eye.rotation * [1, 1, 0]) @ eye.rotation.T
            reach = ((oracle.moved(step) - starts) @ eye.rotation)[:, 2]
            free = ray_caster.cast(geometry, starts, eye.rotation[:, 2])[0] >= reach * (1 - 1e-6)
            asked &= oracle.hit
        else:
            distance = ray_caster.cast(geometry, eye.origin, aim)[0]
            free = np.where(oracle.hit, distance >= 1 - 1e-6, ~np.isfinite(distance))
        expected = np.where(inside, np.where(free, SEEN, HIDDEN), OUTSIDE)
        wrong = (label != expected) & asked
        ids = _ids(geometry, eye)
        unknown = [row["id"] for row in oracle.frame.scene.objects.values() if row["name"] in ("card", "swollen")]
        near = np.pad(np.isin(ids, unknown), 2)
        x, y = (np.clip(landing[:, axis].astype(int), 0, size - 1) for axis, size in ((0, WIDTH), (1, HEIGHT)))
        beside = np.any([near[y + j, x + i] for j in range(5) for i in range(5)], axis=0)
        assert (wrong & ~beside).mean() < 7e-4
        assert wrong.sum() < 0.3 * (beside & asked).sum() + 5e-4 * len(wrong)


def _ids(geometry: ray_caster.Geometry, eye: Eye) -> Any:
    depth, triangle, _, _ = eye.cast(geometry)[2]
    return np.where(np.isfinite(depth), geometry.ids[triangle], 0).reshape(HEIGHT, WIDTH)


def test_boundaries_lie_where_neighbours_differ_and_on_the_nearer_side(oracles: list[Oracle]) -> None:
    for oracle in oracles:
        ids = np.where(oracle.hit, oracle.ids, 0).reshape(HEIGHT, WIDTH)
        far = np.where(oracle.hit, oracle.depth, np.inf).reshape(HEIGHT, WIDTH)
        marked = oracle.frame.read("boundary")
        nearer = np.zeros_like(marked)
        nearer[:, :-1] |= (ids[:, :-1] != ids[:, 1:]) & (far[:, :-1] < far[:, 1:])
        nearer[:, 1:] |= (ids[:, :-1] != ids[:, 1:]) & (far[:, 1:] < far[:, :-1])
        nearer[:-1] |= (ids[:-1] != ids[1:]) & (far[:-1] < far[1:])
        nearer[1:] |= (ids[:-1] != ids[1:]) & (far[1:] < far[:-1])
        rim = np.pad(oracle.eyes[oracle.frame.number].covered().reshape(HEIGHT, WIDTH), 1, "edge")
        nearer &= rim[:-2, 1:-1] & rim[2:, 1:-1] & rim[1:-1, :-2] & rim[1:-1, 2:]
        assert (nearer & ~marked).mean() < 0.003
        assert oracle.frame.read("boundary_2x").shape == (2 * HEIGHT, 2 * WIDTH)
        assert (marked & ~nearer).mean() < 0.03  # a surface that folds over itself has boundaries too
