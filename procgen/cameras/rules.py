"""Which parameters each rig uses: what it starts from where nothing is said, what it refuses, and what would change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import UserError
from ..scene_spec import ASSET_RIGS, PROJECTIONS, SceneSpec
from ..spec import override

_LENS = ("field_of_view", "sensor_width")
_MOVING = ("trajectory", "height", "speed")
_ASSET = ("projection", "ortho_width", *_LENS)
USES = {
    "mono": (*_MOVING, *_LENS, "zoom"),
    "stereo": (*_MOVING, *_LENS, "zoom", "baseline"),
    "multiview": ("views", "height", *_LENS, "zoom"),
    "panorama": _MOVING,
    "orbit": ("views", *_ASSET),
    "dome": ("views", *_ASSET),
    "turntable": (*_ASSET, "zoom"),
}
"""Parameters of the section `camera` that change what a rig shows, besides `rig` itself."""
STILL = ("orbit", "dome")
"""Rigs of still cameras around a still thing: there are no frames."""
_STARTS: Mapping[str, dict[str, Any]] = {
    "multiview": {"camera.views": 6},
    "panorama": {"render.width": 1024, "render.height": 512},
    "turntable": {"render.frames": 48},
}


def started(spec: SceneSpec, layers: Iterable[tuple[str, Mapping[str, Any]]]) -> SceneSpec:
    """Return the spec with the values that the rig named in the `layers` (where it was said, values) starts from."""
    rig = spec.camera.rig
    for _, values in layers:
        rig = str(values.get("camera.rig", rig))
    return override(spec, _STARTS.get(rig, {}), f"rig {rig}")


def check(spec: SceneSpec) -> None:
    """Raise UserError for cameras that cannot be: a projection, a picture or a zoom that the rig does not have."""
    camera, render = spec.camera, spec.render
    if camera.projection != PROJECTIONS[0] and camera.rig not in ASSET_RIGS:
        raise UserError(
            f"camera.projection = {camera.projection!r} is for one thing alone ({' | '.join(ASSET_RIGS)}): "
            f"rig {camera.rig} sees to the horizon; leave it perspective"
        )
    if camera.rig == "panorama" and render.width != 2 * render.height:
        raise UserError(
            f"render.width x render.height = {render.width}x{render.height} is not allowed for rig panorama: "
            "its pictures are twice as wide as high, such as 1024x512"
        )
    _check_lidar(spec)
    if camera.zoom != 1.0 and camera.projection != PROJECTIONS[0]:
        raise UserError(f"camera.zoom = {camera.zoom:g}: an orthographic picture has no focal length; leave it at 1")


def _check_lidar(spec: SceneSpec) -> None:
    lidar = spec.lidar
    if lidar.beams and spec.camera.rig in ASSET_RIGS:
        raise UserError(f"lidar.beams = {lidar.beams}: one thing alone has no LiDAR; leave it out, or choose a world")
    if not lidar.beams:
        return
    said = f"lidar: {lidar.beams} beams from {lidar.lowest:g} to {lidar.highest:g} degrees"
    if lidar.beams == 1 or lidar.lowest >= lidar.highest:
        raise UserError(f"{said}: a LiDAR has at least 2 beams, and lidar.lowest is below lidar.highest")
    beside = (lidar.highest - lidar.lowest) / (lidar.beams - 1) / 2
    if max(lidar.highest, -lidar.lowest) + beside > 90:
        raise UserError(f"{said}: half the angle between two beams goes beyond straight up or down; take more beams")


def idle(spec: SceneSpec, key: str) -> str | None:
    """Return why a value given for `key` would change nothing in this spec, in words, or None."""
    camera, rig = spec.camera, spec.camera.rig
    section, _, name = key.partition(".")
    if key == "render.frames" and rig in STILL and spec.render.frames > 1:
        return f"nothing moves in {'an' if rig[0] in 'aeiou' else 'a'} {rig}; --views says how many pictures it has"
    if section == "lidar" and name != "beams" and not spec.lidar.beams:
        return "there is no LiDAR; add --lidar 64"
    if section != "camera" or name == "rig":
        return None
    if name not in USES[rig]:
        more = "; --frames says how many pictures it has" if name == "views" else "; leave it out"
        return f"rig {rig} has none{more}" if name == "views" else f"rig {rig} does not use it{more}"
    flat = camera.projection == "orthographic"
    if name in _LENS and flat:
        return "an orthographic picture has no angle of view; camera.ortho_width says how wide it is"
    if name == "ortho_width" and not flat:
        return "only an orthographic picture has a width in metres; add camera.projection=orthographic"
    if name == "zoom" and spec.render.frames == 1:
        return "a lens changes over time; add --frames"
    return None
