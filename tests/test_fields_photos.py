"""What photographs need: exposures that differ are learned, and nothing is learned from what a mask leaves out."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")
iio = pytest.importorskip("imageio.v3")

from foreign_folders import by_name, write_text  # noqa: E402

from wildfield.errors import UserError  # noqa: E402
from wildfield.fields.analytic import write_analytic_scene  # noqa: E402
from wildfield.fields.data import open_scene  # noqa: E402
from wildfield.fields.files import read_picture  # noqa: E402
from wildfield.fields.render import render  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats.exposure import Exposure  # noqa: E402
from wildfield.fields.splats.rasterize import Picture  # noqa: E402
from wildfield.fields.splats.trainer import SplatTrainer  # noqa: E402
from wildfield.fields.train import one_torch_thread, train  # noqa: E402
from wildfield.progress import Progress, Task  # noqa: E402

SKY = np.array([0.3, 0.4, 0.6])


def write_photos(folder: Path, spread: float, views: int = 20, size: int = 40) -> dict[str, np.ndarray]:
    """Write a folder of opaque pictures under a sky, each training view times gains (3,) of its own; return the gains."""
    write_analytic_scene(folder, views=views, size=size, points=2000, samples=2)
    content = json.loads((folder / "transforms.json").read_text())
    del content["wildfield"]
    (folder / "transforms.json").write_text(json.dumps(content))
    rng, gains = np.random.default_rng(1), {}
    for name in content["train_filenames"] + content["val_filenames"] + content["test_filenames"]:
        pixels = read_picture(folder / name) / 255
        mixed = pixels[..., :3] * pixels[..., 3:] + SKY * (1 - pixels[..., 3:])
        if name in content["train_filenames"]:
            gains[name] = rng.uniform(1 - spread, 1 + spread, 3)
            mixed = np.clip(mixed * gains[name], 0, 1)
        iio.imwrite(folder / name, np.round(mixed * 255).astype(np.uint8))
    return gains


def run(folder: Path, steps: int, **settings: Any) -> SplatTrainer:
    with one_torch_thread():
        trainer = SplatTrainer(open_scene(folder), TrainSettings(steps=steps, cap=1500, threads=1, **settings))
        for _ in range(steps):
            trainer.step()
    trainer.close()
    return trainer


def test_a_picture_as_exposed_is_the_affine_change_of_its_colour_by_coverage() -> None:
    exposure = Exposure(3)
    exposure.offsets[1] = torch.arange(12.0).view(3, 4) / 50
    colour, alpha = torch.rand(5, 4, 3), torch.rand(5, 4)
    shown = exposure.shown(1, Picture(colour, alpha, alpha))
    matrix = np.eye(3, 4) + np.arange(12).reshape(3, 4) / 50
    assert np.allclose(shown.colour.detach(), colour.numpy() @ matrix[:, :3].T + alpha.numpy()[..., None] * matrix[:, 3])
    assert torch.equal(exposure.shown(0, Picture(colour, alpha, alpha)).colour, colour)


def test_exposures_are_found_and_their_mean_is_no_change(tmp_path: Path) -> None:
    gains = write_photos(tmp_path / "photos", 0.2)
    plain, trained = run(tmp_path / "photos", 300, exposure="none"), run(tmp_path / "photos", 300)
    assert plain.exposure is None and trained.exposure is not None
    plain_psnr, trained_psnr = plain.validate(), trained.validate()
    assert plain_psnr is not None and trained_psnr is not None and trained_psnr > plain_psnr + 2
    offsets = trained.exposure.offsets
    assert offsets.mean(0).abs().max() < 1e-6
    grey = torch.full((1, 1, 3), 0.5)
    found = [0.5 + 0.5 * offset[:, :3].sum(1) + offset[:, 3] for offset in offsets]
    true = np.array([gains[view.name] for view in open_scene(tmp_path / "photos").views["train"]]) * grey.numpy()[0, 0]
    assert np.corrcoef(torch.stack(found).ravel().numpy(), true.ravel())[0, 1] > 0.8


def test_exposures_are_learned_by_themselves_for_photographs_only(tmp_path: Path) -> None:
    rendered = write_analytic_scene(tmp_path / "rendered", views=9, size=24, points=300, samples=1)
    assert run(rendered, 1).exposure is None
    assert run(rendered, 1, exposure="affine").exposure is not None
    write_photos(tmp_path / "photos", 0.0, views=9, size=24)
    assert run(tmp_path / "photos", 1).exposure is not None
    content = json.loads((tmp_path / "photos/transforms.json").read_text())
    (tmp_path / "photos/transforms.json").write_text(json.dumps({**content, "wildfield": {}}))
    assert run(tmp_path / "photos", 1).exposure is None


class Stopping(Progress):
    """Acts like a Ctrl-C during a step."""

    def _show(self, task: Task, last: bool) -> None:
        if task.values.get("step") == 23:
            raise KeyboardInterrupt


def test_a_resumed_training_with_exposures_and_masks_ends_in_the_same_bytes(tmp_path: Path) -> None:
    write_photos(tmp_path / "photos", 0.2, views=9, size=24)
    add_masks(tmp_path / "photos")
    settings = {"steps": 50, "cap": 300, "threads": 1, "densify": "gradient"}
    train(tmp_path / "photos", tmp_path / "whole", TrainSettings(**settings), Progress())
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "photos", tmp_path / "field", TrainSettings(**settings), Stopping())
    with pytest.raises(UserError, match="was trained with --exposure auto, not none"):
        train(tmp_path / "photos", tmp_path / "field", TrainSettings(**settings, resume=True, exposure="none"), Progress())
    train(tmp_path / "photos", tmp_path / "field", TrainSettings(**settings, resume=True), Progress())
    assert (tmp_path / "field/splats.ply").read_bytes() == (tmp_path / "whole/splats.ply").read_bytes()


def add_masks(folder: Path) -> np.ndarray:
    """Mask the upper left quarter of every view out; return what counts (H, W) bool."""
    content = json.loads((folder / "transforms.json").read_text())
    counted = np.ones((content["h"], content["w"]), bool)
    counted[: content["h"] // 2, : content["w"] // 2] = False
    iio.imwrite(folder / "mask.png", np.where(counted, 255, 0).astype(np.uint8))
    for frame in content["frames"]:
        frame["mask_path"] = "mask.png"
    (folder / "transforms.json").write_text(json.dumps(content))
    return counted


@pytest.mark.parametrize("alpha", [True, False])
def test_pixels_that_a_mask_leaves_out_change_no_bit_of_the_field_and_no_score(alpha: bool, tmp_path: Path) -> None:
    clean, spoilt = tmp_path / "clean", tmp_path / "spoilt"
    if alpha:
        write_analytic_scene(clean, views=9, size=24, points=300, samples=1)
    else:
        write_photos(clean, 0.0, views=9, size=24)
    counted = add_masks(clean)
    shutil.copytree(clean, spoilt)
    for view in by_name(open_scene(spoilt)).values():
        pixels = view.read_colour()
        noise = np.random.default_rng(len(view.name)).integers(0, 256, pixels.shape, np.uint8)
        iio.imwrite(view.picture, np.where(counted[..., None], pixels, noise))
    files, scores = [], []
    for folder in (clean, spoilt):
        out = tmp_path / f"field-{folder.name}"
        done = train(folder, out, TrainSettings(steps=40, cap=300, threads=1), Progress())
        files.append((out / "splats.ply").read_bytes())
        scores.append((done["curve"][-1]["psnr"], render(out, folder, "val", out / "val", "cpu", Progress())["mean"]))
    assert files[0] == files[1]
    assert scores[0][0] == scores[1][0] == pytest.approx(scores[0][1]["psnr"], abs=0.01)
    assert scores[0][1] == scores[1][1]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "P"])
def test_masks_of_every_kind_of_png_are_read(mode: str, tmp_path: Path) -> None:
    from PIL import Image

    folder = write_analytic_scene(tmp_path / "scene", views=9, size=24, points=300, samples=1)
    counted = add_masks(folder)
    Image.fromarray(np.where(counted, 255, 0).astype(np.uint8)).convert(mode).save(folder / "mask.png")
    mask = open_scene(folder).views["train"][0].read_mask()
    assert np.array_equal(mask, counted)


def test_colmaps_masks_lie_beside_its_pictures_under_their_whole_names(tmp_path: Path) -> None:
    folder = write_text(tmp_path / "colmap")
    (folder / "masks").mkdir()
    counted = np.arange(24 * 16).reshape(16, 24) % 3 > 0
    iio.imwrite(folder / "masks/b.png.png", np.where(counted, 255, 0).astype(np.uint8))
    views = by_name(open_scene(folder))
    assert np.array_equal(views["b.png"].read_mask(), counted)
    assert views["first picture.png"].read_mask() is None


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.full((24, 30), 255, np.uint8), r"mask\.png: is 30 x 24 pixels, its camera 24 x 24"),
        (np.zeros((24, 24), np.uint8), r"mask\.png: this mask is black all over"),
        (None, r"mask\.png: is missing or no whole picture"),
    ],
)
def test_masks_that_cannot_be_used_end_in_one_line(mask: np.ndarray | None, words: str, tmp_path: Path) -> None:
    folder = write_analytic_scene(tmp_path / "scene", views=9, size=24, points=300, samples=1)
    add_masks(folder)
    (folder / "mask.png").unlink()
    if mask is not None:
        iio.imwrite(folder / "mask.png", mask)
    with pytest.raises(UserError, match=words):
        train(folder, tmp_path / "field", TrainSettings(steps=2), Progress())
    assert not (tmp_path / "field").exists()
