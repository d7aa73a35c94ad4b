"""The sidebar's tab "Wildfield": World, Dataset, Train, Field, in the order in which they are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

from ..procgen.cameras.rules import STILL, USES
from . import field_store, preferences, running
from .engine import ENGINE
from .field_operators import (
    WILDFIELD_OT_load_field,
    WILDFIELD_OT_reload_field,
    WILDFIELD_OT_remove_field,
    WILDFIELD_OT_render_fields,
    WILDFIELD_OT_select_field,
)
from .field_properties import hosts
from .job_operators import (
    DATASET,
    MANIFEST,
    TRAINING,
    WILDFIELD_OT_cancel,
    WILDFIELD_OT_show_log,
    WILDFIELD_OT_train,
    WILDFIELD_OT_write_dataset,
)
from .job_properties import dataset_folder, field_folder
from .spec_properties import PIN, keys, pinned
from .text import draw_text, duration
from .worker import Job
from .world_operators import WILDFIELD_OT_generate, WILDFIELD_OT_random_seed, WILDFIELD_OT_unpin
from .world_properties import WORLD_SECTIONS, show_later


class WildfieldPanel:
    """What the panels have in common: their place."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Wildfield"


class WILDFIELD_PT_world(WildfieldPanel, bpy.types.Panel):
    """What to make, and its parameters."""

    bl_label = "World"
    bl_order = 0

    def draw(self, context: bpy.types.Context) -> None:
        world = context.scene.wildfield
        if not world.is_shown:
            show_later()
        layout = _prepared(self.layout)
        layout.prop(world, "subject")
        row = layout.row(align=True)
        row.prop(world, "seed")
        row.operator(WILDFIELD_OT_random_seed.bl_idname, text="", icon="FILE_3D")
        layout.prop(world, "quality")
        if world.generator:
            group = getattr(world.assets, world.generator)
            draw_section(layout, "asset", "Parameters", group, keys(group))
        else:
            for name in WORLD_SECTIONS:
                group = getattr(world, name)
                draw_section(layout, name, name.title(), group, keys(group))
        if world.problem:
            draw_text(layout, world.problem, "ERROR", context)
        row = layout.row(align=True)
        row.scale_y = 1.4
        row.operator(WILDFIELD_OT_generate.bl_idname, icon="WORLD")
        row.operator(WILDFIELD_OT_unpin.bl_idname, text="", icon="LOOP_BACK")


class WILDFIELD_PT_dataset(WildfieldPanel, bpy.types.Panel):
    """Pictures with ground truth on disk."""

    bl_label = "Dataset"
    bl_order = 1

    def draw(self, context: bpy.types.Context) -> None:
        world, settings = context.scene.wildfield, context.window_manager.wildfield
        layout = _prepared(self.layout)
        folder = dataset_folder(context)
        layout.prop(settings, "dataset", text="Folder", placeholder=folder.name)
        layout.prop(settings, "scenes")
        camera = [key for key in keys(world.camera) if key == "rig" or key in USES[world.camera.rig]]
        draw_values(layout, world.render, ("width", "height", "samples", "denoise"))
        layout.prop(settings, "beauty_device")
        draw_values(layout, world.render, ("truth",))
        if world.camera.rig not in STILL:
            draw_values(layout, world.render, ("frames", "frame_rate", "flow_step", "tracks", "imu_things", "motion_blur"))
        draw_section(layout, "camera", "Camera", world.camera, camera)
        if draw_job(layout, running.get(DATASET), context):
            return
        going_on = (folder / MANIFEST).is_file()
        row = layout.row()
        row.scale_y = 1.4
        text = "Go On with Dataset" if going_on else "Write Dataset"
        row.operator(WILDFIELD_OT_write_dataset.bl_idname, text=text, icon="RENDER_STILL")


class WILDFIELD_PT_train(WildfieldPanel, bpy.types.Panel):
    """A field out of a scene of a dataset."""

    bl_label = "Train"
    bl_order = 2

    def draw(self, context: bpy.types.Context) -> None:
        settings = context.window_manager.wildfield
        layout = _prepared(self.layout)
        layout.prop(settings, "scene", placeholder="DATASET/scenes/SEED")
        layout.prop(settings, "field", placeholder=field_folder(context).name)
        layout.row().prop(settings, "length", expand=True)
        layout.prop(settings, "steps" if settings.length == "STEPS" else "seconds")
        layout.prop(settings, "splats")
        layout.prop(settings, "device")
        job = running.get(TRAINING)
        if draw_job(layout, job, context):
            return
        settings, python = preferences.get(context), preferences.python_of(context)
        if not preferences.ready(python):
            box = layout.box().column()
            box.use_property_split = False
            if settings is not None:
                box.prop(settings, "python", text="", placeholder="Python with torch and warp")
            row = box.row(align=True)
            row.operator("wildfield.find_python", icon="VIEWZOOM")
            row.operator("wildfield.check_python", text="", icon="FILE_REFRESH")
            preferences.draw_python(box, python, context)
        row = layout.row()
        row.scale_y = 1.4
        row.operator(WILDFIELD_OT_train.bl_idname, icon="PLAY")


