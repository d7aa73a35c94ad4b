"""The views that a field draws worst: truth, field and a map of the error beside each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .files import read_picture, write_picture

SHOWN = 6
"""How many of the worst views are shown."""
WHOLE = 0.3
"""The error that is drawn white: the largest difference of a colour channel, of 0 to 1."""


def error_map(picture: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the error of (H, W, 3) uint8 as (H, W, 3) uint8: black where equal, through red and yellow to white at `WHOLE`."""
    error = np.abs(picture.astype(np.float64) - truth).max(-1, keepdims=True) / (255 * WHOLE)
    return np.round(255 * np.clip(3 * error - np.arange(3), 0, 1)).astype(np.uint8)


def halves(comparison: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and field, (H, W, 3) uint8 each, from a picture of comparison/."""
    both = read_picture(comparison)[..., :3]
    middle = both.shape[1] // 2
    return both[:, :middle], both[:, middle:]


def ranked(views: dict[str, dict[str, float]]) -> list[str]:
    """Return the names of the scored views, that with the lowest PSNR first."""
    return sorted(views, key=lambda name: views[name]["psnr"])


def write_worst(comparisons: list[Path], folder: Path) -> None:
    """Write truth, field and error map from left to right for each picture of comparison/, in this order as 1_NAME.png."""
    folder.mkdir()
    for place, comparison in enumerate(comparisons, 1):
        truth, drawn = halves(comparison)
        strip = np.concatenate([truth, drawn, error_map(drawn, truth)], 1)
        write_picture(folder / f"{place}_{comparison.name}", strip / 255)
