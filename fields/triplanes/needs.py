"""What a tri-plane training takes of the memory, and that it is there before it begins."""

from __future__ import annotations

from ...errors import UserError
from ..memory import GIB, PROGRAM, free_memory, sizes_of
from ..scene import Scene
from ..settings import TrainSettings
from .lookup import Layout
from .recipe import Recipe

NUMBER = 24
"""Bytes that a number of a plane takes: itself, its gradient, Adam's two moments, a copy and half of one when it is saved."""
SAMPLE = 1600
"""Bytes that a sample takes in a step, with what the gradient needs."""
SAMPLES = 40
"""Samples of a ray, more than usual."""


def layout_of(settings: TrainSettings) -> Layout:
    """Return the planes that the settings ask for; levels by default 32, 64 and 128, on CUDA 256 and 512 as well.

    The sum and the mean of three planes are EG3D's, and have one level of 128 by default.
    """
    sizes = settings.levels
    if sizes is None:
        single = settings.planes in ("sum", "mean")
        sizes = (128,) if single else (32, 64, 128, 256, 512) if settings.device == "cuda" else (32, 64, 128)
    return Layout(tuple(sizes), settings.channels, settings.planes)


def require_memory(scene: Scene, settings: TrainSettings) -> None:
    """Raise UserError that says which channels would fit where the planes do not. CUDA's memory is not looked at."""
    layout, recipe = layout_of(settings), Recipe()
    pixels, pictures = sizes_of(scene, settings.cache)
    fixed = PROGRAM + pictures + 64 * pixels + SAMPLE * SAMPLES * recipe.rays + recipe.most_cells**3 * 8
    need, free = fixed + NUMBER * layout.numbers, free_memory()
    if need <= free:
        return
    fits = max(0, free - fixed) // (NUMBER * layout.numbers // layout.channels)
    mend = f"--channels {fits} would fit" if fits else "smaller --levels, a smaller --cache or more memory would help"
    words = ",".join(map(str, layout.sizes))
    raise UserError(
        f"--levels {words} of {layout.channels} channels: need about {need / GIB:.1f} GiB, {free / GIB:.1f} are free; {mend}"
    )
