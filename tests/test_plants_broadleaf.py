"""Broadleaf trees: habits that differ, leaves on their shoots, light that decides, and a year that leaves the wood as it is."""

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.outlines import OUTLINES, coarse_leaf, leaf, plain_leaf
from wildfield.procgen.plants.anatomy.parts import BRANCH, FLOWER, FRUIT, LEAF, PETAL, ROOT, SPINE, TRUNK
from wildfield.procgen.plants.growth.light import light
from wildfield.procgen.plants.growth.timber import dying, thicken
from wildfield.procgen.rng import stream

SPECIES = ("oak", "birch", "maple", "willow", "acacia", "beech", "apple")


def tree(name: str, detail: str = "near", seed: int = 3, **values: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(seed, "broadleaf", name)), **({"age": 0.7, "vigour": 0.9} | values))
    return entry.build(params, stream(seed, "broadleaf", name, "build"), detail)


def corners(mesh: MeshData, *parts: int) -> np.ndarray:
    """The corners (F, 4, 3) of the faces of some parts."""
    return mesh.points[mesh.faces[np.isin(mesh.attributes["part"].values, parts)]].astype(np.float64)


def areas(faces: np.ndarray) -> np.ndarray:
    return 0.5 * np.linalg.norm(np.cross(faces[:, 2] - faces[:, 0], faces[:, 3] - faces[:, 1]), axis=1)


def foliage_heights(name: str, seed: int) -> np.ndarray:
    """Heights of a tenth, a half and nine tenths of the leaves, as shares of the tree's."""
    mesh = tree(name, "middle", seed)
    return np.quantile(corners(mesh, LEAF)[:, 0, 2], (0.1, 0.5, 0.9)) / mesh.bounds[1, 2]


@pytest.mark.parametrize("seed", [1, 2])
def test_habits_tell_the_species_apart(seed):
    slender = {name: np.ptp(tree(name, "far", seed).bounds[:, :2], axis=0).mean() for name in SPECIES}
    height = {name: tree(name, "far", seed).bounds[1, 2] for name in SPECIES}
    shape = {name: slender[name] / height[name] for name in SPECIES}
    assert shape["birch"] < 0.6 < shape["maple"] < shape["oak"]
    assert shape["acacia"] > 1
    assert height["apple"] < 7 < height["beech"]
    assert foliage_heights("acacia", seed)[0] > 0.6
    assert foliage_heights("willow", seed)[0] < 0.4


