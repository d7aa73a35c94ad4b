"""Wildfield: natural worlds in Blender from a seed, datasets with exact ground truth, and fields trained on them.

Importing this package imports neither bpy nor torch. Blender calls `register` and `unregister`, which belong to `addon`.
"""

from __future__ import annotations

from .version import VERSION as __version__

__all__ = ["__version__", "register", "unregister"]


def register() -> None:
    """Add panels, operators, handlers and the command line to Blender."""
    from .addon import register as register_all

    register_all()


def unregister() -> None:
    """Take out of Blender everything that `register` added."""
    from .addon import unregister as unregister_all

    unregister_all()
