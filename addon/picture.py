"""The splats' own picture: blended in sRGB, as they were trained, and laid over Blender's linear light at the end.

Blending straight into Blender's framebuffer would mix the splats' colours in linear light, and every soft edge comes out too
bright. Only where the picture as a whole is translucent does the viewport mix it in linear light with the meshes behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import gpu
import numpy as np
from mathutils import Matrix, Vector

from .gpu_resources import build_shader, square, uniforms
from .splat_arrays import Floats
from .splat_drawer import Look, SplatDrawer

TARGET_STRUCT = """
struct WildfieldTarget {
  vec4 origin;
  vec4 background;
};
"""


@dataclass(frozen=True)
class ShownField:
    """One field to draw: where it stands (local to world) and how it looks."""

    drawer: SplatDrawer
    matrix: Matrix
    look: Look


@cache
def composite_shader() -> gpu.types.GPUShader:
    """Compile the shader that lays a picture in premultiplied sRGB over a framebuffer in linear light."""
    return build_shader("composite", TARGET_STRUCT, ("WildfieldTarget", "target"), ["picture_tx"], {}, {})


class Picture:
    """A framebuffer of its own, premultiplied sRGB; half floats for the viewport, full floats for a final render."""

    def __init__(self, size: tuple[int, int], format: str = "RGBA16F") -> None:
        self.size = size
        self.offscreen = gpu.types.GPUOffScreen(*size, format=format)

    def draw(
        self,
        fields: Sequence[ShownField],
        view: Matrix,
        projection: Matrix,
        scene_depth: gpu.types.GPUTexture | None = None,
        exact: bool = False,
    ) -> None:
        """Clear the picture and draw `fields` into it, the farthest first; each field is blended as a whole."""
        distances = [-(view @ field.matrix @ _middle(field.drawer)).z for field in fields]
        with self.offscreen.bind():
            gpu.state.active_framebuffer_get().clear(color=(0.0, 0.0, 0.0, 0.0), depth=1.0)
            for index in np.argsort(distances, kind="stable")[::-1]:
                field = fields[index]
                field.drawer.draw(view @ field.matrix, projection, self.size, field.look, scene_depth, exact)

    def composite(self, origin: tuple[int, int] = (0, 0), background: Sequence[float] | None = None) -> None:
        """Blend the picture, now in linear light, over the bound framebuffer, whose pixel `origin` is its lower left one.

        With a `background` (sRGB) the picture is laid over that colour first, and hides what the framebuffer holds.
        """
        values = [*origin, 0.0, 0.0, *(background or (0.0, 0.0, 0.0)), float(background is not None)]
        target = uniforms(np.array(values))  # kept by name: the shader holds no reference to it
        shader = composite_shader()
        shader.bind()
        shader.uniform_block("target", target)
        shader.uniform_sampler("picture_tx", self.offscreen.texture_color)
        gpu.state.blend_set("ALPHA_PREMULT")
        gpu.state.depth_test_set("NONE")
        try:
            square().draw(shader)
        finally:
            gpu.state.blend_set("NONE")

    def read(self) -> Floats:
        """Return the picture as (height, width, 4) float32, premultiplied sRGB, the lowest row first."""
        width, height = self.size
        with self.offscreen.bind():
            buffer = gpu.state.active_framebuffer_get().read_color(0, 0, width, height, 4, 0, "FLOAT")
        buffer.dimensions = width * height * 4
        return np.array(buffer, np.float32).reshape(height, width, 4)

    def free(self) -> None:
        """Give the GPU memory back; the picture is of no use any more."""
        self.offscreen.free()


def _middle(drawer: SplatDrawer) -> Vector:
    return Vector(drawer.middle)
