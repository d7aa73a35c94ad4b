"""Textures, uniform buffers and shaders for the gpu module, from NumPy arrays and the files in `shaders/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import gpu
import numpy as np
from numpy.typing import NDArray

SHADERS = Path(__file__).parent / "shaders"


def texture(texels: NDArray[np.floating], format: str) -> gpu.types.GPUTexture:
    """Upload `texels` (rows, columns, channels) as a 2D texture; `format` such as "RGBA32F" fits the channels."""
    flat = np.ascontiguousarray(texels, np.float32).ravel()
    buffer = gpu.types.Buffer("FLOAT", len(flat), flat)
    return gpu.types.GPUTexture((texels.shape[1], texels.shape[0]), format=format, data=buffer)


def uniforms(values: NDArray[np.floating]) -> gpu.types.GPUUniformBuf:
    """Upload floats as a uniform buffer in std140 order; their number is a multiple of four."""
    flat = np.ascontiguousarray(values, np.float32).ravel()
    return gpu.types.GPUUniformBuf(gpu.types.Buffer("FLOAT", len(flat), flat))


def build_shader(
    name: str,
    struct: str,
    block: tuple[str, str],
    samplers: Sequence[str],
    varyings: Mapping[str, str],
    defines: Mapping[str, str],
) -> gpu.types.GPUShader:
    """Compile `shaders/NAME.vert.glsl` and `NAME.frag.glsl`, which read one vertex attribute `vec2 corner`.

    `block` is (type, name) of the one uniform buffer, declared in `struct`. `varyings` go from vertex to fragment as
    name -> "smooth VEC2" or "flat VEC4".
    """
    info = gpu.types.GPUShaderCreateInfo()
    info.typedef_source(struct)
    for key, value in defines.items():
        info.define(key, value)
    info.uniform_buf(0, *block)
    for slot, sampler in enumerate(samplers):
        info.sampler(slot, "FLOAT_2D", sampler)
    info.vertex_in(0, "VEC2", "corner")
    if varyings:
        interface = gpu.types.GPUStageInterfaceInfo(f"wildfield_{name}")
        for varying, how in varyings.items():
            interpolation, kind = how.split()
            getattr(interface, interpolation)(kind, varying)
        info.vertex_out(interface)
    info.fragment_out(0, "VEC4", "out_color")
    info.vertex_source((SHADERS / f"{name}.vert.glsl").read_text(encoding="utf-8"))
    info.fragment_source((SHADERS / f"{name}.frag.glsl").read_text(encoding="utf-8"))
    return gpu.shader.create_from_info(info)


@cache
def square() -> gpu.types.GPUBatch:
    """The square from -1 to 1 as a triangle strip."""
    layout = gpu.types.GPUVertFormat()
    layout.attr_add(id="corner", comp_type="F32", len=2, fetch_mode="FLOAT")
    vertices = gpu.types.GPUVertBuf(layout, 4)
    vertices.attr_fill("corner", [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0), (1.0, 1.0)])
    return gpu.types.GPUBatch(type="TRI_STRIP", buf=vertices)
