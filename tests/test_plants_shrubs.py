"""Shrubs: leaves sit on wood, ivy stays with what it climbs, shears are obeyed, and fruit and flowers have their season."""

import dataclasses
from functools import cache

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.parts import BRANCH, FLOWER, FRUIT, LEAF, PETAL, ROOT, SPINE, TRUNK
from wildfield.procgen.plants.growth.climbing import Surface, levelled, sampled
from wildfield.procgen.plants.shrubs import hedge
from wildfield.procgen.plants.shrubs.ivy import climb
from wildfield.procgen.rng import stream

SHRUBS = ("hazel", "dog_rose", "boxwood", "hedge", "ivy", "heather")
WOOD = (TRUNK, BRANCH, ROOT)


@cache
def grown(name: str, season: str = "summer", detail: str = "near", **changes: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(3, name)), season=season, **changes)
    return entry.build(params, stream(3, "build", name), detail)


def corners(mesh: MeshData, *parts: int) -> np.ndarray:
    """The numbers of the points of all faces of these parts."""
    return np.unique(mesh.faces[np.isin(mesh.attributes["part"].values, parts)])


def has(mesh: MeshData, part: int) -> bool:
    return bool((mesh.attributes["part"].values == part).any())


def segments_near(points: np.ndarray, mesh: MeshData) -> np.ndarray:
    """The distance m of each point from the nearest edge along the wood (tubes' faces run first around, then along)."""
    faces = mesh.faces[np.isin(mesh.attributes["part"].values, WOOD)]
    start, end = mesh.points[faces[:, 0]].astype(np.float64), mesh.points[faces[:, 3]].astype(np.float64)
    axis = end - start
    square = np.maximum((axis * axis).sum(1), 1e-12)
    least = np.empty(len(points))
    for index, point in enumerate(points):
        share = np.clip(((point - start) * axis).sum(1) / square, 0, 1)
        least[index] = np.sqrt(((start + axis * share[:, None] - point) ** 2).sum(1).min())
    return least


