"""Compressed PLY, as SuperSplat and the PlayCanvas engine read and write it: 16 bytes a splat, and a byte a coefficient.

Layout: github.com/playcanvas/splat-transform, `CompressedChunk`, `writeCompressedPly` and `decompressPly`. Splats stand in
chunks of 256, each with the range of its positions (metres), log scales and colours as floats; within it a splat's position
and log scale have 11, 10 and 11 bits, its colour and opacity 8, and its rotation the three smaller components of the
quaternion with 10. The coefficients of degrees 1 to 3 are bytes over -4 to 4. Older files have no range of colours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from plyfile import PlyData, PlyElement

from ...errors import UserError
from ..files import replacing
from ..ply_file import read_elements
from .cloud import COEFFICIENTS, SH_BASE, SplatCloud, logits_of_bytes, stored, to_levels

CHUNK = 256
RANGES = ("x", "y", "z", "scale_x", "scale_y", "scale_z", "r", "g", "b")
PACKED = ("packed_position", "packed_rotation", "packed_scale", "packed_color")
REACH = 4.0
"""The largest coefficient of degree 1 to 3 that is told."""
LEAST_RANGE = 1e-5
"""Below such a range of a chunk other programs take its splats for one value, so they are written as that."""
THREE, FOUR = ((21, 2047), (11, 1023), (0, 2047)), ((24, 255), (16, 255), (8, 255), (0, 255))
"""Shift and largest value of each part of a word."""


def write_compressed(path: Path, cloud: SplatCloud) -> None:
    """Write `cloud`, in the order of a space-filling curve, so that the splats of a chunk lie together."""
    order = morton_order(cloud.means)
    count = len(order)
    whole = np.concatenate([order, np.repeat(order[-1:], -count % CHUNK)])
    values = np.hstack([cloud.means, np.clip(cloud.log_scales, -20, 20), cloud.colours()])[whole].reshape(-1, CHUNK, 9)
    low, high = values.min(1).astype(np.float32), values.max(1).astype(np.float32)
    span = (high - low).astype(np.float64)[:, None]
    share = np.where(span < LEAST_RANGE, 0, (values - low[:, None]) / np.maximum(span, LEAST_RANGE)).reshape(-1, 9)[:count]

    rows = np.empty(count, [(name, "<u4") for name in PACKED])
    rows["packed_position"] = _packed(share[:, :3], THREE)
    rows["packed_rotation"] = _packed_rotations(cloud.unit_quaternions()[order])
    rows["packed_scale"] = _packed(share[:, 3:6], THREE)
    rows["packed_color"] = _packed(np.column_stack([share[:, 6:], cloud.opacities()[order]]), FOUR)
    names = [f"{end}_{name}" for k in (0, 3, 6) for end in ("min", "max") for name in RANGES[k : k + 3]]
    ranges = np.ascontiguousarray(np.hstack([end[:, k : k + 3] for k in (0, 3, 6) for end in (low, high)]), "<f4")
    elements = [PlyElement.describe(ranges.view([(name, "<f4") for name in names])[:, 0], "chunk")]
    elements.append(PlyElement.describe(rows, "vertex"))
    bands = COEFFICIENTS[cloud.degree]
    if bands:
        # Channels apart, as in the PLY of the original.
        rest = cloud.rest[order, :bands].transpose(0, 2, 1).reshape(count, -1)
        told = np.clip(np.trunc((rest / (2 * REACH) + 0.5) * 256), 0, 255).astype(np.uint8)
        harmonics = told.view([(f"f_rest_{k}", "u1") for k in range(3 * bands)])[:, 0]
        elements.append(PlyElement.describe(harmonics, "sh"))
    with replacing(path) as part:
        PlyData(elements, byte_order="<").write(str(part))


def read_compressed(path: Path) -> SplatCloud:
    """Return the splats of a compressed PLY. Raises UserError where it is damaged."""
    elements = read_elements(path, ("chunk", "vertex", "sh"))
    if not {"chunk", "vertex"} <= elements.keys():
        raise UserError(f"{path}: this PLY holds no compressed splats, it lacks chunks or vertices")
    rows, chunks = elements["vertex"], elements["chunk"]
    count, of = len(rows), np.arange(len(rows)) // CHUNK
    if len(chunks) * CHUNK < count:
        raise UserError(f"{path}: {count} splats need {-(-count // CHUNK)} chunks, the file has {len(chunks)}")
    words = [_column(path, rows, name, "u4") for name in PACKED]
    position, rotation, scale, colour = (word.astype(np.int64) for word in words)
    shares = (_unpacked(position, THREE), _unpacked(scale, THREE), _unpacked(colour, FOUR)[:, :3])
    names = [RANGES[k : k + 3] for k in (0, 3, 6)]
    values = []
    for share, group in zip(shares, names, strict=True):
        if group[0] == "r" and "min_r" not in (chunks.dtype.names or ()):
            values.append(share)
            continue
        low, high = (np.stack([_column(path, chunks, f"{e}_{name}", "f4") for name in group], -1)[of] for e in ("min", "max"))
        with np.errstate(over="ignore", invalid="ignore"):
            values.append(low * (1 - share) + high * share)
    return stored(
        path,
        means=values[0],
        quaternions=_unpacked_rotations(rotation),
        log_scales=values[1],
        opacity_logits=logits_of_bytes(colour & 255),
        base=(values[2] - 0.5) / SH_BASE,
        rest=_harmonics(path, elements.get("sh"), count),
    )


def morton_order(positions: np.ndarray) -> np.ndarray:
    """Return the order of `positions` (N, 3) along the Z curve through a grid of 1024 cells an axis, stable."""
    low, high = positions.min(0, initial=np.inf), positions.max(0, initial=-np.inf)
    cells = to_levels((positions - low) / np.maximum(high - low, 1e-12), 1024)
    code = np.zeros(len(positions), np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= (cells[:, axis] >> bit & 1) << (3 * bit + axis)
    return np.argsort(code, kind="stable")


def _packed(shares: np.ndarray, parts: tuple[tuple[int, int], ...]) -> np.ndarray:
    """Return the words (N,) of `shares` (N, len(parts)) of 0 to 1."""
    return np.bitwise_or.reduce([to_levels(shares[:, k], most + 1) << shift for k, (shift, most) in enumerate(parts)])


def _unpacked(words: np.ndarray, parts: tuple[tuple[int, int], ...]) -> np.ndarray:
    return np.stack([(words >> shift & most) / most for shift, most in parts], -1)


def _packed_rotations(quaternions: np.ndarray) -> np.ndarray:
    """Return words (N,): which component of w, x, y, z is the largest, then the others times sqrt(1/2) plus 1/2."""
    largest = np.abs(quaternions).argmax(1)
    rows = np.arange(len(quaternions))
    upright = quaternions * np.where(quaternions[rows, largest] < 0, -1, 1)[:, None]
    others = upright[largest[:, None] != np.arange(4)].reshape(-1, 3)
    levels = to_levels(others * np.sqrt(0.5) + 0.5, 1024)
    return largest << 30 | levels[:, 0] << 20 | levels[:, 1] << 10 | levels[:, 2]


def _unpacked_rotations(words: np.ndarray) -> np.ndarray:
    others = (np.stack([words >> shift & 1023 for shift in (20, 10, 0)], -1) / 1023 - 0.5) * np.sqrt(2)
    largest = words >> 30 & 3
    quaternions = np.empty((len(words), 4))
    rows = np.arange(len(words))
    quaternions[largest[:, None] != np.arange(4)] = others.ravel()
    quaternions[rows, largest] = np.sqrt(np.maximum(0, 1 - (others**2).sum(1)))
    return quaternions


def _harmonics(path: Path, rows: np.ndarray | None, count: int) -> np.ndarray:
    """Return the coefficients (N, 15, 3) of degrees 1 to 3."""
    rest = np.zeros((count, 15, 3), np.float32)
    if rows is None:
        return rest
    extra = len(rows.dtype.names or ())
    if extra // 3 not in COEFFICIENTS or extra % 3 or len(rows) != count:
        raise UserError(f"{path}: {len(rows)} rows of {extra} coefficients; {count} rows of 9, 24 or 45 belong to its splats")
    told = np.stack([_column(path, rows, f"f_rest_{k}", "u1") for k in range(extra)], -1)
    share = np.select([told == 0, told == 255], [0.0, 1.0], (told + 0.5) / 256)
    rest[:, : extra // 3] = ((share - 0.5) * 2 * REACH).reshape(count, 3, -1).transpose(0, 2, 1)
    return rest


def _column(path: Path, rows: np.ndarray, name: str, kind: str) -> np.ndarray:
    """Return one column, which must be of the type that the layout has."""
    if name not in (rows.dtype.names or ()) or rows.dtype[name].str[1:] != kind:
        raise UserError(f"{path}: no compressed splats: it lacks the column {name} of type {kind}")
    return rows[name]
