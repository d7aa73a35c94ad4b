"""A triangle mesh of what a field shows: its median depth drawn from the views of its scene, fused, and the surface cut out.

Right for things with a surface that the views see from around; hair, grass and water come out as lumps. The mesh is as sharp
as `voxel`, which should not be much finer than what a pixel covers.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from trimesh.exchange.gltf import export_glb
from trimesh.exchange.obj import export_obj
from trimesh.exchange.ply import export_ply

from ..errors import UserError, nearest
from ..progress import Progress
from .cameras import Camera
from .data import open_scene
from .drawing import SEEN, Drawer
from .files import read_json, replacing, writing
from .fusion import BLOCK, Volume, looked_up
from .kinds import located
from .requirements import require_learning

SURFACE = 0.5
"""Coverage from which a pixel sees a surface; between this and `SEEN`, from which it sees something, is an edge."""
SAMPLES = 20_000
"""Surface points of each view that the volume is laid out by."""
STRAYS = 0.001
"""The share of these at either end of an axis that the volume need not hold."""
FINE = 200
"""Voxels along the longest side where none are asked for."""
MOST_VOXELS = 100_000_000
PIECE = 100
"""Pieces of fewer triangles are dropped: they float where a single view saw a speck."""
GREY = 0.5


@dataclass(frozen=True, eq=False)
class Drawn:
    """What one camera sees of the field."""

    camera: Camera
    colour: np.ndarray
    """(H, W, 3) float32 of 0 to 1, sRGB."""
    depth: np.ndarray
    """(H, W) float32 planar, metres; infinite where it sees nothing, 0 at edges."""


def mesh(
    field: Path, out: Path, voxel: float | None, scene: Path | None, far: float | None, progress: Progress
) -> dict[str, Any]:
    """Write the surface of `field`, a field folder or the file of one, to `out`, and return what there is to say about it.

    `voxel` is in metres, None for a 200th of the surface's size. The cameras are those of the folder `scene`, None for the
    scene that the field was trained on; what they see beyond `far` metres is left out. Vertices have colours; a .glb is y up,
    as it has to be, .ply and .obj are in the coordinates of the field. `out` is whole or as it was. Raises UserError for a
    field, scene or number that cannot be used.
    """
    for flag, value in (("voxel", voxel), ("far", far)):
        if value is not None and not 0 < value < 1e6:
            raise UserError(f"--{flag} {value}: takes metres, more than 0")
    ending = out.suffix.lower()
    if ending not in WRITERS:
        raise UserError(f"{out}: unknown file ending {ending!r}{nearest(ending, WRITERS)}: it takes {', '.join(WRITERS)}")
    require_learning()
    if importlib.util.find_spec("skimage") is None:
        raise UserError("meshes need scikit-image, not installed here: pip install 'wildfield[splats]'")
    source = located(field)[1]
    views = open_scene(scene or _own_scene(field)).views
    cameras = list({view.name: view.camera for split in views.values() for view in split}.values())
    with Drawer(source) as drawer, progress.task("Cutting out the surface", 3 * len(cameras)) as task:

        def drawn() -> Iterator[Drawn]:
            for camera in cameras:
                yield _draw(drawer, camera, far or np.inf)
                task.advance()

        volume = laid_out([points_of(view) for view in drawn()], voxel)
        for view in drawn():
            volume.integrate(view.camera, view.depth)
        vertices, faces = without_specks(*volume.surface())
        if not len(faces):
            raise UserError(f"{field}: no surface with voxels of {volume.voxel:.3g} m; give a smaller --voxel")
        colours = coloured(vertices, faces, drawn(), volume.truncation)
    with writing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with replacing(out) as part:
            part.write_bytes(WRITERS[ending](vertices, faces, colours))
    size = np.ptp(vertices, axis=0).round(4).tolist()
    counts = {"vertices": len(vertices), "triangles": len(faces), "views": len(cameras)}
    return {"out": str(out), **counts, "voxel": volume.voxel, "size": size, "bytes": out.stat().st_size}


def _own_scene(field: Path) -> Path:
    """Return the scene that a field folder was trained on. Raises UserError where it tells of none or it is gone."""
    described = read_json(field / "field.json") if (field / "field.json").is_file() else {}
    found = described.get("scene")
    if not isinstance(found, str) or not Path(found).is_dir():
        gone = f"its scene {found} is not there any more" if found else "it does not tell from where to look at it"
        raise UserError(f"{field}: {gone}; give a folder with cameras as --scene")
    return Path(found)


def _draw(drawer: Drawer, camera: Camera, far: float) -> Drawn:
    layers, depth = drawer.draw(camera, median=True)
    alpha = layers[..., 3]
    colour = np.clip(layers[..., :3] / np.maximum(alpha, SEEN)[..., None], 0, 1)
    known = np.where(alpha < SEEN, np.inf, np.where(alpha < SURFACE, 0, depth))
    return Drawn(camera, colour, np.where(known > far, np.inf, known))


def points_of(view: Drawn) -> np.ndarray:
    """Return surface points (N, 3) in metres that the view sees, evenly over the picture, about `SAMPLES` at most."""
    step = max(1, round((view.depth.size / SAMPLES) ** 0.5))
    depth = view.depth[::step, ::step]
    seen = (depth > 0) & np.isfinite(depth)
    return view.camera.position + depth[seen][:, None] * view.camera.directions()[::step, ::step][seen]


def laid_out(points: list[np.ndarray], voxel: float | None) -> Volume:
    """Return the empty volume around surface points (N, 3) of each view, with the blocks marked that they touch."""
    every = np.concatenate(points)
    if not len(every):
        raise UserError("the field shows no surface to these cameras; give another --scene, or a larger --far")
    low, high = np.quantile(every, (STRAYS, 1 - STRAYS), axis=0)
    voxel = voxel or float((high - low).max()) / FINE or 1e-3
    margin = (BLOCK + 1) * voxel
    low, high = low - margin, high + margin
    shape = (np.ceil((high - low) / (voxel * BLOCK)) * BLOCK).astype(np.int64)
    if np.prod(shape, dtype=np.float64) > MOST_VOXELS:
        least = voxel * (np.prod(shape, dtype=np.float64) / MOST_VOXELS) ** (1 / 3)
        size = " x ".join(f"{side:.3g}" for side in high - low)
        raise UserError(f"--voxel {voxel:.3g}: too fine for a surface of {size} m; give {least:.2g} or more, or a --far")
    volume = Volume(low, voxel, (int(shape[0]), int(shape[1]), int(shape[2])))
    volume.mark(every)
    return volume


def without_specks(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mesh without connected pieces of fewer than `PIECE` triangles, and without their vertices."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    edges = np.concatenate([faces[:, :2], faces[:, 1:]])
    joined = coo_matrix((np.ones(len(edges), bool), edges.T), shape=(len(vertices),) * 2)
    piece = connected_components(joined, directed=False)[1][faces[:, 0]]
    faces = faces[np.bincount(piece)[piece] >= PIECE] if len(faces) else faces
    used, renumbered = np.unique(faces, return_inverse=True)
    return vertices[used], renumbered.reshape(-1, 3)


def coloured(vertices: np.ndarray, faces: np.ndarray, views: Iterable[Drawn], near: float) -> np.ndarray:
    """Return colours (V, 3) of 0 to 1, the mean over the views whose surface lies within `near` metres of the vertex.

    Views that look straight at it count most: the fourth power of the cosine.
    """
    normals = trimesh.Trimesh(vertices, faces, process=False).vertex_normals
    total, weight = np.zeros((len(vertices), 3)), np.zeros((len(vertices), 1))
    for view in views:
        camera = view.camera
        points = vertices @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
        seen, found = looked_up(camera, view.depth, points, near)
        seen = seen[np.abs(found - points[seen, 2]) < near]
        x, y, z = points[seen].T
        column, row = (x / z * camera.fl_x + camera.cx).astype(np.int64), (y / z * camera.fl_y + camera.cy).astype(np.int64)
        towards = camera.position - vertices[seen]
        cosine = (normals[seen] * towards).sum(1) / np.linalg.norm(towards, axis=1)
        share = np.maximum(cosine, 0.01)[:, None] ** 4
        total[seen] += share * view.colour[np.clip(row, 0, camera.height - 1), np.clip(column, 0, camera.width - 1)]
        weight[seen] += share
    return np.where(weight > 0, total / np.maximum(weight, 1e-9), GREY)


def _plain(vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray) -> trimesh.Trimesh:
    """Return the mesh with colours (V, 3) of 0 to 1 at its vertices."""
    bytes_ = np.pad(np.round(colours * 255).astype(np.uint8), ((0, 0), (0, 1)), constant_values=255)
    return trimesh.Trimesh(vertices, faces, vertex_colors=bytes_, process=False)


def _glb(vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray) -> bytes:
    """Return a glTF file: y up, colours linear."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return export_glb(trimesh.Scene(_plain(vertices[:, [0, 2, 1]] * [1, 1, -1], faces, linear)))


WRITERS: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray], bytes]] = {
    ".ply": lambda *parts: export_ply(_plain(*parts)),
    ".obj": lambda *parts: export_obj(_plain(*parts), include_color=True, header=None).encode(),
    ".glb": _glb,
}
"""What makes the file of each ending."""
