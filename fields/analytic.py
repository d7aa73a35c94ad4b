"""A small scene with known answers: coloured ellipsoids ray cast in numpy, written in the layout of a dataset's scene.

For tests, benchmarks and a first try of training without Blender. Depth is exact at pixel centres; alpha is the share of
covered samples of a pixel.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from plyfile import PlyData, PlyElement

from .cameras import OPENGL_TO_OPENCV, Camera
from .files import write_depth, write_json, write_picture

LIGHT = np.array([0.4, -0.5, 0.77])


def ellipsoids(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return (count, 9): centres, semi-axes in metres and colours of 0 to 1, within about 1.3 m of the origin."""
    centres = rng.uniform(-0.8, 0.8, (count, 3))
    return np.hstack([centres, rng.uniform(0.2, 0.5, (count, 3)), rng.uniform(0.15, 0.9, (count, 3))])


def cast(shapes: np.ndarray, origin: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distance along `directions` (N, 3) (infinite on a miss), colour (N, 3) and unit normal (N, 3) of first hits."""
    near = np.full(len(directions), np.inf)
    colour, normal = np.zeros((len(directions), 3)), np.zeros((len(directions), 3))
    for shape in shapes:
        centre, axes, base = shape[:3], shape[3:6], shape[6:]
        start, ray = (origin - centre) / axes, directions / axes
        a, b, c = (ray * ray).sum(1), ray @ start, start @ start - 1
        root = b * b - a * c
        distance = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
        hit = np.flatnonzero((distance > 0) & (distance < near))
        near[hit] = distance[hit]
        on_unit = start + distance[hit, None] * ray[hit]
        outward = on_unit / axes
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        stripes = 0.75 + 0.25 * np.tanh(6 * np.sin(9 * on_unit[:, :1]) * np.sin(9 * on_unit[:, 1:2]))
        light = 0.45 + 0.55 * np.maximum(outward @ LIGHT, 0)[:, None]
        colour[hit], normal[hit] = np.clip(base * stripes * light, 0, 1), outward
    return near, colour, normal


def orbit(number: int, count: int, size: int) -> Camera:
    """Return camera `number` of `count` on a sphere of 4 m around the origin, looking at it, of size x size pixels."""
    height = 1 - 2 * (number + 0.5) / count
    turn = np.pi * (1 + 5**0.5) * number
    back = np.array([np.cos(turn) * np.sqrt(1 - height**2), np.sin(turn) * np.sqrt(1 - height**2), height])
    right = np.cross([0, 0, 1.0], back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :4] = np.stack([right, np.cross(back, right), back, 4 * back], 1)
    focal = 1.25 * size
    return Camera.from_opengl(pose, (size, size), (focal, focal, size / 2, size / 2))


def write_analytic_scene(
    folder: Path, views: int = 24, size: int = 64, shapes: int = 7, points: int = 20_000, seed: int = 0, samples: int = 3
) -> Path:
    """Write the scene to `folder` and return it: every 8th view is val, every 8th is test, the others train."""
    rng = np.random.default_rng([seed, 7])
    solids = ellipsoids(shapes, rng)
    frames, names, surface = [], [], []
    for number in range(views):
        camera, name = orbit(number, views, size), f"frames/view_{number:03d}"
        fine = Camera(
            size * samples, size * samples, camera.fl_x * samples, camera.fl_y * samples,
            camera.cx * samples, camera.cy * samples, camera.camera_to_world,
        )  # fmt: skip
        distance, colour, _ = cast(solids, camera.position, fine.directions().reshape(-1, 3))
        layers = np.concatenate([colour, np.isfinite(distance)[:, None]], 1)
        picture = layers.reshape(size, samples, size, samples, 4).mean((1, 3))
        picture[..., :3] /= np.maximum(picture[..., 3:], 1e-9)
        directions = camera.directions().reshape(-1, 3)
        depth, colour, normal = cast(solids, camera.position, directions)
        seen = np.flatnonzero(np.isfinite(depth))
        (folder / name / "rgb").mkdir(parents=True, exist_ok=True)
        (folder / name / "depth").mkdir(parents=True, exist_ok=True)
        write_picture(folder / name / "rgb/0001.png", picture)
        write_depth(folder / name / "depth/0001.exr", np.where(np.isfinite(depth), depth, 0).reshape(size, size))
        split = {4: "val", 0: "test"}.get(number % 8, "train")
        if split == "train":
            at = camera.position + depth[seen, None] * directions[seen]
            surface.append(np.concatenate([at, normal[seen], colour[seen]], 1))
        names.append((split, f"{name}/rgb/0001.png"))
        frames.append(
            {
                "file_path": f"{name}/rgb/0001.png",
                "depth_file_path": f"{name}/depth/0001.exr",
                "transform_matrix": (camera.camera_to_world @ OPENGL_TO_OPENCV).tolist(),
            }
        )
    write_json(
        folder / "transforms.json",
        {
            "camera_model": "OPENCV", "w": size, "h": size, "fl_x": camera.fl_x, "fl_y": camera.fl_y,
            "cx": camera.cx, "cy": camera.cy, "ply_file_path": "points.ply", "frames": frames,
            **{f"{split}_filenames": [name for of, name in names if of == split] for split in ("train", "val", "test")},
            "wildfield": {"scene_box": [[-1.3] * 3, [1.3] * 3], "background": "transparent"},
        },
    )  # fmt: skip
    rows = np.concatenate(surface)
    write_points(folder / "points.ply", rows[rng.permutation(len(rows))[:points]])
    return folder


def write_points(path: Path, rows: np.ndarray) -> None:
    """Write surface samples (N, 9): positions, normals, colours of 0 to 1, in the layout of a dataset's points.ply."""
    kinds = [(name, "<f4") for name in ("x", "y", "z", "nx", "ny", "nz")] + [(n, "u1") for n in ("red", "green", "blue")]
    vertices = np.empty(len(rows), kinds)
    for k, (name, _) in enumerate(kinds):
        vertices[name] = rows[:, k] if k < 6 else np.round(rows[:, k] * 255)
    PlyData([PlyElement.describe(vertices, "vertex")], byte_order="<").write(str(path))
