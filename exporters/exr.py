"""OpenEXR files by NumPy and zlib: what datasets hold and what Blender hands over, without a compiled package.

Blender has an OpenEXR of its own in the process. On Linux, the functions of a second one from a wheel are bound to Blender's
by their names, and two versions then work on one structure: so none is loaded here. Scan lines are written, compressed by
ZIP, which keeps all bits, or PXR24, which keeps 24 of a float's but packs smooth maps and ids twice as well; scan lines of one
part or more are read, plain, ZIPS, ZIP or PXR24. Layout: https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC, _VERSION = 20000630, 2
_TILED, _LONG_NAMES, _DEEP, _MULTIPART = 0x200, 0x400, 0x800, 0x1000
_TYPES = (np.dtype("<u4"), np.dtype("<f2"), np.dtype("<f4"))
_ZIP, _PXR24 = 3, 5
_LINES = {0: 1, 2: 1, _ZIP: 16, _PXR24: 16}
"""Compression -> scan lines a chunk: none, ZIPS, ZIP, PXR24."""
_LEVEL = 4
_LARGEST_RATIO = 1100
"""Deflate makes nothing smaller than by this factor, so a header that promises more pixels lies."""

Channels = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class _Part:
    channels: tuple[tuple[str, np.dtype[Any]], ...]
    compression: int
    top: int
    width: int
    height: int

    @property
    def line_bytes(self) -> int:
        return self.width * sum(kind.itemsize for _, kind in self.channels)

    @property
    def packed_bytes(self) -> int:
        """Bytes of a line before it is deflated by PXR24."""
        return self.width * sum(_planes(kind) for _, kind in self.channels)

    @property
    def chunks(self) -> int:
        return -(-self.height // _LINES[self.compression])


PACKED_BITS = 15
"""Bits of fraction that PXR24 keeps of a float."""


def shortened(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Return the nearest floats with so many bits of fraction, at most 2^-(bits + 1) of their size away; ties go to even."""
    if bits >= 23:
        return values
    drop = np.uint32(23 - bits)
    whole = np.ascontiguousarray(values, np.float32).view(np.uint32)
    up = (np.uint32(1) << drop - np.uint32(1)) - np.uint32(1) + (whole >> drop & np.uint32(1))
    nearest = (whole + up >> drop << drop).view(np.float32)
    return np.where(np.isfinite(values) & np.isfinite(nearest), nearest, values)


def encode(channels: Mapping[str, NDArray[Any]], pack: bool = False) -> bytes:
    """Return (H, W) float32, float16 or uint32 arrays as the named channels of an EXR file; equal pixels give equal bytes.

    With `pack`, floats must have no more than `PACKED_BITS`: the file is then PXR24, and as exact as a ZIP one. Raises
    ValueError otherwise.
    """
    names = sorted(channels, key=str.encode)
    height, width = channels[names[0]].shape
    listed, columns, packed = b"", [], []
    for name in names:
        kind = channels[name].dtype.newbyteorder("<")
        listed += name.encode() + b"\0" + struct.pack("<iB3xii", _TYPES.index(kind), 0, 1, 1)
        values = np.ascontiguousarray(channels[name], kind)
        columns.append(values.view(np.uint8).reshape(height, -1))
        packed += _differences(values) if pack else []
    compression = _PXR24 if pack else _ZIP
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    attributes = {
        "channels chlist": listed + b"\0",
        "compression compression": bytes([compression]),
        "dataWindow box2i": window,
        "displayWindow box2i": window,
        "lineOrder lineOrder": b"\0",
        "pixelAspectRatio float": struct.pack("<f", 1),
        "screenWindowCenter v2f": struct.pack("<2f", 0, 0),
        "screenWindowWidth float": struct.pack("<f", 1),
    }
    head = struct.pack("<ii", _MAGIC, _VERSION | (_LONG_NAMES if max(map(len, names)) > 31 else 0))
    for name, value in attributes.items():
        head += name.replace(" ", "\0").encode() + b"\0" + struct.pack("<i", len(value)) + value
    head += b"\0"
    lines, planes = np.hstack(columns), np.hstack(packed) if pack else None
    chunks = []
    for top in range(0, height, _LINES[compression]):
        rows = slice(top, top + _LINES[compression])
        raw = lines[rows].tobytes()
        body = _zipped(lines[rows].ravel()) if planes is None else zlib.compress(planes[rows].tobytes(), _LEVEL)
        body = body if len(body) < len(raw) else raw
        chunks.append(struct.pack("<ii", top, len(body)) + body)
    places = len(head) + 8 * len(chunks) + np.cumsum([0, *(len(chunk) for chunk in chunks[:-1])])
    return b"".join([head, places.astype("<u8").tobytes(), *chunks])


