"""Lenses that bend straight lines in Cycles: a camera script in OSL that sends each ray where the model says.

The pictures are rendered through the lens, not warped afterwards. The script is the float32 twin of `distortion` and `fisheye`:
`exporters.cameras` reads its parameters back and has the same rays in double precision. Blender keeps its bytecode in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ...compat import set_camera_script

if TYPE_CHECKING:
    import bpy

MODELS = ("brown", "fisheye", "equisolid")
"""The script's models, by its parameter `wf_model`."""
_ROOM = 0.02
"""Radians beyond the image circle that are still rendered, so that the pixels on its rim are whole."""
_COEFFICIENTS = ("wf_a", "wf_b", "wf_c", "wf_d", "wf_e")

SOURCE = """
float grown(int model, float r, float a, float b, float c, float d)
{
    float s = r * r;
    if (model == 2)
        return 2.0 * sin(0.5 * r);
    return r * (1.0 + s * (a + s * (b + s * (c + s * d))));
}

float steepness(int model, float r, float a, float b, float c, float d)
{
    float s = r * r;
    if (model == 2)
        return cos(0.5 * r);
    return 1.0 + s * (3.0 * a + s * (5.0 * b + s * (7.0 * c + s * 9.0 * d)));
}

float shrunk(int model, float value, float farthest, float a, float b, float c, float d)
{
    float low = 0.0;
    float high = farthest;
    for (int i = 0; i < 16; i++) {
        float middle = 0.5 * (low + high);
        if (grown(model, middle, a, b, c, d) < value)
            low = middle;
        else
            high = middle;
    }
    float r = 0.5 * (low + high);
    for (int i = 0; i < 3; i++)
        r -= (grown(model, r, a, b, c, d) - value) / steepness(model, r, a, b, c, d);
    return r;
}

shader camera(int wf_model = 0, float wf_focal = 1.0, float wf_farthest = 2.0,
              float wf_a = 0.0, float wf_b = 0.0, float wf_c = 0.0, float wf_d = 0.0, float wf_e = 0.0,
              output point position = 0.0, output vector direction = vector(0.0, 0.0, 1.0), output color throughput = 1.0)
{
    vector size;
    getattribute("cam:image_resolution", size);
    point at = camera_shader_raster_position();
    float right = (at[0] - 0.5) / wf_focal;
    float down = (0.5 - at[1]) * size[1] / (size[0] * wf_focal);
    float rim = sqrt(right * right + down * down);

    if (wf_model == 0) {
        float share = rim > 0.0 ? shrunk(0, rim, wf_farthest, wf_a, wf_b, wf_e, 0.0) / rim : 1.0;
        float x = right * share;
        float y = down * share;
        for (int i = 0; i < 5 && (wf_c != 0.0 || wf_d != 0.0); i++) {
            float s = x * x + y * y;
            float along = 1.0 + s * (wf_a + s * (wf_b + s * wf_e));
            float grows = 2.0 * (wf_a + s * (2.0 * wf_b + s * 3.0 * wf_e));
            float east = right - (x * along + 2.0 * wf_c * x * y + wf_d * (s + 2.0 * x * x));
            float south = down - (y * along + wf_c * (s + 2.0 * y * y) + 2.0 * wf_d * x * y);
            float xx = along + x * x * grows + 2.0 * wf_c * y + 6.0 * wf_d * x;
            float xy = x * y * grows + 2.0 * wf_c * x + 2.0 * wf_d * y;
            float yy = along + y * y * grows + 6.0 * wf_c * y + 2.0 * wf_d * x;
            float det = xx * yy - xy * xy;
            x += (yy * east - xy * south) / det;
            y += (xx * south - xy * east) / det;
        }
        direction = normalize(vector(x, -y, 1.0));
        return;
    }
    if (rim > grown(wf_model, wf_farthest, wf_a, wf_b, wf_c, wf_d)) {
        throughput = color(0.0);
        return;
    }
    float angle = shrunk(wf_model, rim, wf_farthest + 0.01, wf_a, wf_b, wf_c, wf_d);
    float across = rim > 0.0 ? sin(angle) / rim : 1.0;
    direction = vector(right * across, -down * across, cos(angle));
}
"""


def set_lens(data: bpy.types.Camera, model: str, focal: float, farthest: float, coefficients: Sequence[float]) -> None:
    """Give a camera a lens: `focal` in widths of the picture, the half angle (rad) of a fisheye's circle or the radius at depth
    1 that a distortion is known to, and its coefficients. Raises UserError where this Blender runs no camera scripts.
    """
    room = _ROOM if model != "brown" else 0.0
    values = {"wf_model": MODELS.index(model), "wf_focal": focal, "wf_farthest": farthest + room}
    set_camera_script(data, SOURCE, values | dict(zip(_COEFFICIENTS, [*coefficients, *[0.0] * 5][:5], strict=True)))


def lens_of(data: bpy.types.Camera) -> tuple[str, float, float, tuple[float, ...]] | None:
    """Return model, focal length, half angle and coefficients as `set_lens` took them and as Cycles has them, in float32; None
    for a camera whose script is another one.
    """
    held = getattr(data, "cycles_custom", None)
    if data.type != "CUSTOM" or held is None or "wf_model" not in held:
        return None
    model = MODELS[int(held["wf_model"])]
    count = {"brown": 5, "fisheye": 4, "equisolid": 0}[model]
    coefficients = tuple(float(np.float32(held[name])) for name in _COEFFICIENTS[:count])
    farthest = float(np.float32(held["wf_farthest"])) - (_ROOM if model != "brown" else 0.0)
    return model, float(np.float32(held["wf_focal"])), farthest, coefficients
