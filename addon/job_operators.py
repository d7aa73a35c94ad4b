"""Operators of the two long jobs, writing a dataset and training a field: each runs in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy

from ..errors import UserError
from ..procgen.cameras.rules import idle
from . import commands, preferences, running
from .field_operators import add_field
from .job_properties import dataset_folder, field_folder, scene_folder
from .viewport_fields import redraw
from .worker import Job
from .world_properties import spec_of, words

DATASET, TRAINING = "dataset", "training"
MANIFEST = "dataset.json"


def generate_arguments(world: Any, folder: Path, scenes: int, device: str = "cpu") -> list[str]:
    """Return the arguments of `wildfield generate` that make what the panel describes, without what the rig does not use."""
    what = ["--asset", world.generator] if world.generator else ["--kind", world.subject]
    arguments = ["generate", str(folder), *what, "--seed", str(world.seed), "--scenes", str(scenes), "--device", device]
    spec = spec_of(world)
    for key, value in words(world).items():
        if idle(spec, key) is None:
            arguments += ["--set", f"{key}={_written(value)}"]
    return [*arguments, "--resume"] if (folder / MANIFEST).is_file() else arguments


def beauty_device(settings: Any, context: bpy.types.Context) -> str:
    """Return the `--device` that the panel means: Cycles' own choice in the preferences does not reach the second Blender."""
    if settings.beauty_device != "preferences":
        return str(settings.beauty_device)
    cycles = context.preferences.addons.get("cycles")
    kind = cycles.preferences.compute_device_type if cycles is not None else "NONE"
    return "cpu" if kind == "NONE" else str(kind).lower()


def train_arguments(settings: Any, scene: Path, field: Path) -> list[str]:
    """Return the arguments of `wildfield train`."""
    length = ["--steps", str(settings.steps)] if settings.length == "STEPS" else ["--seconds", f"{settings.seconds:g}"]
    rest = ["--device", settings.device, "--cap", str(settings.splats), "--field", "splats", "--out", str(field)]
    return ["train", str(scene), *rest, *length]


def _written(value: Any) -> str:
    """Write a value so that the command line reads the same one."""
    return str(value).lower() if isinstance(value, bool) else str(value)


class WILDFIELD_OT_write_dataset(bpy.types.Operator):
    """Build and render this world with its ground truth in a second Blender. One that was interrupted is gone on with"""

    bl_idname = "wildfield.write_dataset"
    bl_label = "Write Dataset"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if running.is_running(DATASET):
            cls.poll_message_set("A dataset is being written already")
            return False
        if context.scene.wildfield.problem:
            cls.poll_message_set(context.scene.wildfield.problem)
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = dataset_folder(context)
        world, settings = context.scene.wildfield, context.window_manager.wildfield
        first = folder / "scenes" / str(world.seed)

        def watch(job: Job) -> None:
            if job.state == "done" and first.is_dir():
                settings_now = bpy.context.window_manager.wildfield
                settings_now.scene = str(first)

        command = commands.in_blender(generate_arguments(world, folder, settings.scenes, beauty_device(settings, context)))
        return _start(self, DATASET, command, folder.parent, watch)


class WILDFIELD_OT_train(bpy.types.Operator):
    """Train Gaussian splats on a scene in the worker's Python, and show them here as they get better"""

    bl_idname = "wildfield.train"
    bl_label = "Train"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        problem = cls.problem(context)
        if problem:
            cls.poll_message_set(problem)
        return not problem

    @staticmethod
    def problem(context: bpy.types.Context) -> str:
        """Return why a training cannot start, or ""."""
        scene, python = scene_folder(context), preferences.python_of(context)
        if running.is_running(TRAINING):
            return "A training runs already"
        if not python:
            return "Training needs a Python with torch and warp: see Preferences, Add-ons, Wildfield"
        if preferences.report(python) is not None and not preferences.ready(python):
            return preferences.summary(python)
        if scene is None:
            return "Choose a scene folder to train on, or write a dataset first"
        if not any((scene / name).exists() for name in (MANIFEST, "transforms.json", "transforms_train.json", "sparse")):
            return f"{scene} is no scene folder: it has no transforms.json and no COLMAP model"
        return ""

    def execute(self, context: bpy.types.Context) -> set[str]:
        field, scene = field_folder(context), scene_folder(context)
        if scene is None:
            return {"CANCELLED"}
        python = preferences.python_of(context)
        command = commands.in_python(python, train_arguments(context.window_manager.wildfield, scene, field))
        return _start(self, TRAINING, command, field.parent, Preview(context.scene, field))


class Preview:
    """Shows a field in the scene where its training was started, each time that the training has saved it."""

    def __init__(self, scene: bpy.types.Scene, field: Path) -> None:
        self.scene_name, self.field, self.seen = scene.name, field, 0

    def __call__(self, job: Job) -> None:
        try:
            written = (self.field / "splats.ply").stat().st_mtime_ns
        except OSError:
            return  # nothing is saved yet
        if written == self.seen:
            return
        self.seen = written
        scene = bpy.data.scenes.get(self.scene_name) or bpy.context.scene
        try:
            add_field(scene, self.field)
        except UserError as error:
            job.text = str(error)


class WILDFIELD_OT_cancel(bpy.types.Operator):
    """Stop this job. What it has finished is kept"""

    bl_idname = "wildfield.cancel"
    bl_label = "Cancel"

    worker: bpy.props.StringProperty(options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        job = running.get(self.worker)
        if job is not None:
            job.cancel()
            redraw()
        return {"FINISHED"}


class WILDFIELD_OT_show_log(bpy.types.Operator):
    """Open what this job wrote in Blender's text editor"""

    bl_idname = "wildfield.show_log"
    bl_label = "Show Log"

    worker: bpy.props.StringProperty(options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        job = running.get(self.worker)
        if job is None or not job.log.is_file():
            self.report({"WARNING"}, "There is no log")
            return {"CANCELLED"}
        text = bpy.data.texts.load(str(job.log), internal=True)
        bpy.ops.wm.window_new()
        area = context.window_manager.windows[-1].screen.areas[0]
        area.type = "TEXT_EDITOR"
        area.spaces.active.text = text
        return {"FINISHED"}


def _start(
    operator: bpy.types.Operator, name: str, command: list[str], folder: Path, watcher: Callable[[Job], None]
) -> set[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        running.start(name, command, watcher)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        operator.report({"ERROR"}, f"The job cannot start: {error.strerror or error}{where}")
        return {"CANCELLED"}
    redraw()
    return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory(
    (WILDFIELD_OT_write_dataset, WILDFIELD_OT_train, WILDFIELD_OT_cancel, WILDFIELD_OT_show_log)
)
