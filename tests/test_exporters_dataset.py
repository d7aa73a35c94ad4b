"""A scene on disk: whole or absent, the same bits each time, Blender's settings as they were."""

from __future__ import annotations

import errno
import json
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

import bpy
import truth_scene

from wildfield.errors import UserError
from wildfield.exporters import dataset as dataset_module
from wildfield.exporters.dataset import write_scene
from wildfield.exporters.layout import chosen
from wildfield.exporters.reader import open_dataset, open_scene
from wildfield.exporters.render import beauty_settings
from wildfield.exporters.truth import TruthError
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import from_dict, override, read_toml

TINY: dict[str, Any] = {"width": 48, "height": 36, "samples": 1, "instances": 8}


def settings_of(scene: Any) -> dict[str, Any]:
    owners = {
        "render": scene.render,
        "cycles": scene.cycles,
        "layer": scene.view_layers[0],
        "image": scene.render.image_settings,
    }
    values = {}
    for label, owner in owners.items():
        for name in owner.bl_rna.properties.keys():  # noqa: SIM118
            value = getattr(owner, name)
            if isinstance(value, str | int | float | bool):
                values[f"{label}.{name}"] = value
    lights = {item.name: item.hide_render for item in scene.objects}
    return (
        values
        | lights
        | {
            "shown": bpy.context.window.scene,
            "world": scene.world,
            "camera": scene.camera,
            "aovs": len(scene.view_layers[0].aovs),
        }
    )


def test_blender_is_left_as_it_was() -> None:
    from wildfield.exporters.render import beauty_settings, truth_settings

    built = truth_scene.build(**TINY, moving=False)
    before = settings_of(built.scene)
    with beauty_settings(built):
        assert settings_of(built.scene) != before
    assert settings_of(built.scene) == before
    with pytest.raises(ZeroDivisionError), truth_settings(built, ("shading_normal", "albedo")):
        raise ZeroDivisionError
    assert settings_of(built.scene) == before


def test_the_same_scene_gives_the_same_bytes_with_any_number_of_threads(tmp_path: Path) -> None:
    records = [write_scene(truth_scene.build(**TINY, threads=threads), tmp_path / str(threads)) for threads in (1, 2)]
    files = [{path: digest for path, digest in record.files.items() if path != "scene.toml"} for record in records]
    assert len(files[0]) == 2 * len(chosen("full,boundary_2x", stereo=False)) + 7 + 4
    assert files[0] == files[1]


def test_renders_live_beside_threads_that_run_python(tmp_path: Path) -> None:
    """On Python 3.11 Blender looks into an overridden context without the GIL: that crashed here after a few renders."""
    from wildfield.exporters.render import render_truth, truth_settings

    done = threading.Event()

    def busy() -> None:
        while not done.is_set():
            {f"x{number}": {"n": f"x{number}y"} for number in range(200)}

    threads = [threading.Thread(target=busy) for _ in range(3)]
    built = truth_scene.build(**TINY | {"width": 8, "height": 8})
    try:
        for thread in threads:
            thread.start()
        with truth_settings(built, ()):
            pictures = [render_truth(built, built.cameras[0], tmp_path) for _ in range(12)]
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert all((picture["Depth"] == pictures[0]["Depth"]).all() for picture in pictures)


def test_the_record_lists_every_file_and_the_spec_can_be_read_again(truth_dataset: Path) -> None:
    (scene,) = open_dataset(truth_dataset).scenes
    there = {path.relative_to(scene.folder).as_posix() for path in scene.folder.rglob("*") if path.is_file()}
    assert scene.record is not None
    assert set(scene.record.files) == there
    spec = from_dict(SceneSpec, read_toml(scene.folder / "scene.toml"), "scene.toml")
    assert (spec.seed, spec.render.width) == (7, 160)


def test_the_object_table_holds_what_is_seen_and_where_it_stands(truth_dataset: Path) -> None:
    (scene,) = open_dataset(truth_dataset).scenes
    seen = set().union(*(np.unique(frame.read("instance")).tolist() for frame in scene.frames())) - {0}
    assert set(scene.objects) == seen | set().union(*(scene.sweep(frame)["instance"].tolist() for frame in (1, 2)))
    names = {row["name"]: row for row in scene.objects.values()}
    assert "matrix" in names["ground"]
    assert "matrix" not in names["cube"]
    built = truth_scene.build()
    cube = next(item for item in built.scene.objects if item.name.startswith("cube"))
    for frame in range(4):
        built.scene.frame_set(frame)
        matrix = np.array(cube.evaluated_get(built.scene.view_layers[0].depsgraph).matrix_world)
        known, found = scene.poses(frame).find(np.array([names["cube"]["id"]]))
        assert known.all()
        assert np.abs(found[0] - matrix).max() < 1e-6


