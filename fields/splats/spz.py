"""SPZ, Niantic's format of splats: about a tenth of the PLY. Versions 2 and 3 (gzip) and 4 (zstd) are read, 3 is written.

Layout: github.com/nianticlabs/spz, README.md, extensions/README.md and src/cc/load-spz.cc. After 16 bytes of header, one
attribute of all splats after the other: positions as whole numbers of 24 bits, opacities, colours and log scales as bytes,
rotations as the three smaller components of the quaternion with 10 bits, coefficients of degrees 1 to 3 as bytes over -1
to 1. In version 4 the header has 32 bytes and a table of the attributes, each of which is compressed by itself.

An SPZ file has y up and z backward where a PLY has y down and z forward. As Niantic's and PlayCanvas's converters do, the
axes y and z are turned over on the way in and out, so that an SPZ and a PLY of one field are one field in every viewer.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from ...errors import UserError
from ..files import replacing
from .cloud import COEFFICIENTS, SplatCloud, logits_of_bytes, stored, to_levels

MAGIC = b"NGSP"
HEADER = struct.Struct("<4sIIBBBB")
TABLE = struct.Struct("<QQ")
WRITTEN, NEWEST = 3, 4
FRACTION = 12
"""Bits of a position after the point: a step of 0.24 mm, for positions up to 2 km."""
MOST = 10_000_000
"""The most splats that Niantic's own reader takes."""
RATIO, UNCHECKED = 100, 1 << 26
"""Splats do not get smaller than by that factor; where a file claims it and more than so many bytes, it is a bomb."""
COLOUR = 0.15
OTHER_AXES = np.array([1, -1, -1])
TURNED = np.array([1, 1, -1, -1])
BAND_SIGNS = np.array([-1, -1, 1, -1, 1, 1, -1, 1, -1, 1, -1, -1, 1, -1, 1])
"""What turning y and z over does to the coefficients of degree 1 to 3, in the order of the 3DGS code."""


@dataclass(frozen=True)
class Shape:
    """What the header of an SPZ tells, and the bytes of each attribute that follow from it."""

    version: int
    count: int
    degree: int
    fraction: int

    def sizes(self) -> tuple[int, ...]:
        """Return the bytes of positions, opacities, colours, scales, rotations and harmonics."""
        each = (9, 1, 3, 3, 4 if self.version >= 3 else 3, 3 * COEFFICIENTS[self.degree])
        return tuple(self.count * size for size in each)


def write_spz(path: Path, cloud: SplatCloud) -> None:
    """Write `cloud` as version 3. Raises UserError for more splats or positions farther away than the format has room for."""
    if len(cloud) > MOST:
        raise UserError(f"{path}: SPZ holds {MOST} splats at most, the field has {len(cloud)}; write .ply instead")
    farthest = float(np.abs(cloud.means).max(initial=0.0))
    fraction = min(FRACTION, math.floor(math.log2((2**23 - 1) / max(farthest, 1.0))))
    if fraction < 0:
        raise UserError(f"{path}: splats lie {farthest:.3g} m from the origin, too far for SPZ; write .ply instead")
    bands = COEFFICIENTS[cloud.degree]
    places = np.round(cloud.means.astype(np.float64) * OTHER_AXES * 2**fraction).astype("<i4")
    parts = (
        places.view(np.uint8).reshape(-1, 3, 4)[..., :3],
        to_levels(cloud.opacities(), 256),
        to_levels(cloud.base * COLOUR + 0.5, 256),
        np.clip(np.round((cloud.log_scales + 10) * 16), 0, 255),
        _packed_rotations(cloud.unit_quaternions() * TURNED),
        np.clip(np.round(cloud.rest[:, :bands] * BAND_SIGNS[:bands, None] * 128) + 128, 0, 255),
    )
    body = b"".join(np.ascontiguousarray(part).astype(np.uint8).tobytes() for part in parts)
    header = HEADER.pack(MAGIC, WRITTEN, len(cloud), cloud.degree, fraction, 0, 0)
    with replacing(path) as part:
        part.write_bytes(gzip.compress(header + body, 6, mtime=0))


def read_spz(path: Path) -> SplatCloud:
    """Return the splats of an SPZ file. Raises UserError where it is damaged or of a version that is not known."""
    try:
        content = path.read_bytes()
        if content[:4] == MAGIC:
            shape, parts = _new(path, content)
        else:
            shape, parts = _old(path, content)
    except (OSError, EOFError, zlib.error, struct.error, ValueError) as error:
        raise UserError(f"{path}: is missing or no whole SPZ file ({error})") from error
    count, bands = shape.count, COEFFICIENTS[shape.degree]
    places, opacities, colours, scales, rotations, harmonics = (np.frombuffer(part, np.uint8) for part in parts)
    wide = np.zeros((count, 3, 4), np.uint8)
    wide[..., 1:] = places.reshape(count, 3, 3)
    rest = np.zeros((count, 15, 3))
    rest[:, :bands] = (harmonics.reshape(count, bands, 3) / 128 - 1) * BAND_SIGNS[:bands, None]
    turns = rotations.reshape(count, -1)
    return stored(
        path,
        # The upper three bytes of four, so that the sign comes along.
        means=(wide.view("<i4")[..., 0] >> 8) * OTHER_AXES / 2.0**shape.fraction,
        quaternions=(_unpacked_rotations(turns) if shape.version >= 3 else _three_bytes(turns)) * TURNED,
        log_scales=scales.reshape(count, 3) / 16 - 10,
        opacity_logits=logits_of_bytes(opacities.astype(np.float64)),
        base=(colours.reshape(count, 3) / 255 - 0.5) / COLOUR,
        rest=rest,
    )


