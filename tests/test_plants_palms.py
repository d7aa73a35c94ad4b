"""Palms and tree ferns: ringed and fibrous trunks, leaflets in two ranks on their rachis, crowns that age."""

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.blades import GOLDEN_ANGLE
from wildfield.procgen.plants.anatomy.parts import FRUIT, LEAF, STEM, TRUNK
from wildfield.procgen.plants.growth.fronds import STATIONS, arching, pinnae_of
from wildfield.procgen.rng import stream

NAMES = ("palm", "tree_fern")


def grown(name: str, detail: str = "near", seed: int = 4, **changes: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(seed, name, "p")), **changes)
    return entry.build(params, stream(seed, name), detail)


def points_of(mesh: MeshData, part: int) -> np.ndarray:
    return mesh.points[np.unique(mesh.faces[mesh.attributes["part"].values == part])]


def tall(mesh: MeshData) -> float:
    return float(points_of(mesh, TRUNK)[:, 2].max())


def straight_fronds(count: int = 5) -> object:
    zero, azimuth = np.zeros(count), np.arange(count) * GOLDEN_ANGLE
    return arching(np.zeros((count, 3)), azimuth, np.full(count, 2.0), np.full(count, 0.5), zero, zero, zero, -9.0)


def test_a_frond_that_does_not_bow_is_a_straight_line_at_its_opening():
    fronds = straight_fronds()
    assert fronds.paths.shape == (5, STATIONS, 3)
    tip = fronds.paths[:, -1]
    assert np.allclose(np.linalg.norm(tip, axis=1), 2.0, atol=1e-5)
    assert np.allclose(np.arccos(tip[:, 2] / 2.0), 0.5, atol=1e-5)
    assert np.allclose(fronds.paths[:, 4], tip * (4 / (STATIONS - 1)), atol=1e-5)


def test_pinnae_start_on_their_rachis_and_stand_to_both_sides():
    fronds = straight_fronds()
    pinnae = pinnae_of(fronds, 12, 0.4, stream(1, "pinnae"))
    start, end = pinnae.paths.reshape(5, 24, 2, 3).transpose(2, 0, 1, 3)
    axis = fronds.paths[:, -1] / 2.0
    along = (start * axis[:, None]).sum(-1)
    assert np.abs(start - along[..., None] * axis[:, None]).max() < 1e-5
    side = ((end - start) * fronds.across[:, None]).sum(-1)
    assert (side[:, ::2] > 0).all()
    assert (side[:, 1::2] < 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_green_blades_are_attached_to_rachises(name):
    mesh = grown(name)
    rachis = mesh.points[mesh.faces[mesh.attributes["part"].values == STEM]].astype(np.float64)
    share = np.linspace(0, 1, 9)[:, None, None]
    wood = (rachis[:, 0] * (1 - share) + rachis[:, 3] * share).reshape(-1, 3)
    roots = np.unique(mesh.attributes["root"].values[np.unique(mesh.faces[mesh.attributes["part"].values == LEAF])], axis=0)
    picked = roots[np.random.default_rng(0).permutation(len(roots))[:150]]
    gap = np.array([np.sqrt(((wood - point) ** 2).sum(1).min()) for point in picked])
    longest = 0.05 if name == "palm" else 0.75  # a pinnule of a tree fern sits on its pinna
    assert gap.max() < longest


@pytest.mark.parametrize("name", NAMES)
def test_young_ones_have_short_trunks(name):
    heights = [tall(grown(name, "far", age=age, height=6.0)) for age in (0.05, 0.4, 1.0)]
    assert heights[0] < 0.6
    assert heights[0] < heights[1] < heights[2]
    assert 5.5 < heights[2] < 6.6


def test_a_palm_has_the_rings_that_its_parameter_says():
    """Where the tint falls, a scar begins."""
    mesh = grown("palm", rings=8, height=8.0, age=1.0)
    trunk = mesh.attributes["part"].values == TRUNK
    tint = mesh.attributes["tint"].values[trunk].reshape(-1, 16, 3)[:, 0, 0]
    scars = int((np.diff(tint) < -0.01).sum())
    assert 0.85 * 8 * 8 < scars < 1.15 * 8 * 8


def test_a_palm_is_as_thick_above_as_below_but_for_its_foot():
    trunk = points_of(grown("palm", lean=0.0, age=1.0, girth=0.15, height=10.0), TRUNK)
    widths = [np.ptp(trunk[np.abs(trunk[:, 2] - z) < 0.15, 0]) for z in (2.0, 5.0, 9.0)]
    assert max(widths) < 1.3 * min(widths)
    assert np.ptp(trunk[trunk[:, 2] < 0.05, 0]) > 1.4 * max(widths)


def test_coconuts_hang_on_the_trunk_under_the_crown():
    mesh = grown("palm", coconuts=12, age=0.9)
    nuts = points_of(mesh, FRUIT)
    trunk = points_of(mesh, TRUNK)
    top = trunk[trunk[:, 2] > tall(mesh) - 0.1].mean(0)
    assert nuts[:, 2].max() < top[2]
    assert nuts[:, 2].min() > top[2] - 1.3
    near = trunk[trunk[:, 2] > tall(mesh) - 2.0]
    centres = nuts.reshape(12, -1, 3).mean(1)
    gap = np.array([np.sqrt(((near - point) ** 2).sum(1).min()) for point in centres])
    assert gap.max() < 0.25


def test_dead_fronds_are_brown_and_hang_lower():
    mesh = grown("palm", old=6, vigour=0.6, age=0.9)
    leaf = mesh.attributes["part"].values == LEAF
    tint = mesh.attributes["tint"].values[leaf]
    height = mesh.points[mesh.faces[leaf]][..., 2].mean(1)
    brown = tint[:, 0] > tint[:, 1]
    assert 0.03 < brown.mean() < 0.4
    assert height[brown].mean() < height[~brown].mean() - 0.5
