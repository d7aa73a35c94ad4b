"""Input that no training can use, and memory that is not there: one line each, nothing or a whole checkpoint left."""

from __future__ import annotations

import json
import math
import shutil
import signal
import struct
import threading
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")
iio = pytest.importorskip("imageio.v3")

from wildfield.cli import BAD_INPUT, INTERRUPTED, main  # noqa: E402
from wildfield.errors import UserError  # noqa: E402
from wildfield.fields import memory  # noqa: E402
from wildfield.fields import train as train_module  # noqa: E402
from wildfield.fields.analytic import write_analytic_scene  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats import trainer as trainer_module  # noqa: E402
from wildfield.fields.splats.checkpoint import read_checkpoint  # noqa: E402
from wildfield.fields.train import train  # noqa: E402
from wildfield.progress import Progress, Task  # noqa: E402

SETTINGS = {"steps": 30, "cap": 200, "threads": 1}


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_analytic_scene(tmp_path / "scene", views=10, size=24, points=400, samples=1)


def edit(folder: Path, **changes: object) -> None:
    path = folder / "transforms.json"
    content = {**json.loads(path.read_text()), **changes}
    path.write_text(json.dumps({key: value for key, value in content.items() if value is not None}))


def refused(scene: Path, words: str) -> None:
    """Training is refused in one line, and writes nothing."""
    out = scene.parent / "field"
    with pytest.raises(UserError, match=words) as caught:
        train(scene, out, TrainSettings(**SETTINGS), Progress())
    assert "\n" not in str(caught.value)
    assert not out.exists()


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e300])
def test_poses_that_are_no_numbers(scene: Path, value: float) -> None:
    content = json.loads((scene / "transforms.json").read_text())
    content["frames"][1]["transform_matrix"][0][3] = value
    edit(scene, frames=content["frames"])
    refused(scene, "frame 1: transform_matrix is no 4 x 4 camera pose")


def test_the_last_picture_of_a_wrong_size_is_found_before_training(scene: Path) -> None:
    view = open_scene(scene).views["train"][-1]
    iio.imwrite(view.picture, np.zeros((24, 25, 4), np.uint8))
    refused(scene, "is 25 x 24 pixels, its camera 24 x 24")


