"""Draws one splat field with the gpu module. Owns its GPU resources; knows no operator, panel or context.

The colour that each splat shows towards the eye is worked out in the vertex shader, from spherical-harmonics coefficients that
lie in a half-float texture: nothing is uploaded when the view moves, where a NumPy evaluation of degree 3 takes 0.15 s for a
million splats each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import gpu
import numpy as np
from mathutils import Matrix, Vector

from ..errors import UserError
from .gpu_resources import build_shader, square, texture, uniforms
from .splat_arrays import Floats, SplatArrays, back_to_front

ORDER_WIDTH = 4096
ROW_SPLATS = 512
"""Splats a texture row: with 16 coefficients a splat a row is 8192 texels wide, within what every GPU takes."""
SPLAT_TEXELS = 3
LOW_PASS = 0.3
"""Variance in square pixels that is added to every splat on the screen, as in training (3DGS)."""
CUTOFF = 1 / 255
"""A smaller alpha is not drawn, as in training."""
ALPHA_MAX = 0.999
RESORT_COSINE = 0.9995
"""The order is made anew when the view has turned by more than 1.8 degrees."""
ORDERS_KEPT = 4
"""Depth orders remembered, one for each side of a quad view."""
CAMERA_STRUCT = """
struct WildfieldCamera {
  mat4 model_view;
  mat4 projection;
  vec4 viewport;
  vec4 eye;
  vec4 look;
};
"""


@dataclass(frozen=True)
class Look:
    """How a field is shown, apart from where it stands: factors on opacity and on the size of each splat."""

    opacity: float = 1.0
    size: float = 1.0


@cache
def splat_shader(degree: int, depth_test: bool) -> gpu.types.GPUShader:
    """Compile the splat shader for a degree of harmonics (0 to 3), with or without the test against a depth texture."""
    defines = {
        "ORDER_WIDTH": str(ORDER_WIDTH),
        "ROW_SPLATS": str(ROW_SPLATS),
        "SH_DEGREE": str(degree),
        "COEFFICIENTS": str((degree + 1) ** 2),
        "LOW_PASS": repr(LOW_PASS),
        "CUTOFF": repr(CUTOFF),
        "ALPHA_MAX": repr(ALPHA_MAX),
    }
    samplers = ["splat_tx", "harmonics_tx", "order_tx"]
    if depth_test:
        defines["DEPTH_TEST"] = "1"
        samplers.append("depth_tx")
    varyings = {"local": "smooth VEC2", "tint": "flat VEC4"}
    return build_shader("splat", CAMERA_STRUCT, ("WildfieldCamera", "camera"), samplers, varyings, defines)


def pack_geometry(splats: SplatArrays) -> Floats:
    """Return texels (rows, ROW_SPLATS * 3, 4): mean and opacity, then the covariance's six numbers."""
    texels = np.zeros((_rows(len(splats)) * ROW_SPLATS, SPLAT_TEXELS, 4), np.float32)
    count = len(splats)
    texels[:count, 0, :3] = splats.means
    texels[:count, 0, 3] = splats.opacities
    texels[:count, 1] = splats.covariances[:, :4]
    texels[:count, 2, :2] = splats.covariances[:, 4:]
    return texels.reshape(-1, ROW_SPLATS * SPLAT_TEXELS, 4)


def pack_harmonics(splats: SplatArrays) -> Floats:
    """Return texels (rows, ROW_SPLATS * K, 4): one coefficient of red, green and blue a texel."""
    coefficients = splats.harmonics.shape[1]
    texels = np.zeros((_rows(len(splats)) * ROW_SPLATS, coefficients, 4), np.float32)
    texels[: len(splats), :, :3] = splats.harmonics
    return texels.reshape(-1, ROW_SPLATS * coefficients, 4)


def _rows(count: int) -> int:
    return max(1, -(-count // ROW_SPLATS))


class SplatDrawer:
    """One field on the GPU. Made inside a draw callback or with a GPU context at hand."""

    def __init__(self, splats: SplatArrays) -> None:
        """Upload `splats`. Raises UserError where the GPU's textures cannot hold that many."""
        most = gpu.capabilities.max_texture_size_get() * ROW_SPLATS
        if len(splats) > most:
            raise UserError(f"the field has {len(splats):,} splats, this GPU draws at most {most:,}: prune the field")
        self.splats = splats
        self.geometry = texture(pack_geometry(splats), "RGBA32F")
        self.harmonics = texture(pack_harmonics(splats), "RGBA16F")
        self.middle = splats.bounds().mean(axis=0) if len(splats) else np.zeros(3, np.float32)
        self.orders: list[tuple[Floats, gpu.types.GPUTexture]] = []

    def order(self, model_view: Matrix, exact: bool) -> gpu.types.GPUTexture:
        """Return the back-to-front order for this view, reusing one that was made for nearly the same direction."""
        direction = -np.array(model_view.row[2][:3], np.float32)
        direction /= max(float(np.linalg.norm(direction)), 1e-12)
        enough = 1 - 1e-9 if exact else RESORT_COSINE
        for place, (sorted_for, known) in enumerate(self.orders):
            if float(direction @ sorted_for) > enough:
                self.orders.insert(0, self.orders.pop(place))
                return known
        indices = back_to_front(self.splats.means, direction)
        texels = np.zeros(-(-len(indices) // ORDER_WIDTH) * ORDER_WIDTH, np.float32)
        texels[: len(indices)] = indices
        fresh = texture(texels.reshape(-1, ORDER_WIDTH, 1), "R32F")
        self.orders = [(direction, fresh), *self.orders[: ORDERS_KEPT - 1]]
        return fresh

    def draw(
        self,
        model_view: Matrix,
        projection: Matrix,
        size: tuple[int, int],
        look: Look,
        scene_depth: gpu.types.GPUTexture | None,
        exact: bool,
    ) -> None:
        """Blend the field into the bound framebuffer, which holds premultiplied sRGB, from back to front.

        `size` is the framebuffer's in pixels. What lies behind `scene_depth` (window depth, 0 to 1) is hidden. `exact` sorts
        for this very direction.
        """
        if not len(self.splats):
            return
        order = self.order(model_view, exact)
        shader = splat_shader(self.splats.degree, scene_depth is not None)
        camera = uniforms(camera_block(model_view, projection, size, look))
        shader.bind()
        shader.uniform_block("camera", camera)
        shader.uniform_sampler("splat_tx", self.geometry)
        shader.uniform_sampler("harmonics_tx", self.harmonics)
        shader.uniform_sampler("order_tx", order)
        if scene_depth is not None:
            shader.uniform_sampler("depth_tx", scene_depth)
        gpu.state.blend_set("ALPHA_PREMULT")
        gpu.state.depth_test_set("NONE")
        gpu.state.depth_mask_set(False)
        try:
            square().draw_instanced(shader, instance_count=len(self.splats))
        finally:
            gpu.state.blend_set("NONE")


def camera_block(model_view: Matrix, projection: Matrix, size: tuple[int, int], look: Look) -> Floats:
    """Return `WildfieldCamera` as floats; the eye stands in the field's own frame (w = 0: the direction of a parallel view)."""
    columns = [number for matrix in (model_view, projection) for column in matrix.col for number in column]
    inverse = model_view.inverted_safe()
    if projection[3][3] > 0.5:
        eye = (*(inverse.to_3x3() @ Vector((0.0, 0.0, -1.0))).normalized(), 0.0)
    else:
        eye = (*inverse.translation, 1.0)
    return np.array([*columns, *size, 0.0, 0.0, *eye, look.opacity, look.size, 0.0, 0.0], np.float32)
