"""transforms.json: nerfstudio's layout, so that its loaders open a scene folder as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .cameras import Camera, opencv_to_opengl
from .layout import map_path

INTRINSICS = ("fl_x", "fl_y", "cx", "cy")
_MODELS = {
    "pinhole": "OPENCV",
    "brown": "OPENCV",
    "orthographic": "ORTHOGRAPHIC",
    "equirectangular": "EQUIRECTANGULAR",
    "fisheye": "OPENCV_FISHEYE",
    "equisolid": "FISHEYE_EQUISOLID",
}
Picture = tuple[str, int]
"""(camera, frame)."""


def transforms_json(
    cameras: Mapping[Picture, Camera],
    splits: Mapping[str, Sequence[Picture]],
    scene_box: list[list[float]],
    transparent: bool,
) -> dict[str, Any]:
    """Return the content of transforms.json: OpenGL camera-to-world matrices, paths relative to the scene's folder.

    Intrinsics stand at the top where all cameras agree and in each frame where they do not. Orthographic and equirectangular
    cameras have models of those names; nerfstudio reads the latter. It knows no equisolid fisheye.
    """
    first = next(iter(cameras.values())).intrinsics
    agree = all(camera.intrinsics == first for camera in cameras.values())
    distortion = dict.fromkeys(("k1", "k2", "k3", "k4", "p1", "p2"), 0.0) | first.coefficients
    shared = {name: getattr(first, name) for name in INTRINSICS} if agree else {}
    frames = []
    for (name, frame), camera in cameras.items():
        entry: dict[str, Any] = {
            "file_path": map_path(name, "rgb", frame),
            "depth_file_path": map_path(name, "depth", frame),
            "transform_matrix": opencv_to_opengl(camera.camera_to_world).tolist(),
        }
        frames.append(entry if agree else entry | {key: getattr(camera.intrinsics, key) for key in INTRINSICS})
    return {
        "camera_model": _MODELS[first.model], "w": first.width, "h": first.height, **shared, **distortion,
        "ply_file_path": "points.ply",
        "frames": frames,
        **{f"{split}_filenames": [map_path(name, "rgb", frame) for name, frame in splits[split]] for split in splits},
        "wildfield": {"scene_box": scene_box, "background": "transparent" if transparent else "sky"},
    }  # fmt: skip
