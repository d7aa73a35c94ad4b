"""Conifers: whorls, needles and cones that sit on wood, the year of evergreens and of larches, habits of age and vigour."""

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.parts import BRANCH, CONE, NEEDLE, TRUNK
from wildfield.procgen.plants.growth.whorls import Branches, Habit, leader, whorled_branches
from wildfield.procgen.plants.trees.conifer import SPECIES, _habit
from wildfield.procgen.rng import stream

NAMES = [row.name for row in SPECIES]


def params(name: str, **changes: object) -> object:
    return dataclasses.replace(registry.generators()[name].sample(stream(3, name)), **changes)


def grown(name: str, detail: str = "near", **changes: object) -> MeshData:
    return registry.generators()[name].build(params(name, **changes), stream(3, name), detail)


def faces_of(mesh: MeshData, *parts: int) -> np.ndarray:
    return mesh.faces[np.isin(mesh.attributes["part"].values, parts)]


def skeleton(**changes: float) -> tuple[Habit, Branches]:
    habit = dataclasses.replace(_habit(params("spruce", age=0.7)), **changes)
    trunk, radii = leader(habit, stream(1, "trunk"))
    return habit, whorled_branches(habit, trunk, radii, stream(1, "branches"))


def samples(mesh: MeshData, faces: np.ndarray, each: int = 12) -> np.ndarray:
    """Points (n, 3) m along the middle of quads, from one end to the other."""
    corners = mesh.points[faces]
    share = np.linspace(0, 1, each)[:, None, None]
    foot, tip = corners[:, :2].mean(1), corners[:, 2:].mean(1)
    return (foot * (1 - share) + tip * share).reshape(-1, 3)


def distances(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    return np.array([np.sqrt(((others - point) ** 2).sum(1).min()) for point in points])


def test_branches_stand_in_whorls_as_many_as_the_habit_says():
    habit, branches = skeleton(irregularity=0.0, whorls=10, branches=5, flat=0.0)
    heights = np.sort(branches.paths[:, 0, 2])
    between = np.diff(heights)
    spacing = (heights[-1] - heights[0]) / 9
    gaps = np.flatnonzero(between > 0.4 * spacing)
    assert len(gaps) + 1 == habit.whorls
    assert set(np.diff([-1, *gaps, len(heights) - 1])) <= {4, 5, 6}


def test_branches_spring_from_the_trunk_and_are_thinner_than_it():
    habit, branches = skeleton()
    trunk, radii = leader(habit, stream(1, "trunk"))
    here = np.stack([np.interp(branches.paths[:, 0, 2], trunk[0, :, 2], trunk[0, :, axis]) for axis in range(2)], 1)
    assert np.abs(branches.paths[:, 0, :2] - here).max() < 1e-4
    assert (branches.radii[:, 0] < np.interp(branches.paths[:, 0, 2], trunk[0, :, 2], radii[0])).all()


@pytest.mark.parametrize("name", NAMES)
def test_needles_start_on_wood(name):
    mesh = grown(name)
    wood = samples(mesh, faces_of(mesh, BRANCH))
    needle = mesh.attributes["root"].values[np.unique(faces_of(mesh, NEEDLE)[:, 0])]
    picked = needle[np.random.default_rng(0).permutation(len(needle))[:250]]
    assert distances(picked, wood).max() < 0.004 * mesh.bounds[1, 2]


@pytest.mark.parametrize("name", NAMES)
def test_cones_are_attached_and_hang_or_stand(name):
    mesh = grown(name, cones=40, age=0.8)
    corners = np.unique(faces_of(mesh, CONE))
    root = mesh.attributes["root"].values[corners]
    feet, which = np.unique(root, axis=0, return_inverse=True)
    assert len(feet) == 40
    assert distances(feet, samples(mesh, faces_of(mesh, BRANCH, TRUNK))).max() < 0.004 * mesh.bounds[1, 2]
    rise = np.bincount(which.ravel(), weights=(mesh.points[corners] - root)[:, 2]) / np.bincount(which.ravel())
    assert {"spruce": rise.max() < 0, "larch": rise.min() > 0, "pine": rise.mean() < 0}[name]


def test_only_the_larch_is_bare_in_winter():
    counts = {name: len(faces_of(grown(name, season="winter"), NEEDLE)) for name in NAMES}
    assert counts["larch"] == 0
    assert counts["spruce"] > 50_000
    assert counts["pine"] > 50_000


def colour(mesh: MeshData) -> np.ndarray:
    return mesh.attributes["tint"].values[mesh.attributes["part"].values == NEEDLE].mean(0)


def test_larches_turn_golden_and_evergreens_have_fresh_tips():
    gold = colour(grown("larch", season="autumn"))
    assert gold[0] > 1.3 * gold[1] > 3 * gold[2]
    for name in ("spruce", "pine"):
        spring, summer, winter = (colour(grown(name, season=season)) for season in ("spring", "summer", "winter"))
        assert spring[1] > 1.3 * summer[1]
        assert winter[1] / winter[0] < summer[1] / summer[0]


@pytest.mark.parametrize("name", ["spruce", "larch"])
def test_dense_trees_have_fewer_and_larger_needles_of_the_same_area(name):
    def needles(mesh: MeshData) -> np.ndarray:
        corners = mesh.points[faces_of(mesh, NEEDLE)].astype(np.float64)
        return np.linalg.norm(np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]), axis=1)

    many, few = (needles(grown(name, height=15.0, age=0.7, density=1.2, whorls=whorls)) for whorls in (20, 36))
    assert len(few) < 0.9 * len(many)
    assert few.mean() > 1.1 * many.mean()
    assert few.sum() == pytest.approx(many.sum(), rel=0.05)
    assert len(grown(name, whorls=36, density=1.2).faces) < 120_000


