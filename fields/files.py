"""Reading and writing the files of fields: pictures, depth, JSON. Every error a user can mend becomes one line."""

from __future__ import annotations

import errno
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np

from ..errors import UserError

MOST_PIXELS = 178_956_970
"""A depth map that claims more pixels is damaged; Pillow refuses pictures from there on as well."""


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
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is not whole JSON ({error}); make the file again") from error
    if not isinstance(value, dict):
        raise UserError(f"{path}: holds no JSON object")
    return value


def read_picture(path: Path) -> np.ndarray:
    """Return an 8-bit picture (height, width, 3 or 4) uint8, RGB or RGBA with straight alpha."""
    pixels = _decoded(path)
    if pixels.dtype == np.uint16:
        pixels = np.round(pixels / 257).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, -1)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] not in (3, 4):
        raise UserError(f"{path}: has shape {pixels.shape} of {pixels.dtype}; RGB or RGBA of 8 or 16 bits is read")
    return pixels


def read_picture_form(path: Path) -> tuple[int, int, bool]:
    """Return (width, height, whether there is alpha) of a picture from its header."""
    from PIL import Image

    with _picture(path) as stream, Image.open(stream) as picture:
        if picture.mode in ("CMYK", "LA", "La", "1", "F"):
            raise UserError(f"{path}: is a picture of the mode {picture.mode}; RGB or RGBA of 8 or 16 bits is read")
        return picture.width, picture.height, picture.mode == "RGBA"


def read_picture_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of a picture of any kind from its header."""
    from PIL import Image

    with _picture(path) as stream, Image.open(stream) as picture:
        return picture.size


def read_mask(path: Path) -> np.ndarray:
    """Return (height, width) bool of a picture of any kind: whether the pixel is not black."""
    pixels = _decoded(path)
    if pixels.ndim == 3:
        pixels = pixels[..., : 1 if pixels.shape[2] == 2 else 3].any(-1)
    return pixels != 0


@contextmanager
def _picture(path: Path) -> Iterator[BinaryIO]:
    """Open a picture, so that no name is taken for an address, and turn what goes wrong with it into one line."""
    from PIL.Image import DecompressionBombError

    try:
        with path.open("rb") as stream:
            yield stream
    except (OSError, SyntaxError, ValueError, DecompressionBombError) as error:
        raise UserError(f"{path}: is missing or no whole picture; make this picture again") from error


def _decoded(path: Path) -> np.ndarray:
    import imageio.v3 as iio

    with _picture(path) as stream:
        return np.asarray(iio.imread(stream, plugin="pillow"))


def write_picture(path: Path, colour: np.ndarray) -> None:
    """Write (height, width, 3 or 4) values of 0 to 1 as an 8-bit PNG."""
    import imageio.v3 as iio

    pixels = (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)
    with replacing(path) as part, part.open("wb") as stream:
        iio.imwrite(stream, pixels, extension=".png")


def read_depth(path: Path) -> np.ndarray:
    """Return planar depth (height, width) float32 as it is stored: an EXR in metres, .npy and .png in the folder's unit."""
    suffix = path.suffix.lower()
    if suffix not in DEPTH_READERS:
        raise UserError(f"{path}: depth is read from {', '.join(DEPTH_READERS)}")
    return DEPTH_READERS[suffix](path)


def _exr_depth(path: Path) -> np.ndarray:
    """Return the channel Z of an EXR."""
    import OpenEXR

    try:
        with OpenEXR.File(str(path), header_only=True) as file:
            (left, top), (right, bottom) = file.header()["dataWindow"]
        if (int(right) - int(left) + 1) * (int(bottom) - int(top) + 1) > MOST_PIXELS:
            raise ValueError("its header claims a picture too large to be one")
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = file.channels()
            if "Z" not in channels:
                raise UserError(f"{path}: has no channel Z but {', '.join(sorted(channels))}")
            return np.array(channels["Z"].pixels, np.float32)
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path}: is missing or no whole EXR; render this view again") from error


def _png_depth(path: Path) -> np.ndarray:
    """Return a grey picture of 16 bits or more."""
    pixels = _decoded(path)
    if pixels.ndim != 2 or pixels.dtype.kind not in "iu" or pixels.dtype.itemsize < 2:
        raise UserError(f"{path}: has shape {pixels.shape} of {pixels.dtype}; depth is one channel of 16 bits")
    return pixels.astype(np.float32)


def _npy_depth(path: Path) -> np.ndarray:
    """Return a NumPy array of numbers, read only where the file is as long as its header says."""
    try:
        with path.open("rb") as stream:
            version = np.lib.format.read_magic(stream)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, kind = header(stream)
            whole = math.prod(shape) * kind.itemsize == os.fstat(stream.fileno()).st_size - stream.tell()
        if kind.kind not in "fiu" or len(shape) not in (2, 3) or shape[2:] not in ((), (1,)):
            raise UserError(f"{path}: holds {shape} of {kind}; depth is one array (height, width) of numbers")
        if not whole:
            raise ValueError("its size is not what its header says")
        return np.load(path, allow_pickle=False).reshape(shape[:2]).astype(np.float32)
    except (OSError, ValueError, EOFError, SyntaxError, TokenError, RecursionError, MemoryError) as error:
        raise UserError(f"{path}: is missing or no whole .npy ({error}); make this depth again") from error


DEPTH_READERS = {".exr": _exr_depth, ".npy": _npy_depth, ".png": _png_depth}


def write_depth(path: Path, depth: np.ndarray) -> None:
    """Write planar depth (height, width) in metres as channel Z, 32-bit float."""
    import OpenEXR

    with replacing(path) as part, writing(path):
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        with OpenEXR.File(header, {"Z": np.ascontiguousarray(depth, np.float32)}) as file:
            file.write(str(part))
