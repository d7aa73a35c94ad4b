"""Scenes for simulators, judged by MuJoCo: where balls come to rest, what its rays meet, and the links of its URDF loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.exporters.formats import formats
from wildfield.exporters.formats.urdf import roll_pitch_yaw
from wildfield.exporters.models.bodies import REACH, trunk
from wildfield.exporters.models.land_grid import land_grid
from wildfield.exporters.reader import Scene, open_dataset
from wildfield.procgen.classes import group_of
from wildfield.procgen.compose import asset_parameters
from wildfield.procgen.kinds.asset import asset_mesh
from wildfield.procgen.meshes import Attribute, MeshData
from wildfield.procgen.plants.anatomy.parts import TRUNK
from wildfield.procgen.rigid import from_euler
from wildfield.procgen.spec import to_dict

LAKE = ["--kind", "lake", "--seed", "4", "--resolution", "96x54", "--samples", "1", "--truth", "standard"]
LAKE += ["--set", "terrain.resolution=256", "--set", "scatter.undergrowth=0.2", "--set", "scatter.rocks=0.3"]
RADIUS = 0.3


@pytest.fixture(scope="module")
def mujoco() -> Any:
    return pytest.importorskip("mujoco")


@pytest.fixture(scope="module")
def lake(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulators") / "lake"
    assert main(["generate", str(folder), *LAKE, "--progress", "none"]) == DONE
    return folder


@pytest.fixture(scope="module")
def mjcf(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    formats["mjcf"].write(lake, tmp_path_factory.mktemp("mjcf") / "out")
    return tmp_path_factory.getbasetemp() / "mjcf0/out/scene.xml"


@pytest.fixture(scope="module")
def urdf(lake: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    formats["urdf"].write(lake, tmp_path_factory.mktemp("urdf") / "out")
    return tmp_path_factory.getbasetemp() / "urdf0/out/scene.urdf"


def only_scene(dataset: Path) -> Scene:
    (scene,) = open_dataset(dataset).scenes
    return scene


def land_heights(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The nodes' places along x and y (S, 2), and heights (S, S), of a written land, from its own files."""
    root = ElementTree.parse(path).getroot()
    asset, geom = root.find("asset/hfield"), root.find("worldbody/geom[@type='hfield']")
    assert asset is not None and geom is not None
    data = (path.parent / "meshes" / asset.attrib["file"]).read_bytes()
    rows, columns = np.frombuffer(data[:8], np.int32)
    half, _, rise, _ = map(float, asset.attrib["size"].split())
    x, y, low = map(float, geom.attrib["pos"].split())
    steps = np.linspace(-half, half, columns)
    return np.stack([x + steps, y + steps], 1), low + rise * np.frombuffer(data[8:], np.float32).reshape(rows, columns)


def test_balls_dropped_on_the_land_come_to_rest_on_its_height(mujoco: Any, mjcf: Path) -> None:
    places, heights = land_heights(mjcf)
    spec = mujoco.MjSpec.from_file(str(mjcf))
    spacing = places[1, 0] - places[0, 0]
    slope = np.hypot(*np.gradient(heights, spacing))[20:-20, 20:-20]
    flat = np.stack(np.unravel_index(np.argsort(slope.ravel())[:40000:4000], slope.shape), 1) + 20
    for index, (row, column) in enumerate(flat.tolist()):
        pos = [places[column, 0], places[row, 1], heights[row, column] + 1.0]
        body = spec.worldbody.add_body(name=f"ball {index}", pos=pos)
        body.add_freejoint()
        # Bit 1 meets the land alone: no stone is in the ball's way.
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_SPHERE, size=[RADIUS, 0, 0], condim=6, friction=[1, 0.1, 0.1], contype=2, conaffinity=2
        )
    spec.geom("land").contype = spec.geom("land").conaffinity = 2
    model = spec.compile()
    data = mujoco.MjData(model)
    for _ in range(2000):
        mujoco.mj_step(model, data)
    assert np.abs(data.qvel).max() < 0.02
    for index in range(len(flat)):
        x, y, z = data.body(f"ball {index}").xpos
        column, row = (x - places[0, 0]) / spacing, (y - places[0, 1]) / spacing
        i, j = int(row), int(column)
        u, v = column - j, row - i
        cell = heights[i : i + 2, j : j + 2]
        ground = np.array([1 - v, v]) @ cell @ np.array([1 - u, u])
        steepness = np.hypot(cell[0, 1] - cell[0, 0], cell[1, 0] - cell[0, 0]) / spacing
        assert (z - ground) / np.hypot(1, steepness) == pytest.approx(RADIUS, abs=0.003)