def test_instances_stand_where_blender_draws_them() -> None:
    from wildfield.exporters.poses import read_poses

    built = truth_scene.build(**TINY)
    built.scene.frame_set(2)
    poses = read_poses(built)
    everything = built.scene.view_layers[0].depsgraph.object_instances
    drawn = {}
    for item in everything:
        if item.is_instance and item.object.data.polygons:
            inner, *outer = (number for number in item.persistent_id if number not in (0, 2**31 - 1))
            drawn[outer[0] | inner << 32 if outer else inner] = np.array(item.matrix_world)
    known, matrices = poses.find(np.array(sorted(drawn)))
    assert known.all()
    assert len(drawn) == TINY["instances"] + 6
    assert set(drawn) <= set(poses.ids.tolist())
    assert np.abs(matrices - np.array([drawn[number] for number in sorted(drawn)])).max() < 1e-5


def test_points_lie_on_the_surfaces_of_training_views_only(truth_dataset: Path) -> None:
    from plyfile import PlyData

    (scene,) = open_dataset(truth_dataset).scenes
    vertex = PlyData.read(str(scene.folder / "points.ply"))["vertex"]
    points = np.stack([vertex[axis] for axis in "xyz"], -1)
    surface = np.concatenate([frame.read("position")[frame.read("valid")] for frame in scene.split("train")])
    assert 1000 < len(points) <= 100_000
    assert {tuple(point) for point in points.tolist()} <= {tuple(point) for point in surface.tolist()}
    normals = np.stack([vertex[f"n{axis}"] for axis in "xyz"], -1)
    assert np.abs(np.linalg.norm(normals, axis=1) - 1).max() < 3e-4


