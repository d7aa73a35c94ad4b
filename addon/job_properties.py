"""What the Dataset and the Train panel ask for. It belongs to the window and not to the file: folders of this machine."""

from __future__ import annotations

from pathlib import Path

import bpy

from . import preferences


class WildfieldJobs(bpy.types.PropertyGroup):
    """Settings of the two long jobs."""

    dataset: bpy.props.StringProperty(
        name="Dataset",
        description="Folder to write. Left empty, it is named after the world and lies in the folder of the preferences",
        subtype="DIR_PATH",
    )
    scenes: bpy.props.IntProperty(
        name="Scenes",
        description="How many scenes to write, with consecutive seeds from the world's seed on",
        default=1,
        min=1,
        soft_max=100,
        max=1_000_000,
    )
    beauty_device: bpy.props.EnumProperty(
        name="Device",
        description="What renders the pictures. Truth is always rendered on the CPU",
        items=[
            ("cpu", "CPU", "The processor: the same pictures again to the last bit"),
            ("preferences", "As in Preferences", "What Cycles Render Devices says in Preferences, System"),
            ("auto", "Automatic", "The best GPU that Cycles finds, else the processor"),
        ],
    )
    scene: bpy.props.StringProperty(
        name="Scene",
        description="Scene folder to train on, such as DATASET/scenes/0, or a dataset of one scene",
        subtype="DIR_PATH",
    )
    length: bpy.props.EnumProperty(
        name="Train for",
        description="What ends the training",
        items=[
            ("SECONDS", "Time", "Train so long; how many steps that is depends on the machine"),
            ("STEPS", "Steps", "Take so many steps: the same field on every CPU"),
        ],
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds",
        description="How long to train, in seconds, without reading the scene and preparing the kernels",
        default=120.0,
        min=1.0,
        soft_max=3600.0,
        max=604_800.0,
        step=1000,
        precision=0,
    )
    steps: bpy.props.IntProperty(
        name="Steps", description="How many training steps to take", default=4000, min=1, soft_max=30_000, max=10_000_000
    )
    splats: bpy.props.IntProperty(
        name="Most Splats",
        description="The field grows up to so many splats. More show finer detail and train more slowly",
        default=30_000,
        min=1000,
        soft_max=1_000_000,
        max=10_000_000,
    )
    device: bpy.props.EnumProperty(
        name="Device",
        description="What trains",
        items=[
            ("auto", "Automatic", "A CUDA GPU where there is one, else the CPU"),
            ("cpu", "CPU", "The processor"),
            ("cuda", "CUDA", "An NVIDIA GPU"),
        ],
    )
    field: bpy.props.StringProperty(
        name="Field",
        description="Folder for the trained field. Left empty, it is named after the scene, in the folder of the preferences",
        subtype="DIR_PATH",
    )


def dataset_folder(context: bpy.types.Context) -> Path:
    """Return where the next dataset goes."""
    chosen = context.window_manager.wildfield.dataset
    world = context.scene.wildfield
    name = f"{world.generator or world.subject}-{world.seed}"
    return Path(bpy.path.abspath(chosen)).absolute() if chosen else preferences.folder_of(context) / name


def scene_folder(context: bpy.types.Context) -> Path | None:
    """Return the scene to train on, or None where none was chosen."""
    chosen = context.window_manager.wildfield.scene
    return Path(bpy.path.abspath(chosen)).absolute() if chosen else None


def field_folder(context: bpy.types.Context) -> Path:
    """Return where the next field goes: the chosen folder, or one beside the datasets that is not there yet."""
    chosen = context.window_manager.wildfield.field
    if chosen:
        return Path(bpy.path.abspath(chosen)).absolute()
    scene = scene_folder(context)
    name = "field"
    if scene is not None:
        name = f"{scene.parent.parent.name}-{scene.name}" if scene.parent.name == "scenes" else scene.name
    folder = preferences.folder_of(context) / "fields"
    names = (f"{name}-splats", *(f"{name}-splats-{number}" for number in range(2, 10_000)))
    return next(folder / free for free in names if not (folder / free).exists())


def register() -> None:
    bpy.utils.register_class(WildfieldJobs)
    bpy.types.WindowManager.wildfield = bpy.props.PointerProperty(type=WildfieldJobs)


def unregister() -> None:
    del bpy.types.WindowManager.wildfield
    bpy.utils.unregister_class(WildfieldJobs)
