"""The fields that are in memory: read once from disk, uploaded once to the GPU, shared by every object that shows them."""

from __future__ import annotations

from pathlib import Path

from ..errors import UserError
from .field_files import read_field
from .splat_arrays import SplatArrays
from .splat_drawer import SplatDrawer

_arrays: dict[str, SplatArrays] = {}
_drawers: dict[str, SplatDrawer] = {}
_problems: dict[str, str] = {}


def load(path: str) -> SplatArrays:
    """Read the field at an absolute `path`, again where it was in memory already.

    Raises UserError where that fails; `problem` then says why, and nothing tries again by itself.
    """
    forget(path)
    try:
        _arrays[path] = read_field(Path(path))
    except UserError as error:
        _problems[path] = str(error)
        raise
    return _arrays[path]


def try_load(path: str) -> SplatArrays | None:
    """Read the field where nobody waits for the outcome; `problem` tells what went wrong."""
    try:
        return load(path)
    except UserError:
        return None


def is_known(path: str) -> bool:
    """Say whether the field was read, or tried to."""
    return path in _arrays or path in _problems


def arrays(path: str) -> SplatArrays | None:
    """Return the splats at `path`, or None where they are not in memory."""
    return _arrays.get(path)


def problem(path: str) -> str:
    """Return why the field at `path` could not be read or drawn, or ""."""
    return _problems.get(path, "")


def drawer(path: str) -> SplatDrawer | None:
    """Return the field on the GPU, uploaded at the first call, or None. Needs a GPU context."""
    if path in _arrays and path not in _drawers:
        try:
            _drawers[path] = SplatDrawer(_arrays[path])
        except UserError as error:
            _problems[path] = str(error)
            del _arrays[path]
    return _drawers.get(path)


def forget(path: str) -> None:
    """Drop the field from memory and from the GPU."""
    for table in (_arrays, _drawers, _problems):
        table.pop(path, None)


def clear() -> None:
    """Drop every field."""
    for path in {*_arrays, *_drawers, *_problems}:
        forget(path)
