"""Every generator: the same bits for the same seed, sound meshes over all its parameters, and one look at all distances."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wildfield.procgen import registry
from wildfield.procgen.classes import CLASSES, group_of
from wildfield.procgen.meshes import MeshData
from wildfield.procgen.plants.anatomy.parts import LEAF, NEEDLE, PARTS
from wildfield.procgen.plants.growth.season import SEASONS
from wildfield.procgen.rng import stream
from wildfield.procgen.soundness import double_areas, faults
from wildfield.procgen.spec import parameters

GENERATORS = sorted(registry.generators())
PLANTS = [name for name in GENERATORS if registry.generators()[name].family != "rock"]
SEASONAL = [name for name in PLANTS if registry.generators()[name].seasonal]
FAMILIES = sorted({entry.family: name for name, entry in registry.generators().items()}.values())
"""One species of each family: all of a family have the same parameters."""
DETAILS = ("near", "middle", "far")
MOST_FACES = {"near": 120_000, "middle": 20_000, "far": 6_500}
WOODEN = range(1, 3)


def grown(name: str, params: object, detail: str = "near", seed: int = 1) -> MeshData:
    return registry.generators()[name].build(params, stream(seed, "test", name), detail)


def drawn(name: str, seed: int) -> object:
    return registry.generators()[name].sample(stream(seed, "test", name, "parameters"))


def check(mesh: MeshData) -> None:
    assert faults(mesh) == []
    assert mesh.faces.min() >= 0
    assert mesh.faces.max() < len(mesh.points)
    assert mesh.material.min() >= 0
    assert mesh.material.max() < len(mesh.materials)
    assert set(mesh.materials) <= set(registry.materials())
    for item in mesh.attributes.values():
        assert len(item.values) == len(mesh.points if item.domain == "POINT" else mesh.faces)
    low, high = mesh.bounds
    assert high[2] > 0
    assert low[2] > -0.72 * (high[2] - low[2])
    assert low[2] < 0.06 * high[2]


def edge_cases(name: str) -> list[object]:
    """Parameters with one value at an end of its range, the others as drawn."""
    cases = []
    for item in parameters(registry.generators()[name].params):
        for value in item.choices or ((item.low, item.high) if item.type in (int, float) else (True, False)):
            cases.append(dataclasses.replace(drawn(name, 1), **{item.path: value}))
    return cases


def test_the_same_seed_gives_the_same_bits_in_another_process():
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import conftest\n"
        "from wildfield.procgen import registry\n"
        "from wildfield.procgen.rng import stream\n"
        "for name, g in registry.generators().items():\n"
        "    params = g.sample(stream(4, 'test', name, 'parameters'))\n"
        "    print(name, g.build(params, stream(4, 'test', name), 'near').digest())\n"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    elsewhere = dict(line.split() for line in run.stdout.splitlines())
    assert elsewhere == {name: grown(name, drawn(name, 4), seed=4).digest() for name in GENERATORS}


@pytest.mark.parametrize("name", PLANTS)
def test_a_species_is_a_class_of_its_own(name):
    assert registry.generators()[name].class_name == name
    assert name in CLASSES
    assert group_of(name) != "other"


@pytest.mark.parametrize("name", GENERATORS)
def test_other_seeds_give_other_individuals(name):
    assert len({grown(name, drawn(name, 1), "far", seed).digest() for seed in range(3)}) == 3
    assert len({dataclasses.astuple(drawn(name, seed)) for seed in range(20)}) == 20


@pytest.mark.parametrize("name", GENERATORS)
def test_draws_are_sound_meshes_that_stand_on_the_ground(name):
    for seed in range(9):
        mesh = grown(name, drawn(name, seed), DETAILS[seed % 3], seed)
        check(mesh)
        assert len(mesh.faces) < MOST_FACES[DETAILS[seed % 3]]


@pytest.mark.parametrize("name", FAMILIES)
def test_both_ends_of_every_parameter_are_still_a_plant(name):
    # Each case at one detail, the next at another: all of them at all details take a minute more.
    for number, params in enumerate(edge_cases(name)):
        check(grown(name, params, ("far", "near", "far", "middle")[number % 4]))


@pytest.mark.parametrize("name", GENERATORS)
def test_details_are_the_same_individual(name):
    near, middle, far = (grown(name, drawn(name, 6), detail, 6) for detail in DETAILS)
    assert len(near.faces) > len(middle.faces) > len(far.faces)
    extent = np.ptp(near.bounds, axis=0).max()
    for other in (middle, far):
        assert np.abs(other.bounds - near.bounds).max() < 0.2 * extent
        assert set(other.materials) <= set(near.materials)


@pytest.mark.parametrize("name", PLANTS)
def test_details_look_alike_from_afar(name):
    """The mean colour, weighted by area, stays within a fifth of its brightest channel, the area seen from the side too."""
    meshes = [grown(name, drawn(name, 7), detail, 7) for detail in DETAILS]
    colours = [np.average(mesh.attributes["tint"].values, axis=0, weights=double_areas(mesh)) for mesh in meshes]
    covered = [silhouette(mesh) for mesh in meshes]
    for colour, area in zip(colours[1:], covered[1:], strict=True):
        assert np.abs(colour - colours[0]).max() < 0.2 * colours[0].max()
        assert 0.72 < area / covered[0] < 1.4


def silhouette(mesh: MeshData, cells: int = 96) -> int:
    """Count the cells of a grid across the side view that points on the mesh's faces fall into."""
    corners = mesh.points[mesh.faces].astype(np.float64)
    rng = np.random.default_rng(0)
    area = double_areas(mesh)
    face = np.searchsorted(np.cumsum(area) / area.sum(), rng.random(150_000)).clip(0, len(area) - 1)
    u, v = rng.random((2, len(face), 1))
    here = corners[face]
    points = (here[:, 0] * (1 - u) + here[:, 1] * u) * (1 - v) + (here[:, -1] * (1 - u) + here[:, 2] * u) * v
    size = np.ptp(mesh.bounds, axis=0).max() / cells
    return len(np.unique(np.floor(points[:, [0, 2]] / size).astype(int), axis=0))


