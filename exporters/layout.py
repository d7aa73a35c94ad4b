"""The layout of a dataset on disk, in one table: the maps of a frame, their channels, and where each file lies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..errors import UserError, nearest
from .light import AMBIENT_REACH, MAPS_OF_LIGHT

MapType = Literal["float32", "float16", "uint32", "mask", "label", "rgb", "json"]
Needs = Literal["", "motion", "stereo"]


@dataclass(frozen=True)
class Map:
    """One file of a frame.

    `channels` are EXR channel names, empty for PNG and JSON. `step` is the grain of float values, a power of two whose
    multiples they are, and `bits` how many bits of fraction they keep (a float32 has 23): files are half as large without
    noise in the last bits. `needs` says which scenes have it: those in which something moves, or those of a stereo rig.
    """

    name: str
    type: MapType
    channels: tuple[str, ...]
    unit: str
    frame: str
    help: str
    bits: int = 23
    step: float = 0.0
    needs: Needs = ""

    @property
    def suffix(self) -> str:
        return {"mask": "png", "label": "png", "rgb": "png", "json": "json"}.get(self.type, "exr")


_XYZ, _UV, _RGB = ("X", "Y", "Z"), ("U", "V"), ("R", "G", "B")
_WORLD, _CAMERA, _PICTURE = "world", "camera, OpenCV axes", "picture"
_FLOW, _NORMAL, _COLOUR = (15, 2.0**-13), (15, 2.0**-12), (15, 2.0**-10)
_DEPTH_BITS = 21


def _light(name: str, help_text: str, unit: str = "scene-linear") -> Map:
    return Map(name, "float16", _RGB, unit, _PICTURE, help_text)


def _maps(*rows: Map) -> dict[str, Map]:
    return {row.name: row for row in rows}


MAPS = _maps(
    Map("rgb", "rgb", (), "sRGB, 8 bit", _PICTURE, "the beauty render, with the scene's view transform"),
    Map("rgb_linear", "float16", _RGB, "scene-linear", _PICTURE, "the beauty render before the view transform"),
    Map("rgb_noisy", "float16", _RGB, "scene-linear", _PICTURE, "the same before the denoiser: what maps of light add up to"),
    Map("depth", "float32", ("Z",), "m", _CAMERA, "planar: z in the camera; distance in panoramas and fisheyes", _DEPTH_BITS),
    Map("distance", "float32", ("Z",), "m", _CAMERA, "length of the ray from the camera to the surface point", _DEPTH_BITS),
    Map("position", "float32", _XYZ, "m", _WORLD, "surface point"),
    Map("nocs", "float32", _XYZ, "0..1", "thing", "place in the thing's own box, from corner to corner", *_NORMAL),
    Map("normal", "float32", _XYZ, "unit vector", _WORLD, "normal of the geometry, towards the camera", *_NORMAL),
    Map("normal_camera", "float32", _XYZ, "unit vector", _CAMERA, "the same in the camera's axes", *_NORMAL),
    Map("shading_normal", "float32", _XYZ, "unit vector", _WORLD, "interpolated and bumped normal", *_NORMAL),
    Map("shading_normal_camera", "float32", _XYZ, "unit vector", _CAMERA, "the same in the camera's axes", *_NORMAL),
    Map("flow_forward", "float32", _UV, "px", _PICTURE, "to where the surface point is flow_step frames later", *_FLOW,
        needs="motion"),
    Map("flow_backward", "float32", _UV, "px", _PICTURE, "to where it was flow_step frames earlier", *_FLOW,
        needs="motion"),
    Map("scene_flow_forward", "float32", _XYZ, "m", _WORLD, "way of the surface point to flow_step frames later",
        needs="motion"),
    Map("scene_flow_backward", "float32", _XYZ, "m", _WORLD, "way of the surface point to flow_step frames earlier",
        needs="motion"),
    Map("occlusion_forward", "label", (), "label", _PICTURE, "whether the point is seen flow_step frames later",
        needs="motion"),
    Map("occlusion_backward", "label", (), "label", _PICTURE, "whether it was seen flow_step frames earlier", needs="motion"),
    Map("disparity", "float32", ("D",), "px", _PICTURE, "x in the left picture minus x in the right one", *_FLOW,
        needs="stereo"),
    Map("occlusion_stereo", "label", (), "label", _PICTURE, "whether the point is seen in the other eye", needs="stereo"),
    Map("albedo", "float32", _RGB, "0..1, linear", _PICTURE, "base colour before light", *_COLOUR),
    Map("roughness", "float32", ("Y",), "0..1", _PICTURE, "roughness of the surface", *_COLOUR),
    Map("metallic", "float32", ("Y",), "0..1", _PICTURE, "how much the surface is a metal", *_COLOUR),
    Map("emission", "float32", _RGB, "W/m2/sr, linear", _PICTURE, "light that the surface sends out by itself"),
    *(
        row
        for closure, what in (("diffuse", "scattered"), ("glossy", "mirrored"), ("transmission", "let through"))
        for row in (
            _light(f"{closure}_direct", f"light of lamps and sky, {what} by the surface, over its {closure}_color"),
            _light(f"{closure}_indirect", f"light of other surfaces, {what} by the surface, over its {closure}_color"),
            _light(f"{closure}_color", f"how much of the light is {what} by the surface", "0..1, linear"),
        )
    ),
    _light("volume_direct", "light of lamps and sky, scattered by a volume"),
    _light("volume_indirect", "light of surfaces, scattered by a volume"),
    _light("emission_light", "light that surfaces send out, as the picture holds it"),
    _light("environment", "light of the sky seen directly; 0 before a transparent background"),
    Map("ambient_occlusion", "float16", ("Y",), "0..1", _PICTURE,
        f"share of the half space above the surface, cosine-weighted, that is free for {AMBIENT_REACH:g} m"),
    Map("instance", "uint32", ("I",), "id", _PICTURE, "which thing: a row of objects.json; 0 is nothing"),
    Map("class", "uint32", ("I",), "id", _PICTURE, "class of the thing; 0 is the sky, and what lies beyond a fisheye's circle"),
    Map("material", "uint32", ("I",), "id", _PICTURE, "material of the surface; 0 is nothing"),
    Map("part", "uint32", ("I",), "id", _PICTURE, "what of its plant: trunk, branch, leaf, ...; 0 is no plant"),
    Map("piece", "uint32", ("I",), "number", _PICTURE, "which connected piece of its thing: this leaf, that blade; from 1"),
    Map("panoptic", "uint32", ("I",), "id", _PICTURE, "class << 24, plus the instance of a countable thing"),
    Map("valid", "mask", (), "mask", _PICTURE, "255 where a surface was seen"),
    Map("boundary", "mask", (), "mask", _PICTURE, "255 on the near side of an occlusion boundary"),
    Map("boundary_2x", "mask", (), "mask", _PICTURE, "the same at twice the resolution, from a truth render of its own"),
    Map("things", "json", (), "px", _PICTURE, "boxes and visibility of every thing in the picture"),
)  # fmt: skip

LIDAR = {
    item["name"]: item
    for item in (
        {"name": "xyz", "type": "float32", "unit": "m", "help": "where the beam came back from: x forward, y left, z up"},
        {"name": "range", "type": "float32", "unit": "m", "help": "length of the beam, with noise where that was asked for"},
        {"name": "range_clean", "type": "float32", "unit": "m", "help": "the same without noise, where there is some"},
        {"name": "ring", "type": "uint16", "unit": "number", "help": "which beam, from the highest, 0"},
        {"name": "column", "type": "uint16", "unit": "number", "help": "which step of the turn, from behind, clockwise, 0"},
        {"name": "azimuth", "type": "float32", "unit": "rad", "help": "direction about z: 0 ahead, positive to the left"},
        {"name": "reflectance", "type": "float32", "unit": "0..1", "help": "luminance of the base colour times the cosine"},
        {"name": "radial_velocity", "type": "float32", "unit": "m/s", "help": "of the surface against the sensor, away is +"},
        {"name": "instance", "type": "uint32", "unit": "id", "help": "which thing: a row of objects.json"},
        {"name": "class", "type": "uint32", "unit": "id", "help": "class of the thing"},
        {"name": "material", "type": "uint32", "unit": "id", "help": "material of the surface"},
    )
}
"""Arrays of one LiDAR sweep, each as long as it has returns; xyz is (N, 3), in the sensor's axes."""
LIDAR_NAME = "top"