class WILDFIELD_PT_field(WildfieldPanel, bpy.types.Panel):
    """The fields of this scene."""

    bl_label = "Field"
    bl_order = 3

    def draw(self, context: bpy.types.Context) -> None:
        layout = _prepared(self.layout)
        found = list(hosts(context.scene.objects))
        for host in found:
            draw_field(layout, host, context)
        layout.operator(WILDFIELD_OT_load_field.bl_idname, icon="IMPORT")
        if found:
            layout.operator(WILDFIELD_OT_render_fields.bl_idname, icon="RENDER_STILL")
        if found and context.engine == ENGINE and context.scene.view_settings.view_transform != "Standard":
            text = f"The view transform {context.scene.view_settings.view_transform} changes the trained colours"
            draw_text(layout, text, "INFO", context)


def _prepared(layout: bpy.types.UILayout) -> bpy.types.UILayout:
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout


def draw_values(layout: bpy.types.UILayout, group: Any, names: Sequence[str]) -> None:
    """Draw parameters of a spec, each with a pin where it was set by hand."""
    column = layout.column(align=True)
    for key in names:
        row = column.row(align=True)
        row.prop(group, key)
        if getattr(group, PIN + key):
            row.prop(group, PIN + key, text="", icon="PINNED", emboss=False)
        else:
            row.label(icon="BLANK1")


def draw_section(layout: bpy.types.UILayout, name: str, title: str, group: Any, names: Sequence[str]) -> None:
    """Draw a section that folds; its header counts the values that were set by hand."""
    header, body = layout.panel(f"wildfield_{name}", default_closed=True)
    count = len(pinned(group))
    header.label(text=f"{title} ({count} set)" if count else title)
    if body is not None:
        draw_values(body, group, names)


def draw_job(layout: bpy.types.UILayout, job: Job | None, context: bpy.types.Context) -> bool:
    """Draw a worker's progress with its cancel button, or how the last one ended; return whether it is under way."""
    if job is None:
        return False
    column = layout.column()
    if job.is_active:
        row = column.row(align=True)
        stopping = job.state == "stopping"
        left = job.seconds_left()
        ahead = f", {duration(left)} left" if left is not None and not stopping else ""
        row.progress(factor=job.progress, text="Stopping ..." if stopping else f"{job.progress:.0%}{ahead}")
        button = row.row(align=True)
        button.enabled = not stopping
        button.operator(WILDFIELD_OT_cancel.bl_idname, text="", icon="X").worker = job.name
        draw_text(column, numbers(job) or doing(job), "NONE", context)
        return True
    if job.state == "failed":
        draw_text(column, job.error, "ERROR", context)
        column.operator(WILDFIELD_OT_show_log.bl_idname, icon="TEXT").worker = job.name
    elif job.state == "cancelled":
        draw_text(column, "Cancelled; what was finished is kept", "INFO", context)
    else:
        draw_text(column, f"Done: {numbers(job)}" if numbers(job) else "Done", "CHECKMARK", context)
    return False


def doing(job: Job) -> str:
    """Return what a worker is at."""
    return f"{job.task}: {job.text}" if job.text not in ("", job.task) else job.task


def numbers(job: Job) -> str:
    """Return a training's quality and size in words, or "" for a worker that tells none."""
    values = job.values
    parts = [f"{values['psnr']:.1f} dB"] if values.get("psnr") is not None else []
    parts += [f"{values['splats']:,} splats"] if "splats" in values else []
    parts += [f"step {values['step']:,}"] if "step" in values else []
    return ", ".join(parts)


def draw_field(layout: bpy.types.UILayout, host: bpy.types.Object, context: bpy.types.Context) -> None:
    """Draw one field: its name and buttons, how many splats it has, and how it is shown."""
    settings = host.wildfield_field
    location = settings.location
    box = layout.box().column()
    row = box.row(align=True)
    row.prop(settings, "show", text="", icon="HIDE_OFF" if settings.show else "HIDE_ON", emboss=False)
    row.label(text=host.name)
    for operator, icon in (
        (WILDFIELD_OT_select_field, "RESTRICT_SELECT_OFF"),
        (WILDFIELD_OT_reload_field, "FILE_REFRESH"),
        (WILDFIELD_OT_remove_field, "X"),
    ):
        row.operator(operator.bl_idname, text="", icon=icon, emboss=False).host = host.name
    splats = field_store.arrays(location)
    if splats is not None:
        box.label(text=f"{len(splats):,} splats, harmonics of degree {splats.degree}")
    elif field_store.problem(location):
        draw_text(box, field_store.problem(location), "ERROR", context)
    else:
        box.label(text="Reading ...")
    body = box.column(align=True)
    body.enabled = settings.show
    body.prop(settings, "opacity")
    body.prop(settings, "size")


register, unregister = bpy.utils.register_classes_factory(
    (WILDFIELD_PT_world, WILDFIELD_PT_dataset, WILDFIELD_PT_train, WILDFIELD_PT_field)
)
