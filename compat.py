"""The only module that knows that Blender's versions differ. Each name says what it hides; callers ask for the feature."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

import bpy

from .errors import UserError


def set_file_format(settings: bpy.types.ImageFormatSettings, file_format: str) -> None:
    """Choose PNG, OPEN_EXR, OPEN_EXR_MULTILAYER...: since 5.0 `media_type` decides which formats exist, and must come first."""
    if hasattr(settings, "media_type"):
        multilayer = file_format == "OPEN_EXR_MULTILAYER"
        settings.media_type = "MULTI_LAYER_IMAGE" if multilayer else "VIDEO" if file_format == "FFMPEG" else "IMAGE"
    settings.file_format = file_format


PASS_NAMES = {
    f"{short}{part}": f"{long} {word}"
    for short, long in (("Diff", "Diffuse"), ("Gloss", "Glossy"), ("Trans", "Transmission"), ("Volume", "Volume"))
    for part, word in (("Dir", "Direct"), ("Ind", "Indirect"), ("Col", "Color"))
} | {"Emit": "Emission", "Env": "Environment", "AO": "Ambient Occlusion"}
"""Names of render passes before 5.0 -> the words that they became."""


def prepare_gpu() -> None:
    """Give the gpu module a context without a window: `gpu.init()` since 5.2, else a throw-away engine's render.

    In a Blender with a window the context is there already, inside draw callbacks and renders.
    """
    import gpu

    if not bpy.app.background:
        return
    if hasattr(gpu, "init"):
        gpu.init()
        return

    class Boot(bpy.types.RenderEngine):
        bl_idname = "WILDFIELD_BOOT"
        bl_label = "Boot"
        bl_use_gpu_context = True

        def render(self, depsgraph: bpy.types.Depsgraph) -> None:
            pass

    bpy.utils.register_class(Boot)
    scene = bpy.data.scenes.new("Boot")
    lens = bpy.data.cameras.new("Boot")
    scene.camera = bpy.data.objects.new("Boot", lens)
    scene.collection.objects.link(scene.camera)
    scene.render.engine, scene.render.resolution_x, scene.render.resolution_y = Boot.bl_idname, 8, 8
    bpy.ops.render.render(scene=scene.name)
    bpy.data.objects.remove(scene.camera)
    bpy.data.cameras.remove(lens)
    bpy.data.scenes.remove(scene)
    bpy.utils.unregister_class(Boot)


def has_denoiser() -> bool:
    """Whether Cycles was built with Open Image Denoise; Debian's was not, and then ignores `use_denoising`."""
    import _cycles

    return bool(_cycles.with_openimagedenoise)


def is_whole_panorama(data: bpy.types.Camera) -> bool:
    """Whether a panoramic camera shows the whole sphere in equirectangular projection: 5.0 moved this out of Cycles."""
    owner = data if hasattr(data, "panorama_type") else data.cycles
    ranges = (owner.longitude_min, owner.longitude_max, owner.latitude_min, owner.latitude_max)
    whole = all(abs(value - turn * 3.14159265) < 1e-5 for value, turn in zip(ranges, (-1, 1, -0.5, 0.5), strict=True))
    return owner.panorama_type == "EQUIRECTANGULAR" and whole


def set_panoramic(lens: bpy.types.Camera, latitudes: tuple[float, float] | None = None) -> None:
    """Let a camera see all round in an equirectangular picture: a setting of Cycles' own before 5.0, the camera's since.

    `latitudes` are the lowest and the highest one in the picture, in radians, where it is not the whole sphere.
    """
    lens.type = "PANO"
    holder = lens if hasattr(lens, "panorama_type") else lens.cycles
    holder.panorama_type = "EQUIRECTANGULAR"
    if latitudes is not None:
        holder.latitude_min, holder.latitude_max = latitudes


def has_camera_scripts() -> bool:
    """Whether Cycles asks OSL scripts for a camera's rays: since 4.5, where it was built with OSL. Debian's was not."""
    import _cycles

    return bool(_cycles.with_osl) and "CUSTOM" in bpy.types.Camera.bl_rna.properties["type"].enum_items


def set_camera_script(data: bpy.types.Camera, source: str, values: Mapping[str, float]) -> None:
    """Let Cycles ask an OSL script for the camera's rays, with parameters of these values.

    Blender's own operator needs a module, `oslquery`, that bpy's wheels lack. Raises UserError where Cycles has no OSL.
    """
    import _cycles

    if not has_camera_scripts():
        raise UserError(
            f"Blender {bpy.app.version_string} renders no fisheye and no lens distortion: its Cycles has no camera scripts; "
            "take Blender 4.5 or later from blender.org, or a perspective camera without distortion"
        )
    with tempfile.TemporaryDirectory() as folder:
        script, compiled = Path(folder) / "lens.osl", Path(folder) / "lens.oso"
        script.write_text(source, encoding="ascii")
        if not _cycles.osl_compile(str(script), str(compiled)):
            raise RuntimeError("Cycles cannot compile the script of the lens")
        bytecode = compiled.read_text(encoding="ascii")
    data.type, data.custom_mode = "CUSTOM", "INTERNAL"
    data.custom_bytecode = bytecode
    data.custom_bytecode_hash = hashlib.sha256(bytecode.encode()).hexdigest()
    for name, value in values.items():
        data.cycles_custom[name] = value
