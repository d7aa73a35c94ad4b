"""Truth and field of one view in one picture, with a line between them that moves."""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np

from .drawing import Drawer
from .scene import View

LEAST, MOST = 480, 1024
"""Pixels of a picture's longer side on a screen: smaller ones are enlarged, larger ones thinned, by whole factors."""


class Pair(NamedTuple):
    """One view: (H, W, 3) uint8 twice, and the PSNR in dB of one against the other where the view counts."""

    truth: np.ndarray
    drawn: np.ndarray
    psnr: float


class Comparison:
    """Draws views of a field beside their truth, and remembers the last. May be asked from any thread."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer, self._turn = drawer, threading.Lock()
        self._last: tuple[View, Pair] | None = None

    def pair(self, view: View) -> Pair:
        """Return truth and field, both over white where the truth has alpha. Raises UserError where the picture is broken."""
        with self._turn:
            if self._last is None or self._last[0] is not view:
                self._last = view, self._draw(view)
            return self._last[1]

    def _draw(self, view: View) -> Pair:
        import torch

        from .metrics import counting, on_paper, psnr

        layers, _ = self._drawer.draw(view.camera)
        drawn, truth = on_paper(torch.from_numpy(layers), torch.from_numpy(view.read_colour()))
        both = [(picture.numpy() * 255 + 0.5).astype(np.uint8) for picture in (truth, drawn)]
        mask = view.read_mask()
        counted = None if mask is None else torch.from_numpy(mask)
        return Pair(both[0], both[1], psnr(*counting(drawn, truth, counted)))


def wiped(pair: Pair, share: float) -> np.ndarray:
    """Return (h, w, 3) uint8 for a screen: truth in the left `share` (0 to 1) of the width, a line, the field right of it."""
    truth, drawn = on_screen(pair.truth), on_screen(pair.drawn)
    line = round(share * truth.shape[1])
    picture = np.concatenate([truth[:, :line], drawn[:, line:]], 1)
    if 0 < line < truth.shape[1]:
        picture[:, max(line - 1, 0) : line + 1] = (255, 120, 0)
    return picture


def on_screen(picture: np.ndarray, least: int = LEAST, most: int = MOST) -> np.ndarray:
    """Return a picture with a longer side of about `least` to `most` pixels: by repeating them or taking every second or so."""
    longer = max(picture.shape[:2])
    thin, wide = -(-longer // most), max(1, -(-least // longer))
    return picture[::thin, ::thin].repeat(wide, 0).repeat(wide, 1)
