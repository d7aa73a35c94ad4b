"""How splats move in one step: Adam with rates that follow the share of the training done, and the walk of faint splats."""

from __future__ import annotations

import warp as wp

from ..launch import AnyLauncher, as_warp
from .checkpoint import Moments
from .kernels_optimise import BLOCK, adam, explore
from .model import Model
from .recipe import Recipe


def late(recipe: Recipe, fraction: float) -> float:
    """Return the share of a rate at `fraction` of the training: 1, and over the last third down to `recipe.final`."""
    return recipe.final ** max(0.0, 3 * fraction - 2)


def learning_rates(recipe: Recipe, reach: float, fraction: float) -> dict[str, float]:
    """Return Adam's rate of each parameter at `fraction` of the training; `reach` is the scene's, in metres."""
    names = ("quaternions", "log_scales", "opacity_logits", "base", "rest")
    rates = {name: late(recipe, fraction) * getattr(recipe, f"{name}_rate") for name in names}
    return {"means": recipe.means_rate * reach * recipe.means_final**fraction, **rates}


def descend(launch: AnyLauncher, model: Model, moments: Moments, rates: dict[str, float], step: int) -> None:
    """Apply the gradients of step `step` (from 1) by Adam and drop them; parameters without one stay."""
    for name, values in model.parameters.items():
        if values.grad is None:
            continue
        mean, square = moments[name]
        size = values.numel()
        arrays = [as_warp(tensor.view(-1)) for tensor in (values.detach(), values.grad, mean, square)]
        rate, correction = rates[name] / (1 - 0.9**step), 1 / (1 - 0.999**step)
        launch.spans(adam, size, BLOCK, size, rate, correction, *arrays)
        values.grad = None


def wander(launch: AnyLauncher, model: Model, recipe: Recipe, reach: float, fraction: float, seed: int) -> None:
    """Let faint splats walk at random, as `kernels_optimise.explore`, ever less as the training goes on."""
    splats = [tensor.detach() for tensor in model.splats()]
    amount = recipe.exploration / reach * recipe.means_final**fraction
    launch(
        explore, len(model), seed, amount, as_warp(splats[1], wp.vec4), as_warp(splats[2], wp.vec3), as_warp(splats[3]),
        as_warp(splats[0], wp.vec3),
    )  # fmt: skip