def png_that_claims(width: int, height: int) -> bytes:
    """A small PNG whose header claims a size, with correct check sums."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(50_000, 50_000), (12_000, 12_000)])
@pytest.mark.parametrize("told", [True, False])
def test_a_small_picture_that_claims_gigabytes_costs_none(scene: Path, size: tuple[int, int], told: bool) -> None:
    """Whether the folder tells the size of its cameras or takes it from the pictures."""
    view = open_scene(scene).views["train"][2]
    view.picture.write_bytes(png_that_claims(*size))
    if not told:
        edit(scene, w=None, h=None, cx=None, cy=None)
    tracemalloc.start()
    refused(scene, "is missing or no whole picture|pixels, its camera|needs about .* GiB")
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_a_depth_map_that_claims_gigabytes_costs_none(scene: Path) -> None:
    path = open_scene(scene).views["train"][2].depth
    assert path is not None
    whole = path.read_bytes()
    window = struct.pack("<4i", 0, 0, 23, 23)
    assert window in whole
    path.write_bytes(whole.replace(window, struct.pack("<4i", 0, 0, 99_999, 99_999)))
    refused(scene, r"0001\.exr: is missing or no whole EXR")


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", "jpg"), ("LA", "png"), ("1", "png")])
def test_pictures_of_other_kinds_are_named(scene: Path, mode: str, suffix: str) -> None:
    from PIL import Image

    content = json.loads((scene / "transforms.json").read_text())
    frame = content["frames"][1]
    name = frame["file_path"].removesuffix("png") + suffix
    Image.new(mode, (24, 24)).save(scene / name)
    content = json.loads(json.dumps(content).replace(frame["file_path"], name))
    edit(scene, **content)
    refused(scene, f"is a picture of the mode {mode}; RGB or RGBA")


def test_pictures_with_alpha_and_without_in_one_folder_are_learned_as_they_are(scene: Path) -> None:
    view = open_scene(scene).views["train"][0]
    iio.imwrite(view.picture, view.read_colour()[..., :3])
    done = train(scene, scene.parent / "field", TrainSettings(**SETTINGS), Progress())
    assert done["steps"] == 30


def test_a_ply_of_points_whose_header_lies_is_refused(scene: Path) -> None:
    path = scene / "points.ply"
    path.write_bytes(path.read_bytes().replace(b"vertex 400", b"vertex 900000000"))
    refused(scene, r"points\.ply: is missing or no whole PLY file .its header asks for")


@pytest.mark.parametrize("columns", [72, 12])
def test_splats_of_an_unknown_degree_are_refused(tmp_path: Path, columns: int) -> None:
    from plyfile import PlyData, PlyElement

    from wildfield.fields.splats.ply import read_splats

    names = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", *(f"f_rest_{k}" for k in range(columns)), "opacity"]
    names += [*(f"scale_{k}" for k in range(3)), *(f"rot_{k}" for k in range(4))]
    PlyData([PlyElement.describe(np.zeros(3, [(n, "f4") for n in names]), "vertex")]).write(str(tmp_path / "a.ply"))
    with pytest.raises(UserError, match=f"{columns} columns f_rest_.*0, 9, 24 or 45"):
        read_splats(tmp_path / "a.ply")


def test_a_cap_beyond_the_memory_names_the_one_that_fits_and_that_one_is_taken(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 3 << 30)
    wanted = ["train", str(scene), "--out", str(scene.parent / "field"), "--steps", "2", "--cap"]
    assert main([*wanted, "5000000"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert "--cap 5000000: needs about 9.7 GiB, 3.0 GiB are free; --cap " in said
    fits = int(said.split("--cap ")[-1].split()[0])
    assert 1_200_000 < fits < 1_500_000
    memory.require_memory(fits, 24 * 24, 24 * 24 * 90)
    with pytest.raises(UserError, match="would fit"):
        memory.require_memory(fits + 2000, 24 * 24, 24 * 24 * 90)
    monkeypatch.setattr(memory, "free_memory", lambda: 1 << 20)
    refused(scene, "a smaller --cache, smaller pictures or more memory would help")


def test_the_memory_of_a_container_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "CGROUP", tmp_path)
    whole = memory.free_memory()
    (tmp_path / "memory.max").write_text("5000000\n")
    (tmp_path / "memory.current").write_text("2000000\n")
    assert memory.free_memory() == 3_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_memory() > whole / 2


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 9 bytes")]
)
def test_the_end_of_the_memory_names_a_cap_and_leaves_the_checkpoint_before(
    scene: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def torn(*_: object) -> None:
        raise error

    monkeypatch.setattr(trainer_module, "descend", torn)
    with pytest.raises(UserError, match="out of memory at 100 splats: train anew with --cap 70"):
        train(scene, scene.parent / "field", TrainSettings(**SETTINGS), Progress())
    assert read_checkpoint(scene.parent / "field/checkpoint.safetensors")[-1]["step"] == 0


def test_other_errors_of_torch_are_not_taken_for_a_lack_of_memory(scene: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def torn(*_: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(trainer_module, "descend", torn)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train(scene, scene.parent / "field", TrainSettings(**SETTINGS), Progress())


class Pressing(Progress):
    """Presses Ctrl-C in a task of a name."""

    def __init__(self, name: str) -> None:
        self.name = name

    @contextmanager
    def task(self, text: str, total: float) -> Iterator[Task]:
        if text.startswith(self.name):
            raise KeyboardInterrupt
        yield Task(self, text, total)


@pytest.mark.parametrize("name", ["Reading the scene", "Reading the pictures"])
def test_control_c_before_the_first_step_leaves_nothing_and_no_thread(scene: Path, name: str) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(scene, scene.parent / "field", TrainSettings(**SETTINGS), Pressing(name))
    assert not (scene.parent / "field").exists()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("pictures", "kernels"))]


@pytest.mark.parametrize("densify", ["mcmc", "gradient"])
def test_a_second_control_c_within_a_step_leaves_the_checkpoint_before(
    scene: Path, monkeypatch: pytest.MonkeyPatch, densify: str
) -> None:
    """Twice within the growth of step 20, when parameters and moments are of different length."""
    out = scene.parent / "field"
    grow = trainer_module.SplatTrainer._grow

    def pressed(trainer: trainer_module.SplatTrainer, fraction: float) -> None:
        if trainer.steps_done >= 10:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
        grow(trainer, fraction)

    whole = train(scene, scene.parent / "whole", TrainSettings(**SETTINGS, densify=densify), Progress())
    monkeypatch.setattr(trainer_module.SplatTrainer, "_grow", pressed)
    with pytest.raises(KeyboardInterrupt):
        train(scene, out, TrainSettings(**SETTINGS, densify=densify), Progress())
    monkeypatch.setattr(trainer_module.SplatTrainer, "_grow", grow)
    assert read_checkpoint(out / "checkpoint.safetensors")[-1]["step"] == 0
    train(scene, out, TrainSettings(**SETTINGS, densify=densify, resume=True), Progress())
    assert (out / "splats.ply").read_bytes() == (scene.parent / "whole/splats.ply").read_bytes()
    assert whole["steps"] == 30


def test_control_c_on_the_command_line_says_how_to_go_on(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(*_: object) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(train_module, "_show", pressed)
    assert main(["train", str(scene), "--out", str(scene.parent / "field"), "--steps", "9", "--cap", "50"]) == INTERRUPTED
    assert "--resume" in capsys.readouterr().err
    assert read_checkpoint(scene.parent / "field/checkpoint.safetensors")[-1]["step"] == 1
    shutil.rmtree(scene.parent / "field")