@pytest.mark.parametrize("name", SPECIES)
def test_every_leaf_is_attached_to_a_shoot(name):
    mesh = tree(name)
    part = mesh.attributes["part"].values
    roots = mesh.attributes["root"].values[mesh.faces[part == LEAF][:, 0]].astype(np.float64)
    wood = corners(mesh, BRANCH)
    for root in roots[:: max(1, len(roots) // 60)]:
        first = 0.5 * (wood[:, 0] + wood[:, 1]) - root
        way = 0.5 * (wood[:, 2] + wood[:, 3]) - root - first
        share = np.clip(-(first * way).sum(1) / np.maximum((way * way).sum(1), 1e-12), 0, 1)
        assert np.linalg.norm(first + share[:, None] * way, axis=1).min() < 0.03


@pytest.mark.parametrize("name", SPECIES)
def test_winter_keeps_every_twig(name):
    summer, winter = (corners(tree(name, season=season), TRUNK, BRANCH, ROOT) for season in ("summer", "winter"))
    assert np.array_equal(summer, winter)


def test_oak_and_beech_keep_a_few_withered_leaves_and_acacias_most():
    shares = {
        name: areas(corners(tree(name, season="winter"), LEAF)).sum() / areas(corners(tree(name), LEAF)).sum()
        for name in SPECIES
    }
    assert 0 < shares["oak"] < 0.1
    assert 0 < shares["beech"] < 0.1
    assert shares["acacia"] > 0.5
    assert all(shares[name] == 0 for name in ("birch", "maple", "willow", "apple"))


def test_trees_bear_in_their_season():
    def holds(name: str, season: str, part: int) -> bool:
        return bool((tree(name, "far", season=season).attributes["part"].values == part).any())

    assert holds("apple", "spring", PETAL)
    assert not holds("apple", "autumn", PETAL)
    assert holds("apple", "autumn", FRUIT)
    assert holds("oak", "autumn", FRUIT)
    assert not holds("oak", "spring", FRUIT)
    assert holds("birch", "spring", FLOWER)


def test_no_apple_stands_in_another():
    mesh = tree("apple", season="autumn")
    fruit = np.unique(mesh.faces[mesh.attributes["part"].values == FRUIT])
    number = np.unique(mesh.attributes["root"].values[fruit], axis=0, return_inverse=True)[1].ravel()
    count = np.bincount(number)
    centre = np.stack([np.bincount(number, mesh.points[fruit, k]) / count for k in range(3)], 1)
    apart = np.linalg.norm(centre[:, None] - centre, axis=2) + np.eye(len(centre))
    radius = np.sqrt(np.bincount(number, ((mesh.points[fruit] - centre[number]) ** 2).sum(1)) / count)
    assert len(centre) > 50
    assert (apart > 0.9 * (radius[:, None] + radius)).all()


def test_acacias_have_pale_thorns_all_the_year_which_are_longer_than_thick():
    for season in ("summer", "winter"):
        mesh = tree("acacia", season=season)
        thorns = corners(mesh, SPINE)
        assert len(thorns) > 500
        assert mesh.attributes["tint"].values[mesh.attributes["part"].values == SPINE].min() > 0.3
        length = np.linalg.norm(thorns[:, 2] - thorns[:, 0], axis=1)
        assert (length > 5 * np.linalg.norm(thorns[:, 3] - thorns[:, 1], axis=1)).all()
        assert 0.039 < length.min() < length.max() < 0.081


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["birch", "beech"])
def test_leaders_of_old_trees_bear_leaves_to_their_tip(name, seed):
    """No stretch of a fiftieth of the height is bare near the top."""
    mesh = tree(name, "middle", seed, age=1.0)
    z = np.sort(corners(mesh, LEAF).mean(1)[:, 2] / mesh.bounds[1, 2])
    assert np.diff([0.8, *z[z > 0.8], 1.0]).max() < 0.02


@pytest.mark.parametrize("seed", [2, 6, 7])
@pytest.mark.parametrize("name", ["apple", "oak", "acacia"])
def test_crowns_without_a_leader_close_over_their_middle(name, seed):
    """In the middle quarter of the crown foliage stands about as high as anywhere."""
    leaves = corners(tree(name, "middle", seed), LEAF).mean(1)
    away = np.hypot(*(leaves[:, :2] - 0.5 * (leaves[:, :2].min(0) + leaves[:, :2].max(0))).T)
    middle = np.sort(leaves[away < 0.25 * np.quantile(away, 0.98), 2])
    assert middle[-5] > 0.88 * leaves[:, 2].max()


@pytest.mark.parametrize("name", SPECIES)
def test_low_vigour_means_fewer_leaves_and_more_dead_wood(name):
    def dead(mesh: MeshData) -> float:
        wood = np.isin(mesh.attributes["part"].values, (TRUNK, BRANCH))
        if "wood_dead" not in mesh.materials:
            return 0.0
        return float((mesh.material[wood] == mesh.materials.index("wood_dead")).mean())

    well, ill = tree(name, vigour=1.0), tree(name, vigour=0.1)
    assert areas(corners(ill, LEAF)).sum() < 0.9 * areas(corners(well, LEAF)).sum()
    assert dead(ill) > dead(well) + 0.02


@pytest.mark.parametrize("name", SPECIES)
def test_saplings_are_slim_and_have_no_fruit(name):
    young, grown = tree(name, age=0.1, season="autumn"), tree(name, age=0.8, season="autumn")
    assert young.bounds[1, 2] < 0.5 * grown.bounds[1, 2]
    assert len(corners(young, BRANCH)) < 0.7 * len(corners(grown, BRANCH))
    assert not len(corners(young, FRUIT))


@pytest.mark.parametrize("outline", OUTLINES)
def test_a_leaf_keeps_its_length_and_area_where_it_is_coarser(outline):
    full, coarse, plain = leaf(outline), coarse_leaf(outline), plain_leaf(outline)
    assert 5 <= len(full.faces) <= 15
    assert len(coarse.faces) <= (8 if outline == "pinnate" else 5)
    assert len(plain.faces) == 1
    assert full.points[full.faces[0], 1].min() == pytest.approx(0, abs=0.01)
    assert full.points[:, 1].max() == pytest.approx(1, abs=0.03)
    flat = full.points[full.faces].astype(np.float64) * [1, 1, 0]
    area = areas(flat).sum()
    for other in (coarse, plain):
        assert areas(other.points[other.faces].astype(np.float64) * [1, 1, 0]).sum() == pytest.approx(area, rel=0.35)
    assert np.abs(full.places[:, 0]).max() <= 1
    if outline != "bipinnate":
        normals = np.cross(flat[:, 2] - flat[:, 0], flat[:, 3] - flat[:, 1])[:, 2]
        assert (normals > 0).all()


def test_light_is_full_above_and_at_the_side_and_least_deep_inside():
    rng = np.random.default_rng(1)
    ball = rng.normal(size=(6000, 3))
    ball = (ball / np.linalg.norm(ball, axis=1, keepdims=True) * rng.random((6000, 1)) ** (1 / 3)).astype(np.float32)
    lit = light(ball)
    reach, z = np.linalg.norm(ball, axis=1), ball[:, 2]
    assert lit[z > 0.8].mean() > lit[(reach > 0.9) & (np.abs(z) < 0.2)].mean() > lit[(reach < 0.4) & (z < 0)].mean()
    assert lit.min() > 0
    assert lit.max() <= 1


def test_wood_thins_from_the_foot_to_every_tip_and_death_takes_whole_branches():
    rng = np.random.default_rng(2)
    parents = np.array([-1, *(int(rng.integers(max(0, i - 9), i)) for i in range(1, 900))], np.int32)
    radii = thicken(parents, 0.002, 0.3)
    assert radii[0] == pytest.approx(0.3)
    assert radii.min() == pytest.approx(0.002)
    assert (radii[1:] <= radii[parents[1:]] + 1e-6).all()
    dead = dying(parents, radii, 0.2, 1, rng)
    assert 0 < dead.mean() < 1
    assert dead[1:][dead[parents[1:]]].all()
