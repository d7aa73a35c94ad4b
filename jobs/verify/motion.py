"""What two pictures say of each other: neighbours in time, and the eyes of a stereo rig."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...exporters.layout import ABSENT, HIDDEN, OUTSIDE, SEEN
from ...exporters.reader import Frame
from ...exporters.visibility import View, by_geometry, land, plainly, sky_flow
from .frames import rounding, view_of
from .laws import Worst

Seen = tuple[Frame, dict[str, NDArray[Any]]]
_BACK = {"forward": "backward", "backward": "forward"}
_BACK_PERCENTILE = 99.0
_TURN = 0.04
"""Share of its way by which a leaf's flow may differ within a pixel, where it turns far and is a pixel broad."""
_BRINK = 0.01
"""How near to the picture's border, in pixels, a point may lie on either side of it."""
_FEW = 200
"""Pixels below which a share says nothing."""
_FRACTION = 2.0**-16
"""What 24-bit floats lose of a flow, and room."""


def check_pair(earlier: Seen, later: Seen, worst: Worst) -> None:
    """Check what two pictures of one camera, `flow_step` frames apart, say of each other."""
    for direction, (frame, maps), (other, there) in (("forward", earlier, later), ("backward", later, earlier)):
        if f"flow_{direction}" in maps:
            _check_flow(direction, frame, maps, other, there, worst)
            if f"flow_{_BACK[direction]}" in there and f"occlusion_{direction}" in maps:
                _check_return(direction, frame, maps, there, worst)


def _check_flow(direction: str, frame: Frame, maps: dict[str, Any], other: Frame, there: dict[str, Any], worst: Worst) -> None:
    flow, valid, path = maps[f"flow_{direction}"].astype(np.float64), maps["valid"], frame.path(f"flow_{direction}")
    far, _ = sky_flow(frame.camera, other.camera)
    worst.most("sky flow follows from rotation", _length(flow - far)[~valid] - _FRACTION * _length(far)[~valid], path)
    if f"scene_flow_{direction}" in maps:
        _check_scene_flow(direction, frame, maps, other, worst)
    view, target = _least_view(frame, maps), _least_view(other, there)
    landing = land(view, target, by_geometry({}))
    rigid = _rigid(frame, maps["instance"]) & valid
    error = _length(view.camera.intrinsics.step(landing.flow, flow)) - _FRACTION * _length(flow)
    worst.most("flow of rigid things follows from depth and pose", error[rigid], path)
    label = maps.get(f"occlusion_{direction}")
    if label is None or view_of(frame, maps) is None or view_of(other, there) is None:
        return
    path = frame.path(f"occlusion_{direction}")
    way = maps.get(f"scene_flow_{direction}", landing.scene_flow)
    told = valid if f"scene_flow_{direction}" in maps else rigid
    _check_labels("occlusion is what both frames show", view, target, way, told, label, path, worst)
    wrong = (label == ABSENT) != (landing.label == ABSENT)
    lens = view.camera.intrinsics
    landed = (lens.centres() + flow)[valid & told & (label != ABSENT)]
    size = np.array([lens.width, lens.height])
    inside = ((landed > _BRINK) & (landed < size - _BRINK)).all(-1) & lens.covers(landed, -_BRINK)
    outside = ((landed < -_BRINK) | (landed > size + _BRINK)).any(-1) | ~lens.covers(landed, _BRINK)
    marked = label[valid & told & (label != ABSENT)] == OUTSIDE
    moved = np.abs(flow[valid & told & (label != ABSENT)]).max(-1, initial=0) > 0
    odd = np.count_nonzero(inside & marked & moved) + np.count_nonzero(outside & ~marked)
    around = lens.model == "equirectangular"
    worst.add("what leaves or is not there is marked so", np.count_nonzero(wrong) + (0 if around else odd), path)


def _check_labels(
    law: str,
    view: View,
    target: View,
    way: NDArray[Any],
    told: NDArray[np.bool_],
    label: NDArray[np.uint8],
    file: Path,
    worst: Worst,
) -> None:
    """Hold labels against what is seen or hidden beyond doubt, `way` (H, W, 3) being that of the surface points."""
    pixels = np.nonzero(told & (view.instance > 0) & (label <= HIDDEN))
    points = view.points((pixels[0], pixels[1]))
    there = points.where + way[pixels]
    seen, hidden = plainly(points, there, target.camera.project(there)[0], target)
    wrong = (seen & (label[pixels] != SEEN)) | (hidden & (label[pixels] != HIDDEN))
    sure = np.count_nonzero(seen | hidden)
    worst.add(law, np.count_nonzero(wrong) / sure if sure > _FEW else 0.0, file)


