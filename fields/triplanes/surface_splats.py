"""Splats sampled from the surface of a tri-plane field: for viewers of splats.

Cameras all around the box, or in its middle where the space is bent, see the surface as the field is drawn; their pixels become
points with the colour and the normal that they show, of which some at random become flat splats.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ..cameras import Camera
from ..depth_normals import depth_normals
from ..launch import AnyLauncher
from ..orbit import looking_at
from ..points import Points
from ..splats.cloud import SplatCloud
from ..splats.model import Model as SplatModel
from ..surface import COVERED, surface_points
from .model import Model
from .picture import drawn
from .space import Space

MOST = 30_000
"""Splats at the most."""
OPACITY, FLATNESS = 0.9, 0.2
NARROW = 0.5
"""Standard deviation over the distance to the nearest others."""
WIDEST = 0.5
"""Standard deviation of the widest splats, in voxels: a lone point is no large disc."""
EACH = 2
"""Splats for each voxel of the surface: more overlap so much that their faint rims add up to a seam around the thing."""
CAMERAS, SIZE = 32, 128
AWAY = 2.5
"""How far the cameras stand from the middle, in half diagonals of the box."""
EDGE = 1.02
"""Ratio of depths from which an edge runs between neighbours."""


def surroundings(space: Space) -> list[Camera]:
    """Return cameras evenly around the box that see all of it, or from its middle outwards in a bent space."""
    reach = float(np.linalg.norm(space.half))
    focal = 0.5 * SIZE * (1.0 if space.bent else (AWAY**2 - 1) ** 0.5)
    cameras = []
    for number in range(CAMERAS):
        height, turn = 1 - 2 * (number + 0.5) / CAMERAS, np.pi * (1 + 5**0.5) * number
        out = np.array([np.cos(turn) * np.sqrt(1 - height**2), np.sin(turn) * np.sqrt(1 - height**2), height])
        place, target = space.centre + AWAY * reach * out, space.centre
        if space.bent:
            place, target = target, place
        pose = looking_at(place, target, np.array([0.0, 0.0, 1.0]))
        cameras.append(Camera(SIZE, SIZE, focal, focal, SIZE / 2, SIZE / 2, pose))
    return cameras


def seen_surface(model: Model, launch: AnyLauncher, most: int = MOST) -> Points:
    """Return at most `most` points of the surface that is seen from around, with normals and colours."""
    positions, colours, normals = [], [], []
    for camera in surroundings(model.space):
        picture, rays = drawn(model, camera, launch), camera.directions()
        depth = picture.median
        normal = depth_normals(depth, torch.from_numpy(rays)).numpy()
        near = -torch.nn.functional.max_pool2d(-depth[None], 3, 1, 1)[0]
        smooth = (near > 0) & (torch.nn.functional.max_pool2d(depth[None], 3, 1, 1)[0] < EDGE * near)
        seen = ((picture.coverage >= COVERED) & smooth).numpy() & (np.linalg.norm(normal, axis=2) > 0.5)
        positions.append(surface_points(camera, depth.numpy(), seen))
        colours.append((picture.layers[..., :3] / picture.layers[..., 3:].clamp_min(COVERED)).clamp(0, 1).numpy()[seen])
        normals.append(normal[seen])
    every = [np.concatenate(parts).astype(np.float32) for parts in (positions, colours, normals)]
    voxels = np.floor(every[0] / model.space.voxel(max(model.grid.cells.shape))).astype(np.int64)
    most = min(most, EACH * len(np.unique(voxels, axis=0)))
    chosen = np.sort(np.random.default_rng([most, 11]).permutation(len(every[0]))[:most])
    return Points(every[0][chosen], every[1][chosen], every[2][chosen])


def surface_splats(model: Model, launch: AnyLauncher, most: int = MOST) -> SplatCloud:
    """Return the surface as at most `most` flat splats."""
    cloud = SplatModel.from_points(seen_surface(model, launch, most), OPACITY, FLATNESS).cloud()
    # A training may begin with discs as wide as their distance; these are to look like the surface as they are.
    cloud = replace(cloud, log_scales=cloud.log_scales + np.float32(np.log(NARROW)))
    widest = np.log(WIDEST * model.space.voxel(max(model.grid.cells.shape)))
    over = np.maximum(cloud.log_scales.max(1, keepdims=True) - widest, 0) if len(cloud) else np.zeros((0, 1))
    return replace(cloud, log_scales=(cloud.log_scales - over).astype(np.float32))
