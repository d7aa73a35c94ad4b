"""Draw a trained field from the views of a scene's split, and score it against the truth."""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from ..folders import whole_folder
from ..progress import Progress
from .data import Scene, View, open_scene
from .drawing import Drawer, open_field
from .files import write_depth, write_json, write_picture, writing
from .frames import SUFFIXES
from .requirements import require_device, require_learning
from .surface import COVERED, Surface, surface_errors, surface_points
from .worst import SHOWN, ranked, write_worst


def render(
    field: Path, scene: Path, split: str, out: Path, device: str, progress: Progress, rasterizer: str = "wildfield"
) -> dict[str, Any]:
    """Draw the field folder `field` from every view of `split` of the scene folder, and return what scores.json holds.

    `out` gets rgb/NAME.png (RGBA with straight alpha where the scene's pictures have alpha), depth/NAME.exr (channel Z,
    expected planar depth in metres, 0 where coverage is under 0.05), comparison/NAME.png (truth left, field right), worst/
    (`write_worst`, the worst first) and scores.json: per view and as "mean" PSNR in dB and SSIM over white; where the scene
    has exact depth its mean and median absolute error in metres over pixels with a surface; where it has surface samples
    with normals the median and the 95th percentile of the distance in metres from the field's surface to them. Pixels that a
    view's mask leaves out do not count; for SSIM they are black in both.
    """
    require_learning()
    require_device(device)
    open_field(field)
    opened = open_scene(scene)
    views, surface = opened.split(split), _surface(opened)
    scores: dict[str, dict[str, float]] = {}
    with writing(out), whole_folder(out) as part, Drawer(field, rasterizer, device) as drawer:
        for folder in ("rgb", "depth", "comparison"):
            (part / folder).mkdir()
        with progress.task("Rendering the field", len(views)) as task:
            for view in views:
                layers, depth = drawer.draw(view.camera)
                scores[view.name] = _write_view(view, layers, depth, surface, part)
                task.advance(1, f"{scores[view.name]['psnr']:.2f} dB")
        keys = sorted({key for score in scores.values() for key in score})
        mean = {key: float(np.mean([s[key] for s in scores.values() if key in s])) for key in keys}
        worst = ranked(scores)[:SHOWN]
        write_worst([part / f"comparison/{picture_name(name)}.png" for name in worst], part / "worst")
        named = {"split": split, "field": str(field.resolve()), "scene": str(scene.resolve())}
        result = {**named, "mean": mean, "worst": worst, "views": scores}
        write_json(part / "scores.json", result)
    return result


def picture_name(view: str) -> str:
    """Return the file name without suffix of a view's pictures ("frames/view_003/rgb/0001.png" to "view_003_0001")."""
    suffix = PurePosixPath(view).suffix
    plain = view.removesuffix(suffix) if suffix in SUFFIXES else view
    return plain.removeprefix("frames/").replace("/rgb/", "_").replace("/", "_")


def _surface(scene: Scene) -> Surface | None:
    """Return the exact surface, or None where the points are none of a surface, as those of COLMAP, or there are none."""
    points = scene.read_points()
    return Surface(points) if points is not None and points.normals is not None else None


def _write_view(view: View, layers: np.ndarray, depth: np.ndarray, surface: Surface | None, out: Path) -> dict[str, float]:
    """Write one view's pictures from premultiplied `layers` (H, W, 4) and `depth` (H, W); return its scores."""
    import torch

    from .metrics import counting, depth_errors, mean_ssim, on_paper, psnr

    name = picture_name(view.name)
    pixels = view.read_colour()
    drawn, truth = on_paper(torch.from_numpy(layers), torch.from_numpy(pixels))
    colour = drawn.numpy()
    if pixels.shape[2] == 4:
        alpha = layers[..., 3:]
        colour = np.concatenate([layers[..., :3] / np.maximum(alpha, 1e-6), alpha], -1)
    write_picture(out / f"rgb/{name}.png", colour)
    write_depth(out / f"depth/{name}.exr", depth)
    write_picture(out / f"comparison/{name}.png", torch.cat([truth, drawn], 1).numpy())
    mask = view.read_mask()
    counted = None if mask is None else torch.from_numpy(mask)
    seen = 1 if counted is None else counted[..., None]
    scores = {"psnr": psnr(*counting(drawn, truth, counted)), "ssim": mean_ssim(drawn * seen, truth * seen)}
    exact = view.read_depth() if view.depth is not None else None
    exact = exact if exact is None or mask is None else np.where(mask, exact, 0)
    if exact is not None:
        mean, median = depth_errors(depth, exact)
        if not math.isnan(mean):
            scores |= {"depth_mean_error": mean, "depth_median_error": median}
    if surface is not None:
        shown = (layers[..., 3] >= COVERED) & (exact > 0 if exact is not None else True)
        scores |= surface_errors(surface.distances(surface_points(view.camera, depth, shown)))
    return scores
