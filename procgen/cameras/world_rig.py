"""The rig of a world: its cameras by name, each with its trajectory, what they see together, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rng import stream
from ..scene_spec import CameraSpec, SceneSpec
from .arc import find_arc
from .flight import Flight, above_trees, find_flight
from .looking import Candidates, Wish, candidates, find_path
from .optics import Optics, optics
from .overhead import overhead
from .trajectory import Beside, Levelled, Trajectory
from .view import Height, View
from .walking import Stroll, handheld, walk

_MOST_PLACES = 24
"""Places that stand for a flight or an arc of many cameras."""
_NOWHERE = 1e5
"""Coordinate in m of a place outside of every land."""
_PATH_PLACES = 9
"""Places that stand for a path on foot."""


@dataclass(frozen=True)
class Rig:
    """Cameras in order, the place (x, y) m that is kept open around them, their view, and the record for the dataset."""

    cameras: dict[str, Trajectory]
    glade: tuple[float, float]
    view: View
    record: dict[str, Any]

    @property
    def first(self) -> Trajectory:
        return next(iter(self.cameras.values()))


def find_rig(
    height: Height, places: NDArray[np.floating], spec: SceneSpec, reach: float, rng: np.random.Generator, wish: Wish
) -> Rig:
    """Return the rig of the spec, near one of the `places` (N, 2) m of a land that goes on for `reach` m, with a picture as
    near to the `wish` as they give.

    Raises UserError where the land has no room for it.
    """
    found = candidates(height, places, spec.camera, spec.render, reach, rng, wish)
    if spec.camera.projection == "orthographic":
        return _overhead(height, found, spec)
    if spec.camera.rig == "multiview":
        return _multiview(height, found, spec)
    path = _TRAJECTORIES[spec.camera.trajectory](height, found, spec)
    cameras: dict[str, Trajectory] = {"main": path}
    record: dict[str, Any] = {"trajectory": spec.camera.trajectory}
    if spec.camera.rig == "stereo":
        aside = spec.camera.baseline / 2
        cameras = {"left": Beside(path, -aside), "right": Beside(path, aside)}
        record["baseline_m"] = spec.camera.baseline
    elif spec.camera.rig == "panorama":
        cameras = {"main": Levelled(path)}
    looks = path.look(1)
    return Rig(
        cameras, (float(looks.eye[0]), float(looks.eye[1])), _seen(height, cameras, path, spec), _record(spec.camera, record)
    )


def _overhead(height: Height, found: Candidates, spec: SceneSpec) -> Rig:
    """Return the one camera that looks straight down; it needs no open place."""
    flight, view = overhead(height, found, spec.camera, spec.render)
    said = {"trajectory": "overflight", "width_m": view.size[0]}
    return Rig({"main": flight}, (_NOWHERE, _NOWHERE), view, _record(spec.camera, said))


def _stroll(height: Height, found: Candidates, spec: SceneSpec) -> Stroll:
    return find_path(height, found, spec.camera, spec.render, spec.render.flow_step)


def _walk(height: Height, found: Candidates, spec: SceneSpec) -> Trajectory:
    return walk(_stroll(height, found, spec), stream(spec.seed, "cameras", "walk"))


def _handheld(height: Height, found: Candidates, spec: SceneSpec) -> Trajectory:
    return handheld(_stroll(height, found, spec), stream(spec.seed, "cameras", "handheld"))


def _fly(height: Height, found: Candidates, spec: SceneSpec) -> Flight:
    return find_flight(height, found, spec.camera, spec.render, spec.render.flow_step)


_TRAJECTORIES: Mapping[str, Callable[[Height, Candidates, SceneSpec], Trajectory]] = {
    "stroll": _stroll,
    "walk": _walk,
    "handheld": _handheld,
    "fly": _fly,
}


def _multiview(height: Height, found: Candidates, spec: SceneSpec) -> Rig:
    """Return the arc of still cameras around one place."""
    arc = find_arc(height, found, spec.camera)
    cameras = {f"view_{number:03d}": camera for number, camera in enumerate(arc.cameras)}
    chosen = np.unique(np.linspace(0, len(arc.cameras) - 1, min(_MOST_PLACES, len(arc.cameras))).round().astype(int))
    few = [arc.cameras[number] for number in chosen]
    eyes, headings, pitches = (np.array([getattr(camera, name) for camera in few]) for name in ("eye", "heading", "pitch"))
    facing = 0.5 * float(headings[0] + headings[-1])
    view = View(eyes, headings, pitches, _lens(spec), spec.camera.height, apart=True, facing=facing)
    said = {"look_at": arc.focus.tolist(), "radius_m": arc.radius, "arc_degrees": float(np.degrees(arc.angle))}
    return Rig(dict(cameras), (float(arc.focus[0]), float(arc.focus[1])), view, _record(spec.camera, said))


def _seen(height: Height, cameras: Mapping[str, Trajectory], path: Trajectory, spec: SceneSpec) -> View:
    """Return what moving cameras see from the moment before the first frame to the one after the last."""
    margin, flies = spec.render.flow_step, isinstance(path, Flight)
    first, last = 1 - margin, spec.render.frames + margin
    most = _MOST_PLACES if flies else _PATH_PLACES
    moments = np.unique(np.linspace(first, last, min(most, last - first + 1)).round())
    looks = [camera.look(moment) for camera in cameras.values() for moment in moments]
    eyes, headings, pitches = (np.array([look[i] for look in looks]) for i in range(3))
    lens = _lens(spec)
    if not flies:
        return View(eyes, headings, pitches, lens, spec.camera.height, facing=_facing(path, spec))
    ground = np.maximum(height(eyes[:, 0].astype(np.float32), eyes[:, 1].astype(np.float32)), 0.0)
    lowest = float((eyes[:, 2] - ground).min())
    return View(eyes, headings, pitches, lens, lowest, above_trees(height, eyes), apart=True, facing=_facing(path, spec))


def _lens(spec: SceneSpec) -> Optics:
    """Return the lens that the land and what grows there must suit, with what a LiDAR sees beside the picture."""
    return replace(optics(spec.camera, spec.render), swept=spec.lidar.range if spec.lidar.beams else 0.0)


def _facing(path: Trajectory, spec: SceneSpec) -> float | None:
    """Return the heading that sun and wind refer to: of a path on foot its mean, left to the view, else the first."""
    if isinstance(path, Flight) or spec.camera.rig == "panorama":
        return float(path.look(1).heading)
    return None


def _record(camera: CameraSpec, more: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": camera.rig, "projection": "equirectangular" if camera.rig == "panorama" else camera.projection, **more}
