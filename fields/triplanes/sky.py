"""What lies behind a landscape: colours by direction, on a map of longitude and latitude."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

HEIGHT, WIDTH = 32, 64
"""Texels of the map from top to bottom, and around."""


def first_sky() -> torch.Tensor:
    """Return a grey sky (3, HEIGHT, WIDTH): logits of its colours."""
    return torch.zeros(3, HEIGHT, WIDTH)


def sky_colour(sky: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """Return colours (R, 3) of 0 to 1 along `directions` (R, 3) of any length, z up, differentiable in `sky`.

    The first row looks up, the last down; the map closes around.
    """
    x, y, z = F.normalize(directions, dim=1).unbind(1)
    around = torch.atan2(y, x) / math.pi * WIDTH / (WIDTH + 2)
    down = 2 * torch.acos(z.clamp(-1, 1)) / math.pi - 1
    closed = torch.cat([sky[..., -1:], sky, sky[..., :1]], 2)[None]
    where = torch.stack([around, down], 1)[None, None]
    return torch.sigmoid(F.grid_sample(closed, where, align_corners=False, padding_mode="border"))[0, :, 0].T
