"""What a parameter's help promises is seen in pictures of the same seed: relief, trees, snow line, season, wetness, wind."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.exporters.dataset import write_scene
from wildfield.exporters.reader import Frame, Scene, open_scene
from wildfield.procgen.compose import clear, compose, draw
from wildfield.procgen.spec import override

SIZE = {
    "terrain.resolution": 256, "render.width": 96, "render.height": 54, "render.samples": 4, "render.frames": 2,
    "camera.trajectory": "fly", "camera.speed": 0.0, "render.truth": "small,class,position,albedo,scene_flow_forward",
    "sky.weather": "clear", "scatter.season": "summer", "scatter.autumn": 0.0, "scatter.snow_line": 3000.0,
}  # fmt: skip
TREES = ("oak", "birch", "maple", "beech", "spruce", "pine", "larch", "willow")

Shown = Callable[..., tuple[Scene, Frame]]


@pytest.fixture(scope="module")
def shown(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The first frame of a lake with some of its parameters set, drawn when it is first asked for."""
    folder = tmp_path_factory.mktemp("effects")

    @cache
    def picture(**values: Any) -> tuple[Scene, Frame]:
        named = {key.replace("__", "."): value for key, value in values.items()}
        clear()
        place = Path(folder, "-".join(f"{key}={value}" for key, value in named.items()) or "plain")
        place.parent.mkdir(exist_ok=True)
        write_scene(compose(override(draw("lake", 4), SIZE | named, "test")), place)
        scene = open_scene(place)
        return scene, next(iter(scene.frames()))

    return picture


def of_classes(scene: Scene, frame: Frame, *names: str) -> np.ndarray:
    """Where the picture shows things of these classes, (H, W) bool."""
    return np.isin(frame.read("class"), [scene.classes.index(name) for name in names])


def land(scene: Scene, frame: Frame) -> np.ndarray:
    return of_classes(scene, frame, "ground")


def test_relief_raises_the_mountains_that_are_seen(shown: Shown) -> None:
    heights = [shown(terrain__relief=relief)[1].read("position")[..., 2].max() for relief in (0.1, 0.9)]
    assert heights[1] > 1.3 * heights[0]


def test_trees_cover_more_of_the_picture_where_more_are_asked_for(shown: Shown) -> None:
    few, many = (of_classes(*shown(scatter__trees=amount), *TREES).mean() for amount in (0.1, 0.9))
    assert many > 1.5 * few


def test_below_the_snow_line_the_land_is_dark_and_above_it_white(shown: Shown) -> None:
    bare, white = (
        np.median(frame.read("albedo")[land(scene, frame)]) for scene, frame in (shown(), shown(scatter__snow_line=-500.0))
    )
    assert bare < 0.3 and white > 2 * bare


def test_leaves_are_green_in_summer_and_red_and_yellow_in_autumn(shown: Shown) -> None:
    redness = []
    for season in ("summer", "autumn"):
        scene, frame = shown(scatter__season=season, scatter__conifers=0.0)
        albedo = frame.read("albedo")[of_classes(scene, frame, *TREES)].astype(np.float32)
        redness.append(np.median(albedo[:, 0] / np.maximum(albedo[:, 1], 1e-4)))
    assert redness[0] < 1 < redness[1]


def test_wet_ground_is_darker(shown: Shown) -> None:
    dry, wet = (np.median(frame.read("albedo")[land(scene, frame)]) for scene, frame in (shown(), shown(sky__wetness=1.0)))
    assert 0.4 * dry < wet < 0.85 * dry


def test_wind_moves_the_trees_and_none_leaves_them_standing(shown: Shown) -> None:
    ways = []
    for strength in (0.0, 1.0):
        scene, frame = shown(wind__strength=strength)
        way = frame.read("scene_flow_forward")[of_classes(scene, frame, *TREES)]
        ways.append(np.sqrt((way.astype(np.float64) ** 2).sum(-1)).mean())
    assert ways[0] < 1e-5 and 0.003 < ways[1] < 1.0