def decode(content: bytes) -> Channels:
    """Return every channel of all parts as an (H, W) array under its full name.

    Raises ValueError where `content` is truncated, damaged, no EXR, or of a kind that is not read here.
    """
    try:
        magic, version = struct.unpack_from("<ii", content)
        if magic != _MAGIC:
            raise ValueError("no EXR signature")
        if version & (_TILED | _DEEP):
            raise ValueError("tiles and deep pixels are not read")
        many = bool(version & _MULTIPART)
        parts, at = _read_headers(content, many)
        found: Channels = {}
        for number, part in enumerate(parts):
            places = struct.unpack_from(f"<{part.chunks}Q", content, at)
            at += 8 * part.chunks
            found |= _read_part(content, part, places, number if many else None)
        return found
    except (struct.error, zlib.error, KeyError, UnicodeDecodeError, OverflowError) as error:
        raise ValueError(f"damaged: {error}") from error


def _read_headers(content: bytes, many: bool) -> tuple[list[_Part], int]:
    """Return the parts, and the place of the first table of chunks."""
    parts: list[_Part] = []
    at = 8
    while not parts or (many and content[at : at + 1] != b"\0"):
        values, at = _read_attributes(content, at)
        left, top, right, bottom = struct.unpack("<4i", values["dataWindow"])
        compression, width, height = values["compression"][0], right - left + 1, bottom - top + 1
        if compression not in _LINES:
            raise ValueError(f"compression {compression} is not read, only none, ZIPS and ZIP")
        part = _Part(tuple(_listed(values["channels"])), compression, top, width, height)
        if min(width, height) < 1 or part.line_bytes * height > _LARGEST_RATIO * len(content):
            raise ValueError(f"it cannot hold {width} x {height} pixels")
        parts.append(part)
    return parts, at + many


def _read_attributes(content: bytes, at: int) -> tuple[dict[str, bytes], int]:
    """Return the values of one header by name, and the place after it."""
    values: dict[str, bytes] = {}
    while content[at : at + 1] != b"\0":
        name, _, rest = content[at : at + 512].partition(b"\0")
        kind = rest.partition(b"\0")[0]
        at += len(name) + len(kind) + 2
        (size,) = struct.unpack_from("<i", content, at)
        if size < 0 or at + 4 + size > len(content):
            raise ValueError("its header is cut off")
        values[name.decode()] = content[at + 4 : at + 4 + size]
        at += 4 + size
    return values, at + 1


def _listed(value: bytes) -> Iterator[tuple[str, np.dtype[Any]]]:
    """Yield name and type of each channel of a chlist, in the order of the pixels."""
    while value[:1] != b"\0":
        name, _, value = value.partition(b"\0")
        kind, across, down = struct.unpack_from("<i4xii", value)
        if kind not in range(len(_TYPES)) or (across, down) != (1, 1):
            raise ValueError(f"the channel {name.decode()} has an unknown type or fewer samples than pixels")
        yield name.decode(), _TYPES[kind]
        value = value[16:]


