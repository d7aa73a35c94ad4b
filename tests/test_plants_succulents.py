"""Succulents: watertight bodies, spines that start on them, rosettes in the golden angle, arms that turn up, pads on rims."""

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.blades import GOLDEN_ANGLE
from wildfield.procgen.plants.anatomy.parts import BRANCH, FRUIT, LEAF, PAD, PETAL, SPINE, STEM, TRUNK
from wildfield.procgen.plants.succulents import agave, aloe, pads, prickly_pear, rosette, saguaro
from wildfield.procgen.plants.succulents.skin import on_skin, shells
from wildfield.procgen.rng import stream

NAMES = ("agave", "aloe", "barrel_cactus", "prickly_pear", "saguaro")
BODIES = {"agave": (LEAF,), "aloe": (LEAF,), "barrel_cactus": (STEM,), "prickly_pear": (PAD,), "saguaro": (TRUNK, BRANCH)}
BUDGET = {"near": 40_000, "middle": 15_000, "far": 4_000}
MOST_OF_SPINY = 20_000
"""Faces of the near form of prickly pears and saguaros."""


def grown(name: str, seed: int, detail: str = "near", **changes: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(seed, "test", name)), **changes)
    return entry.build(params, stream(seed, "growth", name), detail)


def body_faces(mesh: MeshData, name: str) -> np.ndarray:
    part = mesh.attributes["part"].values
    return mesh.faces[np.isin(part, BODIES[name])]


def bears(name: str, part: int, season: str) -> bool:
    return bool((grown(name, 1, season=season, age=0.9).attributes["part"].values == part).any())


@pytest.mark.parametrize("detail", ["near", "middle", "far"])
@pytest.mark.parametrize("name", NAMES)
def test_every_edge_of_a_body_belongs_to_two_faces_that_run_it_in_opposite_ways(name, detail):
    changes = {"flecks": 0} if name == "aloe" else {}
    faces = body_faces(grown(name, 2, detail, **changes), name)
    edges = np.stack([faces, np.roll(faces, -1, axis=1)], -1).reshape(-1, 2)
    forward = {tuple(edge) for edge in edges.tolist()}
    assert len(forward) == len(edges)
    assert forward == {(b, a) for a, b in forward}


@pytest.mark.parametrize("name", NAMES)
def test_bodies_enclose_their_volume_from_outside(name):
    changes = {"flecks": 0} if name == "aloe" else {}
    mesh = grown(name, 3, **changes)
    corners = mesh.points.astype(np.float64)[body_faces(mesh, name)]
    first, second = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    volume = (np.cross(first, second) * corners.mean(1)).sum() / 6
    extent = np.ptp(mesh.bounds, axis=0).prod()
    assert 0.001 * extent < volume < extent


def test_a_place_on_a_cylinder_lies_on_it_and_its_normal_points_outward():
    turn = np.arange(64) * (2 * np.pi / 64)
    heights = np.linspace(0, 3, 7)
    ring = np.stack([2 * np.cos(turn), 2 * np.sin(turn), 0 * turn], -1)
    rings = (ring + heights[:, None, None] * np.array([0, 0, 1.0]))[None]
    side = np.array([0.0, 10.0, 63.0, 31.5])
    spot = on_skin(rings, np.zeros(4, np.int32), np.array([0.5, 2.0, 5.9, 3.25]), side)
    angle = side * (2 * np.pi / 64)
    outward = np.stack([np.cos(angle), np.sin(angle), 0 * angle], -1)
    np.testing.assert_allclose(spot.point[:, 2], np.array([0.25, 1.0, 2.95, 1.625]), atol=1e-6)
    np.testing.assert_allclose(spot.point[:, :2], 2 * outward[:, :2], atol=0.01)
    np.testing.assert_allclose(spot.normal, outward, atol=0.06)
    np.testing.assert_allclose(spot.forward, np.tile([0, 0, 1.0], (4, 1)), atol=1e-6)
    assert len(shells(rings, np.full((1, 6, 64, 3), 0.1), STEM).faces) == 6 * 64 + 64


@pytest.mark.parametrize("name", ["agave", "aloe"])
def test_leaves_follow_one_another_by_the_golden_angle_and_stand_up_towards_the_middle(name):
    module = {"agave": agave, "aloe": aloe}[name]
    made = module.skeleton(registry.generators()[name].sample(stream(4, name)), stream(4, "growth"))
    plant: rosette.Rosette = made if name == "agave" else made.members[0]
    step = np.mod(np.diff(plant.azimuth), 2 * np.pi)
    np.testing.assert_allclose(step, GOLDEN_ANGLE, atol=1e-9)
    assert plant.lean[0, 0] > plant.lean[-1, 0] + 0.6
    assert np.corrcoef(plant.young, plant.lean[:, 0])[0, 1] < -0.9


