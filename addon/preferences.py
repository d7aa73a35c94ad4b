"""What is set once: the Python that trains, and where datasets and fields go; with operators that find or make that Python."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bpy

from . import running
from .commands import INSPECT, PACKAGE, SETUP, environments, own_environment
from .inspect_python import PACKAGES
from .text import draw_text
from .worker import Job

CHECK, SETTING_UP = "check", "setup"
DEFAULT_FOLDER = Path.home() / "wildfield"
NOT_ENABLED = "Switch the extension on in Preferences, Add-ons, so that it has settings"
Report = dict[str, Any]

_reports: dict[str, Report] = {}


def _python_changed(settings: WildfieldPreferences, _context: bpy.types.Context) -> None:
    check(settings.python)


class WildfieldPreferences(bpy.types.AddonPreferences):
    """Wildfield's page in Blender's preferences."""

    bl_idname = PACKAGE

    python: bpy.props.StringProperty(
        name="Python for Training",
        description="A Python 3.11 or newer, outside of Blender, that has torch and warp",
        subtype="FILE_PATH",
        update=_python_changed,
    )
    folder: bpy.props.StringProperty(
        name="Folder",
        description="Where new datasets and fields are put",
        subtype="DIR_PATH",
        default=str(DEFAULT_FOLDER),
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "folder")
        row = layout.row(align=True)
        row.prop(self, "python")
        row.operator(WILDFIELD_OT_find_python.bl_idname, text="", icon="VIEWZOOM")
        row.operator(WILDFIELD_OT_check_python.bl_idname, text="", icon="FILE_REFRESH")
        draw_python(layout, self.python, context)


def get(context: bpy.types.Context) -> WildfieldPreferences | None:
    """Return the add-on's preferences, or None where it runs without having any (`blender --addons ...`)."""
    entry = context.preferences.addons.get(PACKAGE)
    return entry.preferences if entry is not None else None


def python_of(context: bpy.types.Context) -> str:
    """Return the Python for training, or "" where none is set."""
    settings = get(context)
    return settings.python if settings is not None else ""


def folder_of(context: bpy.types.Context) -> Path:
    """Return the folder where new datasets and fields are put."""
    settings = get(context)
    return Path(bpy.path.abspath(settings.folder)) if settings is not None and settings.folder else DEFAULT_FOLDER


def report(python: str) -> Report | None:
    """Return what was found out about a Python (`inspect_python.inspect`), or None where that was not asked yet."""
    return _reports.get(python)


def ready(python: str) -> bool:
    """Say whether a Python is known to have all that training needs."""
    known = _reports.get(python)
    return known is not None and not known.get("error") and not known["missing"] and not known["old"]


def summary(python: str) -> str:
    """Return one line that says plainly what a Python has, or what it lacks."""
    known = _reports.get(python)
    if known is None and running.is_running(CHECK):
        return "Looking at it ..." if python else "Looking for one ..."
    if not python and _reports:
        return f"No Python of the {len(_reports)} found here can train: set one up, or choose your own"
    if not python:
        return "No Python is set: training needs one with torch and warp"
    if known is None:
        return "Not looked at yet"
    if known.get("error"):
        return f"Cannot be run: {known['error']}"
    if known["old"]:
        return f"Python {known['python']} is too old: 3.11 or newer is needed"
    if known["missing"]:
        return f"Python {known['python']} lacks {', '.join(known['missing'])}"
    packages = known["packages"]
    where = f"GPU {known['cuda']}" if known["cuda"] else "no CUDA GPU, trains on the CPU"
    return f"Ready: Python {known['python']}, torch {packages['torch']}, warp {packages['warp-lang']}; {where}"


