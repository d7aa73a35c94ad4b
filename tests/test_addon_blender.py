"""The add-on inside Blender: it comes and goes cleanly, its panels draw, its operators do what their labels say."""

from __future__ import annotations

import inspect
import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

HARMONIC = 0.28209479177387814


class Layout:
    """A layout that draws nothing and checks that every property, operator, icon and argument exists."""

    def __init__(self, bpy: Any) -> None:
        self._bpy = bpy
        self.texts: list[str] = []
        self.enabled = self.use_property_split = self.use_property_decorate = True
        self.scale_y = 1.0

    def _check(self, function: str, **arguments: Any) -> None:
        known = self._bpy.types.UILayout.bl_rna.functions[function].parameters
        assert set(arguments) <= set(known.keys())
        if "icon" in arguments:
            assert arguments["icon"] in known["icon"].enum_items
        self.texts.append(str(arguments.get("text", "")))

    def row(self, **arguments: Any) -> Layout:
        self._check("row", **arguments)
        return self

    def column(self, **arguments: Any) -> Layout:
        self._check("column", **arguments)
        return self

    def box(self) -> Layout:
        return self

    def panel(self, idname: str, default_closed: bool = False) -> tuple[Layout, Layout]:
        self._check("panel", idname=idname, default_closed=default_closed)
        return self, self

    def label(self, **arguments: Any) -> None:
        self._check("label", **arguments)

    def progress(self, **arguments: Any) -> None:
        self._check("progress", **arguments)

    def prop(self, data: Any, name: str, **arguments: Any) -> None:
        assert name in data.bl_rna.properties
        self._check("prop", **arguments)

    def operator(self, idname: str, **arguments: Any) -> SimpleNamespace:
        getattr(self._bpy.ops, idname.split(".")[0]).__getattr__(idname.split(".")[1]).get_rna_type()
        self._check("operator", **arguments)
        return SimpleNamespace()


def drawn(bpy: Any, panel: type) -> list[str]:
    """Draw a panel headless and return its texts."""
    layout = Layout(bpy)
    region = SimpleNamespace(width=300)
    context = SimpleNamespace(
        **{name: getattr(bpy.context, name) for name in ("scene", "window_manager", "preferences", "engine")}
    )
    context.region = region
    panel.draw(SimpleNamespace(layout=layout), context)
    return layout.texts


def panels() -> list[type]:
    from wildfield.addon import panels as module

    return [cls for name, cls in inspect.getmembers(module, inspect.isclass) if name.startswith("WILDFIELD_PT_")]