def _read_part(content: bytes, part: _Part, places: tuple[int, ...], number: int | None) -> Channels:
    """Return the channels of one part; `number` is its own where the file has several."""
    lines = np.empty((part.height, part.line_bytes), np.uint8)
    missing = part.chunks
    for place in places:
        if number is not None:
            (owner,) = struct.unpack_from("<i", content, place)
            if owner != number:
                raise ValueError("a chunk belongs to another part")
            place += 4
        top, size = struct.unpack_from("<ii", content, place)
        top -= part.top
        body = content[place + 8 : place + 8 + size]
        if not 0 <= top < part.height or top % _LINES[part.compression] or len(body) != size:
            raise ValueError("its pixels are cut off")
        rows = lines[top : top + _LINES[part.compression]]
        if part.compression == _PXR24 and len(body) < rows.size:
            rows[:] = _summed(_inflated(body, len(rows) * part.packed_bytes), part, len(rows))
        else:
            rows[:] = _unzipped(body, rows.size, part.compression).reshape(rows.shape)
        missing -= 1
    if missing or len(set(places)) != len(places):
        raise ValueError("scan lines are missing")
    found: Channels = {}
    at = 0
    for name, kind in part.channels:
        width = part.width * kind.itemsize
        found[name] = np.ascontiguousarray(lines[:, at : at + width]).view(kind)
        at += width
    return found


def _planes(kind: np.dtype[Any]) -> int:
    """Return how many bytes PXR24 keeps of a value."""
    return 3 if kind.kind == "f" and kind.itemsize == 4 else kind.itemsize


def _differences(values: NDArray[Any]) -> list[NDArray[np.uint8]]:
    """Return the byte planes (H, W) of a channel for PXR24, the highest first: each value less the one to its left."""
    kept = _planes(values.dtype)
    whole: NDArray[Any] = values.view(np.uint16 if values.dtype.itemsize == 2 else np.uint32)
    if kept == 3:
        if (whole & np.uint32(0xFF)).any():
            raise ValueError(f"floats have more than {PACKED_BITS} bits of fraction")
        whole = whole >> np.uint32(8)
    steps = whole.copy()
    steps[:, 1:] -= whole[:, :-1]
    return [(steps >> steps.dtype.type(8 * plane)).astype(np.uint8) for plane in reversed(range(kept))]


def _summed(raw: NDArray[np.uint8], part: _Part, height: int) -> NDArray[np.uint8]:
    """Undo `_differences` for the lines of one chunk: (height, line_bytes)."""
    planes = raw.reshape(height, -1, part.width)
    columns, at = [], 0
    for _, kind in part.channels:
        kept = _planes(kind)
        steps = np.zeros((height, part.width), np.uint32)
        for plane in planes[:, at : at + kept].transpose(1, 0, 2):
            steps = steps << np.uint32(8) | plane
        at += kept
        whole = np.cumsum(steps, axis=1, dtype=np.uint32) << np.uint32(8 if kept == 3 else 0)
        columns.append(whole.astype(f"<u{kind.itemsize}").view(np.uint8).reshape(height, -1))
    return np.hstack(columns)


def _zipped(raw: NDArray[np.uint8]) -> bytes:
    """Return bytes as ZIP stores them: even bytes, then odd ones, as differences, deflated."""
    ordered = np.concatenate([raw[0::2], raw[1::2]])
    ordered[1:] -= ordered[:-1].copy() + np.uint8(128)
    return zlib.compress(ordered.tobytes(), _LEVEL)


def _unzipped(body: bytes, size: int, compression: int) -> NDArray[np.uint8]:
    """Undo `_zipped`. Raises ValueError where other than `size` bytes come out."""
    if not compression or len(body) >= size:
        raw = np.frombuffer(body, np.uint8)
        if raw.size != size:
            raise ValueError("a chunk has the wrong size")
        return raw
    steps = _inflated(body, size)
    steps[1:] += np.uint8(128)
    ordered = np.cumsum(steps, dtype=np.uint8)
    raw = np.empty_like(ordered)
    half = -(-ordered.size // 2)
    raw[0::2], raw[1::2] = ordered[:half], ordered[half:]
    return raw


def _inflated(body: bytes, size: int) -> NDArray[np.uint8]:
    """Return `size` bytes. Raises ValueError where there are more or fewer."""
    raw = np.frombuffer(zlib.decompressobj().decompress(body, size + 1), np.uint8).copy()
    if raw.size != size:
        raise ValueError("a chunk has the wrong size")
    return raw
