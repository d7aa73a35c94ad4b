"""Grasses, reed and wheat: culms with nodes, blades in two ranks, ears and plumes, and what the year does to them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.parts import FLOWER, FRUIT, LEAF, STEM
from wildfield.procgen.plants.growth.stalks import rising
from wildfield.procgen.plants.growth.strips import culms, two_ranked
from wildfield.procgen.rng import stream


def grown(name: str, seed: int = 1, **changed: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(seed, "test", name, "parameters")), **changed)
    return entry.build(params, stream(seed, "test", name), "near")


def tint(mesh: MeshData, part: int) -> np.ndarray:
    return mesh.attributes["tint"].values[mesh.attributes["part"].values == part]


def test_a_stalk_without_a_bend_is_straight_and_as_long_as_asked():
    feet, one = np.array([[1.0, 2.0, 0.0]]), np.ones(1)
    path = rising(feet, 0.5 * np.pi * one, 2.0 * one, np.pi / 6 * one, 0 * one)[0]
    assert np.allclose(path[-1], [1, 2 + 2 * np.sin(np.pi / 6), 2 * np.cos(np.pi / 6)], atol=1e-5)


def test_an_evenly_bent_stalk_is_an_arc_of_a_circle():
    one = np.ones(1)
    path = rising(np.zeros((1, 3)), 0 * one, 1.0 * one, 0 * one, np.pi / 2 * one, power=1.0, stations=200)[0]
    assert np.allclose(np.linalg.norm(path - [2 / np.pi, 0, 0], axis=1), 2 / np.pi, atol=1e-4)


@pytest.mark.parametrize("power", [1.6, 7.0])
def test_stalks_have_no_kinks(power):
    """No two stretches of a stalk in bud or in flower meet at more than 35 degrees, though the neck turns by 150."""
    one = np.ones(1)
    path = rising(np.zeros((1, 3)), 0 * one, one, 0.1 * one, 2.6 * one, power=power)[0]
    steps = np.diff(path, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    assert np.degrees(np.arccos((steps[1:] * steps[:-1]).sum(1).clip(-1, 1))).max() < 35


def test_culms_swell_at_their_nodes_and_nowhere_else():
    path = np.linspace([0, 0, 0], [0, 0, 1], 13, dtype=np.float32)[None]
    nodes = np.array([0.2, 0.5, 0.8])
    mesh = culms(path, nodes, np.full(1, 0.004), np.full(1, 0.004), "near", ((0.1, 0.2, 0.1),), (0.3, 0.2, 0.1))
    radius = np.hypot(mesh.points[:, 0], mesh.points[:, 1])
    thick = np.unique(mesh.points[radius > 0.0048, 2].round(5))
    assert thick == pytest.approx(nodes, abs=1e-5)
    assert np.median(radius) == pytest.approx(0.004, rel=1e-3)


def test_blades_alternate_in_two_ranks():
    row, number = np.repeat(np.arange(3), 8), np.tile(np.arange(8), 3)
    azimuth = two_ranked(row, number, np.array([0.1, 1.0, 2.0]), stream(1, "ranks"), loose=0.0).reshape(3, 8)
    assert np.cos(np.diff(azimuth, axis=1)) == pytest.approx(-1)
    assert np.cos(azimuth[:, 2:] - azimuth[:, :-2]) == pytest.approx(1)


@pytest.mark.parametrize("name", ["reed", "wheat"])
def test_blades_leave_their_culms(name):
    mesh = grown(name)
    part = mesh.attributes["part"].values
    strips = (part == LEAF) & (np.array(mesh.materials)[mesh.material] == "leaf_parallel")
    roots = np.unique(mesh.attributes["root"].values[np.unique(mesh.faces[strips])], axis=0)
    stems = mesh.points[np.unique(mesh.faces[part == STEM])]
    assert max(np.linalg.norm(stems - root, axis=1).min() for root in roots) < 0.012


def test_wheat_is_green_in_spring_golden_in_summer_and_stubble_after():
    spring, summer, autumn = (grown("wheat", season=season) for season in ("spring", "summer", "autumn"))
    assert (tint(spring, LEAF)[:, 1] > tint(spring, LEAF)[:, 0]).all()
    assert (tint(summer, FRUIT)[:, 0] > 1.2 * tint(summer, FRUIT)[:, 1]).all()
    assert not len(tint(autumn, FRUIT))
    assert autumn.bounds[1, 2] < 0.3 * summer.bounds[1, 2]


def test_ears_and_plumes_come_with_age():
    assert len(tint(grown("wheat", age=0.8), FRUIT)) > len(tint(grown("wheat", age=0.2), FRUIT)) > 0
    assert not len(tint(grown("wheat", age=0.1), FRUIT))
    assert not len(tint(grown("reed", age=0.1), FLOWER))
    assert not len(tint(grown("grass", age=0.1, culms=5), FLOWER))


def test_reed_in_winter_keeps_its_culms_and_loses_most_blades():
    summer, winter = (grown("reed", season=season) for season in ("summer", "winter"))
    assert len(tint(winter, STEM)) >= 0.5 * len(tint(summer, STEM))
    assert len(tint(winter, LEAF)) < 0.5 * len(tint(summer, LEAF))
    assert tint(winter, STEM)[:, 0].mean() > tint(winter, STEM)[:, 1].mean()
    assert tint(winter, FLOWER).mean() > 2 * tint(summer, FLOWER).mean()


def test_winter_presses_the_grass_down():
    summer, winter = (grown("grass", season=season, culms=0) for season in ("summer", "winter"))
    assert np.median(winter.points[:, 2]) < 0.75 * np.median(summer.points[:, 2])
    assert tint(winter, LEAF)[:, 0].mean() > tint(summer, LEAF)[:, 0].mean()
