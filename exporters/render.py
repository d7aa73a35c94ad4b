"""The two renders of a frame out of Cycles: beauty for the eye, truth for the numbers.

Truth is a render of its own, at one sample through a filter 0.01 pixels wide, so that nothing is averaged at an edge
(docs/ground-truth.md), and always on the CPU. Both renders change the scene's settings only inside their context manager, and
put every one back. Render all beauties first and then all truths: with persistent data, each switch between the two, and so
between their devices, costs a rebuild.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import signal
import threading
from collections.abc import Collection, Container, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..compat import PASS_NAMES, has_denoiser, set_file_format
from ..errors import UserError
from ..procgen.nodes.truth import enable_aovs, set_truth_mode
from .devices import CPU, Device, device_settings
from .images import read_exr
from .light import AMBIENT_REACH, MAPS_OF_LIGHT, light_maps, settings_of_passes
from .quiet import silent_stdout

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene

Passes = dict[str, NDArray[np.float32]]
"""Render passes by name without layer and channel: (H, W) for one channel, (H, W, C) for more (XYZW or RGBA order)."""

_TRUTH_PASSES = ("combined", "z")
_ALWAYS = ("gt_id", "gt_one", "gt_piece", "gt_face", "gt_normal")
"""AOVs that every truth render has: who is seen, and what its motion is found by."""
_ON_REQUEST = ("material", "part", "roughness", "metallic", "albedo", "emission")
"""Maps with an AOV of their own."""
_NEARLY_NOTHING = 1 << 18
FILTER_WIDTH = 0.01
"""Width of the truth render's pixel filter in pixels; the Blackman-Harris filter is the one that honours it."""


@contextmanager
def beauty_settings(built: BuiltScene, maps: Collection[str] = (), device: Device = CPU) -> Iterator[None]:
    """Set the scene up for the beauty render: the spec's samples, denoiser and blur, no pass that `maps` do not need."""
    scene, spec = built.scene, built.spec.render
    passes = ("combined", *settings_of_passes(maps, built.background_transparent))
    ambient = [(scene.world.light_settings, "distance", AMBIENT_REACH)] if "ambient_occlusion" in passes and scene.world else []
    if spec.denoise and not has_denoiser():
        message = "this Blender is built without Open Image Denoise: pictures keep their noise (render.denoise=false says so)"
        logging.getLogger("wildfield").warning(message)
    with _overridden(
        [
            *_common_settings(built),
            *device_settings(scene.cycles, device),
            (scene.cycles, "samples", spec.samples),
            (scene.cycles, "use_denoising", spec.denoise),
            (scene.render, "film_transparent", built.background_transparent),
            (scene.render, "dither_intensity", 0.0),
            *_blur_settings(built),
            *_pass_settings(scene, passes),
            *ambient,
        ]
    ):
        yield


@contextmanager
def truth_settings(built: BuiltScene, maps: Container[str]) -> Iterator[None]:
    """Set the scene up for the truth render of some maps: nothing is averaged, scattered, lit, blurred or half transparent."""
    scene = built.scene
    cycles, render, layer = scene.cycles, scene.render, scene.view_layers[0]
    passes = (*_TRUTH_PASSES, "normal") if "shading_normal" in maps or "shading_normal_camera" in maps else _TRUTH_PASSES
    settings: list[tuple[Any, str, Any]] = [
        *_common_settings(built),
        *device_settings(cycles, CPU),
        (cycles, "samples", 1),
        (cycles, "seed", 0),
        (cycles, "use_animated_seed", False),
        (cycles, "use_adaptive_sampling", False),
        (cycles, "use_denoising", False),
        (cycles, "pixel_filter_type", "BLACKMAN_HARRIS"),
        (cycles, "filter_width", FILTER_WIDTH),
        (cycles, "max_bounces", 0),
        (cycles, "transparent_max_bounces", 1024),
        (render, "film_transparent", True),
        (render, "use_motion_blur", False),
        (layer, "pass_alpha_threshold", 0.5),
        (scene, "world", None),
        *_pass_settings(scene, passes),
        *((camera.data.dof, "use_dof", False) for camera in built.cameras),
        *((item, "hide_render", True) for item in scene.objects if item.type == "LIGHT"),
    ]
    aovs = [*_ALWAYS, *(f"gt_{name}" for name in _ON_REQUEST if name in maps)]
    added = [name for name in aovs if name not in layer.aovs]
    with _overridden(settings):
        try:
            enable_aovs(layer, aovs)
            set_truth_mode(True)
            yield
        finally:
            set_truth_mode(False)
            for name in added:
                layer.aovs.remove(layer.aovs[name])


