"""The layout of a dataset on disk, in one table: the maps of a frame, their channels, and where each file lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MapType = Literal["float32", "uint32", "mask", "rgb"]


@dataclass(frozen=True)
class Map:
    """One picture of a frame: `channels` are EXR channel names, empty for a PNG."""

    name: str
    type: MapType
    channels: tuple[str, ...]
    help: str

    @property
    def suffix(self) -> str:
        return "png" if self.type in ("mask", "rgb") else "exr"


_XYZ = ("X", "Y", "Z")

RGB = Map("rgb", "rgb", (), "the beauty render, 8-bit with the scene's view transform")
RGB_LINEAR = Map("rgb_linear", "float32", ("R", "G", "B"), "the beauty render, linear half float, on request")
TRUTH_MAPS = (
    Map("depth", "float32", ("Z",), "planar depth in metres: the z of the camera's axes"),
    Map("flow_forward", "float32", ("U", "V"), "where the surface point goes in the next frame, pixels"),
    Map("flow_backward", "float32", ("U", "V"), "where the surface point was in the frame before, pixels"),
    Map("normal", "float32", _XYZ, "geometric normal, world, towards the camera"),
    Map("shading_normal", "float32", _XYZ, "interpolated and bumped normal, world, towards the camera"),
    Map("albedo", "float32", ("R", "G", "B"), "base colour before light, linear"),
    Map("position", "float32", _XYZ, "surface point, world, metres"),
    Map("instance", "uint32", ("I",), "id in objects.json, 0 where nothing is"),
    Map("class", "uint32", ("I",), "class id, 0 is sky"),
    Map("material", "uint32", ("I",), "material id, 0 where nothing is"),
    Map("valid", "mask", (), "255 where a surface was seen"),
    Map("occlusion_forward", "mask", (), "255 where the point is not seen in the next frame: hidden or out of the picture"),
    Map("occlusion_backward", "mask", (), "255 where the point was not seen in the frame before"),
)  # fmt: skip
MAPS = {item.name: item for item in (RGB, RGB_LINEAR, *TRUTH_MAPS)}

CONVENTIONS = {
    "length": "metres, world z up",
    "camera_to_world": "camera.json: OpenCV axes (x right, y down, z forward); transforms.json: OpenGL (x right, y up, z back)",
    "pixels": "x right, y down; the centre of the first pixel is (0.5, 0.5)",
    "depth": "planar: z along the viewing axis, not the distance to the camera",
    "flow": "(u, v) in pixels to the same surface point in the next or previous frame; the sky follows the camera's rotation; "
    "0 where the thing does not exist in the other frame, and then occluded",
    "invalid": "pixels without a surface are 0 in every map but flow, and 0 in valid",
    "occlusion": "255 where the surface point is hidden or out of the picture in the other frame",
    "normals": "world space, unit length, towards the camera",
    "rgb": "8-bit with the scene's view transform; straight alpha where the background is transparent",
    "classes": "objects.json of each scene names its class and material ids",
}


def map_path(camera: str, name: str, frame: int) -> str:
    """Return the path of one map relative to the scene's folder."""
    return f"frames/{camera}/{name}/{frame:04d}.{MAPS[name].suffix}"


def camera_path(camera: str) -> str:
    """Return the path of a camera's file relative to the scene's folder."""
    return f"frames/{camera}/camera.json"