SEEN, HIDDEN, OUTSIDE, ABSENT = range(4)
"""Values of a label map: the point is seen in the other picture; something stands before it; it is out of the picture; its
thing does not exist at that time (newborn when looking backward, leaving when looking forward)."""
LABEL_COLOURS = ((0, 0, 0), (255, 255, 255), (110, 110, 150), (235, 120, 40))
"""How viewers show the labels."""

_SMALL = ("rgb", "depth", "instance", "valid")
_STANDARD = (*_SMALL, "class", "material", "part", "boundary", "disparity")
_MOTION = ("flow_forward", "flow_backward", "occlusion_forward", "occlusion_backward", "occlusion_stereo")
SETS = {
    "small": _SMALL,
    "standard": _STANDARD,
    "motion": (*_STANDARD, *_MOTION),
    "light": (*_SMALL, *MAPS_OF_LIGHT),
    "full": tuple(name for name in MAPS if name not in ("boundary_2x", *MAPS_OF_LIGHT)),
}
"""Sets of maps by name. Standard is what fits into 12 MB a picture of 1920x1080; full is all truth but what costs a render of
its own, without the maps of light, which hold the noise of the picture's samples (docs/ground-truth.md)."""

CONVENTIONS = {
    "length": "metres, world z up",
    "camera_to_world": "camera.json: OpenCV axes (x right, y down, z forward); transforms.json: OpenGL (x right, y up, z back)",
    "pixels": "x right, y down; the centre of the first pixel is (0.5, 0.5)",
    "depth": "planar: z along the viewing axis, not the distance to the camera; of panoramas and fisheyes it is the distance",
    "flow": "(u, v) in pixels to the same surface point flow_step frames later or earlier; the sky follows the camera's "
    "rotation; 0 where the point has no place in the other picture, and then the label says why",
    "invalid": "pixels without a surface are 0 in every map but flow and the parts of the picture, and 0 in valid; those "
    "beyond a fisheye's image circle (half_angle in camera.json) are no sky",
    "light": "rgb_noisy = the sum of color * (direct + indirect) over diffuse, glossy and transmission, + volume_direct "
    "+ volume_indirect + emission_light + environment",
    "labels": "0 seen, 1 hidden, 2 outside the picture, 3 the thing does not exist then",
    "normals": "unit length, towards the camera",
    "rgb": "8-bit with the scene's view transform; straight alpha where the background is transparent",
    "classes": "objects.json of each scene names its class and material ids",
    "rounding": "a map with a step holds multiples of it; bits of the fraction are kept, so 2^-(bits + 1) of a value at most "
    "is lost",
}


