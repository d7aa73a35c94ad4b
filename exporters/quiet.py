"""Blender's C code prints on file descriptor 1, where our own stdout is read by programs."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def silent_stdout() -> Iterator[None]:
    """Keep what C code writes to file descriptor 1, such as Blender's render log, out of our own stdout."""
    libc = ctypes.CDLL(None) if os.name == "posix" else None
    kept = os.dup(1)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        yield
    finally:
        if libc:
            libc.fflush(None)
        os.dup2(kept, 1)
        os.close(kept)
