"""The first picture of a world, without truth: what a person judges a kind by."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..procgen import compose
from ..procgen.spec import override
from ..progress import Progress
from .render import beauty_settings, render_beauty


def snapshot(kind: str, seed: int, size: tuple[int, int], samples: int, values: dict[str, Any]) -> NDArray[np.uint8]:
    """Return (H, W, 3) RGB of what the first camera of that seed's world sees at frame 1; what is open in Blender is lost.

    `size` is width and height in pixels; `values` override the drawn spec, by dotted names.
    """
    compose.clear()
    asked = {"render.width": size[0], "render.height": size[1], "render.samples": samples} | values
    built = compose.compose(override(compose.draw(kind, seed), asked, "gallery"), Progress())
    built.scene.frame_set(1)
    with tempfile.TemporaryDirectory(prefix="wildfield.") as scratch, beauty_settings(built):
        return render_beauty(built, built.cameras[0], Path(scratch), ("rgb",))["rgb"]
