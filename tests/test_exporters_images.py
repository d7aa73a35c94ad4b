"""Pictures on disk: round trips, other people's readers, and damaged files."""

from __future__ import annotations

import hashlib
from pathlib import Path

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
    pytest.importorskip("OpenEXR")
    values = np.random.default_rng(1).random((30, 40)).astype(np.float32)
    digests = []
    for name in ("a", "b"):
        write_exr(tmp_path / f"{name}.exr", {"Z": values})
        write_png(tmp_path / f"{name}.png", (values * 255).astype(np.uint8))
        digests.append([hashlib.sha256((tmp_path / f"{name}.{end}").read_bytes()).hexdigest() for end in ("exr", "png")])
    assert digests[0] == digests[1]


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.uint32])
def test_an_exr_keeps_every_bit(dtype: type, tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    values: np.ndarray = (np.random.default_rng(2).random((30, 40)) * 1000).astype(dtype)
    write_exr(tmp_path / "a.exr", {"X": values, "Y": values[::-1]})
    back = read_exr(tmp_path / "a.exr")
    assert sorted(back) == ["X", "Y"]
    assert back["X"].dtype == dtype
    assert np.array_equal(back["X"], values)
    assert np.array_equal(back["Y"], values[::-1])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.95])
@pytest.mark.parametrize("suffix", ["png", "exr"])
def test_a_truncated_picture_is_an_error_that_names_the_file(suffix: str, share: float, tmp_path: Path) -> None:
    if suffix == "exr":
        pytest.importorskip("OpenEXR")
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
    pytest.importorskip("OpenEXR")
    with pytest.raises(UserError, match=r"gone\.xyz"):
        read(tmp_path / "gone.xyz")  # type: ignore[operator]
