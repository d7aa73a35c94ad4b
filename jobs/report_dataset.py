"""The part of a report that shows a dataset: every map of its frames, its views, and what stands in its scenes."""

from __future__ import annotations

import html
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ..exporters.reader import Frame, Scene, open_dataset
from . import colours
from .colours import Picture
from .report import element, numbers, picture, table

WIDTH = 480
"""The most pixels that a picture of the report is wide."""
THUMB = 128
FRAMES = 6
"""The most moments of one camera that the report shows; more are thinned evenly."""
SCENES = 4
"""The most scenes of a dataset that the report shows."""

TITLES = {
    "rgb": "Beauty",
    "depth": "Depth",
    "flow_forward": "Forward flow",
    "flow_backward": "Backward flow",
    "normal": "Normals",
    "albedo": "Albedo",
    "instance": "Instances",
    "class": "Classes",
    "material": "Materials",
    "occlusion_forward": "Hidden in the next frame",
    "occlusion_backward": "Hidden in the frame before",
    "valid": "Surface seen",
}
STILL = tuple(name for name in TITLES if not name.startswith(("flow", "occlusion")))
"""The maps that say something where nothing moves."""


def dataset_section(path: Path) -> str:
    """Return the HTML of one dataset. Raises UserError where it is damaged."""
    dataset = open_dataset(path)
    scenes = dataset.scenes
    parts = [
        element("h2", f"Dataset {html.escape(path.name)}"),
        numbers(
            [
                ("scenes", str(len(scenes))),
                ("frames", str(sum(len(list(scene.frames())) for scene in scenes))),
                ("made with Blender", str(dataset.content.get("blender", "?"))),
            ]
        ),
    ]
    parts += [_scene(scene) for scene in scenes[:SCENES]]
    if len(scenes) > SCENES:
        parts.append(element("p", f"{len(scenes) - SCENES} more scenes are not shown.", class_="quiet"))
    return "\n".join(parts)


def _scene(scene: Scene) -> str:
    """One scene: its cameras as players of all maps, or the views of an orbit, and its things."""
    frames: dict[str, list[Frame]] = {}
    for frame in scene.frames():
        frames.setdefault(frame.camera_name, []).append(frame)
    parts = [element("h3", f"Scene {html.escape(scene.folder.name)}")]
    still = all(len(moments) == 1 for moments in frames.values()) and len(frames) > 2
    if still:
        note = "The maps of the first view. Nothing moves in an orbit, so its flow is zero and not shown."
        parts += [_views([moments[0] for moments in frames.values()]), element("p", note, class_="quiet")]
        shown = dict(list(frames.items())[:1])
    else:
        shown = frames
    for camera, moments in shown.items():
        parts.append(_player(camera, _thinned(moments), STILL if still else tuple(TITLES)))
    parts += [_things(scene), _spec(scene)]
    return "\n".join(parts)


def _views(frames: list[Frame]) -> str:
    """Small pictures of every view of an orbit."""
    cells = [
        element(
            "figure", picture(colours.data_uri(colours.smaller(frame.read("rgb"), THUMB)), alt=frame.name, title=frame.name)
        )
        for frame in frames
    ]
    return element("p", f"{len(frames)} views, test views among them.", class_="quiet") + element(
        "div", *cells, class_="thumbs"
    )


def _player(camera: str, frames: list[Frame], names: tuple[str, ...]) -> str:
    """The named maps of one camera; with more than one moment, a slider moves them together."""
    pictures, legends = _pictures(frames, names)
    figures = []
    for name, uris in pictures.items():
        caption = element("figcaption", element("b", TITLES[name]), legends.get(name, ""))
        figures.append(element("figure", picture(uris[0], alt=TITLES[name], data_map=name), caption))
    grid = element("div", *figures, class_="maps")
    if len(frames) == 1:
        return grid
    state = json.dumps({"labels": [f"frame {frame.number}" for frame in frames], "maps": pictures})
    control = element(
        "div",
        element("button", "Play", type="button"),
        f'<input type="range" min="0" max="{len(frames) - 1}" value="0" aria-label="frame">',
        element("span", "", class_="at quiet"),
        element("span", f"camera {html.escape(camera)}", class_="quiet"),
        class_="control",
    )
    return element("div", control, grid, f'<script type="application/json">{state}</script>', class_="player")


def _pictures(frames: list[Frame], names: tuple[str, ...]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the data addresses of every map at every moment, and the legends; scales are shared by the moments."""
    read = {name: [frame.read(name) for frame in frames] for name in TITLES}
    valid = read["valid"]
    ranges = [colours.depth_range(depth, mask) for depth, mask in zip(read["depth"], valid, strict=True)]
    near, far = min(low for low, _ in ranges), max(high for _, high in ranges)
    flows = [flow for name in ("flow_forward", "flow_backward") for flow in read[name]]
    longest = max(1e-3, float(np.percentile([np.hypot(flow[..., 0], flow[..., 1]) for flow in flows], 99)))

    def as_picture(name: str, values: Any, mask: np.ndarray) -> Picture:
        match name:
            case "rgb":
                return values
            case "depth":
                return colours.depth_picture(values, mask, near, far)
            case "flow_forward" | "flow_backward":
                return colours.flow_picture(values, longest)
            case "normal":
                return colours.normal_picture(values, mask)
            case "albedo":
                return colours.linear_picture(values)
            case "instance" | "class" | "material":
                return colours.id_colours(values)
            case _:
                return colours.mask_picture(values)

    pictures = {
        name: [
            colours.data_uri(_shown(as_picture(name, values, mask), name))
            for values, mask in zip(read[name], valid, strict=True)
        ]
        for name in names
    }
    wheel = picture(colours.data_uri(colours.wheel_picture(60)), alt="colour wheel")
    flow = element("span", f"up to {longest:.2f} px") + wheel
    stops = ", ".join(f"rgb({', '.join(map(str, colour))})" for colour in colours.turbo(np.linspace(1, 0, 9)).tolist())
    bar = element("span", class_="bar", style=f"background: linear-gradient(90deg, {stops})")
    legends = {
        "depth": element("span", f"{near:.3g} to {far:.4g} m") + bar,
        "flow_forward": flow,
        "flow_backward": flow,
        "normal": element("span", "world x, y, z as red, green, blue"),
        "instance": element("span", f"{np.count_nonzero(np.unique(read['instance'][0]))} seen in the first frame"),
    }
    return pictures, legends


def _shown(values: Picture, name: str) -> Picture:
    """Shrink a picture for the page; ids are thinned and never mixed."""
    if name in ("instance", "class", "material"):
        step = -(-values.shape[1] // WIDTH)
        return values[::step, ::step]
    return colours.smaller(values, WIDTH)


def _things(scene: Scene) -> str:
    """How many things of each class were seen."""
    counts = Counter(thing["class"] for thing in scene.objects.values())
    rows = [(name, count) for name, count in sorted(counts.items(), key=lambda item: -item[1])]
    return element("details", element("summary", f"{sum(counts.values())} things were seen"), table(("class", "things"), rows))


def _spec(scene: Scene) -> str:
    text = (scene.folder / "scene.toml").read_text(encoding="utf-8")
    summary = element("summary", "The spec that makes this scene again")
    return element("details", summary, element("pre", html.escape(text)))


def _thinned(moments: list[Frame]) -> list[Frame]:
    if len(moments) <= FRAMES:
        return moments
    return [moments[round(k * (len(moments) - 1) / (FRAMES - 1))] for k in range(FRAMES)]
