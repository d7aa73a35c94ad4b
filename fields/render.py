"""Draw a trained field from the views of a scene's split, and score it against the truth."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..folders import whole_folder
from ..progress import Progress
from .data import View, open_scene
from .files import read_json, write_depth, write_json, write_picture, writing
from .requirements import require_device, require_learning
from .train import FIELD_FORMAT, one_torch_thread

SEEN = 0.05
"""Coverage from which a pixel has a depth in the EXR and in the scores."""


def open_field(folder: Path) -> dict[str, Any]:
    """Return what field.json of a field folder holds. Raises UserError where there is none or of another format."""
    path = folder / "field.json"
    if not path.is_file():
        raise UserError(f"{folder}: is no field, it has no field.json; give the output folder of `wildfield train`")
    field = read_json(path)
    if field.get("format") != FIELD_FORMAT:
        raise UserError(f"{path}: format {field.get('format')!r}, this version reads {FIELD_FORMAT}; train the field again")
    if field.get("type") != "splats":
        raise UserError(f"{path}: type {field.get('type')!r}; this version draws splats")
    return field


def render(field: Path, scene: Path, split: str, out: Path, device: str, progress: Progress) -> dict[str, Any]:
    """Draw the field folder `field` from every view of `split` of the scene folder, and return what scores.json holds.

    `out` gets rgb/NAME.png (RGBA with straight alpha where the scene's pictures have alpha), depth/NAME.exr (channel Z,
    expected planar depth in metres, 0 where coverage is under 0.05), comparison/NAME.png (truth left, field right) and
    scores.json: per view and as "mean" PSNR in dB and SSIM over white, and where the scene has exact depth its mean and
    median absolute error in metres over pixels with a surface.
    """
    require_learning()
    require_device(device)
    open_field(field)
    views = open_scene(scene).split(split)

    import torch

    from .settings import physical_cores
    from .splats.launch import Launcher
    from .splats.model import Model
    from .splats.ply import read_splats
    from .splats.rasterize import rasterize

    splats = Model.from_cloud(read_splats(field / "splats.ply")).splats()
    launch = Launcher(physical_cores())
    scores: dict[str, dict[str, float]] = {}
    with writing(out), whole_folder(out) as part:
        for folder in ("rgb", "depth", "comparison"):
            (part / folder).mkdir()
        try:
            with one_torch_thread(), torch.no_grad(), progress.task("Rendering the field", len(views)) as task:
                for view in views:
                    picture = rasterize(splats, 3, view.camera, launch)
                    layers = torch.cat([picture.colour, picture.alpha[..., None]], -1).numpy()
                    depth = np.where(picture.alpha.numpy() >= SEEN, picture.depth.numpy(), 0).astype(np.float32)
                    scores[view.name] = _write_view(view, layers, depth, part)
                    task.advance(1, f"{scores[view.name]['psnr']:.2f} dB")
        finally:
            launch.close()
        keys = sorted({key for score in scores.values() for key in score})
        mean = {key: float(np.mean([s[key] for s in scores.values() if key in s])) for key in keys}
        result = {"split": split, "field": str(field.resolve()), "scene": str(scene.resolve()), "mean": mean, "views": scores}
        write_json(part / "scores.json", result)
    return result


def _write_view(view: View, layers: np.ndarray, depth: np.ndarray, out: Path) -> dict[str, float]:
    """Write one view's pictures from premultiplied `layers` (H, W, 4) and `depth` (H, W); return its scores."""
    import torch

    from .metrics import depth_errors, mean_ssim, on_paper, psnr

    name = view.name.removeprefix("frames/").removesuffix(view.picture.suffix).replace("/rgb/", "_").replace("/", "_")
    pixels = view.read_colour()
    drawn, truth = on_paper(torch.from_numpy(layers), torch.from_numpy(pixels))
    colour = drawn.numpy()
    if pixels.shape[2] == 4:
        alpha = layers[..., 3:]
        colour = np.concatenate([layers[..., :3] / np.maximum(alpha, 1e-6), alpha], -1)
    write_picture(out / f"rgb/{name}.png", colour)
    write_depth(out / f"depth/{name}.exr", depth)
    write_picture(out / f"comparison/{name}.png", torch.cat([truth, drawn], 1).numpy())
    scores = {"psnr": psnr(drawn, truth), "ssim": mean_ssim(drawn, truth)}
    if view.depth is not None:
        mean, median = depth_errors(depth, view.read_depth())
        if not math.isnan(mean):
            scores |= {"depth_mean_error": mean, "depth_median_error": median}
    return scores
