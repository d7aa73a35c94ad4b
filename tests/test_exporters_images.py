"""Pictures on disk: round trips, other people's readers, and damaged files."""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import png
import pytest

from wildfield.errors import UserError
from wildfield.exporters.images import read_exr, read_png, write_exr, write_png


@pytest.fixture(params=[(), (3,), (4,)], ids=["grey", "rgb", "rgba"])
def picture(request: pytest.FixtureRequest) -> np.ndarray:
    shape = (37, 53, *request.param)
    smooth = np.linspace(0, 200, 53).reshape(1, 53, *([1] * len(request.param)))
    return (np.random.default_rng(0).random(shape) * 40 + smooth).astype(np.uint8)


def test_a_png_is_read_back_as_it_was_written(picture: np.ndarray, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", picture)
    assert np.array_equal(read_png(tmp_path / "a.png"), picture)


def test_our_png_reads_the_same_in_pypng(picture: np.ndarray, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", picture)
    rows = [np.frombuffer(bytes(row), np.uint8) for row in png.Reader(filename=str(tmp_path / "a.png")).read()[2]]
    assert np.array_equal(np.vstack(rows), picture.reshape(37, -1))


def test_a_png_with_paeth_rows_is_read(tmp_path: Path) -> None:
    iio = pytest.importorskip("imageio.v3")
    y, x = np.mgrid[0:40, 0:50]
    smooth = np.stack([x * 3, y * 4, x + y], -1).astype(np.uint8)
    iio.imwrite(tmp_path / "a.png", smooth)
    assert np.array_equal(read_png(tmp_path / "a.png"), smooth)


def test_the_same_pixels_give_the_same_bytes(tmp_path: Path) -> None:
    values = np.random.default_rng(1).random((30, 40)).astype(np.float32)
    digests = []
    for name in ("a", "b"):
        write_exr(tmp_path / f"{name}.exr", {"Z": values})
        write_png(tmp_path / f"{name}.png", (values * 255).astype(np.uint8))
        digests.append([hashlib.sha256((tmp_path / f"{name}.{end}").read_bytes()).hexdigest() for end in ("exr", "png")])
    assert digests[0] == digests[1]


SHAPES = [(1, 1), (16, 7), (33, 40), (270, 3)]
"""Less than a chunk of 16 lines, one whole, and a rest."""


def channels_of(height: int, width: int) -> dict[str, np.ndarray]:
    """Noise that cannot be compressed, smooth values that can, and ids; FLOAT, HALF and UINT."""
    noise = np.random.default_rng(2).standard_normal((height, width))
    smooth = np.add.outer(np.arange(height), np.arange(width)) / 7
    return {
        "View Layer.a pass with a name longer than 31.X": noise.astype(np.float32),
        "Z": smooth.astype(np.float32),
        "H": noise.astype(np.float16),
        "I": (smooth * 1e6).astype(np.uint32),
    }


def assert_same(found: dict[str, np.ndarray], channels: dict[str, np.ndarray]) -> None:
    assert sorted(found) == sorted(channels)
    for name, values in channels.items():
        assert found[name].dtype == values.dtype
        assert np.array_equal(found[name], values)


@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_an_exr_keeps_every_bit(height: int, width: int, tmp_path: Path) -> None:
    channels = channels_of(height, width)
    write_exr(tmp_path / "a.exr", channels)
    assert_same(read_exr(tmp_path / "a.exr"), channels)


@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_our_exr_reads_the_same_in_openexr(height: int, width: int, tmp_path: Path) -> None:
    openexr, channels = openexr_of_its_own(), channels_of(height, width)
    write_exr(tmp_path / "a.exr", channels)
    with openexr.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        assert_same({name: channel.pixels for name, channel in file.channels().items()}, channels)


@pytest.mark.parametrize("compression", ["NO", "ZIPS", "ZIP"])
@pytest.mark.parametrize("parts", [1, 2])
def test_an_exr_by_openexr_reads_the_same_here(parts: int, compression: str, tmp_path: Path) -> None:
    openexr, channels = openexr_of_its_own(), channels_of(33, 40)
    method = getattr(openexr, f"{compression}_COMPRESSION")
    header = {"compression": method, "type": openexr.scanlineimage}
    named = [{f"{n}.{name}": values for name, values in channels.items()} for n in range(parts)]
    written = [openexr.Part(dict(header), dict(each), str(n)) for n, each in enumerate(named)]
    with openexr.File(written) as file:
        file.write(str(tmp_path / "a.exr"))
    assert_same(read_exr(tmp_path / "a.exr"), {name: values for each in named for name, values in each.items()})


def openexr_of_its_own() -> Any:
    """The reference reader, where no other OpenEXR is in the process: Blender's and a wheel's get mixed up."""
    bpy = sys.modules.get("bpy")
    if bpy is not None and bpy.app.binary_path:
        pytest.skip("Blender has an OpenEXR of its own")
    return pytest.importorskip("OpenEXR")


def test_whatever_byte_of_an_exr_is_changed_it_is_read_or_refused_as_the_user_s_to_mend(tmp_path: Path) -> None:
    path = tmp_path / "changed.exr"
    write_exr(path, channels_of(20, 5))
    whole, rng = path.read_bytes(), np.random.default_rng(4)
    for place in (*range(400), *rng.integers(0, len(whole), 300)):
        broken = bytearray(whole)
        broken[place] ^= int(rng.integers(1, 256))
        path.write_bytes(broken)
        with suppress(UserError):  # any other exception fails the test
            read_exr(path)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("suffix", ["png", "exr"])
def test_a_truncated_picture_is_an_error_that_names_the_file(suffix: str, share: float, tmp_path: Path) -> None:
    path = tmp_path / f"cut.{suffix}"
    values = np.random.default_rng(3).random((64, 64)).astype(np.float32)
    if suffix == "png":
        write_png(path, (values * 255).astype(np.uint8))
    else:
        write_exr(path, {"Z": values})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(UserError, match=r"cut\.(png|exr).*truncated"):
        read_png(path) if suffix == "png" else read_exr(path)


@pytest.mark.parametrize("read", [read_png, read_exr])
def test_a_missing_picture_is_an_error_that_names_the_file(read: object, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.xyz"):
        read(tmp_path / "gone.xyz")  # type: ignore[operator]