def _shape(path: Path, header: bytes, size: int) -> Shape:
    """Return what the 16 bytes of the header mean, in a file of `size` bytes."""
    magic, version, count, degree, fraction, _flags, _ = HEADER.unpack(header[: HEADER.size])
    if magic != MAGIC:
        raise ValueError("it does not begin as one")
    if not 2 <= version <= NEWEST:
        raise UserError(f"{path}: is SPZ of version {version}, this version reads 2 to {NEWEST}")
    if degree >= len(COEFFICIENTS):
        raise UserError(f"{path}: has spherical harmonics of degree {degree}, fields have 0 to {len(COEFFICIENTS) - 1}")
    if fraction > 23:
        raise ValueError(f"{fraction} bits after the point in numbers of 24")
    shape = Shape(version, count, degree, fraction)
    need = sum(shape.sizes())
    if count > MOST or (need > UNCHECKED and need > RATIO * size):
        raise UserError(f"{path}: claims {count} splats, more than a file of {size} bytes can hold; get the file again")
    return shape


def _old(path: Path, content: bytes) -> tuple[Shape, list[bytes]]:
    """Return the attributes of versions 2 and 3; what follows them, extensions, is not looked at."""
    unzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
    shape = _shape(path, unzip.decompress(content, HEADER.size), len(content))
    if shape.version > WRITTEN:
        raise ValueError(f"version {shape.version} in the layout of version {WRITTEN}")
    sizes = shape.sizes()
    body = unzip.decompress(unzip.unconsumed_tail, sum(sizes)) if sum(sizes) else b""
    if len(body) < sum(sizes):
        raise ValueError(f"its header asks for {sum(sizes)} bytes, {len(body)} are there")
    ends = np.cumsum((0, *sizes)).tolist()
    return shape, [body[start:end] for start, end in pairwise(ends)]


def _new(path: Path, content: bytes) -> tuple[Shape, list[bytes]]:
    """Return the attributes of version 4: a table of their compressed and whole sizes, then each for itself."""
    shape = _shape(path, content, len(content))
    if shape.version <= WRITTEN:
        raise ValueError(f"version {shape.version} in the layout of version {NEWEST}")
    try:
        import zstandard
    except ImportError as error:
        raise UserError(f"{path}: SPZ of version 4 needs zstandard, not here: pip install 'wildfield[splats]'") from error
    (table,) = struct.unpack_from("<I", content, HEADER.size)
    sizes = [size for size in shape.sizes() if size]
    start, parts = table + TABLE.size * len(sizes), []
    for number, size in enumerate(sizes):
        packed, whole = TABLE.unpack_from(content, table + TABLE.size * number)
        if content[15] != len(sizes) or whole != size or start + packed > len(content):
            raise ValueError(f"attribute {number} of {content[15]} has {packed} bytes for {whole}, it needs {size}")
        try:
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(content[start : start + packed])) as stream:
                parts.append(stream.read(size))
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from error
        if len(parts[-1]) != size:
            raise ValueError(f"attribute {number} ends after {len(parts[-1])} of {size} bytes")
        start += packed
    filled = iter(parts)
    return shape, [next(filled) if size else b"" for size in shape.sizes()]


def _packed_rotations(quaternions: np.ndarray) -> np.ndarray:
    """Return (N, 4) bytes of unit quaternions w, x, y, z: which of x, y, z, w is the largest, sign and 9 bits of the others."""
    ordered = quaternions[:, [1, 2, 3, 0]]
    largest = np.abs(ordered).argmax(1)
    upright = ordered * np.where(ordered[np.arange(len(ordered)), largest] < 0, -1, 1)[:, None]
    others = upright[largest[:, None] != np.arange(4)].reshape(-1, 3)
    levels = to_levels(np.abs(others) * np.sqrt(2), 512) | (others < 0) << 9
    words = largest << 30 | levels[:, 0] << 20 | levels[:, 1] << 10 | levels[:, 2]
    return words.astype("<u4").view(np.uint8).reshape(-1, 4)


def _unpacked_rotations(stored_bytes: np.ndarray) -> np.ndarray:
    """Return the quaternions (N, 4) as w, x, y, z of (N, 4) bytes."""
    words = np.ascontiguousarray(stored_bytes).view("<u4")[:, 0].astype(np.int64)
    levels = np.stack([words >> shift & 1023 for shift in (20, 10, 0)], -1)
    others = (levels & 511) / 511 * np.sqrt(0.5) * np.where(levels & 512, -1, 1)
    largest = words >> 30 & 3
    ordered = np.empty((len(words), 4))
    ordered[largest[:, None] != np.arange(4)] = others.ravel()
    ordered[np.arange(len(words)), largest] = np.sqrt(np.maximum(0, 1 - (others**2).sum(1)))
    return ordered[:, [3, 0, 1, 2]]


def _three_bytes(stored_bytes: np.ndarray) -> np.ndarray:
    """Return the quaternions (N, 4) of version 2: x, y and z as bytes over -1 to 1, w what is left."""
    others = stored_bytes / 127.5 - 1
    return np.column_stack([np.sqrt(np.maximum(0, 1 - (others**2).sum(1))), others])