@pytest.mark.parametrize("name", NAMES)
def test_spines_start_on_the_skin(name):
    """The roots of spines lie closer to the surface of the bodies than they are long."""
    spatial = pytest.importorskip("scipy.spatial")
    mesh = grown(name, 5, age=0.6)
    corners = mesh.points[body_faces(mesh, name)].astype(np.float64)
    u, v = (axis.ravel()[None, :, None] for axis in np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 9)))
    a, b, c, d = (corners[:, k, None] for k in range(4))
    skin = ((a * (1 - u) + b * u) * (1 - v) + (d * (1 - u) + c * u) * v).reshape(-1, 3)
    spiny = np.unique(mesh.faces[mesh.attributes["part"].values == SPINE])
    roots = np.unique(mesh.attributes["root"].values[spiny], axis=0)
    away = spatial.cKDTree(skin).query(roots)[0]
    gap = np.sqrt((np.ptp(corners, axis=1) ** 2).sum(1)).max() / 8
    assert len(roots) > 100
    assert away.max() < 0.006 + gap


def test_arms_leave_the_trunk_level_and_end_upright_beside_it():
    params = dataclasses.replace(registry.generators()["saguaro"].sample(stream(6, "saguaro")), arms=7, age=1.0)
    columns = saguaro.skeleton(params, stream(6, "growth"))
    arms = columns.paths[1:]
    assert len(arms) == 7
    first, last = arms[:, 1] - arms[:, 0], arms[:, -1] - arms[:, -2]
    assert np.abs(first[:, 2] / np.linalg.norm(first, axis=1)).max() < 0.05
    assert (last[:, 2] / np.linalg.norm(last, axis=1)).min() > 0.999
    trunk = columns.paths[0]
    axis = np.stack([np.interp(arms[:, 0, 2], trunk[:, 2], trunk[:, k]) for k in range(3)], -1)
    np.testing.assert_allclose(arms[:, 0], axis, atol=0.02)
    apart = np.linalg.norm(arms[:, -1, :2] - axis[:, :2], axis=1)
    assert (apart > columns.radius[0] + columns.radius[1:]).all()


def test_a_young_saguaro_is_a_single_column_and_an_old_one_has_arms():
    params = dataclasses.replace(registry.generators()["saguaro"].sample(stream(7, "saguaro")), arms=4)
    young, old = (len(saguaro.skeleton(dataclasses.replace(params, age=age), stream(7, "x")).radius) for age in (0.3, 1.0))
    assert (young, old) == (1, 5)


def test_pads_spring_from_the_rims_of_their_parents_and_keep_clear_of_others():
    shrub = prickly_pear.skeleton(registry.generators()["prickly_pear"].sample(stream(8, "pear")), stream(8, "growth"))
    child = np.flatnonzero(shrub.parent >= 0)
    parent = shrub.parent[child]
    assert len(child) > 5
    assert (parent < child).all()
    offset = (shrub.foot[child] - shrub.foot[parent]) / shrub.length[parent, None]
    along = (offset * shrub.axis[parent]).sum(1)
    across = np.abs((offset * shrub.side()[parent]).sum(1))
    assert np.abs((offset * shrub.normal[parent]).sum(1)).max() < 1e-6
    half = 0.5 * shrub.breadth[parent] * pads.outline(along)
    assert (along > 0.55).all()
    assert (across < 1.12 * half).all()
    assert np.hypot(across / (0.5 * shrub.breadth[parent]), (along - 0.6) / 0.4).min() > 0.75
    centre = shrub.foot + 0.55 * shrub.length[:, None] * shrub.axis
    apart = np.linalg.norm(centre[:, None] - centre[None], axis=-1) + 9 * np.eye(len(centre))
    assert apart.min() > 0.35 * shrub.length.min()


def test_flowers_come_in_their_season_and_fruits_after_them():
    assert [bears("prickly_pear", PETAL, s) for s in ("spring", "summer", "winter", "dry")] == [True, False, False, False]
    assert bears("prickly_pear", FRUIT, "autumn")
    assert not bears("prickly_pear", FRUIT, "dry")
    assert [bears("saguaro", PETAL, s) for s in ("spring", "summer", "winter")] == [True, False, False]
    assert bears("saguaro", FRUIT, "summer")
    assert [bears("barrel_cactus", PETAL, s) for s in ("spring", "summer", "autumn")] == [True, True, False]
    assert bears("barrel_cactus", FRUIT, "winter")
    assert [bears("aloe", PETAL, s) for s in ("winter", "spring", "autumn")] == [True, True, False]


@pytest.mark.parametrize("name", ["aloe", "barrel_cactus", "prickly_pear", "saguaro"])
def test_the_body_and_its_spines_stay_the_same_through_the_year(name):
    kept = set()
    for season in ("spring", "summer", "autumn", "winter", "dry"):
        mesh = grown(name, 9, season=season)
        faces = mesh.faces[np.isin(mesh.attributes["part"].values, (*BODIES[name], SPINE))]
        kept.add(mesh.points[faces].tobytes())
    assert len(kept) == 1


def test_only_an_old_agave_that_is_to_flower_bears_a_scape():
    heights = [float(grown("agave", 1, "far", age=age, scape=6.0).bounds[1, 2]) for age in (0.5, 0.9)]
    assert heights[0] < 2.0
    assert heights[1] > 5.0


@pytest.mark.parametrize("name", NAMES)
def test_the_most_faces_of_large_old_ones_keep_within_the_budget(name):
    season = {} if name == "agave" else {"season": "spring"}
    for seed in range(8):
        for detail, most in BUDGET.items():
            spiny = detail == "near" and name in ("prickly_pear", "saguaro")
            assert len(grown(name, seed, detail, age=0.97, **season).faces) <= (MOST_OF_SPINY if spiny else most)
