"""`blender -b --command wildfield ...`: the command line of the package, inside Blender."""

from __future__ import annotations

import bpy

from .. import cli

NAME = "wildfield"

_handle = None


def register() -> None:
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, cli.main)


def unregister() -> None:
    global _handle
    bpy.utils.unregister_cli_command(_handle)
    _handle = None
