"""Whether something stands before a point: rays from the camera to it, against the things' own triangles.

What a picture sampled at its pixels' centres cannot say of parts finer than a pixel, a ray can. Rigid things are asked in their
own space, so that what many look like is held once; meshes that deform are cut down to the triangles that rays can meet, and
asked around the camera. What Blender's meshes do not say, cut-outs and what Cycles displaces, is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .blockers import in_the_way, triangles_of
from .cameras import Camera
from .crossings import crossed
from .motion import Moment, Topology
from .raycast import Raycaster, Rays, Target
from .sightlines import SightLines
from .things.meshes import Mesh, carriers, cuts_out, displaces, flattened, inside, instanced

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene

_THING = (1 << 32) - 1
_BUNDLED = 1 << 20
"""Rays that are cast at once, about: it bounds the memory."""
_UNKNOWN, _NOTHING, _BENT = -1, -2, -3
"""In place of a shape: nobody knows it, it has no triangles, it is at each moment another one."""


class Occluders:
    """What can hide something in a scene, at any of its moments. It must `learn` at each of them, and be closed at the end.

    `topologies` are those of the meshes that deform, by thing.
    """

    def __init__(self, topologies: Mapping[int, Topology]) -> None:
        self._topologies = topologies
        self._caster = Raycaster()
        self._meshes: list[Mesh] = []
        self._targets: dict[int, Target] = {}
        self._boxes: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self._shape_of: dict[int, int] = {}
        self._unsure: set[int] = set()
        self._things = self._keys = self._shapes = np.empty(0, np.int64)
        self._first = self._count = np.empty(0, np.int64)
        self._sure = np.empty(0, bool)

    def __enter__(self) -> Occluders:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything that was laid into the file."""
        self._caster.close()

    def learn(self, built: BuiltScene) -> None:
        """Read what everything looks like at the scene's current frame; what is known already costs nothing again."""
        rows = [np.stack([self._things, self._keys, self._shapes])]
        there = [np.empty(0, np.int64)]
        for ids, shown in carriers(built.scene):
            for keys, part in _parts(ids, shown):
                there.append(keys)
                new = keys[~np.isin(keys, self._keys)]
                if len(new):
                    rows.append(np.stack([new & _THING, new, np.full(len(new), self._shape(part, built, int(new[0])))]))
        keys, count = np.unique(np.concatenate(there), return_counts=True)
        self._unsure.update((keys[count > 1] & _THING).tolist())
        table = np.concatenate(rows, 1)
        self._unsure.update(table[0, table[2] == _UNKNOWN].tolist())
        self._things, self._keys, self._shapes = table[:, np.argsort(table[0], kind="stable")]
        every = np.arange(max(built.table.things, default=0) + 1)
        self._first = np.searchsorted(self._things, every)
        self._count = np.searchsorted(self._things, every, "right") - self._first
        self._sure = (self._count > 0) & ~np.isin(every, list(self._unsure))

    def knows(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Return, in the shape of `ids`, of which things rays can tell whether they hide something."""
        return self._sure[ids]

    def hidden(
        self, camera: Camera, moment: Moment, points: NDArray[np.float64], things: NDArray[np.integer[Any]]
    ) -> NDArray[np.bool_]:
        """Return (N,): one of each point's `things` (N, K), 0 for none, stands at that moment between the camera and the point.

        `points` (N, 3) in the world lie before the camera. Things that are not known or not there hide nothing.
        """
        lines = SightLines.to(camera, points)
        hidden = np.zeros(len(points), bool)
        for thing in self._topologies:
            rows = np.flatnonzero((things == thing).any(1) & ~hidden & self._sure[thing])
            if len(rows) and thing in moment.vertices:
                hidden[rows] = self._behind_bent(thing, camera, moment, points[rows], lines[rows])
        bundles: list[Rays] = []
        asked: list[NDArray[np.intp]] = []
        for rows, shape, inverses in self._asked(moment, things, hidden):
            local = lines[rows].within(inverses)
            near = np.flatnonzero(local.reach(*self._box(shape)))
            if not len(near):
                continue
            bundles.append(_rays(self._target(shape), local[near]))
            asked.append(rows[near])
            if sum(map(len, asked)) > _BUNDLED:
                self._mark(hidden, asked, bundles)
        self._mark(hidden, asked, bundles)
        return hidden

    def _mark(self, hidden: NDArray[np.bool_], asked: list[NDArray[np.intp]], bundles: list[Rays]) -> None:
        for rows, hits in zip(asked, self._caster.cast(bundles), strict=True):
            hidden[rows[hits]] = True
        asked.clear()
        bundles.clear()

    def _asked(
        self, moment: Moment, things: NDArray[np.integer[Any]], hidden: NDArray[np.bool_]
    ) -> Iterator[tuple[NDArray[np.intp], int, NDArray[np.float64]]]:
        """Yield rows (M,) of points that are not `hidden` yet, a shape, and its world-to-local matrices (M, 4, 4) for them."""
        rows, columns = np.nonzero((things > 0) & ~hidden[:, None])
        if not len(rows):
            return
        ids = things[rows, columns]
        count = self._count[ids] * self._sure[ids]
        rows = np.repeat(rows, count)
        entry = np.repeat(self._first[ids] - np.cumsum(count) + count, count) + np.arange(len(rows))
        if not len(entry):
            return
        entries, at = np.unique(entry, return_inverse=True)
        there, inverses = self._inverses(moment, entries)
        shape = np.where(there, self._shapes[entries], _NOTHING)[at]
        order = np.argsort(shape, kind="stable")
        shapes, starts = np.unique(shape[order], return_index=True)
        for number, group in zip(shapes.tolist(), np.split(order, starts[1:]), strict=True):
            open_still = group[~hidden[rows[group]]]
            if number >= 0 and len(open_still):
                yield rows[open_still], number, inverses[at[open_still]]

    def _inverses(self, moment: Moment, entries: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Return whether (M,) entries of the table are there at a moment, and their world-to-local matrices (M, 4, 4)."""
        keys = self._keys[entries]
        there, matrices = moment.poses.find(keys)
        there &= np.isin(keys, moment.poses.ids) & (np.abs(np.linalg.det(matrices)) > 1e-18)
        return there, np.linalg.inv(np.where(there[:, None, None], matrices, np.eye(4)))

    def _behind_bent(
        self, thing: int, camera: Camera, moment: Moment, points: NDArray[np.float64], lines: SightLines
    ) -> NDArray[np.bool_]:
        """Return whether (N,) a thing that deforms stands in lines of sight to points, by those of its triangles that can."""
        vertices, topology = np.asarray(moment.vertices[thing]), self._topologies[thing]
        near = in_the_way(camera, vertices, topology, points)
        hits = crossed(camera, vertices, topology, near, points, lines)
        open_still = np.flatnonzero(~hits)
        if len(near.large) and len(open_still):
            used, corners = np.unique(topology.triangles[triangles_of(topology, near.large)[0]], return_inverse=True)
            around = (vertices[used] - camera.origin).astype(np.float32)
            target = self._caster.target(around, corners.reshape(-1, 3).astype(np.int32))
            shifted = lines[open_still].moved(-camera.origin)
            (hits[open_still],) = self._caster.cast([_rays(target, shifted)])
            self._caster.drop(target)
        return hits

    def _target(self, shape: int) -> Target:
        if shape not in self._targets:
            self._targets[shape] = self._caster.target(*self._meshes[shape])
        return self._targets[shape]

    def _box(self, shape: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and the highest corner (3,) of a shape's box in its own space."""
        if shape not in self._boxes:
            points = self._meshes[shape][0]
            self._boxes[shape] = points.min(0).astype(np.float64), points.max(0).astype(np.float64)
        return self._boxes[shape]

    def _shape(self, shown: Any, built: BuiltScene, key: int) -> int:
        """Return which shape an object or a geometry set has, by the key of one that looks like it."""
        thing = key & _THING
        owner = _owner(shown)
        if owner in self._shape_of and thing not in self._topologies:
            return self._shape_of[owner]
        mesh = flattened(shown, _unfit, ("gt_id", "gt_piece"))
        if mesh is None:
            return _UNKNOWN
        if not len(mesh[1]):
            return _NOTHING
        if thing in self._topologies:
            return _BENT
        if key == thing and built.table.things[thing].deforms:
            return _UNKNOWN
        self._meshes.append(mesh)
        if owner:
            self._shape_of[owner] = len(self._meshes) - 1
        return len(self._meshes) - 1


def _parts(ids: NDArray[np.int64], shown: Any) -> Iterator[tuple[NDArray[np.int64], Any]]:
    """Yield keys of poses (N,), and what stands there: what the things `ids` look like, and the pieces that it holds apart."""
    yield ids, shown
    geometry = inside(shown)
    for numbers, piece in instanced(geometry, "gt_piece") if geometry is not None else ():
        yield (ids[:, None] | numbers[None, :] << 32).ravel(), piece


def _owner(shown: Any) -> int:
    """Return a number that tells what a plain object shows, the same at any frame; 0 where nothing does."""
    if inside(shown) is not None or getattr(shown, "type", "") != "MESH":
        return 0
    plain = shown.original
    return int((plain if plain.modifiers or plain.data.shape_keys else plain.data).session_uid)


def _unfit(material: bpy.types.Material | None) -> bool:
    return displaces(material) or cuts_out(material)


def _rays(target: Target, lines: SightLines) -> Rays:
    return Rays(target, *(getattr(lines, name).astype(np.float32) for name in ("starts", "ways", "lengths")))