def write_ply(
    path: Path, colour: tuple[float, float, float] = (0.8, 0.4, 0.1), opacity: float = 0.9, size: float = 9.0
) -> Path:
    """Write a field of one large flat splat at the origin, facing +Y."""
    from wildfield.fields.splats.ply import SplatCloud, write_splats

    cloud = SplatCloud(
        means=np.zeros((1, 3), np.float32),
        quaternions=np.eye(1, 4, dtype=np.float32),
        log_scales=np.log(np.array([[size, 0.001, size]], np.float32)),
        opacity_logits=np.log(np.array([opacity / (1 - opacity)], np.float32)),
        base=((np.array([colour], np.float32) - 0.5) / HARMONIC).astype(np.float32),
        rest=np.zeros((1, 15, 3), np.float32),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_splats(path, cloud)
    return path


def finish(running: Any, name: str, seconds: float = 30.0) -> Any:
    """Poll as the timer would, until the worker ended."""
    deadline = time.monotonic() + seconds
    while running.is_running(name):
        assert time.monotonic() < deadline
        running.poll()
        time.sleep(0.02)
    return running.get(name)


def test_what_is_registered_is_taken_out_again(bpy: Any) -> None:
    import wildfield

    def names() -> set[str]:
        classes = {cls.__name__ for base in ("Panel", "Operator", "PropertyGroup", "AddonPreferences", "RenderEngine")
                   for cls in getattr(bpy.types, base).__subclasses__() if cls.is_registered}  # fmt: skip
        owners = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
        return classes | {f"{owner.__name__}.{key}" for owner in owners for key in owner.bl_rna.properties.keys()}  # noqa: SIM118

    before, operators = names(), set(dir(bpy.ops.wildfield))
    wildfield.register()
    added = names() - before
    assert {"WILDFIELD_PT_world", "WILDFIELD_OT_generate", "WildfieldEngine", "Scene.wildfield"} <= added
    wildfield.unregister()
    assert names() == before
    assert set(dir(bpy.ops.wildfield)) == operators
    wildfield.register()
    wildfield.unregister()


def test_every_panel_draws_for_every_subject(addon: Any) -> None:
    world = addon.context.scene.wildfield
    for panel in panels():
        for subject in [item.identifier for item in world.bl_rna.properties["subject"].enum_items if item.identifier]:
            world.subject = subject
            drawn(addon, panel)


def test_panels_draw_where_the_extension_has_no_preferences(addon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`blender --addons` switches an extension on for one run only, without an entry in the preferences."""
    from wildfield.addon import preferences

    monkeypatch.setattr(preferences, "PACKAGE", "not_in_the_preferences")
    for panel in panels():
        drawn(addon, panel)
    assert not addon.ops.wildfield.train.poll()


def test_every_operator_has_a_tooltip_of_one_line(addon: Any) -> None:
    for name in dir(addon.ops.wildfield):
        text = getattr(addon.ops.wildfield, name).get_rna_type().description
        assert text, name
        assert "\n" not in text
        assert not text.endswith(".")


def test_a_value_set_by_hand_stays_when_the_seed_changes_and_others_follow_the_seed(addon: Any) -> None:
    from wildfield.addon.world_properties import spec_of, words
    from wildfield.procgen.compose import draw

    world = addon.context.scene.wildfield
    world.subject, world.seed = "lake", 7
    assert world.sky.sun_elevation == pytest.approx(draw("lake", 7).sky.sun_elevation)
    world.terrain.relief = 0.9
    world.seed = 8
    assert world.terrain.relief == pytest.approx(0.9)
    assert words(world) == {"terrain.relief": 0.9}
    assert world.sky.sun_elevation == pytest.approx(draw("lake", 8).sky.sun_elevation)
    assert spec_of(world).terrain.relief == 0.9
    world.terrain.pin_relief = False
    assert world.terrain.relief == pytest.approx(draw("lake", 8).terrain.relief)
    assert words(world) == {}


def test_the_panel_and_the_command_line_describe_the_same_scene(addon: Any, tmp_path: Path) -> None:
    from wildfield import cli
    from wildfield.addon.job_operators import generate_arguments
    from wildfield.addon.world_properties import spec_of
    from wildfield.commands.shared import pairs
    from wildfield.jobs.plan import plan

    world = addon.context.scene.wildfield
    world.subject, world.seed, world.quality = "asset.spruce", 3, "DRAFT"
    world.assets.spruce.height = 7.7
    world.camera.views = 12
    options = cli.parser().parse_args(generate_arguments(world, tmp_path / "new", 2))
    planned = plan(options.kind, options.asset, None, pairs(options.values), {}, options.seed, options.scenes)
    assert planned.spec(3) == spec_of(world)
    assert planned.seeds == range(3, 5)


def test_the_dataset_panel_s_device_is_one_that_the_command_line_knows(addon: Any, tmp_path: Path) -> None:
    from wildfield import cli
    from wildfield.addon.job_operators import beauty_device, generate_arguments
    from wildfield.exporters.devices import CHOICES

    world, settings = addon.context.scene.wildfield, addon.context.window_manager.wildfield
    assert beauty_device(settings, addon.context) == "cpu"
    cycles = addon.context.preferences.addons["cycles"].preferences
    kinds = [kind for kind, *_ in cycles.get_device_types(addon.context)]
    for kind in reversed(kinds):
        settings.beauty_device, cycles.compute_device_type = "preferences", kind
        device = beauty_device(settings, addon.context)
        assert device == ("cpu" if kind == "NONE" else kind.lower()) and device in CHOICES
        options = cli.parser().parse_args(generate_arguments(world, tmp_path / "new", 1, device))
        assert options.device == device


def test_the_command_line_understands_what_the_train_panel_says(addon: Any, tmp_path: Path) -> None:
    from wildfield import cli
    from wildfield.addon.job_operators import train_arguments

    settings = addon.context.window_manager.wildfield
    settings.seconds = 90
    for settings.length in ("STEPS", "SECONDS"):
        options = cli.parser().parse_args(train_arguments(settings, tmp_path / "scene", tmp_path / "field"))
    assert (options.scene, options.out, options.seconds) == (tmp_path / "scene", tmp_path / "field", 90.0)


def test_generate_makes_a_new_scene_that_remembers_its_world(addon: Any) -> None:
    before = set(addon.data.scenes.keys())
    world = addon.context.scene.wildfield
    world.subject, world.seed = "asset.rock", 5
    world.camera.views = 3
    assert addon.ops.wildfield.generate() == {"FINISHED"}
    (made,) = set(addon.data.scenes.keys()) - before
    remembered = addon.data.scenes[made].wildfield
    assert (remembered.subject, remembered.seed, remembered.camera.views) == ("asset.rock", 5, 3)
    assert remembered.camera.pin_views


def test_generate_leaves_nothing_behind_when_it_fails(addon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wildfield.addon import world_operators
    from wildfield.errors import UserError

    def half_way(spec: Any, progress: Any) -> None:
        addon.data.scenes.new("half")
        addon.data.meshes.new("half")
        raise UserError("the land sank into the sea")

    monkeypatch.setattr(world_operators, "compose", half_way)
    before = set(addon.data.user_map())
    with pytest.raises(RuntimeError, match="the land sank into the sea"):
        addon.ops.wildfield.generate()
    assert set(addon.data.user_map()) == before


def test_a_field_is_loaded_shown_in_the_panel_and_removed(addon: Any, tmp_path: Path) -> None:
    from wildfield.addon import field_store
    from wildfield.addon.panels import WILDFIELD_PT_field

    ply = write_ply(tmp_path / "one.ply")
    assert addon.ops.wildfield.load_field(filepath=str(ply)) == {"FINISHED"}
    host = addon.context.scene.objects["one"]
    assert host.type == "EMPTY"
    assert "1 splats, harmonics of degree 0" in drawn(addon, WILDFIELD_PT_field)
    addon.ops.wildfield.load_field(filepath=str(ply))
    assert len(addon.context.scene.objects) == 1
    addon.ops.wildfield.remove_field(host=host.name)
    assert len(addon.context.scene.objects) == 0
    assert field_store.arrays(str(ply)) is None


@pytest.mark.parametrize("ending", [".spz", ".splat", ".compressed.ply"])
def test_splats_of_other_programs_are_shown_as_a_field(addon: Any, tmp_path: Path, ending: str) -> None:
    from wildfield.fields.convert import convert

    convert(write_ply(tmp_path / "one.ply"), tmp_path / f"other{ending}")
    assert addon.ops.wildfield.load_field(filepath=str(tmp_path / f"other{ending}")) == {"FINISHED"}
    assert [host.type for host in addon.context.scene.objects] == ["EMPTY"]


@pytest.mark.parametrize(
    "content", [b"", b"ply\nformat ascii 1.0\nend_header\n", b"\x89PNG"], ids=["empty", "no splats", "no PLY"]
)
def test_a_file_that_is_no_field_is_one_clear_line(addon: Any, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.ply"
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match=r"bad\.ply"):
        addon.ops.wildfield.load_field(filepath=str(path))
    assert len(addon.context.scene.objects) == 0


def test_the_engine_renders_trained_colours_exactly_and_the_empty_moves_the_field(addon: Any, tmp_path: Path) -> None:
    """Encoded again by Blender's Standard view transform, the picture holds the splat's own sRGB colour."""
    import png

    colour, behind = np.array([0.8, 0.4, 0.1]), 0.2
    addon.ops.wildfield.load_field(filepath=str(write_ply(tmp_path / "one.ply", tuple(colour), opacity=0.5)))
    scene = addon.context.scene
    addon.ops.wildfield.render_fields()
    scene.camera = addon.data.objects.new("Camera", addon.data.cameras.new("Camera"))
    scene.collection.objects.link(scene.camera)
    scene.camera.location, scene.camera.rotation_euler = (0, -3, 0), (np.pi / 2, 0, 0)
    scene.world = addon.data.worlds.new("World")
    scene.world.color = (behind,) * 3
    for node in scene.world.node_tree.nodes if scene.world.node_tree else []:
        if node.type == "BACKGROUND":
            node.inputs["Color"].default_value, node.inputs["Strength"].default_value = (behind, behind, behind, 1), 1.0
    scene.render.resolution_x, scene.render.resolution_y, scene.render.filepath = 32, 24, str(tmp_path / "out.png")

    def rendered() -> np.ndarray:
        addon.ops.render.render(write_still=True)
        width, height, rows, info = png.Reader(filename=str(tmp_path / "out.png")).asDirect()
        return np.vstack(list(rows)).reshape(height, width, info["planes"])[height // 2, width // 2] / 255

    encoded = 1.055 * behind ** (1 / 2.4) - 0.055
    assert rendered()[:3] == pytest.approx(0.5 * colour + 0.5 * encoded, abs=1.5 / 255)
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = "RGBA"
    assert rendered() == pytest.approx([*colour, 0.5], abs=2.5 / 255)
    scene.objects["one"].location.y = -100  # behind the camera
    assert rendered() == pytest.approx([0, 0, 0, 0])


def test_a_training_shows_its_progress_and_its_field_and_frees_the_button_again(
    addon: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in for `wildfield train` writes a field as the real one does."""
    from wildfield.addon import commands, job_operators, preferences, running
    from wildfield.addon.panels import WILDFIELD_PT_train

    scene, field = tmp_path / "data/scenes/0", tmp_path / "field"
    scene.mkdir(parents=True)
    (scene / "transforms.json").write_text("{}")
    source = write_ply(tmp_path / "ready" / "splats.ply")
    script = f"""
import json, pathlib, shutil, time
field = pathlib.Path({str(field)!r}); field.mkdir()
shutil.copy({str(source)!r}, field / "splats.ply")
(field / "field.json").write_text("{{}}")
print(json.dumps({{"progress": 0.5, "task": "Training", "text": "", "psnr": 27.5, "splats": 1, "step": 10}}), flush=True)
time.sleep(0.5)
print(json.dumps({{"result": {{}}}}))
"""
    monkeypatch.setattr(commands, "in_python", lambda python, arguments: [sys.executable, "-c", script])
    settings = addon.context.window_manager.wildfield
    assert "no scene folder" in job_operators.WILDFIELD_OT_train.problem(addon.context) or not settings.scene
    preferences.get(addon.context).python = sys.executable
    finish(running, preferences.CHECK)
    monkeypatch.setattr(preferences, "ready", lambda python: True)
    settings.scene, settings.field = str(scene), str(field)
    assert addon.ops.wildfield.train() == {"FINISHED"}
    assert not addon.ops.wildfield.train.poll()
    job = running.get(job_operators.TRAINING)
    while job.progress < 0.5:
        running.poll()
    assert "27.5 dB, 1 splats, step 10" in drawn(addon, WILDFIELD_PT_train)
    assert finish(running, job_operators.TRAINING).state == "done"
    assert addon.context.scene.objects["field"].wildfield_field.location == str(field)
    assert addon.ops.wildfield.train.poll()
    assert "Done: 27.5 dB, 1 splats, step 10" in drawn(addon, WILDFIELD_PT_train)


def test_a_worker_goes_on_while_another_file_is_opened(addon: Any) -> None:
    from wildfield.addon import running

    script = "import json, time; time.sleep(1); print(json.dumps({'result': {'alive': True}}))"
    running.start("test", [sys.executable, "-c", script])
    addon.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert addon.app.timers.is_registered(running.poll)
    assert finish(running, "test").result == {"alive": True}


def test_the_check_of_a_python_says_plainly_what_it_has_or_lacks(addon: Any, tmp_path: Path) -> None:
    from wildfield.addon import preferences, running

    preferences.get(addon.context).python = sys.executable
    finish(running, preferences.CHECK, 60.0)
    line = preferences.summary(sys.executable)
    assert line.startswith("Ready: Python 3." if preferences.ready(sys.executable) else "Python 3.")
    assert preferences.ready(sys.executable) or "lacks" in line
    preferences.get(addon.context).python = str(tmp_path / "none")
    assert preferences.summary(str(tmp_path / "none")) == "Cannot be run: No such file or directory"


def test_the_environment_for_training_has_what_the_package_asks_for() -> None:
    import tomllib

    from wildfield.addon.inspect_python import PACKAGES

    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["learn"]]
    assert {text.partition(">")[0].lower() for text in asked} == {name.lower() for name in PACKAGES.values()}


def test_the_command_of_a_worker_leaves_blenders_python_settings_behind(addon: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wildfield.addon import running

    monkeypatch.setenv("PYTHONPATH", "/of/blender")
    monkeypatch.setenv("PYTHONHOME", "/of/blender")
    assert not {"PYTHONPATH", "PYTHONHOME"} & set(running.environment())


def test_a_worker_that_talks_nonsense_does_not_disturb_blender(addon: Any) -> None:
    from wildfield.addon import running

    lines = [{"progress": "half"}, {"progress": None, "task": 3}, {"result": 7}, {"progress": 0.25, "text": "fine"}]
    script = "".join(f"print({json.dumps(line)!r})\n" for line in lines)
    running.start("test", [sys.executable, "-c", script])
    job = finish(running, "test")
    assert (job.state, job.text, job.result) == ("done", "fine", {})
