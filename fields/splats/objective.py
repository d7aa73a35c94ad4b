"""What one step minimises: a drawn picture against a view's target."""

from __future__ import annotations

import numpy as np
import torch

from ..depth_normals import depth_normals
from ..losses import Similarity, colour_loss, coverage_loss, depth_loss, normal_loss
from .rasterize import Picture
from .recipe import Recipe
from .targets import Target


def target_loss(
    picture: Picture, target: Target, background: torch.Tensor | None, recipe: Recipe, similarity: Similarity
) -> torch.Tensor:
    """Return colour, coverage, depth and normal loss of `picture` as a scalar.

    With a `background` (3,) picture and target are laid over it and the target's alpha is learned; None where the target
    has none. Pixels that a mask leaves out are black in both, so that nothing is learned from them, nor from what they hide
    by the windows of the similarity that reach over the border.
    """
    pixels = target.pixels.float() / 255
    truth, alpha = pixels[..., :3], picture.alpha
    drawn = picture.over(pixels.new_zeros(3) if background is None else background)
    if background is not None:
        truth = torch.lerp(background, truth, pixels[..., 3:])
    if target.counted is not None:
        drawn, truth = drawn * target.counted[..., None], truth * target.counted[..., None]
    loss = colour_loss(drawn, truth, recipe.structure_weight, similarity)
    if background is not None:
        if target.counted is not None:
            alpha = torch.where(target.counted, alpha, pixels[..., 3])
        loss = loss + recipe.coverage_weight * coverage_loss(alpha, pixels[..., 3])
    if target.depth is not None and target.solid is not None:
        error = depth_loss(picture.depth_sum, picture.alpha, target.depth, target.solid.float())
        loss = loss + recipe.depth_weight * error
        if picture.normal_sum is not None and recipe.normal_weight > 0:
            directions = torch.from_numpy(target.view.camera.directions().astype(np.float32)).to(alpha.device)
            exact = depth_normals(target.depth, directions)
            error = normal_loss(picture.normal_sum, picture.alpha, exact, target.solid.float())
            loss = loss + recipe.normal_weight * error
    return loss
