"""The command lines of the workers: which program, and how it finds this copy of Wildfield."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import bpy

PACKAGE = (__package__ or "").rpartition(".")[0]
"""The extension's name in Blender: bl_ext.user_default.wildfield, or wildfield where a checkout was loaded."""
HERE = Path(__file__).resolve().parent
LAUNCH = HERE / "launch.py"
INSPECT = HERE / "inspect_python.py"
SETUP = HERE / "setup_python.py"
FOR_PROGRAMS = ("--progress", "json", "--json")


def in_python(python: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs `wildfield ARGUMENTS` of this copy in another Python."""
    return [python, str(LAUNCH), *arguments, *FOR_PROGRAMS]


def in_blender(arguments: Sequence[str]) -> list[str]:
    """Return the command that runs `wildfield ARGUMENTS` in a second Blender, without a window.

    An installed extension is started as such, so that it finds the packages that came with it. A bpy wheel has no program
    of its own: there the same Python runs the command.
    """
    words = [*arguments, *FOR_PROGRAMS]
    if not bpy.app.binary_path:
        return [sys.executable, str(LAUNCH), *words]
    blender = [bpy.app.binary_path, "-b", "--factory-startup"]
    if PACKAGE.startswith("bl_ext."):
        return [*blender, "--addons", PACKAGE, "--command", "wildfield", *words]
    return [*blender, "--python-exit-code", "1", "-P", str(LAUNCH), "--", *words]


def environments() -> Iterator[Path]:
    """Yield the Pythons on this machine that may be meant for training, the likeliest first."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    active = os.environ.get("VIRTUAL_ENV")
    folders = [own_environment(), HERE.parent / ".venv", *([Path(active)] if active else [])]
    folders += [Path.home() / name for name in ("wildfield/.venv", "Wildfield/.venv", ".venv")]
    found = [folder / inside for folder in folders]
    names = ("python.exe",) if os.name == "nt" else ("python3.13", "python3.12", "python3.11", "python3")
    found += [Path(folder) / name for name in names for folder in os.get_exec_path()]
    yield from dict.fromkeys(path for path in found if path.is_file())


def own_environment() -> Path:
    """Return the folder of the Python that "Set Up" makes."""
    if PACKAGE.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(PACKAGE, path="python"))
    return HERE.parent / "out" / "python"