def test_its_rays_from_the_camera_measure_the_depth_that_the_dataset_holds(mujoco: Any, mjcf: Path, lake: Path) -> None:
    """Ground as finely as the grid is; stones, trees and herbs to a hundredth of a millimetre, as their files are."""
    model = mujoco.MjModel.from_xml_path(str(mjcf))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    (frame,) = only_scene(lake).frames()
    lens, camera = frame.camera.intrinsics, frame.camera
    assert np.allclose(data.cam_xpos[0], camera.origin, atol=1e-6)
    axes = data.cam_xmat[0].reshape(3, 3)
    tall = 2 * np.tan(np.radians(model.cam_fovy[0]) / 2)
    width, height = (int(size) for size in model.cam_resolution[0])
    assert (width, height) == (lens.width, lens.height)
    depth, classes, names = frame.read("depth"), frame.read("class"), only_scene(lake).classes
    errors: dict[str, list[float]] = {"ground": [], "things": []}
    for row, column in np.argwhere((depth > 0) & (depth < 0.8 * REACH)).tolist():
        ray = np.array([(column + 0.5 - width / 2) / height * tall, -(row + 0.5 - height / 2) / height * tall, -1.0])
        way = axes @ ray
        seen = names[classes[row, column]]
        groups = np.array([seen == "ground", 0, seen != "ground", 0, 0, 0], np.uint8)
        met = mujoco.mj_ray(model, data, camera.origin, way / np.linalg.norm(way), groups, 1, -1, np.zeros(1, np.int32), None)
        if seen not in ("water", "grass", "leaf"):
            kind = seen if seen in errors else "things"
            errors[kind].append(abs(met / np.linalg.norm(ray) / depth[row, column] - 1))
    assert len(errors["ground"]) > 100 and np.median(errors["ground"]) < 0.01
    assert len(errors["things"]) > 50 and np.median(errors["things"]) < 1e-5


def test_stones_and_trunks_collide_and_herbs_do_not(mujoco: Any, mjcf: Path, lake: Path) -> None:
    model = mujoco.MjModel.from_xml_path(str(mjcf))
    felt = model.geom_contype > 0
    assert (model.geom_group[felt] == np.where(model.geom_type[felt] == mujoco.mjtGeom.mjGEOM_HFIELD, 0, 3)).all()
    assert (model.geom_group[~felt] == 2).all() and (model.geom_friction[felt, 0] >= 0.6).all()
    things = {row["name"].replace(" ", "_"): row for row in only_scene(lake).objects.values()}
    middle = only_scene(lake).cameras["main"][1].origin[:2]
    trees = 0
    for name, row in things.items():
        body = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_BODY, name)
        if row["class"] in ("ground", "leaf") or body < 0:
            near = "matrix" in row and np.abs(np.array(row["matrix"])[:2, 3] - middle).max() < REACH
            assert row["class"] in ("ground", "leaf", "grass", "water") or not near
            continue
        own = model.geom_bodyid == body
        wooden = group_of(row["class"]) in ("tree", "deadwood")
        assert (own & felt).any() == (wooden or row["class"] == "rock")
        trees += wooden
        capsules = own & (model.geom_type == mujoco.mjtGeom.mjGEOM_CAPSULE)
        assert capsules.any() == wooden
    assert trees > 2


def test_the_urdf_loads_and_its_links_stand_where_the_mjcf_has_them(mujoco: Any, mjcf: Path, urdf: Path) -> None:
    loaded = mujoco.MjModel.from_xml_path(str(urdf))
    model = mujoco.MjModel.from_xml_path(str(mjcf))
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    cylinders = np.count_nonzero(loaded.geom_type == mujoco.mjtGeom.mjGEOM_CYLINDER)
    assert cylinders == np.count_nonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_CAPSULE) > 20
    root = ElementTree.parse(urdf).getroot()
    joints = {joint.find("child").attrib["link"]: joint.find("origin").attrib for joint in root.findall("joint")}  # type: ignore[union-attr]
    assert len(joints) == len(root.findall("link")) - 1
    for index in range(1, model.nbody):
        found = joints[model.body(index).name]
        xyz, rpy = (np.array([float(word) for word in found[key].split()]) for key in ("xyz", "rpy"))
        assert np.allclose(xyz, data.xpos[index], atol=1e-6)
        assert np.allclose(from_euler(rpy), data.xmat[index].reshape(3, 3), atol=1e-6)
    for mesh in root.iter("mesh"):
        assert (urdf.parent / mesh.attrib["filename"]).is_file()
    assert root.find("gazebo[@reference='camera.main']//horizontal_fov") is not None


def test_cylinders_of_a_leaning_trunk_stand_where_its_capsules_do(mujoco: Any, mjcf: Path, urdf: Path) -> None:
    """Both loaders compile: the middles and axes in the world are the same."""
    models = [mujoco.MjModel.from_xml_path(str(path)) for path in (mjcf, urdf)]
    shapes = (mujoco.mjtGeom.mjGEOM_CAPSULE, mujoco.mjtGeom.mjGEOM_CYLINDER)
    found = []
    for model, shape in zip(models, shapes, strict=True):
        data = mujoco.MjData(model)
        mujoco.mj_forward(model, data)
        own = model.geom_type == shape
        axes = data.geom_xmat[own].reshape(-1, 3, 3)[:, :, 2]
        rows = np.hstack([data.geom_xpos[own], np.abs(axes), model.geom_size[own, :2]])
        found.append(rows[np.lexsort(rows[:, :3].round(3).T)])
    assert np.allclose(*found, atol=2e-3)