@pytest.mark.parametrize("name", SHRUBS)
def test_leaves_are_attached_to_wood(name):
    mesh = grown(name)
    roots = np.unique(mesh.attributes["root"].values[corners(mesh, LEAF)], axis=0)
    some = roots[:: max(1, len(roots) // 150)]
    assert segments_near(some, mesh).max() < 0.008


def test_hips_are_borne_at_the_ends_of_shoots():
    mesh = grown("dog_rose", "winter")
    hips = corners(mesh, FRUIT)
    roots = mesh.attributes["root"].values[hips]
    assert np.linalg.norm(mesh.points[hips] - roots, axis=1).max() < 0.06
    wood = mesh.points[corners(mesh, BRANCH)]
    bark = mesh.attributes["bark"].values[corners(mesh, BRANCH)]
    for root in np.unique(roots, axis=0)[::9]:
        ring = np.argsort(((wood - root) ** 2).sum(1))[:3]
        assert np.linalg.norm(wood[ring] - root, axis=1).max() < 0.002
        assert np.hypot(bark[ring, 0], bark[ring, 1]).max() < 0.0015


@pytest.mark.parametrize(
    ("name", "part", "there"),
    [
        ("hazel", FLOWER, ("winter", "spring")),
        ("hazel", FRUIT, ("autumn",)),
        ("dog_rose", PETAL, ("summer",)),
        ("dog_rose", FRUIT, ("autumn", "winter", "dry")),
        ("heather", PETAL, ("summer", "autumn", "winter", "dry")),
    ],
)
def test_flowers_and_fruit_have_their_season(name, part, there):
    for season in ("spring", "summer", "autumn", "winter", "dry"):
        for detail in ("near", "middle"):
            assert has(grown(name, season, detail), part) == (season in there)


def test_deciduous_shrubs_are_bare_in_winter_and_evergreen_ones_are_not():
    for name in ("hazel", "dog_rose"):
        assert has(grown(name), LEAF)
        assert not has(grown(name, "winter"), LEAF)
    for name in ("boxwood", "ivy", "heather"):
        assert has(grown(name, "winter"), LEAF)
    kept, full = (grown("hedge", season, plant="hornbeam") for season in ("winter", "summer"))
    kept, full = (len(np.unique(mesh.attributes["leaf"].values[corners(mesh, LEAF), 2])) for mesh in (kept, full))
    assert 0.2 * full < kept < 0.7 * full


def test_only_roses_have_prickles_and_these_stand_on_their_canes():
    assert not has(grown("hazel"), SPINE)
    mesh = grown("dog_rose")
    roots = np.unique(mesh.attributes["root"].values[corners(mesh, SPINE)], axis=0)
    assert segments_near(roots[::7], mesh).max() < 0.01


@pytest.mark.parametrize("plant", hedge.PLANTS)
def test_a_hedge_stays_inside_its_clipped_box_and_fills_it(plant):
    mesh = grown("hedge", plant=plant)
    box = hedge.clipped_box(dataclasses.replace(registry.generators()["hedge"].sample(stream(3, "hedge")), plant=plant))
    outside = box.distance(mesh.points[mesh.points[:, 2] > 0])
    assert outside.max() < 0.035
    low, high = mesh.bounds
    assert np.abs(high - [box.half[0], box.half[1], 2 * box.half[2]]).max() < 0.04
    assert np.abs(low[:2] + box.half[:2]).max() < 0.04


def test_the_rounded_box_knows_its_own_surface():
    box = hedge.RoundedBox(np.array([1.0, 0.3, 0.6]), 0.1)
    points, normals = box.surface(2000, stream(1, "box"))
    assert np.abs(box.distance(points)).max() < 1e-5
    assert np.abs(box.distance(points + 0.05 * normals) - 0.05).max() < 1e-5


@pytest.mark.parametrize("form", ["sphere", "wall", "trunk"])
def test_ivy_stays_within_centimetres_of_what_it_climbs(form):
    distances = {
        "sphere": lambda p: np.sqrt((p * p).sum(-1)) - 1.0,
        "wall": lambda p: p[:, 1] + 0.05 * np.sin(3 * p[:, 0]),
        "trunk": lambda p: np.sqrt(p[:, 0] ** 2 + p[:, 1] ** 2) - 0.25,
    }
    distance, box = distances[form], np.array([[-1.1, -1.1, -1.0], [1.1, 1.1, 1.4]])
    rng = stream(2, form)
    surface = levelled(distance, box, 14_000, rng)
    assert np.abs(distance(surface.points)).max() < 3e-3
    mesh = climb(surface.points, surface.normals, rng, highest=2.0)
    stems, leaves = mesh.points[corners(mesh, BRANCH)], mesh.points[corners(mesh, LEAF)]
    assert np.abs(distance(stems.astype(np.float64))).max() < 0.03
    assert np.abs(distance(leaves.astype(np.float64))).max() < 0.13
    assert np.median(distance(leaves.astype(np.float64))) > 0
    assert np.ptp(stems[:, 2]) > 0.8
    assert stems[:, 2].max() < surface.points[:, 2].min() + 2.05


def test_places_sampled_on_a_mesh_lie_on_it_evenly():
    points = np.array([[0, 0, 0], [3, 0, 0], [3, 1, 0], [0, 1, 0]], np.float32)
    surface = sampled(points, np.array([[0, 1, 2, 3]], np.int32), 6000, stream(1, "sampled"))
    assert isinstance(surface, Surface)
    assert np.abs(surface.points[:, 2]).max() == 0
    assert np.allclose(surface.normals, [0, 0, 1])
    held, _, _ = np.histogram2d(surface.points[:, 0], surface.points[:, 1], bins=(6, 2), range=((0, 3), (0, 1)))
    assert held.min() > 400
    assert held.max() < 600


def test_stems_of_a_hazel_stand_straighter_than_those_of_a_rose():
    def rise(name: str) -> float:
        mesh = grown(name, "winter")
        low, high = mesh.bounds
        return float((high[2] - low[2]) / np.ptp(mesh.bounds[:, :2], axis=0).max())

    assert rise("hazel") > 1.15 * rise("dog_rose")
