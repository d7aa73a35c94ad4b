"""Flowers of herbs against geometry and botany: golden-angle spirals, heads that hold together and turn up, seasons and age."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.blades import GOLDEN_ANGLE, kite
from wildfield.procgen.plants.anatomy.outline_blades import lobed, palmate, plain, sheet_blade
from wildfield.procgen.plants.anatomy.parts import FLOWER, LEAF, PETAL, SEED, STEM
from wildfield.procgen.plants.growth.flowers import Heads, dome, ring, sphere, spiral
from wildfield.procgen.plants.growth.phenology import ABSENT, BUD, OPEN, RIPE, Phase, stages
from wildfield.procgen.plants.growth.season import SEASONS
from wildfield.procgen.rng import stream

FLOWERS = ("daisy", "buttercup", "poppy", "bellflower", "tulip", "dandelion")
UPRIGHT = Heads(np.zeros((1, 3), np.float32), np.array([[0, 0, 1]], np.float32), np.ones(1), np.zeros(1))


def grown(name: str, seed: int = 1, **changed: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(seed, "test", name, "parameters")), **changed)
    return entry.build(params, stream(seed, "test", name), "near")


def points_of(mesh: MeshData, part: int) -> np.ndarray:
    return np.unique(mesh.faces[mesh.attributes["part"].values == part])


def area(points: np.ndarray, faces: np.ndarray) -> float:
    corners = points[faces].astype(np.float64)
    return 0.5 * np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]), axis=1).sum()


def test_successive_florets_stand_a_golden_angle_apart():
    florets = dome(60, 0.2, 0.05, 0.9, (0.02, 0.04))
    mesh = spiral(UPRIGHT, kite(0.3), florets, ((0.5, 0.4, 0.1),), stream(1, "florets"), "near")
    feet = mesh.points[::4]
    azimuth = np.arctan2(feet[:, 1], feet[:, 0])
    turns = np.mod(np.diff(azimuth), 2 * np.pi)
    assert np.abs(np.minimum(np.abs(turns - GOLDEN_ANGLE), np.abs(2 * np.pi - turns - GOLDEN_ANGLE))).max() < 1e-3


def test_florets_cover_a_disc_evenly():
    radius = dome(400, 1.0, 0.1, 1.0, (0.02, 0.04)).radius
    assert [(radius < r).mean() for r in (0.3, 0.5, 0.8)] == pytest.approx([0.09, 0.25, 0.64], abs=0.01)


def test_the_florets_of_a_seed_head_point_evenly_to_all_sides():
    florets = sphere(500, 0.5, 0.05, gap=0.0)
    azimuth = np.arange(500) * GOLDEN_ANGLE
    across = np.sin(florets.splay)
    directions = np.stack([across * np.cos(azimuth), across * np.sin(azimuth), np.cos(florets.splay)], -1)
    assert np.abs(directions.mean(0)).max() < 0.01
    assert np.allclose(directions.T @ directions / 500, np.eye(3) / 3, atol=0.01)


def test_the_pappus_of_a_dandelion_is_a_sphere():
    mesh = grown("dandelion", season="dry", age=0.8)
    seeds = points_of(mesh, SEED)
    roots = mesh.attributes["root"].values[seeds]
    places = np.unique(roots, axis=0)
    assert len(places) >= 1
    for place in places:
        away = mesh.points[seeds][(roots == place).all(1)] - place
        distance = np.linalg.norm(away, axis=1)
        outer = away[distance > 0.85 * distance.max()]
        assert len(outer) > 300
        assert np.ptp(away, axis=0) == pytest.approx(2 * distance.max(), rel=0.12)


def test_the_seed_head_of_a_dandelion_is_as_broad_and_as_pale_from_afar():
    entry = registry.generators()["dandelion"]
    params = dataclasses.replace(entry.sample(stream(3, "dandelion")), season="dry", age=0.8)
    near, middle, far = (entry.build(params, stream(3, "globe"), detail) for detail in ("near", "middle", "far"))
    breadth, colour = [], []
    for mesh in (near, middle, far):
        seeds = points_of(mesh, SEED)
        away = mesh.points[seeds] - mesh.attributes["root"].values[seeds]
        breadth.append(np.linalg.norm(away, axis=1).max())
        colour.append(mesh.attributes["tint"].values[mesh.attributes["part"].values == SEED].mean(0))
    assert breadth[1:] == pytest.approx([breadth[0]] * 2, rel=0.12)
    assert np.abs(colour[1:] - colour[0]).max() < 0.1


def test_petals_stand_evenly_round_the_axis_and_share_the_roots_of_their_head():
    heads = dataclasses.replace(UPRIGHT, place=np.array([[0.1, 0.2, 0.4]], np.float32))
    mesh = ring(heads, kite(0.3, 0.0), 8, np.zeros(1), 0.5, ((0.7, 0.7, 0.7),), stream(2, "petals"), "near", loose=0.0)
    tips = mesh.points[2::4] - heads.place
    azimuth = np.sort(np.mod(np.arctan2(tips[:, 1], tips[:, 0]), 2 * np.pi))
    assert np.diff(azimuth) == pytest.approx(2 * np.pi / 8, abs=1e-4)
    assert np.abs(tips[:, 2]).max() < 1e-5
    assert (mesh.attributes["root"].values == heads.place).all()


@pytest.mark.parametrize("name", FLOWERS)
def test_petals_are_attached_to_heads_that_sit_on_stalks(name):
    season = "spring" if name in ("tulip", "dandelion") else "summer"
    mesh = grown(name, season=season, age=0.8)
    petals = points_of(mesh, PETAL)
    assert len(petals)
    roots = np.unique(mesh.attributes["root"].values[petals], axis=0)
    stems = mesh.points[points_of(mesh, STEM)]
    for root in roots:
        assert np.linalg.norm(stems - root, axis=1).min() < 0.006
    nearest = np.linalg.norm(mesh.points[petals] - mesh.attributes["root"].values[petals], axis=1)
    assert nearest.max() < 0.12


@pytest.mark.parametrize("name", ["daisy", "buttercup", "tulip", "dandelion"])
def test_open_heads_turn_up(name):
    """The middle of a head's petals lies above where it is attached."""
    season = "spring" if name in ("tulip", "dandelion") else "summer"
    mesh = grown(name, season=season, age=0.8)
    flower = np.union1d(points_of(mesh, PETAL), points_of(mesh, FLOWER))
    roots = mesh.attributes["root"].values[flower]
    petals = np.unique(mesh.attributes["root"].values[points_of(mesh, PETAL)], axis=0)
    above = [(mesh.points[flower][(roots == place).all(1)] - place)[:, 2].mean() > -1e-4 for place in petals]
    assert np.mean(above) > 0.8


