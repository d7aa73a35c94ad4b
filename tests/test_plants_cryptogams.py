"""Mushrooms, moss and lichen: closed caps and stipes, opening with age, capsules in their season, rosettes that creep."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.pieces import pieces
from wildfield.procgen.plants.anatomy.closed import circles, closed
from wildfield.procgen.plants.anatomy.parts import CAP, SEED, STEM
from wildfield.procgen.plants.cryptogams import lichen, moss, mushroom
from wildfield.procgen.rng import stream

LOOKS = ("fly agaric", "penny bun", "chanterelle")


def grown(name: str, params: object, detail: str = "near", seed: int = 1) -> MeshData:
    return registry.generators()[name].build(params, stream(seed, "test", name), detail)


def volume(points: np.ndarray, faces: np.ndarray) -> float:
    """The volume inside a closed mesh, by the divergence theorem."""
    a, b, c, d = (points[faces[:, k]].astype(np.float64) for k in range(4))
    return float(((a * np.cross(b, c)).sum() + (a * np.cross(c, d)).sum()) / 6)


def is_closed(faces: np.ndarray) -> bool:
    """Whether every edge has two faces, which run along it in opposite directions."""
    edges = Counter(zip(faces.ravel().tolist(), np.roll(faces, -1, 1).ravel().tolist(), strict=True))
    return all(number == 1 and edges[end, start] == 1 for (start, end), number in edges.items())


def test_a_closed_cylinder_holds_what_its_polygon_holds():
    points, faces = closed(circles(np.full(4, 0.5), np.linspace(0, 2, 4), 12))
    assert is_closed(faces)
    assert volume(points, faces) == pytest.approx(2 * 12 / 2 * 0.5**2 * np.sin(2 * np.pi / 12), rel=1e-5)
    assert len(points) - 2 * len(faces) + len(faces) == 2


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("detail", ["near", "middle", "far"])
def test_caps_and_stipes_are_watertight_and_face_outward(look, detail):
    mesh = grown("mushroom", mushroom.Params(look=look, number=1, age=0.9), detail)
    part = mesh.attributes["part"].values
    number = pieces(mesh)
    for kind in (CAP, STEM):
        whole = [mesh.faces[number == k] for k in np.unique(number[part == kind])]
        bulk = max(whole, key=lambda faces: volume(mesh.points, faces) if is_closed(faces) else 0.0)
        extent = mesh.points[np.unique(bulk)]
        assert is_closed(bulk)
        assert volume(mesh.points, bulk) > 0.05 * np.ptp(extent, axis=0).prod()


def test_a_cap_sits_on_its_stipe():
    for look in LOOKS:
        mesh = grown("mushroom", mushroom.Params(look=look, number=1))
        part = mesh.attributes["part"].values
        cap, stipe = (mesh.points[np.unique(mesh.faces[part == kind])] for kind in (CAP, STEM))
        near_axis = cap[np.hypot(*(cap[:, :2] - stipe[stipe[:, 2].argmax(), :2]).T) < 0.03]
        assert near_axis[:, 2].min() < stipe[:, 2].max() < near_axis[:, 2].max()


def test_caps_open_as_they_age():
    """The width of a cap against its height grows from a ball's to a parasol's."""
    shapes = []
    for age in (0.0, 0.5, 1.0):
        mesh = grown("mushroom", mushroom.Params(look="fly agaric", number=1, age=age), "middle")
        number, part = pieces(mesh), mesh.attributes["part"].values
        sizes = Counter(number[part == CAP].tolist())
        cap = mesh.points[np.unique(mesh.faces[number == max(sizes, key=sizes.__getitem__)])]
        shapes.append(np.ptp(cap[:, 0]) / np.ptp(cap[:, 2]))
    assert shapes[0] < shapes[1] < shapes[2]
    assert shapes[0] < 2


def test_gills_hang_below_a_cap_that_has_them():
    """Around the underside the surface goes up and down once a gill."""
    mesh = grown("mushroom", mushroom.Params(look="fly agaric", number=1, gills=40, age=1.0))
    under = mesh.points[2 * 80 : 3 * 80, 2]
    assert (under[0::2] < under[1::2]).all()


def test_fruit_bodies_of_a_group_stand_apart():
    for seed in range(6):
        mesh = grown("mushroom", mushroom.Params(number=6, spread=1.0), "middle", seed)
        part, number = mesh.attributes["part"].values, pieces(mesh)
        stipes = [k for k, size in Counter(number[part == STEM].tolist()).items() if size == 6 * 12]
        feet = np.array([mesh.points[np.unique(mesh.faces[number == k])][:, :2].mean(0) for k in stipes])
        assert len(feet) == 6
        gaps = np.linalg.norm(feet[:, None] - feet, axis=2) + np.eye(6)
        assert gaps.min() > 0.07


def test_moss_bears_capsules_in_spring_and_none_in_winter():
    params = moss.Params(capsules=20)
    bearing = {season: (grown("moss", replace(params, season=season)).attributes["part"].values == SEED).sum() for season in
               ("spring", "summer", "autumn", "winter", "dry")}  # fmt: skip
    assert bearing["spring"] == bearing["summer"] > 20 * 20
    assert bearing["autumn"] == bearing["winter"] == bearing["dry"] == 0


def test_moss_folds_its_leaves_in_a_drought():
    width = {}
    for season in ("summer", "dry"):
        mesh = grown("moss", moss.Params(season=season, capsules=0))
        root = mesh.attributes["root"].values
        away = np.linalg.norm(mesh.points - root, axis=1)
        upright = (away > 0) & (np.hypot(*root[:, :2].T) < 0.015)
        width[season] = np.hypot(*(mesh.points - root)[upright, :2].T).mean()
    assert width["dry"] < 0.8 * width["summer"]


def test_lobes_of_a_rosette_point_outward_from_its_middle():
    mesh = grown("lichen", lichen.Params(habit="foliose", discs=0))
    leaf, root = mesh.attributes["leaf"].values, mesh.attributes["root"].values
    tips = (leaf[:, 1] == 1) & (leaf[:, 0] == 0)
    outward = root[tips, :2] / np.linalg.norm(root[tips, :2], axis=1, keepdims=True)
    ahead = mesh.points[tips, :2] - root[tips, :2]
    assert ((ahead * outward).sum(1) > 0).mean() > 0.97
    assert np.ptp(mesh.points[:, 2]) < 0.15 * np.ptp(mesh.points[:, 0])


def test_a_tuft_forks_in_two_at_every_level():
    def segments(forks: int) -> int:
        return len(np.unique(pieces(grown("lichen", lichen.Params(habit="fruticose", forks=forks)))))

    assert (segments(4) + 30) * 2 == segments(5) + 30
