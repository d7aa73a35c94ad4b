"""Which parameters each rig uses: what it starts from where nothing is said, what it refuses, and what would change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...errors import UserError
from ..registry import generators
from ..scene_spec import ASSET_RIGS, FISHEYES, PROJECTIONS, SceneSpec
from ..spec import override
from .lenses import BROWN, KANNALA, bent_lens

_LENS = ("field_of_view", "sensor_width")
_BENDING = ("projection", "fisheye_angle", *sorted({*BROWN, *KANNALA}))
_MOVING = ("trajectory", "height", "speed")
_ASSET = ("projection", "ortho_width", *BROWN, *_LENS)
USES = {
    "mono": (*_MOVING, *_LENS, *_BENDING, "ortho_width", "zoom"),
    "stereo": (*_MOVING, *_LENS, "zoom", "baseline"),
    "multiview": ("views", "height", *_LENS, *_BENDING, "zoom"),
    "panorama": _MOVING,
    "orbit": ("views", *_ASSET),
    "dome": ("views", *_ASSET),
    "turntable": (*_ASSET, "zoom"),
}
"""Parameters of the section `camera` that change what a rig shows, besides `rig` itself."""
STILL = ("orbit", "dome")
"""Rigs of still cameras around a still thing: there are no frames."""
_CIRCULAR = {"render.width": 720, "render.height": 720}
_STARTS: Mapping[str, dict[str, Any]] = {
    "multiview": {"camera.views": 6},
    "panorama": {"render.width": 1024, "render.height": 512},
    "turntable": {"render.frames": 48},
}


_KIND = {"orthographic": "an orthographic picture, which has no focal length,", **dict.fromkeys(FISHEYES, "a fisheye")}


def started(spec: SceneSpec, layers: Iterable[tuple[str, Mapping[str, Any]]]) -> SceneSpec:
    """Return the spec with the values that rig and projection named in the `layers` (where it was said, values) start from."""
    rig, projection = spec.camera.rig, spec.camera.projection
    for _, values in layers:
        rig = str(values.get("camera.rig", rig))
        projection = str(values.get("camera.projection", projection))
    spec = override(spec, _CIRCULAR if projection in FISHEYES else {}, projection)
    return override(spec, _STARTS.get(rig, {}), f"rig {rig}")


def check(spec: SceneSpec) -> None:
    """Raise UserError for cameras that cannot be: a projection, a picture or a zoom that the rig does not have."""
    camera, render = spec.camera, spec.render
    if camera.projection == "orthographic" and camera.rig not in ("mono", *ASSET_RIGS):
        raise UserError(
            f"camera.projection = {camera.projection!r} is for rig mono, which then flies over a world, and for one thing "
            f"alone ({' | '.join(ASSET_RIGS)}), and not for {camera.rig}"
        )
    if camera.projection in FISHEYES and camera.rig not in ("mono", "multiview"):
        raise UserError(f"camera.projection = {camera.projection!r} is for rig mono or multiview, and not for {camera.rig}")
    if camera.rig in ("stereo", "panorama") and any(getattr(camera, name) for name in (*BROWN, "k4")):
        raise UserError(f"camera.k1 .. p2: rig {camera.rig} has no lens distortion; leave them 0 or take rig mono")
    if bent_lens(camera, render) is not None and render.f_stop:
        raise UserError(f"render.f_stop = {render.f_stop:g}: fisheyes and distorted lenses are sharp everywhere; leave it at 0")
    if camera.rig == "panorama" and render.width != 2 * render.height:
        raise UserError(
            f"render.width x render.height = {render.width}x{render.height} is not allowed for rig panorama: "
            "its pictures are twice as wide as high, such as 1024x512"
        )
    if render.imu_things and (render.frames == 1 or camera.rig in ASSET_RIGS):
        raise UserError(
            f"render.imu_things = {render.imu_things}: nothing moves in rig {camera.rig} with {render.frames} frame(s); "
            "leave it at 0, or take a world with --frames"
        )
    _check_lidar(spec)
    if camera.zoom != 1.0 and camera.projection != PROJECTIONS[0]:
        raise UserError(f"camera.zoom = {camera.zoom:g}: {_KIND[camera.projection]} does not zoom; leave it at 1")
    if camera.zoom != 1.0 and bent_lens(camera, render) is not None:
        raise UserError(f"camera.zoom = {camera.zoom:g}: a lens with distortion does not zoom; leave it at 1")


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
    if section == "wind" and spec.kind == "asset":
        return _becalmed(spec, name)
    if section != "camera" or name == "rig":
        return None
    if name not in USES[rig]:
        more = "; --frames says how many pictures it has" if name == "views" else "; leave it out"
        return f"rig {rig} has none{more}" if name == "views" else f"rig {rig} does not use it{more}"
    flat = camera.projection == "orthographic"
    if name in ("trajectory", "height") and flat:
        return "an orthographic camera flies straight over the land, above its trees"
    if name in _LENS and flat:
        return "an orthographic picture has no angle of view; camera.ortho_width says how wide it is"
    if name == "ortho_width" and not flat:
        return "only an orthographic picture has a width in metres; add camera.projection=orthographic"
    fish = camera.projection in FISHEYES
    if name in _LENS and fish:
        return "a fisheye's circle fills the picture; camera.fisheye_angle says what it sees"
    if name == "fisheye_angle" and not fish:
        return "only a fisheye has an image circle; add camera.projection=fisheye"
    bends = {"perspective": BROWN, "fisheye": KANNALA}.get(camera.projection, ())
    if name in (*BROWN, *KANNALA) and name not in bends:
        return f"{camera.projection} has no such distortion{' (it has ' + ', '.join(bends) + ')' if bends else ''}"
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
