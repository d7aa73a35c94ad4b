"""Meshes cut out of depth: against ellipsoids whose surface is known in closed form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.fields.analytic import cast, ellipsoids, orbit, write_analytic_scene
from wildfield.fields.mesh import Drawn, coloured, laid_out, points_of, without_specks

pytest.importorskip("skimage")

SHAPES = ellipsoids(7, np.random.default_rng([0, 7]))
"""Those of `write_analytic_scene`."""


def above_surface(points: np.ndarray) -> np.ndarray:
    """Return how far (N,) points lie outside of the ellipsoids, negative inside, in metres, to first order."""
    height = np.full(len(points), np.inf)
    for shape in SHAPES:
        offset, axes = points - shape[:3], shape[3:6]
        reach, slope = np.linalg.norm(offset / axes, axis=1), np.linalg.norm(offset / axes**2, axis=1)
        height = np.minimum(height, reach * (reach - 1) / slope)
    return height


def views(count: int = 16, size: int = 96) -> list[Drawn]:
    seen = []
    for number in range(count):
        camera = orbit(number, count, size)
        distance, colour, _ = cast(SHAPES, camera.position, camera.directions().reshape(-1, 3))
        seen.append(Drawn(camera, colour.reshape(size, size, 3), distance.reshape(size, size)))
    return seen


def test_exact_depth_becomes_a_surface_a_fraction_of_a_voxel_off() -> None:
    seen = views()
    volume = laid_out([points_of(view) for view in seen], 0.04)
    for view in seen:
        volume.integrate(view.camera, view.depth)
    vertices, faces = without_specks(*volume.surface())
    distance = np.abs(above_surface(vertices))
    assert np.median(distance) < 0.2 * volume.voxel
    assert np.quantile(distance, 0.99) < 0.5 * volume.voxel
    whole = trimesh.Trimesh(vertices, faces, process=False)
    outward = above_surface(whole.triangles_center + 0.02 * whole.face_normals) > above_surface(whole.triangles_center)
    assert outward.mean() > 0.99, "triangles are counterclockwise from outside"
    covered = trimesh.sample.sample_surface(whole, 20_000, seed=1)[0]
    exact = np.concatenate([points_of(view) for view in seen])
    assert np.quantile(np.linalg.norm(exact[::20, None] - covered[None, ::4], axis=2).min(1), 0.95) < 2 * volume.voxel
    picture = seen[3]
    colours = coloured(vertices, faces, [picture], volume.truncation)
    _, truth, _ = cast(SHAPES, picture.camera.position, vertices - picture.camera.position)
    near = (colours != 0.5).any(1) & (above_surface(vertices) < 0.01)
    assert near.mean() > 0.2
    assert np.median(np.abs(colours - truth)[near]) < 0.05


def test_specks_are_dropped_and_the_rest_stays_in_order() -> None:
    ball, speck = trimesh.creation.icosphere(3), trimesh.creation.icosahedron()
    vertices = np.concatenate([speck.vertices + 9, ball.vertices])
    kept, faces = without_specks(vertices, np.concatenate([speck.faces, ball.faces + len(speck.vertices)]))
    assert np.array_equal(kept, ball.vertices)
    assert np.array_equal(faces, ball.faces)


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A field of surface samples that was not trained, its splats thin enough to lie in the surface."""
    for module in ("torch", "warp", "OpenEXR", "imageio"):
        pytest.importorskip(module)
    from wildfield.fields.data import open_scene
    from wildfield.fields.splats.model import Model
    from wildfield.fields.splats.ply import write_splats

    folder = tmp_path_factory.mktemp("mesh")
    scene = write_analytic_scene(folder / "scene", views=17, size=128, points=12_000, samples=1)
    points = open_scene(scene).read_points()
    assert points is not None
    cloud = Model.from_points(points, 0.95, 0.1).cloud()
    cloud.log_scales[:] -= 0.5
    (folder / "field").mkdir()
    write_splats(folder / "field/splats.ply", cloud)
    (folder / "field/field.json").write_text(json.dumps({"format": 1, "type": "splats", "scene": str(scene)}))
    return folder / "field"


@pytest.mark.parametrize("ending", [".ply", ".obj", ".glb"])
def test_a_field_becomes_a_mesh_with_colours_in_metres(field: Path, ending: str, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / f"new/mesh{ending}"
    assert main(["mesh", str(field), str(out), "--voxel", "0.05", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)["result"]
    read = trimesh.load(out, process=False, force="mesh")
    vertices = np.asarray(read.vertices)
    if ending == ".glb":
        vertices = np.stack([vertices[:, 0], -vertices[:, 2], vertices[:, 1]], 1)
    assert told["triangles"] == len(read.faces) and told["views"] == 17
    assert np.median(np.abs(above_surface(vertices))) < 0.03
    assert np.ptp(np.asarray(read.visual.vertex_colors)[:, :3], axis=0).min() > 60


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("FIELD", "out.stl"), "it takes .ply, .obj, .glb"),
        (("FIELD", "out.ply", "--voxel", "0"), "--voxel 0.0: takes metres"),
        (("FIELD", "out.ply", "--voxel", "1e-5"), "too fine for a surface of"),
        (("FIELD", "out.ply", "--far", "0.5"), "shows no surface"),
        (("FIELD/splats.ply", "out.ply"), "give a folder with cameras as --scene"),
        (("nowhere", "out.ply"), "there is no such file or folder"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_writes_nothing(
    field: Path, arguments: tuple[str, ...], words: str, tmp_path: Path, capsys: Any
) -> None:
    source, out, *rest = arguments
    assert main(["mesh", source.replace("FIELD", str(field)), str(tmp_path / out), *rest]) == BAD_INPUT
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1
    assert not list(tmp_path.iterdir())