def draw_python(layout: bpy.types.UILayout, python: str, context: bpy.types.Context) -> None:
    """Draw the check line of a Python, and the way out where it cannot train."""
    job = running.get(SETTING_UP)
    if job is not None and job.is_active:
        row = layout.row(align=True)
        row.progress(factor=job.progress, text=job.text or job.task)
        row.operator("wildfield.cancel", text="", icon="X").worker = SETTING_UP
        return
    if ready(python):
        draw_text(layout, summary(python), "CHECKMARK", context)
        return
    draw_text(layout, summary(python), "ERROR" if python in _reports else "INFO", context)
    if job is not None and job.state == "failed":
        draw_text(layout, f"Set-up failed: {job.error}", "ERROR", context)
        layout.operator("wildfield.show_log", icon="TEXT").worker = SETTING_UP
    layout.operator(WILDFIELD_OT_set_up_python.bl_idname, icon="IMPORT")


def check(python: str, candidates: tuple[str, ...] = (), then_set: bool = False) -> None:
    """Look at a Python in the background; where it cannot train, go on with the next of `candidates`.

    With `then_set` the first that is ready becomes the one in the preferences.
    """
    if not python or running.is_running(CHECK):
        return
    _reports.pop(python, None)

    def ended(job: Job) -> None:
        if job.is_active:
            return
        _reports[python] = job.result if job.state == "done" and job.result else {"error": job.error or "it says nothing"}
        if then_set and ready(python):
            settings = get(bpy.context)
            if settings is not None and settings.python != python:
                settings.python = python
        elif candidates:
            check(candidates[0], candidates[1:], then_set)

    try:
        running.start(CHECK, [python, str(INSPECT)], ended)
    except OSError as error:
        _reports[python] = {"error": error.strerror or str(error)}
        if candidates:
            check(candidates[0], candidates[1:], then_set)


class WILDFIELD_OT_find_python(bpy.types.Operator):
    """Look for a Python with torch and warp: in .venv folders, the active environment and on the search path"""

    bl_idname = "wildfield.find_python"
    bl_label = "Find Python"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if get(context) is None:
            cls.poll_message_set(NOT_ENABLED)
            return False
        if running.is_running(CHECK):
            cls.poll_message_set("Already looking")
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        found = [str(path) for path in environments()]
        if not found:
            self.report({"WARNING"}, "There is no Python on this machine but Blender's own: install Python 3.11 or newer")
            return {"CANCELLED"}
        check(found[0], tuple(found[1:]), then_set=True)
        return {"FINISHED"}


class WILDFIELD_OT_check_python(bpy.types.Operator):
    """See again whether this Python has torch and warp"""

    bl_idname = "wildfield.check_python"
    bl_label = "Check Python"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not python_of(context):
            cls.poll_message_set("Choose a Python first")
            return False
        return not running.is_running(CHECK)

    def execute(self, context: bpy.types.Context) -> set[str]:
        check(python_of(context))
        return {"FINISHED"}


class WILDFIELD_OT_set_up_python(bpy.types.Operator):
    """Make a Python for training in the extension's own folder and download torch, warp and what else it needs (1 to 3 GB)"""

    bl_idname = "wildfield.set_up_python"
    bl_label = "Set Up Python for Training"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if get(context) is None:
            cls.poll_message_set(NOT_ENABLED)
            return False
        if not bpy.app.online_access:
            cls.poll_message_set('This downloads packages: switch on "Allow Online Access" in Preferences, System')
            return False
        return not running.is_running(SETTING_UP)

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        folder = own_environment()
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            running.start(SETTING_UP, [sys.executable, str(SETUP), str(folder), *PACKAGES.values()], _set_up)
        except OSError as error:
            self.report({"ERROR"}, f"Set-up cannot start: {error}")
            return {"CANCELLED"}
        return {"FINISHED"}


def _set_up(job: Job) -> None:
    if job.state == "done" and job.result:
        settings = get(bpy.context)
        if settings is not None:
            settings.python = job.result["python"]


CLASSES = (WildfieldPreferences, WILDFIELD_OT_find_python, WILDFIELD_OT_check_python, WILDFIELD_OT_set_up_python)
_register, _unregister = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    _register()


def unregister() -> None:
    _unregister()
    _reports.clear()