def test_an_orbit_of_a_still_scene_renders_each_truth_once_and_has_straight_alpha(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rendered = []
    render = dataset_module.render_truth

    def counted(*arguments: Any, **named: Any) -> Any:
        rendered.append(arguments)
        return render(*arguments, **named)

    monkeypatch.setattr(dataset_module, "render_truth", counted)
    built = truth_scene.build(**TINY, frames=1, cameras=9, moving=False, transparent=True, truth="full", tracks=0)
    write_scene(built, tmp_path / "orbit")
    scene = open_scene(tmp_path / "orbit")
    assert len(rendered) == 9
    assert [len(scene.split(name)) for name in ("train", "val", "test")] == [7, 1, 1]
    for frame in scene.frames():
        assert frame.read("rgb").shape == (36, 48, 4)
        assert (frame.read("rgb")[..., 3][~frame.read("valid")] < 255).mean() > 0.9
        assert not frame.has("flow_forward"), "nothing moves beside a single moment"
    assert scene.background == "transparent"


def test_linear_light_is_the_picture_before_its_view_transform(tmp_path: Path) -> None:
    built = truth_scene.build(**TINY, frames=1, truth="small,rgb_linear")
    write_scene(built, tmp_path / "linear")
    (frame,) = open_scene(tmp_path / "linear").frames()
    light = np.clip(frame.read("rgb_linear").astype(np.float64), 0, 1)
    encoded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    assert np.abs(encoded * 255 - frame.read("rgb")).max() <= 1.0


def test_a_surface_without_id_fails_the_scene_and_leaves_nothing(tmp_path: Path) -> None:
    built = truth_scene.build(**TINY)
    del next(item for item in built.scene.objects if item.name.startswith("rock"))["gt_id"]
    with pytest.raises(TruthError, match="gt_id"):
        write_scene(built, tmp_path / "7")
    assert not list(tmp_path.iterdir())


def test_summed_ids_are_noticed(tmp_path: Path) -> None:
    built = truth_scene.build(**TINY)
    for material in truth_scene.bpy.data.materials:
        group = next(node for node in material.node_tree.nodes if node.type == "GROUP" and "There" in node.inputs)
        for link in list(group.inputs["There"].links):
            material.node_tree.links.remove(link)
        group.inputs["There"].default_value = 1.0
    with pytest.raises(TruthError, match="summed"):
        write_scene(built, tmp_path / "7")


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), RuntimeError("crash"), OSError(errno.EIO, "broken")])
@pytest.mark.parametrize("where", ["render_beauty", "render_truth", "write_exr", "write_points"])
def test_whatever_stops_a_scene_leaves_no_folder(
    where: str, stop: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr(dataset_module, where, fail)
    built = truth_scene.build(**TINY, frames=1)
    with pytest.raises(type(stop)):
        write_scene(built, tmp_path / "scenes" / "7")
    assert not list((tmp_path / "scenes").iterdir())


def test_ctrl_c_in_the_middle_of_a_render_stops_the_scene(bpy: Any, tmp_path: Path) -> None:
    def press(*_: object) -> None:
        bpy.app.handlers.render_init.remove(press)
        signal.raise_signal(signal.SIGINT)

    built = truth_scene.build(**TINY, frames=1)
    bpy.app.handlers.render_init.append(press)
    with pytest.raises(KeyboardInterrupt):
        write_scene(built, tmp_path / "7")
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_one_clear_line_and_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(dataset_module, "write_exr", fail)
    with pytest.raises(UserError, match=r"No space left on device; make room"):
        write_scene(truth_scene.build(**TINY, frames=1), tmp_path / "7")
    assert not list(tmp_path.iterdir())


def test_a_scene_that_is_there_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    with pytest.raises(UserError, match="exists already"):
        write_scene(truth_scene.build(**TINY), tmp_path / "7")


def test_transforms_hold_what_nerfstudio_reads(truth_dataset: Path) -> None:
    (scene,) = open_dataset(truth_dataset).scenes
    content = json.loads((scene.folder / "transforms.json").read_text())
    assert content["camera_model"] == "OPENCV"
    assert (content["w"], content["h"]) == (160, 120)
    for entry, frame in zip(content["frames"], scene.frames(), strict=True):
        depth = float(frame.read("depth")[100, 80])
        across, up = (80.5 - content["cx"]) / content["fl_x"], -(100.5 - content["cy"]) / content["fl_y"]
        matrix = np.array(entry["transform_matrix"])
        point = matrix @ [across * depth, up * depth, -depth, 1.0]
        assert point[:3] == pytest.approx(frame.read("position")[100, 80], abs=1e-3)
        assert (scene.folder / entry["file_path"]).is_file()


def test_a_write_that_fails_for_want_of_room_says_so_whatever_it_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from wildfield.exporters import dataset, render

    monkeypatch.setattr(render.shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    for error in (OSError("34288 requested and 2544 written"), KeyError(0), RuntimeError("no")):
        with (
            pytest.raises(UserError, match="No space left on device"),
            dataset._whole_or_absent(tmp_path / ".4.part", tmp_path / "4"),
        ):
            raise error
    assert not list(tmp_path.iterdir())


def test_a_blender_that_cannot_denoise_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    built = truth_scene.build()
    monkeypatch.setattr("wildfield.exporters.render.has_denoiser", lambda: False)
    for wanted in (False, True):
        built.spec = override(built.spec, {"render.denoise": wanted}, "test")
        caplog.clear()
        with beauty_settings(built):
            assert ("Open Image Denoise" in caplog.text) == wanted


def test_only_the_chosen_maps_are_written(tmp_path: Path) -> None:
    write_scene(truth_scene.build(**TINY, frames=1, truth="small,part", tracks=0), tmp_path / "small")
    (frame,) = open_scene(tmp_path / "small").frames()
    there = {path.name for path in frame.path("rgb").parent.parent.iterdir()} - {"camera.json"}
    assert there == {"rgb", "depth", "instance", "valid", "part"}
    with pytest.raises(UserError, match=r"made without flow_forward; generate with --truth"):
        frame.read("flow_forward")


def test_a_map_that_the_scene_cannot_have_is_refused_before_anything_is_rendered(tmp_path: Path) -> None:
    still = truth_scene.build(**TINY, frames=1, moving=False, truth="standard,flow_forward", tracks=0)
    with pytest.raises(UserError, match=r"flow_forward.*something that moves"):
        write_scene(still, tmp_path / "7")
    with pytest.raises(UserError, match=r"disparity.*stereo rig"):
        write_scene(truth_scene.build(**TINY, truth="disparity"), tmp_path / "7")
    with pytest.raises(UserError, match=r"'depht', did you mean 'depth'"):
        write_scene(truth_scene.build(**TINY, truth="depht"), tmp_path / "7")
    assert not list(tmp_path.iterdir())


def test_flow_of_several_steps_is_the_sum_of_its_single_steps_where_a_point_stays_seen(tmp_path: Path) -> None:
    """Tracks lead through the frames one by one; flow over three frames leads to the same place at once."""
    from wildfield.procgen.spec import override

    built = truth_scene.build(**TINY | {"instances": 20}, frames=4, tracks=200)
    built.spec = override(built.spec, {"render.flow_step": 3}, "test")
    write_scene(built, tmp_path / "far")
    scene = open_scene(tmp_path / "far")
    first = next(iter(scene.frames()))
    tracks = scene.tracks("main")
    assert tracks is not None and scene.metadata["flow_step"] == 3
    asked = tracks["query_frame"] == 1
    column, row = np.floor(tracks["query_xy"][asked]).astype(int).T
    landed = tracks["query_xy"][asked] + first.read("flow_forward")[row, column]
    there = np.abs(tracks["position"][asked, 3]).max(-1) > 0
    assert there.sum() > 30
    assert np.abs(landed - tracks["xy"][asked, 3])[there].max() < 1e-3
    seen = first.read("occlusion_forward")[row, column] == 0
    assert np.array_equal(seen, tracks["visible"][asked, 3])


def test_a_bending_mesh_without_polygon_numbers_is_refused(tmp_path: Path) -> None:
    built = truth_scene.build(**TINY)
    sheet = next(item for item in built.scene.objects if item.name.startswith("wave"))
    sheet.data.attributes.remove(sheet.data.attributes["gt_face"])
    with pytest.raises(TruthError, match="gt_face"):
        write_scene(built, tmp_path / "7")


def test_the_eyes_of_a_rig_tell_disparity_and_what_the_other_does_not_see(tmp_path: Path) -> None:
    built = truth_scene.build(**TINY, frames=1, stereo=True, tracks=0)
    write_scene(built, tmp_path / "stereo")
    frames = {frame.camera_name: frame for frame in open_scene(tmp_path / "stereo").frames()}
    focal = 35 / 36 * 48
    for eye, frame in frames.items():
        valid = frame.read("valid")
        expected = focal * truth_scene.BASELINE / frame.read("depth")[valid]
        assert np.abs(frame.read("disparity")[valid] - expected).max() < 1e-3
        other = frames["left" if eye == "right" else "right"]
        rows, columns = np.nonzero(valid & (frame.read("occlusion_stereo") == 0))
        way = frame.read("disparity")[rows, columns] * (-1 if eye == "left" else 1)
        met = other.read("instance")[rows, np.floor(columns + 0.5 + way).astype(int)]
        assert (met == frame.read("instance")[rows, columns]).mean() > 0.95
        border = 0 if eye == "left" else -1
        leaves = frame.read("disparity")[:, border] > 0.5
        assert leaves.sum() > 10
        assert (frame.read("occlusion_stereo")[:, border][leaves] == 2).all()


def test_blur_is_in_the_picture_and_never_in_the_truth(tmp_path: Path) -> None:
    sharp = truth_scene.build(**TINY, frames=1, tracks=0, truth="motion")
    write_scene(sharp, tmp_path / "sharp")
    blurred = truth_scene.build(**TINY, frames=1, tracks=0, truth="motion")
    blurred.spec = override(blurred.spec, {"render.motion_blur": 1.0, "render.f_stop": 0.05}, "test")
    write_scene(blurred, tmp_path / "blurred")
    (first,), (second,) = (list(open_scene(tmp_path / name).frames()) for name in ("sharp", "blurred"))
    for name in first.scene.metadata["maps"]:
        assert np.array_equal(first.read(name), second.read(name)) == (name != "rgb"), name


def test_normalised_coordinates_are_those_of_the_thing_s_own_box(truth_dataset: Path) -> None:
    (scene,) = open_dataset(truth_dataset).scenes
    cube = next(row for row in scene.objects.values() if row["name"] == "cube")
    for frame in scene.frames():
        seen = frame.read("instance") == cube["id"]
        matrix = scene.poses(frame.number).find(np.array([cube["id"]]))[1][0]
        local = (frame.read("position")[seen] - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
        low, high = np.array(cube["box"])
        assert np.abs(frame.read("nocs")[seen] - (local - low) / (high - low)).max() < 2e-4


def test_points_tell_the_thing_and_the_class_that_they_lie_on(truth_dataset: Path) -> None:
    from plyfile import PlyData

    (scene,) = open_dataset(truth_dataset).scenes
    vertex = PlyData.read(str(scene.folder / "points.ply"))["vertex"]
    assert set(vertex["instance"].tolist()) <= set(scene.objects)
    expected = [scene.classes.index(scene.objects[number]["class"]) for number in vertex["instance"].tolist()]
    assert expected == vertex["class"].tolist()
