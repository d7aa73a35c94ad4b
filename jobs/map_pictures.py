"""Every map of a dataset as a picture with its legend, on scales that all moments of a camera share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..exporters.layout import LABEL_COLOURS
from ..exporters.light import MAPS_OF_LIGHT
from ..exporters.reader import Frame
from ..procgen.plants.anatomy.parts import PARTS
from . import colours
from .colours import Picture
from .report import element, picture

_LABELS = ("seen", "hidden", "outside", "not there")
_SKY = np.array([colours.BACKGROUND] * 3, np.uint8)
_PART_COLOURS = {
    "none": (90, 90, 96), "trunk": (132, 92, 58), "branch": (176, 128, 82), "leaf": (98, 170, 66), "flower": (226, 110, 170),
    "fruit": (214, 60, 50), "needle": (40, 122, 92), "stem": (150, 190, 90), "petal": (245, 175, 205), "root": (96, 72, 56),
    "spine": (222, 202, 140), "cone": (160, 100, 46), "seed": (205, 175, 120), "cap": (190, 70, 120), "pad": (70, 150, 125),
}  # fmt: skip
_PARTS = np.array([_PART_COLOURS[name] for name in PARTS], np.uint8)
_TRAIL = 12
"""Frames that the tail of a track is long."""


@dataclass(frozen=True)
class Scales:
    """What colours mean: depth in metres from `near` to `far`, flow up to `longest` px, disparity up to `widest` px.

    `whites` holds what is white in each map of light, 0 where the map holds nothing.
    """

    near: float
    far: float
    longest: float
    widest: float
    whites: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, frames: list[Frame], names: Collection[str]) -> Scales:
        """Return scales that fit all these frames."""
        ranges = [colours.depth_range(frame.read("depth"), frame.read("valid")) for frame in frames]
        flows = [frame.read(name) for frame in frames for name in ("flow_forward", "flow_backward") if name in names]
        longest = max((float(np.percentile(np.hypot(*flow.reshape(-1, 2).T), 99)) for flow in flows), default=0.0)
        widest = max(
            (float(np.percentile(frame.read("disparity"), 99.5)) for frame in frames if "disparity" in names), default=0
        )
        far = max(high for _, high in ranges)
        whites = {name: max(_white(frame, name) for frame in frames) for name in MAPS_OF_LIGHT if name in names}
        return cls(min(low for low, _ in ranges), far, max(longest, 1e-3), max(widest, 1e-3), whites)

    def picture(self, frame: Frame, name: str) -> Picture:
        """Return the map `name` of a frame, or its tracks, as a picture."""
        if name in ("tracks", "things"):
            return (draw_tracks if name == "tracks" else draw_things)(frame)
        values, valid = frame.read(name), frame.read("valid")
        match name:
            case "rgb":
                return values
            case "depth":
                return colours.depth_picture(values, valid, self.near, self.far)
            case "disparity":
                return np.where(valid[..., None], colours.turbo(values / self.widest), _SKY)
            case "flow_forward" | "flow_backward":
                return colours.flow_picture(values, self.longest)
            case "normal" | "shading_normal":
                return colours.normal_picture(values, valid)
            case "albedo":
                return colours.linear_picture(values)
            case "ambient_occlusion":
                return colours.share_picture(values, np.ones_like(valid))
            case _ if name in self.whites:
                return colours.linear_picture(values[..., :3].astype(np.float32) / (self.whites[name] or 1.0))
            case "roughness":
                return colours.share_picture(values, valid)
            case "class":
                return colours.table_picture(values, np.array(frame.scene.metadata["class_colours"], np.uint8))
            case "part":
                return np.where(valid[..., None], colours.table_picture(values, _PARTS), _SKY)
            case "piece":
                mixed = frame.read("instance").astype(np.uint64) * np.uint64(7919) + values
                return colours.id_colours(np.where(valid, mixed, np.uint64(0)))
            case "instance" | "material":
                return colours.id_colours(values)
            case "occlusion_forward" | "occlusion_backward" | "occlusion_stereo":
                return colours.table_picture(values, np.array(LABEL_COLOURS, np.uint8))
            case _:
                return colours.mask_picture(values)

    def legend(self, frame: Frame, name: str) -> str:
        """Return what the colours of a map mean, in HTML."""
        match name:
            case "depth":
                return element("span", f"{self.near:.3g} to {self.far:.4g} m") + _bar(reverse=True)
            case _ if name in self.whites:
                return element("span", f"white is {self.whites[name]:.2g}")
            case "disparity":
                return element("span", f"0 to {self.widest:.3g} px") + _bar(reverse=False)
            case "flow_forward" | "flow_backward":
                wheel = picture(colours.data_uri(colours.wheel_picture(60)), alt="colour wheel")
                return element("span", f"up to {self.longest:.2f} px") + wheel
            case "normal" | "shading_normal":
                return element("span", "world x, y, z as red, green, blue")
            case "instance":
                return element("span", f"{np.count_nonzero(np.unique(frame.read('instance')))} in the first frame")
            case "class":
                seen = np.unique(frame.read("class")).tolist()
                colour_of = frame.scene.metadata["class_colours"]
                return "".join(_chip(frame.scene.classes[number], colour_of[number]) for number in seen)
            case "part":
                seen = np.unique(frame.read("part")).tolist()
                return "".join(_chip(frame.scene.metadata["parts"][number], _PARTS[number].tolist()) for number in seen)
            case "occlusion_forward" | "occlusion_backward" | "occlusion_stereo":
                return "".join(_chip(label, list(colour)) for label, colour in zip(_LABELS, LABEL_COLOURS, strict=True))
            case _:
                return ""


def _white(frame: Frame, name: str) -> float:
    """Return what is white in a map of light: 1 for shares, else what 1 in 100 of the values above 0 exceeds; 0 if none is."""
    values = frame.read(name)
    colour = values[..., :3] if values.ndim == 3 else values
    lit = colour[colour > 0]
    if not lit.size:
        return 0.0
    return 1.0 if name.endswith(("_color", "_occlusion")) else float(np.percentile(lit, 99))


def draw_tracks(frame: Frame) -> Picture:
    """Return a dimmed picture with every track's way so far; a point that is hidden has no bright head."""
    base = (frame.read("rgb")[..., :3] * 0.55).astype(np.uint8)
    tracks = frame.scene.tracks(frame.camera_name) or {}
    now = int(np.searchsorted(tracks["frames"], frame.number))
    colour = colours.id_colours(np.arange(1, len(tracks["xy"]) + 1))
    size = max(1, frame.camera.intrinsics.width // 320)
    for index in range(max(0, now - _TRAIL), now + 1):
        visible = tracks["visible"][:, index]
        _dots(base, tracks["xy"][visible, index], colour[visible], 0 if index < now else size)
    return base


def draw_things(frame: Frame) -> Picture:
    """Return a dimmed picture with the visible box of every thing of some size, and the amodal one of those half hidden."""
    base = (frame.read("rgb")[..., :3] * 0.6).astype(np.uint8)
    smallest = base.shape[0] * base.shape[1] / 4000
    for row in frame.things():
        colour = colours.id_colours(np.array([row["id"]]))[0]
        if row["visible_pixels"] >= smallest and row["box_amodal"] is not None:
            _box(base, row["box_visible"], colour)
            if (row["occlusion"] or 0.0) > 0.3:
                _box(base, row["box_amodal"], np.array([255, 255, 255], np.uint8), dotted=True)
    return base


def _dots(base: Picture, xy: NDArray[Any], colour: Picture, size: int) -> None:
    height, width = base.shape[:2]
    for down in range(-size, size + 1):
        for across in range(-size, size + 1):
            x, y = np.floor(xy[:, 0]).astype(int) + across, np.floor(xy[:, 1]).astype(int) + down
            inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            base[y[inside], x[inside]] = colour[inside]


def _box(base: Picture, box: list[float], colour: NDArray[np.uint8], dotted: bool = False) -> None:
    height, width = base.shape[:2]
    left, top, right, bottom = (round(value) for value in box)
    step = 3 if dotted else 1
    x = np.arange(max(left, 0), min(right, width), step)
    y = np.arange(max(top, 0), min(bottom, height), step)
    for row in (top, bottom - 1):
        if 0 <= row < height:
            base[row, x] = colour
    for column in (left, right - 1):
        if 0 <= column < width:
            base[y, column] = colour


def _bar(reverse: bool) -> str:
    places = np.linspace(1, 0, 9) if reverse else np.linspace(0, 1, 9)
    stops = ", ".join(f"rgb({', '.join(map(str, colour))})" for colour in colours.turbo(places).tolist())
    return element("span", class_="bar", style=f"background: linear-gradient(90deg, {stops})")


def _chip(text: str, colour: list[int]) -> str:
    """A small square of a colour with a word."""
    square = element("span", class_="chip", style=f"background: rgb({', '.join(map(str, colour))})")
    return element("span", square, text, class_="chipped")
