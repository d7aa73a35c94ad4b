"""An orbit of a plant's mesh, ray cast by Warp: a scene to train on where there is a card and no Blender.

    wildfield asset dog_rose --seed 2 --out rose.glb
    python benchmarks/gpu_scene.py rose.glb SCENE

100 views of 800 x 800, 16 samples a pixel, a sun with shadows and a sky without; exact alpha, depth and surface samples, in the
layout of a dataset's scene. Materials are one green: what is learned is leaves, light and shadow.
"""

from __future__ import annotations

# Warp's own language is in the annotations of `shade`.
# mypy: disable-error-code="valid-type, no-untyped-def"
import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import trimesh
import warp as wp

from wildfield.fields.analytic import LIGHT, orbit, write_points
from wildfield.fields.cameras import OPENGL_TO_OPENCV
from wildfield.fields.files import write_depth, write_json, write_picture

SIDE = 4
"""Samples of a pixel, along and down."""
SAMPLES = wp.constant(SIDE)
GREEN = wp.constant(wp.vec3(0.2, 0.35, 0.12))
RADIUS = 1.25
"""Metres of the ball that the plant is scaled to."""
KEPT = 6000
"""Surface samples of a view."""


@wp.kernel
def shade(
    mesh: wp.uint64,
    origin: wp.vec3,
    turn: wp.mat33,
    size: int,
    focal: float,
    sun: wp.vec3,
    pixels: wp.array(dtype=wp.vec4),
    depth: wp.array(dtype=float),
    surface: wp.array2d(dtype=wp.vec3),
):
    """Fill a pixel's summed colour and coverage, and at its centre planar depth and `surface`: point, normal, colour."""
    i = wp.tid()
    total = wp.vec4()
    for sample in range(SAMPLES * SAMPLES + 1):
        across, down = 0.5, 0.5
        if sample > 0:
            across = (float((sample - 1) % SAMPLES) + 0.5) / float(SAMPLES)
            down = (float((sample - 1) / SAMPLES) + 0.5) / float(SAMPLES)
        half = 0.5 * float(size)
        ray = wp.vec3((float(i % size) + across - half) / focal, (float(i / size) + down - half) / focal, 1.0)
        way = turn * wp.normalize(ray)
        hit = wp.mesh_query_ray(mesh, origin, way, 100.0)
        if hit.result:
            normal = hit.normal
            if wp.dot(normal, way) > 0.0:
                normal = -normal
            at = origin + way * hit.t
            lit = wp.max(wp.dot(normal, sun), 0.0)
            if wp.mesh_query_ray(mesh, at + normal * 0.003, sun, 100.0).result:
                lit = 0.0
            colour = GREEN * (0.35 + 0.15 * normal[2] + 0.9 * lit)
            if sample > 0:
                total += wp.vec4(colour[0], colour[1], colour[2], 1.0)
            else:
                depth[i] = hit.t / wp.length(ray)
                surface[i, 0] = at
                surface[i, 1] = normal
                surface[i, 2] = colour
    pixels[i] = total


def plant_of(path: Path, device: str) -> wp.Mesh:
    """Return the mesh of a GLB with z up, in a ball of `RADIUS` around the origin."""
    mesh = trimesh.load(path, process=False, force="mesh")
    points = mesh.vertices[:, [0, 2, 1]] * [1, -1, 1]
    points = points - (points.max(0) + points.min(0)) / 2
    points *= RADIUS / np.linalg.norm(points, axis=1).max()
    corners = wp.array(points.astype(np.float32), dtype=wp.vec3, device=device)
    return wp.Mesh(corners, wp.array(mesh.faces.astype(np.int32).ravel(), dtype=int, device=device))


def shown(linear: np.ndarray) -> np.ndarray:
    """Return linear colours as a screen shows them."""
    return np.clip(linear, 0, 1) ** (1 / 2.2)


def write_scene(plant: wp.Mesh, folder: Path, views: int, size: int, device: str) -> None:
    """Write the scene: of every eight views one is val and one test."""
    sun = wp.normalize(wp.vec3(*LIGHT))
    frames, written, rows = [], [], []
    names: dict[str, list[str]] = {"train": [], "val": [], "test": []}
    with ThreadPoolExecutor() as pool:
        for number in range(views):
            camera, name = orbit(number, views, size), f"frames/view_{number:03d}"
            pixels = wp.zeros(size * size, dtype=wp.vec4, device=device)
            depth = wp.zeros(size * size, dtype=float, device=device)
            surface = wp.zeros((size * size, 3), dtype=wp.vec3, device=device)
            turn = wp.mat33(*camera.camera_to_world[:3, :3].ravel())
            inputs = [plant.id, wp.vec3(*camera.position), turn, size, float(camera.fl_x), sun, pixels, depth, surface]
            wp.launch(shade, size * size, inputs, device=device)
            layers, planar = pixels.numpy().reshape(size, size, 4) / SIDE**2, depth.numpy().reshape(size, size)
            layers[..., :3] = shown(layers[..., :3] / np.maximum(layers[..., 3:], 1e-9))
            for part in ("rgb", "depth"):
                (folder / name / part).mkdir(parents=True, exist_ok=True)
            written.append(pool.submit(write_picture, folder / name / "rgb/0001.png", layers))
            written.append(pool.submit(write_depth, folder / name / "depth/0001.exr", planar))
            split = {4: "val", 0: "test"}.get(number % 8, "train")
            names[split].append(f"{name}/rgb/0001.png")
            if split == "train":
                seen = np.flatnonzero(planar)
                seen = seen[:: max(1, len(seen) // KEPT)]
                samples = surface.numpy()[seen].reshape(-1, 9)
                rows.append(np.concatenate([samples[:, :6], shown(samples[:, 6:])], 1))
            pose = (camera.camera_to_world @ OPENGL_TO_OPENCV).tolist()
            files = {"file_path": f"{name}/rgb/0001.png", "depth_file_path": f"{name}/depth/0001.exr"}
            frames.append({**files, "transform_matrix": pose})
    for job in written:
        job.result()
    lens = {"fl_x": camera.fl_x, "fl_y": camera.fl_y, "cx": camera.cx, "cy": camera.cy}
    splits = {f"{split}_filenames": of for split, of in names.items()}
    head = {"camera_model": "OPENCV", "w": size, "h": size, **lens, "ply_file_path": "points.ply", "frames": frames}
    extent = {"scene_box": [[-RADIUS] * 3, [RADIUS] * 3], "background": "transparent"}
    write_json(folder / "transforms.json", {**head, **splits, "wildfield": extent})
    points = np.concatenate(rows)
    write_points(folder / "points.ply", points[np.random.default_rng(0).permutation(len(points))])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mesh", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--views", type=int, default=100)
    parser.add_argument("--size", type=int, default=800, help="pixels along each side (800)")
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    write_scene(plant_of(options.mesh, options.device), options.out, options.views, options.size, options.device)
    return 0


if __name__ == "__main__":
    sys.exit(main())
