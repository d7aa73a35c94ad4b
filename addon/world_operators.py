"""Operators of the World panel: draw a seed, let go of pinned values, build the world in a new scene."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import bpy

from ..errors import UserError
from ..procgen.compose import compose
from ..progress import Progress, Task
from . import world_properties

REDRAW_SECONDS = 0.5
FARTHEST = 30_000.0
"""Metres that a 3D view must see for the mountains behind a valley."""
SEEDS = 1_000_000
"""The dice throws small seeds, which are easy to write down."""


class StatusProgress(Progress):
    """Shows the outermost task at the cursor and in the status bar of a Blender that is busy with it."""

    def __init__(self, context: bpy.types.Context) -> None:
        self.context = context
        self.depth, self.shown = 0, 0.0
        self.window_is_there = not bpy.app.background and context.window is not None

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        if not self.window_is_there:
            yield Task(self, text, total)
            return
        self.depth += 1
        if self.depth == 1:
            self.context.window_manager.progress_begin(0, 100)
        try:
            task = Task(self, text, total)
            self._show(task, True)
            yield task
        finally:
            self.depth -= 1
            if self.depth == 0:
                self.context.window_manager.progress_end()
                self.context.workspace.status_text_set(None)

    def _show(self, task: Task, first: bool) -> None:
        # Geometry is computed on several threads; only the main one may touch Blender.
        if not self.window_is_there or threading.current_thread() is not threading.main_thread():
            return
        now = time.monotonic()
        if not first and now - self.shown < REDRAW_SECONDS:
            return
        self.shown = now
        share = task.done / task.total if task.total else 0.0
        if self.depth == 1:
            self.context.window_manager.progress_update(100 * share)
        note = f": {task.note}" if task.note else ""
        self.context.workspace.status_text_set(f"Wildfield: {task.text}{note} ({share:.0%})")
        # Blender draws nothing by itself before the operator ends.
        bpy.ops.wm.redraw_timer(type="DRAW_WIN_SWAP", iterations=1)


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Where the body raises, take every data-block that it made out of the file again."""
    before = set(bpy.data.user_map())
    try:
        yield
    except BaseException:
        bpy.data.batch_remove([block for block in bpy.data.user_map() if block not in before])
        raise


def look_through_camera(space: bpy.types.SpaceView3D) -> None:
    """Turn a 3D view to the scene's camera, and let it see as far as a landscape reaches."""
    space.clip_end = max(space.clip_end, FARTHEST)
    space.region_3d.view_perspective = "CAMERA"


class WILDFIELD_OT_generate(bpy.types.Operator):
    """Build this world in a new scene of the file. Blender is busy meanwhile, for some seconds up to a minute"""

    bl_idname = "wildfield.generate"
    bl_label = "Generate"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if context.scene.wildfield.problem:
            cls.poll_message_set(context.scene.wildfield.problem)
            return False
        if context.mode != "OBJECT":
            cls.poll_message_set("Switch to Object Mode first")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        world = context.scene.wildfield
        began = time.monotonic()
        try:
            spec = world_properties.spec_of(world)
            with all_or_nothing():
                built = compose(spec, StatusProgress(context))
        except UserError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        world_properties.copy(world, built.scene.wildfield)
        if context.window is not None:
            context.window.scene = built.scene
        if context.space_data is not None and context.space_data.type == "VIEW_3D":
            look_through_camera(context.space_data)
        seconds = time.monotonic() - began
        self.report({"INFO"}, f"{built.scene.name}: {len(built.table.things):,} things in {seconds:.1f} s")
        return {"FINISHED"}


class WILDFIELD_OT_random_seed(bpy.types.Operator):
    """Throw the dice for another seed"""

    bl_idname = "wildfield.random_seed"
    bl_label = "Another Seed"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        context.scene.wildfield.seed = random.SystemRandom().randrange(SEEDS)
        return {"FINISHED"}


class WILDFIELD_OT_unpin(bpy.types.Operator):
    """Forget every value that was set by hand and let the seed decide"""

    bl_idname = "wildfield.unpin"
    bl_label = "Let the Seed Decide"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012

    def execute(self, context: bpy.types.Context) -> set[str]:
        world_properties.unpin_all(context.scene.wildfield)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((WILDFIELD_OT_generate, WILDFIELD_OT_random_seed, WILDFIELD_OT_unpin))