@pytest.mark.parametrize("name", PLANTS)
def test_faces_say_what_they_are_and_of_what_colour(name):
    mesh = grown(name, drawn(name, 2))
    part = mesh.attributes["part"].values
    assert part.min() >= 1
    assert part.max() < len(PARTS)
    tint = mesh.attributes["tint"].values
    assert tint.min() > 0
    assert tint.max() < 0.9
    blades = np.isin(part, (LEAF, NEEDLE))
    if blades.sum() > 50:
        assert np.std(tint[blades, 1]) > 0.04 * tint[blades, 1].mean()


@pytest.mark.parametrize("name", PLANTS)
def test_blades_know_where_they_are_attached(name):
    """A blade's points share one root, which lies no further from them than the plant is large."""
    mesh = grown(name, drawn(name, 2))
    root, leaf = mesh.attributes["root"].values, mesh.attributes["leaf"].values
    assert np.linalg.norm(root - mesh.points, axis=1).max() <= 0.75 * np.linalg.norm(np.ptp(mesh.bounds, axis=0))
    assert np.abs(leaf[:, 0]).max() <= 1 + 1e-6
    assert leaf[:, 1:].min() >= -1e-6
    assert leaf[:, 1:].max() <= 1 + 1e-6


@pytest.mark.parametrize("name", SEASONAL)
def test_the_year_changes_what_a_plant_bears_and_keeps_its_wood(name):
    meshes = {season: grown(name, dataclasses.replace(drawn(name, 5), season=season), seed=5) for season in SEASONS}
    assert len({mesh.digest() for mesh in meshes.values()}) == len(SEASONS)
    skeletons = set()
    for mesh in meshes.values():
        part = mesh.attributes["part"].values
        trunk = mesh.points[mesh.faces[part == 1]]
        skeletons.add(trunk.tobytes())
    assert len(skeletons) == 1


@pytest.mark.parametrize("name", PLANTS)
def test_age_makes_a_plant_larger(name):
    young, old = (grown(name, dataclasses.replace(drawn(name, 3), age=age), "far", 3) for age in (0.05, 0.95))
    assert np.ptp(young.bounds, axis=0).prod() < np.ptp(old.bounds, axis=0).prod()
