"""The file formats of splats, by the ending of the name: what reads and what writes each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...errors import UserError, nearest
from ..ply_file import element_names
from .cloud import SplatCloud
from .compressed_ply import read_compressed, write_compressed
from .ply import read_splats, write_splats
from .splat_file import read_splat, write_splat
from .spz import read_spz, write_spz

SPLATS = "splats.ply"
"""The file of a field folder that holds the field itself."""


@dataclass(frozen=True)
class Format:
    """One format of splats."""

    read: Callable[[Path], SplatCloud]
    write: Callable[[Path, SplatCloud], None]
    degree: int
    """The highest degree of spherical harmonics that it keeps."""


FORMATS = {
    ".compressed.ply": Format(read_compressed, write_compressed, 3),
    ".ply": Format(read_splats, write_splats, 3),
    ".spz": Format(read_spz, write_spz, 3),
    ".splat": Format(read_splat, write_splat, 0),
}
"""By ending, the longer of two that fit first."""


def splat_file(path: Path) -> Path:
    """Return the file that `path` means: itself, or the one in a field folder. Raises UserError where there is none."""
    if path.is_file():
        return path
    if (path / SPLATS).is_file():
        return path / SPLATS
    if path.is_dir():
        raise UserError(f"{path}: no field here: choose a folder with {SPLATS}, or a file that ends in {', '.join(FORMATS)}")
    raise UserError(f"{path}: there is no such file or folder")


def format_of(path: Path) -> Format:
    """Return the format that the name tells. Raises UserError for another ending."""
    for ending, form in FORMATS.items():
        if path.name.lower().endswith(ending):
            return form
    ending = path.suffix.lower()
    raise UserError(f"{path}: unknown ending {ending!r}{nearest(ending, FORMATS)}: splats are in {', '.join(FORMATS)}")


def read_any(path: Path) -> SplatCloud:
    """Return the splats of a file in any of the formats; a compressed PLY is known by its content, whatever its name.

    Raises UserError where the file is missing, damaged or of another kind, or holds no splats.
    """
    form = format_of(path)
    if path.suffix.lower() == ".ply":
        form = FORMATS[".compressed.ply" if "chunk" in element_names(path) else ".ply"]
    cloud = form.read(path)
    if not len(cloud):
        raise UserError(f"{path}: this file holds no splats")
    return cloud
