"""What learning needs beyond the package itself; asked for before anything is imported, in one line each."""

from __future__ import annotations

import importlib.util

from ..errors import UserError

LEARNING = {
    "torch": "torch",
    "warp": "warp-lang",
    "safetensors": "safetensors",
    "imageio": "imageio",
    "psutil": "psutil",
    "scipy": "scipy",
}
"""Module -> the name to install it by."""
LOOKING = {"viser": "viser", "imageio_ffmpeg": "imageio-ffmpeg"}
"""What `wildfield view` and films need, each by itself."""


def require_learning() -> None:
    """Raise UserError that names the extra `learn` where a package it brings is missing."""
    missing = [package for module, package in LEARNING.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise UserError(f"fields need {', '.join(missing)}, not installed here: pip install 'wildfield[learn]'")


def require_looking(module: str, what: str) -> None:
    """Raise UserError where `module`, one of `LOOKING`, is missing; `what` opens the line, such as "a film needs"."""
    if importlib.util.find_spec(module) is None:
        raise UserError(f"{what} {LOOKING[module]}, not installed here: pip install 'wildfield[view]'")


def require_device(device: str) -> str:
    """Return "cpu" or "cuda": `device`, or for "auto" CUDA where there is any. Raises UserError for what is not here."""
    if device not in ("cpu", "cuda", "auto"):
        raise UserError(f"--device {device!r} is unknown: choose cpu, cuda or auto")
    if device == "cpu":
        return device
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if device == "cuda":
        raise UserError("--device cuda: no CUDA device is here, or torch is built without CUDA; use --device cpu")
    return "cpu"
