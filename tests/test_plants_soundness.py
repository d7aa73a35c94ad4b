"""Soundness: what leaks, faces inward or has no area is found, and nothing that grows is so in any season."""

import dataclasses

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.meshes import Attribute, MeshData, merge
from wildfield.procgen.plants.anatomy.parts import FRUIT, LEAF, PARTS, SOLID_PARTS
from wildfield.procgen.plants.anatomy.turned import hollow, turned
from wildfield.procgen.plants.growth.season import SEASONS
from wildfield.procgen.rng import stream
from wildfield.procgen.soundness import bodies, double_areas, faults, leaks

CUBE = [(0, 3, 2, 1), (4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]


def cube(faces: list[tuple[int, ...]] = CUBE, part: int = FRUIT, at: float = 0.0) -> MeshData:
    x, y = np.array([0.0, 1.0, 1.0, 0.0] * 2), np.array([0.0, 0.0, 1.0, 1.0] * 2)
    points = np.stack([x + at, y, np.repeat([0.0, 1.0], 4)], 1).astype(np.float32)
    parts = Attribute("FACE", np.full(len(faces), part, np.int32))
    return MeshData(points, np.array(faces, np.int32), np.zeros(len(faces), np.int32), ("leaf",), {"part": parts})


def grown(name: str, detail: str = "near", **changes: object) -> MeshData:
    entry = registry.generators()[name]
    params = dataclasses.replace(entry.sample(stream(11, "test", name, "parameters")), **changes)
    return entry.build(params, stream(11, "test", name), detail)


def test_a_cube_is_a_sound_body_and_one_without_a_face_or_with_one_turned_round_leaks():
    assert faults(cube()) == []
    assert leaks(cube(CUBE[1:])) == (1, 0)
    assert leaks(cube([CUBE[0][::-1], *CUBE[1:]])) == (1, 0)
    assert faults(cube(CUBE[1:])) == ["1 bodies that are not watertight"]


def test_a_cube_turned_inside_out_faces_inward_wherever_it_is():
    inverted = [face[::-1] for face in CUBE]
    for at in (-50.0, 0.0, 50.0):
        assert leaks(cube(inverted, at=at)) == (0, 1)
        assert leaks(merge([cube(at=at), cube(inverted), cube(CUBE[1:])])) == (1, 1)


def test_leaves_may_be_open_and_so_may_the_single_scales_of_a_fruit():
    assert faults(cube(CUBE[1:], part=LEAF)) == []
    assert faults(merge([cube(), cube(CUBE[:1], at=3.0)])) == []
    assert bodies(merge([cube(), cube(CUBE[:1], at=3.0)])).tolist() == [True] * 6 + [False]


def test_values_that_are_not_finite_and_faces_without_area_are_faults():
    broken = cube()
    broken.points[0, 0] = np.nan
    assert faults(broken)[0] == "values that are not finite"
    assert faults(cube([*CUBE, (0, 1, 1, 0)], part=LEAF)) == ["14.29% of the faces without area"]


@pytest.mark.parametrize("sides", [4, 6, 12])
def test_what_is_turned_is_closed_and_has_the_area_of_a_prism(sides):
    wall, body = (shape([0.0, 1.0, 2.0], [0.5, 0.5, 0.5], sides) for shape in (hollow, turned))
    around = sides * np.sin(np.pi / sides)
    base = 0.5 * sides * 0.5**2 * np.sin(2 * np.pi / sides)
    for made, area, closed in ((wall, 2 * around, False), (body, 2 * around + 2 * base, True)):
        mesh = dataclasses.replace(cube(), points=made.points, faces=made.faces, attributes={})
        assert double_areas(mesh).sum() / 2 == pytest.approx(area, rel=1e-5)
        assert leaks(mesh) == (0 if closed else 1, 0)


@pytest.mark.parametrize("name", sorted(registry.generators()))
def test_bodies_are_watertight_and_face_outward_in_every_season(name):
    for season in SEASONS if registry.generators()[name].seasonal else (None,):
        mesh = grown(name, **({"season": season} if season else {}))
        assert faults(mesh) == []


def test_every_solid_part_grows_on_something():
    bearers = ("apple", "larch", "buttercup", "mushroom", "prickly_pear")
    meshes = [grown(name, **({"season": "autumn"} if registry.generators()[name].seasonal else {})) for name in bearers]
    found = {PARTS[part] for mesh in meshes for part in np.unique(mesh.attributes["part"].values[bodies(mesh)])}
    assert found >= {PARTS[part] for part in SOLID_PARTS}
