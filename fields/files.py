"""Reading and writing the files of fields: pictures, depth, JSON. Every error a user can mend becomes one line."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` that takes its place when the block ends well, so a reader sees whole files.

    Raises UserError where the disk is full or cannot be written; the old file then stays as it was.
    """
    part = path.with_name(f".{path.name}.part")
    with writing(path):
        try:
            yield part
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn the errors of the file system under `path` into one line."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise UserError(f"{path}: the disk is full; make room and run the command again") from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise UserError(f"{path}: cannot be written ({error.strerror}); choose another output folder") from error
        if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOENT):
            raise UserError(f"{path}: {error.strerror}; choose another output folder") from error
        raise


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON that a person can read."""
    with replacing(path) as part:
        part.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file. Raises UserError where there is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise UserError(f"{path}: is not whole JSON ({error}); make the file again") from error
    if not isinstance(value, dict):
        raise UserError(f"{path}: holds no JSON object")
    return value


def read_picture(path: Path) -> np.ndarray:
    """Return an 8-bit picture (height, width, 3 or 4) uint8, RGB or RGBA with straight alpha."""
    import imageio.v3 as iio

    try:
        pixels = np.asarray(iio.imread(path))
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(f"{path}: is missing or no whole picture; render this view again") from error
    if pixels.dtype == np.uint16:
        pixels = np.round(pixels / 257).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, -1)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise UserError(f"{path}: has shape {pixels.shape} of {pixels.dtype}; RGB or RGBA of 8 or 16 bits is read")
    return pixels


def write_picture(path: Path, colour: np.ndarray) -> None:
    """Write (height, width, 3 or 4) values of 0 to 1 as an 8-bit PNG."""
    import imageio.v3 as iio

    pixels = (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)
    with replacing(path) as part, part.open("wb") as stream:
        iio.imwrite(stream, pixels, extension=".png")


def read_depth(path: Path) -> np.ndarray:
    """Return planar depth (height, width) float32 in metres from the channel Z of an EXR; 0 where there is no surface."""
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = file.channels()
            if "Z" not in channels:
                raise UserError(f"{path}: has no channel Z but {', '.join(sorted(channels))}")
            return np.array(channels["Z"].pixels, np.float32)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path}: is missing or no whole EXR; render this view again") from error


def write_depth(path: Path, depth: np.ndarray) -> None:
    """Write planar depth (height, width) in metres as channel Z, 32-bit float."""
    import OpenEXR

    with replacing(path) as part, writing(path):
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        with OpenEXR.File(header, {"Z": np.ascontiguousarray(depth, np.float32)}) as file:
            file.write(str(part))