def test_a_tree_alone_is_a_body_without_land_and_other_lenses_are_refused(
    mujoco: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--asset", "oak", "--views", "2", "--resolution", "32x32", "--samples", "1", "--progress", "none"]
    assert main(["generate", str(tmp_path / "tree"), *words]) == DONE
    formats["mjcf"].write(tmp_path / "tree", tmp_path / "out")
    model = mujoco.MjModel.from_xml_path(str(tmp_path / "out/scene.xml"))
    assert (model.nbody, model.ncam, model.nhfield) == (2, 2, 0)
    assert np.count_nonzero(model.geom_type == mujoco.mjtGeom.mjGEOM_CAPSULE) == 8
    assert main(["generate", str(tmp_path / "flat"), *words, "--projection", "orthographic"]) == DONE
    for name in ("mjcf", "urdf"):
        assert main(["export", str(tmp_path / "flat"), "--to", name, str(tmp_path / name)]) == BAD_INPUT
        assert name in capsys.readouterr().err
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize("angles", [(0.3, -0.4, 2.0), (0.7, np.pi / 2, 0.0), (0.2, -np.pi / 2, 0.0), (-3.0, 0.1, -3.1)])
def test_roll_pitch_and_yaw_make_their_rotation_again(angles: tuple[float, float, float]) -> None:
    rotation = from_euler(np.array(angles))
    assert np.allclose(from_euler(np.array(roll_pitch_yaw(rotation))), rotation, atol=1e-9)


def test_a_tilted_plane_is_its_own_grid_and_goes_on_where_it_ends() -> None:
    """Heights are exact at the nodes, of coarse and fine triangles alike, and the highest counts."""

    def height(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 0.3 * x - 0.1 * y + 2

    rng = np.random.default_rng(1)
    x, y = np.meshgrid(np.sort(rng.uniform(-3, 3, 30)), np.sort(rng.uniform(-9, 9, 7)))
    points = np.stack([x, y, height(x, y)], -1).reshape(-1, 3)
    corner = (np.arange(6)[:, None] * 30 + np.arange(29)).ravel()
    lower, upper = np.stack([corner, corner + 1, corner + 30], 1), np.stack([corner + 1, corner + 31, corner + 30], 1)
    below = points * [1, 1, 0] - [0, 0, 5]
    triangles = np.concatenate([lower, upper, lower + len(points)])
    grid = land_grid(np.concatenate([points, below]), triangles, np.array([0.1, -0.2]), 4.0, 0.25)
    nodes = grid.points
    inside = (nodes[:, 0] > x.min()) & (nodes[:, 0] < x.max()) & (nodes[:, 1] > y.min()) & (nodes[:, 1] < y.max())
    assert inside.sum() > 300 and np.allclose(nodes[inside, 2], height(*nodes[inside, :2].T), atol=1e-9)
    assert np.isfinite(nodes).all() and nodes[~inside, 2].max() <= nodes[inside, 2].max() + 1e-9
    normals = np.cross(*(nodes[grid.triangles[:, k]] - nodes[grid.triangles[:, 0]] for k in (1, 2)))
    assert (normals[:, 2] > 0).all()


def test_a_trunk_becomes_capsules_as_thick_as_its_bark() -> None:
    around, rise = np.meshgrid(np.linspace(0, 2 * np.pi, 12, endpoint=False), np.linspace(0, 8, 41))
    radius = 0.3 - 0.02 * rise
    points = np.stack([radius * np.cos(around) + 0.1 * rise, radius * np.sin(around), rise], -1).reshape(-1, 3)
    corner = (np.arange(40)[:, None] * 12 + np.arange(12)).ravel()
    turn = np.where(corner % 12 == 11, corner - 11, corner + 1)
    faces = np.stack([corner, turn, turn + 12, corner + 12], 1).astype(np.int32)
    part = {"part": Attribute("FACE", np.full(len(faces), TRUNK, np.int32))}
    mesh = MeshData(points.astype(np.float32), faces, np.zeros(len(faces), np.int32), ("bark",), part)
    chain = trunk(mesh)
    assert len(chain) == 8
    for capsule in chain:
        middle = capsule.ends.mean(0)
        assert middle[:2] == pytest.approx([0.1 * middle[2], 0], abs=0.03)
        assert capsule.radius == pytest.approx(0.3 - 0.02 * middle[2], abs=0.03)
    assert trunk(MeshData(mesh.points, mesh.faces, mesh.material, ("bark",))) == ()


def test_a_lying_trunk_has_capsules_along_it() -> None:
    mesh = asset_mesh("fallen_log", to_dict(asset_parameters("fallen_log", 2, {})), 2)
    chain = trunk(mesh)
    ends = np.concatenate([capsule.ends for capsule in chain])
    wood = mesh.points[mesh.faces[mesh.attributes["part"].values == TRUNK]].reshape(-1, 3)
    axis = int(np.argmax(np.ptp(wood, axis=0)))
    assert axis != 2 and np.ptp(ends[:, axis]) == pytest.approx(np.ptp(wood[:, axis]))
    assert max(capsule.radius for capsule in chain) < 0.6 * np.ptp(wood[:, 2])