def chosen(words: str, moves: bool = True, stereo: bool = True) -> tuple[Map, ...]:
    """Return the maps that comma-separated sets and names choose ("standard,position"), in the order of `MAPS`.

    A name with a minus leaves that map out. Maps that the scene cannot have are left out unless they were named themselves.
    The picture and what every reader needs, the small set, are always there. Raises UserError for unknown words, and for a map
    named that the scene cannot have.
    """
    wanted = set(_SMALL)
    for word in (part.strip() for part in words.split(",")):
        name = word.removeprefix("-")
        if name not in SETS and name not in MAPS:
            known = [*SETS, *MAPS]
            raise UserError(f"render.truth: unknown map {name!r}{nearest(name, known)} (wildfield list maps shows all)")
        if word.startswith("-"):
            wanted -= {name} - set(_SMALL)
            continue
        wanted |= set(SETS.get(name, (name,)))
        if name in MAPS and not _possible(MAPS[name], moves, stereo):
            lacks = "a stereo rig" if MAPS[name].needs == "stereo" else "something that moves: several frames"
            raise UserError(f"render.truth: map {name!r} needs {lacks}; leave it out or choose another rig")
    return tuple(item for item in MAPS.values() if item.name in wanted and _possible(item, moves, stereo))


def _possible(item: Map, moves: bool, stereo: bool) -> bool:
    return {"": True, "motion": moves, "stereo": stereo}[item.needs]


def described(maps: Iterable[Map]) -> list[dict[str, object]]:
    """Return what the manifest says of maps: name, type, channels, unit, frame of reference, meaning and rounding."""
    keys = ("name", "type", "channels", "unit", "frame", "help", "bits", "step")
    return [{key: getattr(item, key) for key in keys} for item in maps]


def map_path(camera: str, name: str, frame: int) -> str:
    """Return the path of one map relative to the scene's folder."""
    return f"frames/{camera}/{name}/{frame:04d}.{MAPS[name].suffix}"


def camera_path(camera: str) -> str:
    """Return the path of a camera's file relative to the scene's folder."""
    return f"frames/{camera}/camera.json"


def tracks_path(camera: str) -> str:
    """Return the path of a camera's point tracks relative to the scene's folder."""
    return f"tracks/{camera}.npz"


def lidar_path(frame: int) -> str:
    """Return the path of a LiDAR sweep relative to the scene's folder."""
    return f"lidar/{LIDAR_NAME}/{frame:04d}.npz"


def lidar_json_path() -> str:
    """Return the path of what describes the LiDAR relative to the scene's folder."""
    return f"lidar/{LIDAR_NAME}/lidar.json"


THING_IMU = "imu_things.npz"
"""The samples of the IMUs in things, relative to the scene's folder."""


def poses_path(frame: int) -> str:
    """Return the path of the matrices of one frame relative to the scene's folder; frames before the first may be below 0."""
    return f"poses/{frame:04d}.npz"