def test_an_old_pine_is_bare_below_and_a_young_one_is_not():
    def lowest(age: float) -> float:
        mesh = grown("pine", age=age, vigour=1.0)
        return float(np.quantile(mesh.points[faces_of(mesh, NEEDLE)][..., 2], 0.01) / mesh.bounds[1, 2])

    assert lowest(0.15) < 0.2
    assert lowest(0.95) > 0.35


def test_the_stem_of_a_pine_turns_orange_further_up():
    mesh = grown("pine", age=0.9)
    trunk = mesh.attributes["part"].values == TRUNK
    height = mesh.points[mesh.faces[trunk]][..., 2].mean(1) / mesh.bounds[1, 2]
    tint = mesh.attributes["tint"].values[trunk]
    redness = tint[:, 0] / tint[:, 2]
    assert redness[height > 0.6].min() > 2 * redness[height < 0.15].max()
    assert len(set(mesh.material[trunk])) == 2


@pytest.mark.parametrize("name", NAMES)
def test_low_vigour_thins_needles_and_kills_low_branches(name):
    strong, weak = grown(name, vigour=0.95), grown(name, vigour=0.1)
    assert len(faces_of(weak, NEEDLE)) < 0.8 * len(faces_of(strong, NEEDLE))
    weak_params = _habit(params(name, vigour=0.1))
    trunk, radii = leader(weak_params, stream(1, "a"))
    branches = whorled_branches(weak_params, trunk, radii, stream(1, "b"))
    assert branches.alive[branches.depth > 0.7].mean() < 0.5 < branches.alive[branches.depth < 0.3].mean()


def test_twenty_spruces_have_twenty_outlines():
    """No two individuals have nearly the same share of their width at each height."""
    outlines = []
    for seed in range(20):
        entry = registry.generators()["spruce"]
        mesh = entry.build(entry.sample(stream(seed, "p")), stream(seed, "b"), "far")
        height = mesh.bounds[1, 2]
        band = np.clip((mesh.points[:, 2] / height * 12).astype(int), 0, 11)
        outlines.append([np.abs(mesh.points[band == k, 0]).max(initial=0) / height for k in range(12)])
    table = np.array(outlines)
    apart = np.abs(table[:, None] - table[None]).mean(-1) + np.eye(20)
    assert apart.min() > 0.008
