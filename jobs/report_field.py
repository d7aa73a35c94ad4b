"""The part of a report that shows a trained field: its curve, its scores, and its pictures beside the truth."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..exporters.images import read_exr, read_png
from ..exporters.manifest import read_json, understood
from ..fields.drawing import open_field
from ..fields.render import picture_name
from ..fields.worst import SHOWN, WHOLE, error_map, ranked
from . import colours
from .report import element, numbers, picture, table

SCORE_NAMES = {
    "psnr": ("PSNR", "dB"),
    "ssim": ("SSIM", ""),
    "depth_mean_error": ("mean depth error", "m"),
    "depth_median_error": ("median depth error", "m"),
    "surface_median_distance": ("median distance to the exact surface", "m"),
    "surface_95_distance": ("within which 95% of the surface lies", "m"),
}


def field_section(folder: Path) -> str:
    """Return the HTML of one field. Its held-out views are those that `wildfield render` wrote into a folder inside it."""
    field = open_field(folder)
    rendered = sorted(path.parent for path in folder.glob("*/scores.json"))
    parts = [element("h2", f"Field {html.escape(folder.name)}")]
    with understood(folder / "field.json"):
        parts += [_summary(field), element("h3", "Training"), curve(field.get("curve", []))]
    for out in rendered:
        with understood(out / "scores.json"):
            parts.append(_views(out))
    if not rendered:
        hint = "No held-out views were rendered: wildfield render FIELD --scene SCENE --split test FIELD/test shows them here."
        parts.append(element("p", html.escape(hint), class_="quiet"))
    return "\n".join(parts)


def _summary(field: dict[str, Any]) -> str:
    tiles = [
        ("kind of field", str(field["type"])),
        *((name, f"{field[name]:,}") for name in ("splats", "planes") if name in field),
        ("steps", f"{field['steps']:,}"),
        ("seconds of training", f"{field['seconds']:.0f}"),
    ]
    return numbers(tiles)


def _views(out: Path) -> str:
    """The mean scores of a split and its views, the worst first: truth, field, error and depth beside each other."""
    scores = read_json(out / "scores.json")
    known = {key: scores["mean"][key] for key in SCORE_NAMES if key in scores["mean"]}
    tiles = numbers([(SCORE_NAMES[key][0], f"{value:.4g} {SCORE_NAMES[key][1]}".strip()) for key, value in known.items()])
    worst = ranked(scores["views"])
    comparisons = {path.stem: path for path in (out / "comparison").glob("*.png")}
    figures = [_comparison(name, scores["views"][name], comparisons) for name in worst[:SHOWN]]
    head = ("view", *(" ".join(filter(None, SCORE_NAMES[key])) for key in known))
    rows = [(name, *(scores["views"][name].get(key, "") for key in known)) for name in worst]
    shown = f"the worst {len(figures)} of" if len(figures) < len(worst) else "all"
    title = f"Views of the {scores['split']} split: {shown} {len(worst)}, the worst first"
    legend = f"Move over a field to lay the truth over it. Error: black is none, white is {WHOLE:.0%} of the range or more."
    return "\n".join(
        [
            element("h3", html.escape(title)),
            tiles,
            element("p", html.escape(legend), class_="quiet"),
            element("div", *figures, class_="worst"),
            element("details", element("summary", "Scores of every view"), table(head, rows)),
        ]
    )


def _comparison(name: str, score: dict[str, float], comparisons: dict[str, Path]) -> str:
    """One view: the truth, the field with a line to draw the truth over it, the error, and the field's depth."""
    stem = picture_name(name)
    if stem not in comparisons:
        raise UserError(f"{name}: has scores but no picture in comparison/; render the field again")
    both = read_png(comparisons[stem])[..., :3]
    half = both.shape[1] // 2
    truth, drawn = colours.data_uri(both[:, :half]), colours.data_uri(both[:, half:])
    error = colours.data_uri(error_map(both[:, half:], both[:, :half]))
    depth = read_exr(comparisons[stem].parent.parent / "depth" / f"{stem}.exr")["Z"]
    near, far = colours.depth_range(depth, depth > 0)
    depth_uri = colours.data_uri(colours.depth_picture(depth, depth > 0, near, far))
    over = element("div", picture(truth, alt="truth over the field"), class_="over", style="width:0")
    split = element("div", picture(drawn, alt="field"), over, class_="split")
    short = name.split("/")[1] if "/" in name else name
    off = f"{score['surface_median_distance']:.3g} m off" if "surface_median_distance" in score else ""
    figures = [
        _figure(picture(truth, alt="truth"), "Truth", short),
        _figure(split, "Field", f"{score['psnr']:.2f} dB"),
        _figure(picture(error, alt="error"), "Error", f"SSIM {score['ssim']:.3f}" if "ssim" in score else ""),
        _figure(picture(depth_uri, alt="depth of the field"), "Depth of the field", off),
    ]
    return element("div", *figures, class_="row")


def _figure(shown: str, title: str, note: str) -> str:
    return element("figure", shown, element("figcaption", element("b", html.escape(title)), html.escape(note)))


def curve(points: list[dict[str, Any]], width: int = 640, height: int = 220) -> str:
    """Return an SVG of validation PSNR in dB over seconds of training."""
    known = [(float(point["seconds"]), float(point["psnr"])) for point in points if point.get("psnr") is not None]
    if len(known) < 2:
        return element("p", "The training was too short for a curve.", class_="quiet")
    margin, bottom = 44, 30
    longest = max(seconds for seconds, _ in known) or 1.0
    low, high = min(value for _, value in known), max(value for _, value in known)
    low, high = low - 0.5, max(high, low + 1.0) + 0.5

    def place(seconds: float, value: float) -> tuple[float, float]:
        x = margin + (width - margin - 12) * seconds / longest
        y = 10 + (height - bottom - 10) * (1 - (value - low) / (high - low))
        return round(x, 1), round(y, 1)

    line = " ".join(f"{x},{y}" for x, y in (place(*point) for point in known))
    marks = []
    for k in range(5):
        value = low + (high - low) * k / 4
        y = place(0, value)[1]
        marks.append(f'<line x1="{margin}" x2="{width - 12}" y1="{y}" y2="{y}" stroke="#35342f"/>')
        marks.append(f'<text x="{margin - 6}" y="{y + 4}" text-anchor="end">{value:.1f}</text>')
        x = place(longest * k / 4, low)[0]
        marks.append(f'<text x="{x}" y="{height - 10}" text-anchor="middle">{longest * k / 4:.0f} s</text>')
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="3" fill="#9cc26b"/>' for x, y in (place(*point) for point in known))
    body = f'{"".join(marks)}<polyline points="{line}" fill="none" stroke="#9cc26b" stroke-width="2"/>{dots}'
    label = f'<text x="{width - 16}" y="{height - 40}" text-anchor="end">validation PSNR, dB</text>'
    return f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="training curve">{body}{label}</svg>'
