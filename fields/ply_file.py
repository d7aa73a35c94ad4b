"""Elements of a PLY file (paulbourke.net/dataformats/ply) as arrays, of any size that the file really has.

plyfile reads the header and text; binary rows are read here at once, after the size that the header claims was held
against that of the file. Numpy and plyfile only: Blender's side reads fields and points through this module.
"""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np
from plyfile import PlyData, PlyElement, PlyListProperty, PlyParseError

from ..errors import UserError

HEADER = 1 << 16
"""A header that is longer, in bytes, is none."""


def element_names(path: Path) -> list[str]:
    """Return what elements a PLY says it has, such as "vertex" and "face". Raises UserError where it is none."""
    with _damage_told(path), path.open("rb") as stream:
        return [element.name for element in _described(stream.read(HEADER))[1]]


def read_elements(path: Path, wanted: Collection[str]) -> dict[str, np.ndarray]:
    """Return those of the `wanted` elements that the file has, by name, each a structured array of its rows.

    Raises UserError where the file is missing, damaged, or not as long as its header says.
    """
    with _damage_told(path), path.open("rb") as stream:
        start, header, counts = _described(stream.read(HEADER))
        _check(path, start, header, counts)
        if not header.text:
            return _rows(stream, start, header, counts, wanted)
        # Read, not mapped: where another process cuts a mapped file short, the system kills this one.
        return {element.name: element.data for element in PlyData.read(str(path), mmap=False) if element.name in wanted}


@contextmanager
def _damage_told(path: Path) -> Iterator[None]:
    """Turn what goes wrong with the file into one line."""
    try:
        yield
    except (PlyParseError, OSError, ValueError, OverflowError, MemoryError, TypeError, IndexError) as error:
        raise UserError(f"{path}: is missing or no whole PLY file ({error})") from error


def read_vertices(path: Path) -> np.ndarray:
    """Return the vertices of any PLY as a structured array. Raises UserError where there are none."""
    elements = read_elements(path, ("vertex",))
    if "vertex" not in elements:
        raise UserError(f"{path}: this PLY has no vertices")
    return elements["vertex"]


def _described(head: bytes) -> tuple[int, PlyData, list[int]]:
    """Return where the rows start, the elements without their rows, and how many rows each claims to have."""
    newline = b"\r\n" if head[3:5] == b"\r\n" else head[3:4]
    end = head.find(newline + b"end_header" + newline) if newline in (b"\n", b"\r", b"\r\n") else -1
    if not head.startswith(b"ply") or end < 0:
        raise ValueError("it has no PLY header")
    start = end + len(b"end_header") + 2 * len(newline)
    lines, counts = head[:start].split(newline), []
    for number, line in enumerate(lines):
        words = line.split()
        if words[:1] == [b"element"] and len(words) == 3:
            counts.append(int(words[2]))
            lines[number] = b" ".join([*words[:2], b"0"])
    return start, PlyData.read(io.BytesIO(newline.join(lines))), counts


def _check(path: Path, start: int, header: PlyData, counts: list[int]) -> None:
    """Raise ValueError where the file is too short for its header: a digit and a space a value in text, a byte in a list."""
    need = start
    for element, count in zip(header.elements, counts, strict=True):
        lists = sum(isinstance(column, PlyListProperty) for column in element.properties)
        size = 2 * len(element.properties) if header.text else lists + (0 if lists else _row(element, header).itemsize)
        if count < 0 or (count and not element.properties):
            raise ValueError(f"{count} rows of {element.name} without columns")
        need += count * size - (1 if header.text and count else 0)
    if need > path.stat().st_size:
        raise ValueError(f"its header asks for {need} bytes, the file has {path.stat().st_size}")


def _row(element: PlyElement, header: PlyData) -> np.dtype:
    return np.dtype(element.dtype(header.byte_order))


def _rows(stream: BinaryIO, start: int, header: PlyData, counts: list[int], wanted: Collection[str]) -> dict[str, np.ndarray]:
    """Return the rows of the wanted elements of a binary file; elements after the last of them are not looked at."""
    found: dict[str, np.ndarray] = {}
    missing = {element.name for element in header.elements} & set(wanted)
    stream.seek(start)
    for element, count in zip(header.elements, counts, strict=True):
        if not missing:
            break
        if any(isinstance(column, PlyListProperty) for column in element.properties):
            raise ValueError(f"lists of {element.name} stand before {', '.join(sorted(missing))}")
        row = _row(element, header)
        if element.name not in missing:
            stream.seek(count * row.itemsize, os.SEEK_CUR)
            continue
        found[element.name] = np.fromfile(stream, row, count)
        missing.remove(element.name)
        if len(found[element.name]) < count:
            raise ValueError(f"{len(found[element.name])} of {count} rows of {element.name}")
    return found
