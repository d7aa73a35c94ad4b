"""Dead wood: the hulk is open and hollow, the log lies on the ground, limbs are broken, bark and moss are where they belong."""

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData, selected
from wildfield.procgen.plants.anatomy.parts import BRANCH, ROOT, TRUNK
from wildfield.procgen.rng import stream
from wildfield.procgen.soundness import leaks

NAMES = ("dead_tree", "fallen_log", "hollow_tree")


def grown(name: str, seed: int = 2, detail: str = "near", **changes: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(seed, name, "p")), **changes)
    return entry.build(params, stream(seed, name), detail)


def centres(mesh: MeshData) -> np.ndarray:
    return mesh.points[mesh.faces].mean(1)


def material_of(mesh: MeshData) -> np.ndarray:
    return np.array(mesh.materials)[mesh.material]


def first_hits(mesh: MeshData, origin: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance (n,) m to the nearest triangle along each ray, inf where there is none, and whether its front was hit (n,).

    After Moeller and Trumbore, "Fast, minimum storage ray/triangle intersection", 1997.
    """
    corners = mesh.points[mesh.faces[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)].astype(np.float64)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    offset = origin - corners[:, 0]
    distance, front = np.full(len(directions), np.inf), np.zeros(len(directions), bool)
    for row, direction in enumerate(directions):
        across = np.cross(direction, second)
        determinant = (first * across).sum(1)
        scale = np.divide(1.0, determinant, out=np.zeros_like(determinant), where=np.abs(determinant) > 1e-15)
        u = (offset * across).sum(1) * scale
        turned = np.cross(offset, first)
        v = (turned * direction).sum(1) * scale
        t = (second * turned).sum(1) * scale
        hit = (scale != 0) & (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-9)
        if hit.any():
            nearest = np.flatnonzero(hit)[np.argmin(t[hit])]
            distance[row], front[row] = t[nearest], determinant[nearest] > 0
    return distance, front


@pytest.mark.parametrize("detail", ["near", "middle", "far"])
@pytest.mark.parametrize("seed", range(3))
def test_one_looks_through_the_gap_of_a_hollow_tree_onto_its_inner_wall(seed, detail):
    mesh = grown("hollow_tree", seed, detail, opening=1.2)
    trunk = centres(mesh)[mesh.attributes["part"].values == TRUNK]
    height = 0.3 * mesh.bounds[1, 2]
    level = trunk[np.abs(trunk[:, 2] - height) < 0.06 * mesh.bounds[1, 2]]
    middle = np.array([*(0.5 * (level[:, :2].min(0) + level[:, :2].max(0))), height])
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    distance, front = first_hits(mesh, middle, np.stack([np.cos(angle), np.sin(angle), 0 * angle], 1))
    free = np.isinf(distance)
    assert 0.05 < free.mean() < 0.35
    assert (np.diff(np.append(free, free[0]).astype(int)) == 1).sum() == 1, "one gap"
    assert front[~free].mean() > 0.97


def test_a_hollow_tree_is_open_to_the_sky():
    mesh = grown("hollow_tree", gnarl=0.0)
    low = centres(mesh)
    low = low[np.abs(low[:, 2] - 0.7 * mesh.bounds[1, 2]) < 0.05 * mesh.bounds[1, 2]]
    start = np.array([*low[:, :2].mean(0), 0.7 * mesh.bounds[1, 2]])
    assert np.isinf(first_hits(mesh, start, np.array([[0.0, 0.0, 1.0]]))[0]).all()


@pytest.mark.parametrize("seed", range(4))
def test_a_log_lies_on_the_ground(seed):
    mesh = grown("fallen_log", seed, uprooted=False)
    size = np.ptp(mesh.bounds, axis=0)
    assert size[0] > 2.5 * size[2]
    thick = mesh.points[np.unique(mesh.faces[mesh.attributes["part"].values == TRUNK])]
    lowest = [thick[np.abs(thick[:, 0] - x) < 0.05 * size[0], 2].min() for x in np.linspace(-0.4, 0.4, 9) * size[0]]
    assert max(lowest) < 0.012 * size[0]
    assert min(lowest) > -0.02 * size[0]


def test_a_log_is_cut_or_torn_out_with_its_roots():
    cut, torn = (grown("fallen_log", uprooted=uprooted) for uprooted in (False, True))
    assert not (cut.attributes["part"].values == ROOT).any()
    assert (torn.attributes["part"].values == ROOT).any()
    end = material_of(cut) == "wood_cut"
    foot = cut.points[cut.faces[end]]
    assert np.ptp(foot[..., 0]) < 0.01 * np.ptp(cut.points[:, 0]), "a saw cuts straight"


def test_a_log_has_moss_on_its_upper_side():
    mesh = grown("fallen_log", moss=0.8, bark=0.0)
    trunk = mesh.attributes["part"].values == TRUNK
    tint = mesh.attributes["tint"].values[trunk]
    height = centres(mesh)[trunk, 2]
    greenness = tint[:, 1] / tint[:, 0]
    assert greenness[height > np.quantile(height, 0.85)].mean() > 1.15 * greenness[height < np.quantile(height, 0.4)].mean()


def test_bark_covers_as_much_as_asked_for():
    shares = []
    for bark in (0.0, 0.5, 1.0):
        mesh = grown("dead_tree", bark=bark, vigour=0.3)
        trunk = mesh.attributes["part"].values == TRUNK
        clad, bare = ((trunk & (material_of(mesh) == name)).sum() for name in ("bark_furrowed", "wood_dead"))
        shares.append(clad / bare)
    assert shares[0] < shares[1] < shares[2]
    assert shares[0] < 0.2
    assert shares[2] > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_limbs_start_in_the_stem(name):
    mesh = grown(name, limbs=6)
    part = mesh.attributes["part"].values
    limbs, trunk = np.unique(mesh.faces[part == BRANCH]), mesh.points[np.unique(mesh.faces[part == TRUNK])]
    gap = np.array([np.sqrt(((trunk - point) ** 2).sum(1).min()) for point in mesh.points[limbs]])
    assert gap.min() < 0.02 * np.ptp(mesh.bounds)
    assert (gap < 0.08 * np.ptp(mesh.bounds)).mean() > 0.15


def test_a_snag_ends_broken():
    """The rim of the top is not level."""
    mesh = grown("dead_tree", limbs=0)
    trunk = mesh.points[np.unique(mesh.faces[mesh.attributes["part"].values == TRUNK])]
    top = trunk[trunk[:, 2] > 0.85 * trunk[:, 2].max()]
    side = np.arctan2(*(top[:, :2] - top[:, :2].mean(0)).T)
    rims = [top[np.abs(side - angle) < 0.4, 2].max() for angle in np.linspace(-2.5, 2.5, 6)]
    assert np.ptp(rims) > 0.01 * trunk[:, 2].max()


@pytest.mark.parametrize("detail", ["near", "middle", "far"])
@pytest.mark.parametrize("uprooted", [False, True])
def test_a_log_under_its_bark_is_watertight_from_the_cut_to_the_break(uprooted, detail):
    """Its ends' points lie exactly on those of its wall, though they are points of their own, so that the edges stay sharp."""
    mesh = grown("fallen_log", 3, detail, uprooted=uprooted, limbs=0)
    log = selected(mesh, (mesh.attributes["part"].values == TRUNK) & (material_of(mesh) != "bark_furrowed"))
    points, joined = np.unique(log.points, axis=0, return_inverse=True)
    assert leaks(dataclasses.replace(log, points=points, faces=joined.reshape(-1)[log.faces], attributes={})) == (0, 0)
