"""The part of a report that shows a dataset: every map of its frames, its views, and what stands in its scenes."""

from __future__ import annotations

import html
import json
from collections import Counter
from pathlib import Path

import numpy as np

from ..exporters.light import PASSES
from ..exporters.reader import Frame, Scene, open_dataset
from . import colours
from .colours import Picture
from .lidar_pictures import from_above, unrolled
from .map_pictures import Scales
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
    "tracks": "Point tracks",
    "things": "Boxes and silhouettes",
    "depth": "Depth",
    "disparity": "Disparity",
    "normal": "Normals",
    "shading_normal": "Shading normals",
    "flow_forward": "Forward flow",
    "flow_backward": "Backward flow",
    "occlusion_forward": "Seen later?",
    "occlusion_backward": "Seen earlier?",
    "occlusion_stereo": "Seen by the other eye?",
    "boundary": "Occlusion boundaries",
    "instance": "Instances",
    "piece": "Leaves, blades, pieces",
    "part": "Parts of plants",
    "class": "Classes",
    "material": "Materials",
    "albedo": "Base colour",
    "roughness": "Roughness",
    "rgb_noisy": "Before the denoiser",
    **{name: name.replace("_", " ").capitalize().replace("color", "colour") for name in PASSES},
    "valid": "Surface seen",
}
"""What is shown of a dataset, in this order, where it is there; maps of light that are dark in all frames are not shown."""


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
        note = "The maps of the first view."
        parts += [_views([moments[0] for moments in frames.values()]), element("p", note, class_="quiet")]
        shown = dict(list(frames.items())[:1])
    else:
        shown = frames
    for camera, moments in shown.items():
        parts.append(_player(scene, camera, _thinned(moments)))
    parts += [_lidar(scene), _things(scene), _spec(scene)]
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


def _player(scene: Scene, camera: str, frames: list[Frame]) -> str:
    """The maps of one camera; with more than one moment, a slider moves them together."""
    there = [*scene.metadata["maps"], *(["tracks"] if scene.tracks(camera) else [])]
    pictures = {}
    legends = {}
    scales = Scales.of(frames, there)
    for name in (name for name in TITLES if name in there and scales.whites.get(name, 1.0)):
        pictures[name] = [colours.data_uri(_shown(scales.picture(frame, name), name)) for frame in frames]
        legends[name] = scales.legend(frames[0], name)
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


def _lidar(scene: Scene) -> str:
    """The first sweep of the LiDAR, where there is one: unrolled, and from above."""
    mounted = scene.lidar
    if mounted is None:
        return ""
    sweep, classes = scene.sweep(min(scene.cameras[mounted.camera])), np.array(scene.metadata["class_colours"], np.uint8)
    above, reach = from_above(sweep, classes)
    titles = {"range": "Range", "class": "Classes", "reflectance": "Reflectance", "radial_velocity": "Radial velocity"}
    figures = [
        element(
            "figure",
            picture(colours.data_uri(unrolled(mounted, sweep, name, classes)), alt=title),
            element("figcaption", element("b", f"LiDAR: {title}"), "red comes nearer" if name == "radial_velocity" else ""),
        )
        for name, title in titles.items()
    ]
    caption = element("figcaption", element("b", "LiDAR from above"), f"{reach:.0f} m to each side, circles 10 m apart")
    figures.append(element("figure", picture(colours.data_uri(above), alt="LiDAR from above"), caption))
    note = f"{mounted.lidar.beams} beams, {len(sweep['range'])} returns at the first frame."
    return element("p", note, class_="quiet") + element("div", *figures, class_="maps")


def _shown(values: Picture, name: str) -> Picture:
    """Shrink a picture for the page; ids are thinned and never mixed."""
    if name in (
        "instance",
        "class",
        "material",
        "part",
        "piece",
        "occlusion_forward",
        "occlusion_backward",
        "occlusion_stereo",
    ):
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