def render_beauty(built: BuiltScene, camera: bpy.types.Object, scratch: Path, maps: Collection[str]) -> dict[str, NDArray[Any]]:
    """Render the scene's current frame through `camera`, inside `beauty_settings` of the same `maps`.

    Returns `rgb`, uint8 (H, W, 3) RGB, or (H, W, 4) straight-alpha RGBA where the background is transparent, and those of
    `maps` that come of this render, float16: `rgb_linear`, the same picture before the view transform, linear and with
    premultiplied alpha, and the maps of light (`exporters.light`). `scratch` is an empty folder.
    """
    import bpy

    built.scene.camera = camera
    _render(built.scene)
    result = bpy.data.images["Render Result"]
    mode = "RGBA" if built.background_transparent else "RGB"
    png = scratch / "beauty.png"
    with _image_format(built.scene, "PNG", mode, "8"):
        _saving(lambda: result.save_render(str(png), scene=built.scene), png)
    with _fresh(png):
        found: dict[str, NDArray[Any]] = {"rgb": _read_with_blender(png, len(mode))}
    exr = scratch / "beauty.exr"
    if "rgb_linear" in maps:
        with _image_format(built.scene, "OPEN_EXR", mode, "16"):
            _saving(lambda: result.save_render(str(exr), scene=built.scene), exr)
        with _fresh(exr):
            channels = read_exr(exr)
        found["rgb_linear"] = np.stack([channels[name] for name in mode], -1).astype(np.float16)
    if not set(MAPS_OF_LIGHT).isdisjoint(maps):
        with _image_format(built.scene, "OPEN_EXR_MULTILAYER", "RGBA", "16"):
            _saving(lambda: result.save_render(str(exr), scene=built.scene), exr)
        with _fresh(exr):
            passes = _grouped(read_exr(exr))
        for name in passes.keys() & {"Combined", "Noisy Image"}:
            passes[name] = passes[name][..., : len(mode)]
        found |= light_maps(passes, maps)
    return found


def render_truth(built: BuiltScene, camera: bpy.types.Object, scratch: Path, size: tuple[int, int] | None = None) -> Passes:
    """Render the scene's current frame through `camera`, inside `truth_settings`, and return its passes.

    `size` is width and height where they are not the spec's. `scratch` is an empty folder: Blender's versions differ in the
    file name they make of the one that they are given.
    """
    scene = built.scene
    scene.camera = camera
    width, height = size or (built.spec.render.width, built.spec.render.height)
    settings: list[tuple[Any, str, Any]] = [
        (scene.render, "filepath", ""),
        (scene.render, "resolution_x", width),
        (scene.render, "resolution_y", height),
    ]
    with _image_format(scene, "OPEN_EXR_MULTILAYER", "RGBA", "32"), _overridden(settings):
        scene.render.filepath = str(scratch / "truth")
        _render(scene, write_still=True)
    (file,) = scratch.iterdir()
    with _fresh(file):
        return _grouped(read_exr(file))


def _common_settings(built: BuiltScene) -> list[tuple[Any, str, Any]]:
    """What both renders need, and the scene in the window: the operator renders the context's scene at its frame.

    Naming the scene to the operator would render it at the other scene's frame. Overriding the context crashes: on Python
    3.11 Blender looks the overrides up without the GIL when another thread, such as one that writes files, holds it.
    """
    import bpy

    spec, render = built.spec.render, built.scene.render
    return [
        (bpy.context.window, "scene", built.scene),
        (render, "engine", "CYCLES"),
        (render, "resolution_x", spec.width),
        (render, "resolution_y", spec.height),
        (render, "resolution_percentage", 100),
        (render, "use_border", False),
        (render, "use_multiview", False),
        (render, "use_compositing", False),
        (render, "use_sequencer", False),
        (render, "use_persistent_data", True),
        (render, "threads_mode", "FIXED" if spec.threads else "AUTO"),
        *([(render, "threads", spec.threads)] if spec.threads else []),
        (built.scene, "camera", built.cameras[0]),
    ]


def _blur_settings(built: BuiltScene) -> list[tuple[Any, str, Any]]:
    """What a shutter and an aperture do to the beauty render."""
    spec, render = built.spec.render, built.scene.render
    settings: list[tuple[Any, str, Any]] = [(render, "use_motion_blur", spec.motion_blur > 0)]
    if spec.motion_blur:
        settings.append((render, "motion_blur_shutter", spec.motion_blur))
    for camera in dict.fromkeys(item.data for item in built.cameras):
        settings.append((camera.dof, "use_dof", spec.f_stop > 0))
        if spec.f_stop:
            settings.append((camera.dof, "aperture_fstop", spec.f_stop))
            settings.append((camera.dof, "focus_distance", spec.focus or _distance_ahead(built)))
    return settings