@pytest.mark.parametrize("name", [*FLOWERS, "lavender"])
def test_no_herb_flowers_before_its_time(name):
    for season in SEASONS:
        parts = set(grown(name, season=season, age=0.1).attributes["part"].values.tolist())
        assert LEAF in parts
        assert not parts & {PETAL, FLOWER, SEED}


@pytest.mark.parametrize("name", FLOWERS)
def test_nothing_blooms_in_winter(name):
    assert not len(points_of(grown(name, season="winter", age=0.8), PETAL))


@pytest.mark.parametrize("name", ["daisy", "poppy"])
def test_a_drought_turns_leaves_to_straw(name):
    green, dry = (grown(name, season=season) for season in ("summer", "dry"))

    def yellow(mesh: MeshData) -> float:
        tint = mesh.attributes["tint"].values[mesh.attributes["part"].values == LEAF]
        return float((tint[:, 0] / tint[:, 1]).mean())

    assert yellow(dry) > 1.3 * yellow(green)


def test_stages_follow_the_order_of_the_stalks_and_the_age():
    order = np.array([0.9, 0.1, 0.5, 0.3])
    half = Phase(buds=0.25, flowers=0.5, seeds=0.25)
    assert stages(half, 0.6, order).tolist() == [BUD, RIPE, OPEN, OPEN]
    assert stages(half, 0.1, order).tolist() == [ABSENT] * 4
    assert (stages(half, 0.2, order) == ABSENT).sum() == 3
    assert stages(Phase(flowers=0.5), 0.6, order).tolist() == [ABSENT, OPEN, ABSENT, OPEN]


def test_teeth_point_forward_and_runcinate_lobes_back():
    outline = (np.array([0, 0.6, 1.0]), np.array([0.02, 0.2, 0.02]))
    for forward in (0.5, -0.5):
        leaf = lobed(*outline, 4, 0.6, forward, 0.0, 0.0)
        left, rib = leaf.points[0::3], leaf.points[1::3]
        tips = np.arange(2 if forward > 0 else 1, len(rib), 3)
        assert len(tips) == 4
        assert (np.sign(left[tips, 1] - rib[tips, 1]) == np.sign(forward)).all()
        width = np.abs(left[:, 0])
        assert (width[tips] > 1.5 * np.minimum(width[tips - 1 - (forward > 0)], width[tips + 1 + (forward < 0)])).all()


def test_a_plain_blade_has_the_area_and_length_of_the_one_it_stands_for():
    for template in (
        palmate(5, 3.4, 0.6, 3, 0.0, 0.0),
        lobed(np.array([0, 0.5, 1]), np.array([0.05, 0.2, 0.02]), 5, 0.5, 0.3, 0, 0),
        sheet_blade(np.array([0.1, 0.4, 0.3, 0.05]), np.zeros(4), 0.0),
    ):
        simple = plain(template)
        assert area(simple.points, simple.faces) == pytest.approx(area(template.points, template.faces), rel=0.02)
        assert simple.points[:, 1].max() == pytest.approx(template.points[:, 1].max(), rel=1e-5)


def test_a_coarse_palmate_leaf_keeps_the_area_and_the_outline_of_the_fine_one():
    for segments, reach, petiole in ((5, 3.4, 0.62), (3, 1.5, 0.1)):
        fine, coarse = (palmate(segments, reach, petiole, 3, 0.0, 0.0, coarse) for coarse in (False, True))
        assert len(coarse.faces) == segments + 1
        assert area(coarse.points, coarse.faces) == pytest.approx(area(fine.points, fine.faces), rel=0.02)
        assert np.ptp(coarse.points, axis=0) == pytest.approx(np.ptp(fine.points, axis=0), rel=0.12)
