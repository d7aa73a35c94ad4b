"""How a field grows while it is trained: as Markov chain Monte Carlo, or by gradient. When, how far, and with what state.

| | `mcmc` (default) | `gradient` |
| --- | --- | --- |
| splats in the end | as many as the cap | as many as errors ask for, at most the cap |
| where new ones appear | on opaque splats, at random | where pixels pull hard: twins of small splats, halves of large |
| faint splats | wander, and are moved | are pruned |
| pulls on opacity and scale | 0.001 each | none |
"""

from __future__ import annotations

from types import ModuleType

import numpy as np
import torch

from ..launch import AnyLauncher, launcher
from . import kernels_absolute
from .densify import grow
from .densify_gradient import Moments, Tensors, densify, reset_opacities
from .recipe import Recipe
from .watching import WatchingCudaLauncher, WatchingLauncher


class MarkovGrowth:
    """Kheradmand et al. 2024: faded splats are moved, and new ones born, until there are `cap`."""

    explores = True
    kernels: tuple[ModuleType, ...] = ()
    """What it runs beside the kernels of every training, to be compiled before the clock starts."""

    def __init__(self, recipe: Recipe, cap: int, device: torch.device, threads: int) -> None:
        self.recipe, self.cap, self.launch = recipe, cap, self.launcher(device, threads)
        self.weights = recipe.opacity_weight, recipe.scale_weight
        self.span = recipe.grow_from, recipe.grow_until

    def launcher(self, device: torch.device, threads: int) -> AnyLauncher:
        """Return what runs the kernels."""
        return launcher(device, threads)

    def begin(self, count: int) -> None:
        """Start with `count` splats."""

    def watch(self, fraction: float, step: int) -> None:
        """Get ready for the step after `step`."""

    def due(self, before: float, after: float, step: int) -> bool:
        """Whether `grow` is called now: step `step` took the training from the share `before` to `after`."""
        recipe = self.recipe
        passed = int(after / recipe.grow_share) > int(before / recipe.grow_share)
        return self.span[0] <= before < self.span[1] and (passed or step % recipe.grow_steps == 0)

    def grow(
        self, parameters: Tensors, moments: Moments, fraction: float, step: int, reach: np.ndarray, rng: np.random.Generator
    ) -> tuple[Tensors, Moments]:
        """Return parameters and Adam moments after one round, so that the cap is reached when growth ends."""
        done = (fraction - self.span[0]) / (self.span[1] - self.span[0])
        first = self.recipe.first_share * self.cap
        wanted = round(first + (self.cap - first) * min(1.0, done * 1.5))
        return grow(parameters, moments, min(self.cap, max(len(parameters["means"]), wanted)), rng)

    def state(self) -> Tensors:
        """Return what a checkpoint keeps."""
        return {}

    def restore(self, state: Tensors) -> None:
        """Go on from what `state` returned."""


class GradientGrowth(MarkovGrowth):
    """Kerbl et al. 2023 with the absolute gradients of Ye et al. 2024: clones, splits, prunes and resets opacities."""

    explores = False
    kernels = (kernels_absolute,)

    launch: WatchingLauncher | WatchingCudaLauncher

    def __init__(self, recipe: Recipe, cap: int, device: torch.device, threads: int) -> None:
        super().__init__(recipe, cap, device, threads)
        self.weights = 0.0, 0.0
        self.span = recipe.split_from, recipe.split_until
        self.last_reset, self.last_share = 0, 0.0

    def launcher(self, device: torch.device, threads: int) -> AnyLauncher:
        """Return what runs the kernels and looks on."""
        return WatchingCudaLauncher(device) if device.type == "cuda" else WatchingLauncher(threads)

    def begin(self, count: int) -> None:
        """Start with `count` splats, of which nothing is known."""
        self.launch.begin(count)

    def watch(self, fraction: float, step: int) -> None:
        """Look on at every second step from before growth begins until it ends."""
        self.launch.watching = fraction < self.span[1] and step % 2 == 0

    def grow(
        self, parameters: Tensors, moments: Moments, fraction: float, step: int, reach: np.ndarray, rng: np.random.Generator
    ) -> tuple[Tensors, Moments]:
        """Return parameters and Adam moments after one round; `reach` (N,) is each splat's distance by which it is judged."""
        recipe = self.recipe
        largest = np.where(self.last_reset > 0, recipe.prune_size, np.inf) * reach
        parameters, moments = densify(
            parameters,
            moments,
            self.launch.mean().cpu().numpy(),
            recipe.split_pull,
            (recipe.split_size * reach, largest),
            self.cap,
            rng,
        )
        turns = int(fraction / recipe.reset_share) > int(self.last_share / recipe.reset_share)
        if turns and step - self.last_reset >= recipe.reset_steps:
            parameters, moments = reset_opacities(parameters, moments)
            self.last_reset, self.last_share = step, fraction
        self.begin(len(parameters["means"]))
        return parameters, moments

    def state(self) -> Tensors:
        """Return sums and numbers of the gradients seen since the last round, and when opacities were reset."""
        last = torch.tensor([float(self.last_reset), self.last_share], dtype=torch.float64)
        return {"sums": self.launch.sums, "times": self.launch.times, "reset": last}

    def restore(self, state: Tensors) -> None:
        """Go on from what `state` returned."""
        self.launch.sums, self.launch.times = (state[name].to(self.launch.device) for name in ("sums", "times"))
        self.last_reset, self.last_share = int(state["reset"][0]), float(state["reset"][1])


GROWTHS = {"mcmc": MarkovGrowth, "gradient": GradientGrowth}
