"""Which parameters each rig uses: what it starts from where nothing is said, what it refuses, and what would change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import UserError
from ..registry import generators
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
    if camera.zoom != 1.0 and camera.projection != PROJECTIONS[0]:
        raise UserError(f"camera.zoom = {camera.zoom:g}: an orthographic picture has no focal length; leave it at 1")


def idle(spec: SceneSpec, key: str) -> str | None:
    """Return why a value given for `key` would change nothing in this spec, in words, or None."""
    camera, rig = spec.camera, spec.camera.rig
    section, _, name = key.partition(".")
    if key == "render.frames" and rig in STILL and spec.render.frames > 1:
        return f"nothing moves in {'an' if rig[0] in 'aeiou' else 'a'} {rig}; --views says how many pictures it has"
    if section == "wind" and spec.kind == "asset":
        return _becalmed(spec, name)
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


def _becalmed(spec: SceneSpec, name: str) -> str | None:
    """Return why a parameter of the wind would move nothing of one thing alone, or None."""
    rig = spec.camera.rig
    if rig in STILL:
        return f"nothing moves in {'an' if rig[0] in 'aeiou' else 'a'} {rig}; add --rig turntable"
    if generators()[spec.asset.generator].class_name == "rock":
        return "a stone stands still in any wind; leave it out"
    if name == "moving_faces":
        return "one thing alone moves with all its faces; leave it out"
    if spec.wind.strength == 0.0 and name == "direction":
        return "there is no wind; add wind.strength=0.5"
    return None
