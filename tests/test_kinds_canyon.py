"""The canyon: a river's course between stepped walls, and rock that no height map can hold, joined to the land."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest

from wildfield.procgen.kinds import canyon
from wildfield.procgen.kinds.landscape import look
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import override
from wildfield.procgen.terrain.land import Terrain
from wildfield.procgen.terrain.patches import Patch, border_points, patch
from wildfield.procgen.terrain.plans.canyon import canyon as plan_of
from wildfield.procgen.terrain.rock_forms import Arch
from wildfield.procgen.terrain.surface_nets import surface_nets

SMALL = {"terrain.resolution": 256, "render.width": 96, "render.height": 54}


def small(seed: int, **values: float) -> SceneSpec:
    return override(canyon.sample(seed), SMALL | {name.replace("__", "."): value for name, value in values.items()}, "test")


@cache
def land(seed: int) -> Terrain:
    return canyon.land(small(seed))


def arch_at(seed: int) -> Arch:
    """An arch on the river's bank at y = 40."""
    x = float(plan_of(small(seed).terrain, seed).river(np.array([40.0], np.float32))[0][0]) + 6.0
    z = float(land(seed).height(np.float32(x), np.float32(40.0)))
    return Arch(x, 40.0, z - 0.5, 0.4, 26.0, 6.0, 15.0, 12.0, 9.0, 5)


@cache
def arch_patch(seed: int) -> Patch:
    arch = arch_at(seed)
    return patch(land(seed), arch.form, *arch.box, 0.4)


def volume(points: np.ndarray, faces: np.ndarray) -> float:
    triangles = points[faces[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)].astype(np.float64)
    return float(np.einsum("ij,ij->i", triangles[:, 0], np.cross(triangles[:, 1], triangles[:, 2])).sum() / 6)


def test_surface_nets_of_a_ball_are_closed_and_as_large_as_the_ball() -> None:
    axis = np.arange(-1.5, 1.5, 0.05, dtype=np.float32)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    points, faces = surface_nets(np.sqrt(x * x + y * y + z * z) - 1, (-1.5, -1.5, -1.5), 0.05)
    assert not border_points(faces, len(points)).any()
    assert np.abs(np.linalg.norm(points, axis=1) - 1).max() < 0.01
    assert volume(points, faces) == pytest.approx(4 / 3 * np.pi, rel=0.01)
    edges = np.sort(np.stack([faces, np.roll(faces, -1, 1)], -1).reshape(-1, 2), 1)
    assert len(points) - len(np.unique(edges, axis=0)) + len(faces) == 2


@pytest.mark.parametrize("seed", [1, 4])
def test_a_patch_is_open_only_along_a_border_that_lies_on_the_land(seed: int) -> None:
    made = arch_patch(seed)
    border = border_points(made.faces, len(made.points))
    assert 20 < border.sum() < 0.2 * len(made.points)
    x, y, z = made.points[border].T
    assert np.abs(z - land(seed).height(x, y)).max() < 0.01
    assert (made.own[border] < 0.05).all()
    assert (made.points[:, 2] > land(seed).height(*made.points[:, :2].T) - 0.25).all()


@pytest.mark.parametrize("seed", [1, 4])
def test_an_arch_has_an_opening_that_one_can_walk_through(seed: int) -> None:
    arch, made = arch_at(seed), arch_patch(seed)
    along, across = np.array([np.cos(arch.turn), np.sin(arch.turn)]), np.array([-np.sin(arch.turn), np.cos(arch.turn)])
    way = np.array([arch.x, arch.y]) + np.linspace(-8, 8, 161)[:, None] * across
    x, y = way.T.astype(np.float32)
    head = land(seed).height(x, y) + np.float32(2.0)
    assert (arch.form(x, y, head) > 1.0).all()
    middle = made.points[:, :2] - np.array([arch.x, arch.y])
    over = (np.abs(middle @ along) < 1) & (np.abs(middle @ across) < 2)
    assert made.points[over, 2].max() > arch.z + arch.rise
    beside = np.array([arch.x, arch.y]) + 0.38 * arch.length * along
    pillar = np.float32([beside[0]]), np.float32([beside[1]])
    assert arch.form(*pillar, land(seed).height(*pillar) + np.float32(1.5)) < 0


def test_walls_are_stepped_and_the_river_runs_along_the_lowest_ground() -> None:
    made, plan = land(3), plan_of(small(3).terrain, 3)
    y = np.linspace(-300, 300, 200, dtype=np.float32)
    middle, _ = plan.river(y)
    bed = made.height(middle, y)
    assert np.ptp(bed) < 3 and bed.min() > 1
    across = np.linspace(-1, 1, 81, dtype=np.float32)[:, None] * np.float32(plan.floor + 1.5 * plan.wall)
    z = made.height(middle + across, y + 0 * across)
    assert (z.min(0) > bed - 2.5).all()
    assert z.max() > bed.max() + 0.8 * plan.depth
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-600, 600, (2, 40000)).astype(np.float32)
    walls = made.mask("rock", x, y) > 0.9
    slope = made.slope(x, y)[walls]
    assert (slope < 0.5).mean() > 0.1 and (slope > 2.0).mean() > 0.1


@pytest.mark.parametrize("name", ["relief", "ruggedness", "erosion"])
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_both_ends_of_every_parameter_are_a_world_with_a_view(name: str, end: float) -> None:
    spec = small(2, **{f"terrain__{name}": end})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        made = canyon.land(spec)
        rig = look(canyon.CANYON, made, spec)
        habitat = canyon.CanyonHabitat(made, spec.scatter, spec.seed)
        for feature in canyon.features(spec, habitat, rig.view):
            assert np.isfinite(feature.mesh.points).all()
            assert set(feature.mesh.attributes) >= {"rock", "deposit", "flow"}
    assert not made.wet and made.near.heights.min() > 1.0
    assert np.ptp(made.near.heights) > 20


def test_more_relief_cuts_deeper_and_the_same_seed_gives_the_same_bits() -> None:
    depth = [np.ptp(canyon.land(small(4, terrain__relief=relief)).near.heights) for relief in (0.0, 0.5, 1.0)]
    assert depth[0] < 0.6 * depth[1] < 0.5 * depth[2]
    again = canyon.land(small(1))
    assert np.array_equal(again.near.heights, land(1).near.heights)
    arch = arch_at(1)
    assert np.array_equal(patch(again, arch.form, *arch.box, 0.4).points, arch_patch(1).points)