def _distance_ahead(built: BuiltScene) -> float:
    """Return how far away what the middle of the first camera's first picture shows is, in metres; the sky is 1 km away."""
    from mathutils import Vector

    built.scene.frame_set(built.frames[0])
    depsgraph = built.scene.view_layers[0].depsgraph
    eye = built.cameras[0].evaluated_get(depsgraph).matrix_world
    ahead = (eye.to_3x3() @ Vector((0.0, 0.0, -1.0))).normalized()
    seen, place, *_ = built.scene.ray_cast(depsgraph, eye.translation, ahead)
    return float((place - eye.translation).length) if seen else 1000.0


def _pass_settings(scene: bpy.types.Scene, wanted: tuple[str, ...]) -> list[tuple[Any, str, Any]]:
    layer = scene.view_layers[0]
    return [
        (owner, name, name.removeprefix("use_pass_") in wanted)
        for owner in (layer, layer.cycles)
        for name in owner.bl_rna.properties.keys()  # noqa: SIM118
        if name.startswith("use_pass_")
    ]


@contextmanager
def _overridden(settings: list[tuple[Any, str, Any]]) -> Iterator[None]:
    """Set (owner, name, value) triples in order, and put the old values back in the reverse order."""
    old: list[tuple[Any, str, Any]] = []
    try:
        for owner, name, value in settings:
            old.append((owner, name, getattr(owner, name)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(old):
            setattr(owner, name, value)


@contextmanager
def _image_format(scene: bpy.types.Scene, file_format: str, mode: str, depth: str) -> Iterator[None]:
    image = scene.render.image_settings
    names = ("color_mode", "color_depth", "compression", "exr_codec")
    before = image.file_format, {name: getattr(image, name) for name in names}
    try:
        set_file_format(image, file_format)
        image.color_mode, image.color_depth = mode, depth
        image.compression, image.exr_codec = 0, "NONE"
        yield
    finally:
        set_file_format(image, before[0])
        for name, value in before[1].items():
            with suppress(TypeError):  # an enumeration's choices depend on the format: an old value may be stale
                setattr(image, name, value)


def _render(scene: bpy.types.Scene, write_still: bool = False) -> None:
    import bpy

    def render() -> None:
        if "CANCELLED" in bpy.ops.render.render(write_still=write_still):
            raise KeyboardInterrupt  # Blender's own handler of Ctrl-C ended the render and told nobody else

    with silent_stdout(), _interrupts_kept():
        _saving(render, Path(scene.render.filepath))


def _saving(action: Any, path: Path) -> None:
    """Run what writes a file, and turn Blender's RuntimeError about it into the OSError that it was."""
    try:
        action()
    except RuntimeError as error:
        text = str(error)
        for code in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT):
            if os.strerror(code) in text:
                raise OSError(code, os.strerror(code), str(path)) from error
        raise


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Raise Python's KeyboardInterrupt after the render in which it came.

    During it, it would be raised inside the render engine's Python callback, where Blender prints it and goes on.
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if came:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def _fresh(file: Path) -> Iterator[None]:
    """Read a file that Blender just wrote, then delete it. On a full disk Blender leaves a stump and says nothing."""
    try:
        yield
    except (UserError, RuntimeError) as error:
        raise_if_full(file.parent, error)
        raise
    finally:
        file.unlink(missing_ok=True)


def raise_if_full(folder: Path, error: BaseException) -> None:
    """Raise the OSError that `error` really is, where the disk that holds `folder` has no room left."""
    if shutil.disk_usage(folder).free < _NEARLY_NOTHING:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder)) from error


def _read_with_blender(path: Path, channels: int) -> NDArray[np.uint8]:
    """Return the 8-bit picture that Blender wrote, (H, W, channels), top row first."""
    import bpy

    image = bpy.data.images.load(str(path))
    try:
        width, height = image.size
        values = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(values)
        pixels = np.rint(values.reshape(height, width, image.channels) * 255).astype(np.uint8)
        return np.ascontiguousarray(pixels[::-1, :, :channels])
    finally:
        bpy.data.images.remove(image)


def _grouped(channels: dict[str, NDArray[Any]]) -> Passes:
    """Group "Layer.Pass.X" channels by pass, under its name since 5.0: 4.5 writes one part, 5.x one part a pass."""
    parts: dict[str, dict[str, NDArray[np.float32]]] = {}
    for full, values in channels.items():
        name, component = full.split(".")[-2:]
        parts.setdefault(PASS_NAMES.get(name, name), {})[component] = values
    return {name: _stacked(part) for name, part in parts.items()}


def _stacked(part: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    ordered = [part[key] for key in sorted(part, key="XYZWRGBA".index)]
    return ordered[0] if len(ordered) == 1 else np.stack(ordered, -1)
