"""What a training takes of the memory, what is free, and how many splats would fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UserError
from .scene import Scene
from .settings import MIB

GIB = 1 << 30
SPLAT = 2000
"""Bytes a splat takes at the worst moment, when it is saved: 1,600 measured from 20,000 to 600,000 splats."""
PIXEL = 260
"""Bytes a pixel of the picture under way takes in drawing, losses and their gradients."""
PROGRAM = 420 << 20
"""Bytes of Python, torch and Warp themselves."""
CGROUP = Path("/sys/fs/cgroup")
CARD_SPLAT = 4000
"""Bytes a splat takes on a GPU at the worst moment, when the field grows, with its pairs of tile and splat."""
CARD_PIXEL = 400
"""Bytes a pixel takes there; torch keeps what it has freed."""
CARD_PROGRAM = 600 << 20
"""Bytes of CUDA, its kernels and torch's libraries on a GPU."""
TORN = ("can't allocate memory", "not enough memory", "bad allocation", "bad_alloc", "out of memory")
"""How torch's errors speak of memory that it does not get."""


def free_memory() -> int:
    """Return the bytes that this process may still take: of the machine, and of its container where it has one (Linux)."""
    import psutil

    free = int(psutil.virtual_memory().available)
    try:
        most, used = ((CGROUP / f"memory.{name}").read_text().strip() for name in ("max", "current"))
        return min(free, max(0, int(most) - int(used))) if most != "max" else free
    except (OSError, ValueError):
        return free


def used_memory(device: str = "cpu") -> int:
    """Return the bytes that this process holds now, or those that torch holds of a GPU."""
    if device == "cuda":
        import torch

        return int(torch.cuda.memory_reserved())
    import psutil

    return int(psutil.Process().memory_info().rss)


def sizes_of(scene: Scene, cache: int) -> tuple[int, int]:
    """Return the pixels of the largest training view, and the bytes of decoded pictures that `cache` MiB will hold."""
    views = scene.split("train")
    sizes = [view.camera.width * view.camera.height for view in views]
    pictures = sum(size * (4 if view.depth is None else 9) for size, view in zip(sizes, views, strict=True))
    return max(sizes), min(pictures, cache * MIB)


def require_memory(cap: int, pixels: int, pictures: int, device: str = "cpu") -> None:
    """Raise UserError that says which cap would fit where `cap` splats do not, in the memory of "cpu" or "cuda".

    `pixels` has the largest view, `pictures` are the bytes of decoded pictures that will be kept.
    """
    free, program, pixel, splat, where = free_memory(), PROGRAM, PIXEL, SPLAT, ""
    if device == "cuda":
        import torch

        free, program, pixel, splat = torch.cuda.mem_get_info()[0], CARD_PROGRAM, CARD_PIXEL, CARD_SPLAT
        where = " of the GPU"
    fixed = program + pixel * pixels + pictures
    if fixed + splat * cap <= free:
        return
    fits = max(0, free - fixed) // splat // 1000 * 1000
    mend = f"--cap {fits} would fit" if fits else "a smaller --cache, smaller pictures or more memory would help"
    needs = f"needs about {(fixed + splat * cap) / GIB:.1f} GiB{where}"
    raise UserError(f"--cap {cap}: {needs}, {free / GIB:.1f} GiB are free; {mend}")


@contextmanager
def memory_told(smaller: Callable[[], str]) -> Iterator[None]:
    """Turn the end of the memory into one line; `smaller` says what there was and what would help."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not any(words in str(error) for words in TORN):
            raise
        raise UserError(f"out of memory {smaller()}") from error
