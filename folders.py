"""An output folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import UserError


@contextmanager
def whole_folder(out: Path) -> Iterator[Path]:
    """Yield a temporary folder whose content becomes that of `out` when the block ends well; otherwise nothing is left.

    `out` must not exist or be an empty folder, else UserError is raised. An empty one is kept, for it may be a disk that
    is mounted there. OSError is the caller's to explain.
    """
    if out.exists() and (not out.is_dir() or any(item.name != ".part" for item in out.iterdir())):
        raise UserError(f"{out}: exists and is not empty; choose another folder")
    kept = out.is_dir()
    part = out / ".part" if kept else out.with_name(f".{out.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        if kept:
            for item in sorted(part.iterdir()):
                os.replace(item, out / item.name)
        else:
            os.replace(part, out)
    finally:
        shutil.rmtree(part, ignore_errors=True)