def _check_scene_flow(direction: str, frame: Frame, maps: dict[str, Any], other: Frame, worst: Worst) -> None:
    """The surface point, moved by its scene flow, is seen by the other camera where the flow says."""
    way = maps[f"scene_flow_{direction}"].astype(np.float64)
    label = maps.get(f"occlusion_{direction}", np.zeros(way.shape[:2], np.uint8))
    told = maps["valid"] & (label <= 1)
    points = frame.camera.surface(maps["depth"])[told] + way[told]
    pixels, depth = other.camera.project(points)
    flow = maps[f"flow_{direction}"][told].astype(np.float64)
    lens = frame.camera.intrinsics
    error = _length(lens.step(lens.centres()[told] + flow, pixels)) - _FRACTION * _length(flow)
    error -= rounding(way[told]) / other.camera.intrinsics.pixel_size(np.maximum(depth, 1e-6))
    worst.most("flow is where scene flow leads", error, frame.path(f"scene_flow_{direction}"))


def _check_return(direction: str, frame: Frame, maps: dict[str, Any], there: dict[str, Any], worst: Worst) -> None:
    """A point that is seen in the other picture lands on its own thing there, whose flow leads back to its pixel."""
    flow, back = maps[f"flow_{direction}"].astype(np.float64), there[f"flow_{_BACK[direction]}"]
    instance, piece = there["instance"], there.get("piece", there["instance"])
    seen = (maps[f"occlusion_{direction}"] == SEEN) & maps["valid"]
    lens = frame.camera.intrinsics
    centres = lens.centres()[seen]
    ends = centres + flow[seen]
    landing = np.floor(ends).astype(np.intp)
    column, row = landing[:, 0] % lens.width, np.clip(landing[:, 1], 0, lens.height - 1)
    own, part = maps["instance"][seen], maps.get("piece", maps["instance"])[seen]
    same = (instance[row, column] == own) & (piece[row, column] == part)
    # A leaf that turns flows otherwise from pixel to pixel: what is between pixels is between their flows.
    total, weight = np.zeros((len(own), 2)), np.zeros(len(own))
    corner = np.floor(ends - 0.5).astype(np.intp)
    for down in (0, 1):
        for across in (0, 1):
            x, y = (corner[:, 0] + across) % lens.width, np.clip(corner[:, 1] + down, 0, lens.height - 1)
            share = np.prod(1 - np.abs(ends - 0.5 - corner - np.array([across, down])), axis=1)
            share *= (instance[y, x] == own) & (piece[y, x] == part)
            total += share[:, None] * back[y, x]
            weight += share
    error = lens.apart(centres, ends + total / np.maximum(weight, 1e-9)[:, None])
    error = (error - _TURN * _length(flow[seen]))[same & (weight > 0)]
    path = frame.path(f"flow_{direction}")
    worst.add("flow leads back", np.percentile(error, _BACK_PERCENTILE) if len(error) else 0.0, path)
    around = np.zeros(len(own), bool)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            y, x = np.clip(row + down, 0, lens.height - 1), np.clip(column + across, 0, lens.width - 1)
            around |= instance[y, x] == own
    worst.add("seen points land on their own thing", 1 - around.mean() if len(own) else 0.0, path)


def check_stereo(left: Frame, right: Frame, worst: Worst) -> None:
    """Check the disparity and the mutual visibility of two eyes at one moment."""
    frames = {"left": left, "right": right}
    names = [name for name in left.scene.metadata["maps"] if name in ("instance", "piece", "depth", "normal", "valid")]
    maps = {eye: {name: frame.read(name) for name in names} for eye, frame in frames.items()}
    views = {eye: _least_view(frame, maps[eye]) for eye, frame in frames.items()}
    baseline = float((right.camera.origin - left.camera.origin) @ left.camera.rotation[:, 0])
    for eye, other in (("left", "right"), ("right", "left")):
        frame, valid = frames[eye], maps[eye]["valid"]
        disparity = frame.read("disparity")[valid].astype(np.float64)
        expected = frame.camera.intrinsics.fl_x * baseline / maps[eye]["depth"][valid].astype(np.float64)
        error = np.abs(disparity - expected) - _FRACTION * expected
        worst.most("disparity follows from depth and baseline", error, frame.path("disparity"))
        if frame.has("occlusion_stereo") and view_of(frame, maps[eye]) is not None:
            still = np.zeros((*valid.shape, 3))
            law, label = "stereo occlusion is what both eyes show", frame.read("occlusion_stereo")
            _check_labels(law, views[eye], views[other], still, valid, label, frame.path("occlusion_stereo"), worst)


def _least_view(frame: Frame, maps: dict[str, Any]) -> View:
    """Return a view; what it lacks for visibility is empty."""
    nothing = np.zeros_like(maps["instance"])
    full = {"piece": nothing, "normal": np.zeros((*nothing.shape, 3), np.float32)} | maps
    view = view_of(frame, full)
    assert view is not None
    return view


def _rigid(frame: Frame, instance: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Return which pixels show a thing whose matrices tell where its points go."""
    ids, thing = np.unique(instance, return_inverse=True)
    keeps = [not frame.scene.objects.get(number, {}).get("deforms", False) for number in ids.tolist()]
    return np.asarray(keeps)[thing.reshape(instance.shape)]


def _length(vectors: NDArray[Any]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.norm(vectors, axis=-1))
