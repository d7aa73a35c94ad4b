"""The training loop of a splat field.

One step draws one training view over a random background, takes the loss, and moves all splats by Adam. In between,
faint splats wander and are moved to where splats matter (`densify`), and the count grows to the cap.

Everything random comes from a stream named by (seed, purpose, step), so a resumed training draws what an uninterrupted
one draws. On a CPU torch runs on one thread, the kernels on `threads`; neither changes a bit of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import warp as wp

from ..clock import Clock
from ..data import Scene
from ..launch import torch_device
from ..settings import MIB, TrainSettings, physical_cores
from ..training import Training
from ..turns import Turns
from . import kernels_optimise, kernels_similarity, kernels_similarity_grid
from .checkpoint import read_checkpoint, write_checkpoint
from .exposure import Exposure
from .growth import GROWTHS
from .gsplat_raster import rasterizer
from .model import Model
from .objective import target_loss
from .optimiser import descend, late, learning_rates, wander
from .ply import write_splats
from .recipe import Recipe
from .similarity import fast_ssim
from .smoothing import pixel_variance
from .start import distance_to, first_points
from .targets import load_target, target_cache
from .validation import VALIDATION_VIEWS, mean_psnr

SAMPLED = 100
"""Steps after which the smoothing filter looks again at what sees each splat."""


class SplatTrainer(Training):
    """A training under way. `step` does one step; `fraction` says how much of the training is done."""

    def __init__(self, scene: Scene, settings: TrainSettings, recipe: Recipe | None = None) -> None:
        self.scene, self.settings, self.recipe = scene, settings, recipe or Recipe()
        self.rasterize = rasterizer(settings.rasterizer)
        self.device = torch_device(settings.device)
        threads = settings.threads or physical_cores()
        self.growth = GROWTHS[settings.densify](self.recipe, settings.cap, self.device, threads)
        self.launch = self.growth.launch
        asked = settings.opacity_weight, settings.scale_weight
        self.weights = [usual if own is None else own for own, usual in zip(asked, self.growth.weights, strict=True)]
        views = scene.split("train")
        alphas = [view.examine() for view in views]  # of all, so that one of a wrong size is found now
        self.transparent = all(alphas)
        self.turns = Turns(len(views), (settings.seed, 3))
        self.targets = target_cache(
            views, alphas, self.recipe.depth_weight > 0, self.turns, settings.cache * MIB, settings.antialias, self.device
        )
        held_out = scene.views["val"][:VALIDATION_VIEWS]
        self.validation = [load_target(view, False, settings.antialias, self.device) for view in held_out]
        self.steps_done, self.clock = 0, Clock()
        self.curve: list[dict[str, Any]] = []
        points = first_points(
            scene, settings.start, settings.cap, self.recipe, self.transparent, self.targets.get, self._random
        )
        self.reach = distance_to(points.positions, [view.camera for view in views])
        self.model = Model.from_points(points, self.recipe.opacity, self.recipe.flatness).to(self.device)
        self.middle = np.mean([view.camera.position for view in views], 0)
        self._sample()
        self.growth.begin(len(self.model))
        self.moments = {
            name: (torch.zeros_like(values), torch.zeros_like(values)) for name, values in self.model.parameters.items()
        }
        photos = not self.transparent and not scene.rendered
        wanted = settings.exposure == "affine" or (settings.exposure == "auto" and photos)
        self.exposure = Exposure(len(views), self.device) if wanted else None
        self._loss = torch.zeros(())
        self.whole = True  # false while a step is half done

    def _similarity(self, picture: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        return fast_ssim(picture, truth, self.launch)

    def warm_up(self) -> None:
        """Compile and load all kernels, outside the clock: one forward and backward pass whose gradients are dropped."""
        picture = self.rasterize(self.model.splats(), 3, self.scene.views["train"][0].camera, self.launch)
        picture.alpha.sum().backward()
        for values in self.model.parameters.values():
            values.grad = None
        similarity = kernels_similarity_grid if self.device.type == "cuda" else kernels_similarity
        for module in (kernels_optimise, similarity, *self.growth.kernels):
            wp.load_module(module, device=str(self.device))

    def close(self) -> None:
        """End all threads."""
        self.targets.close()
        self.launch.close()

    def fill(self, told: Callable[[int], None]) -> None:
        """Decode the pictures that fit into memory; `told` hears how many are there."""
        self.targets.fill(self.steps_done, told)

    def size(self) -> dict[str, int]:
        """Return how many splats there are."""
        return {"splats": len(self.model)}

    def size_told(self) -> str:
        """Return the same in words."""
        return f"{len(self.model) / 1000:.1f}k splats"

    def smaller(self) -> str:
        """Return how many splats there were, and the cap that would fit."""
        fits = max(1, int(0.7 * len(self.model)))
        return f"at {len(self.model)} splats: train anew with --cap {fits}, or with a smaller --cache"

    def described(self) -> dict[str, Any]:
        """Return what field.json tells of splats alone."""
        return {"cap": self.settings.cap, "antialias": self.settings.antialias, "splats": len(self.model)}

    def degree(self) -> int:
        """Return the degree of the spherical harmonics in use, 0 to 3."""
        return sum(self.fraction() >= share for share in self.recipe.degree_shares)

    def step(self) -> None:
        """Learn from one view."""
        fraction, recipe = self.fraction(), self.recipe
        target = self.targets.take(self.steps_done)
        self.whole = False
        rng = self._random(4, self.steps_done)
        self.growth.watch(fraction, self.steps_done)
        if self.steps_done % SAMPLED == 0:
            self._sample()
        splats = self.model.splats()
        surface = recipe.normal_weight > 0 and target.depth is not None
        picture = self.rasterize(splats, self.degree(), target.camera, self.launch, surface)
        number, exposure = self.turns.at(self.steps_done), self.exposure
        if exposure is not None:
            picture = exposure.shown(number, picture)
        background = None
        if self.transparent:
            background = torch.from_numpy(rng.random(3, np.float32)).to(self.device, non_blocking=True)
        loss = target_loss(picture, target, background, recipe, self._similarity)
        opacity_weight, scale_weight = self.weights
        pull = opacity_weight * splats.opacities.mean() + scale_weight / self.reach * splats.scales.mean()
        if exposure is not None:
            pull = pull + recipe.exposure_weight * exposure.pull()
        (loss + pull).backward()
        self._loss = loss.detach()
        self.steps_done += 1
        descend(self.launch, self.model, self.moments, learning_rates(recipe, self.reach, fraction), self.steps_done)
        if self.growth.explores and fraction < recipe.explore_until:
            seed = int(self._random(5, self.steps_done).integers(2**31))
            wander(self.launch, self.model, recipe, self.reach, fraction, seed)
        if exposure is not None:
            exposure.move(number, recipe.exposure_rate * late(recipe, fraction))
        if self.growth.due(fraction, self.fraction(), self.steps_done):
            self._grow(fraction)
        self.whole = True

    def _sample(self) -> None:
        """Find out how fine a pixel sees each splat, for the smoothing filter of an antialiased training."""
        if not self.settings.antialias:
            return
        cameras = [view.camera for view in self.scene.views["train"]]
        self.model.smoothing = pixel_variance(self.model.parameters["means"], cameras)

    def _grow(self, fraction: float) -> None:
        """Let the field grow; each splat is judged by its distance from the middle of the cameras, at least the reach."""
        away = np.linalg.norm(self.model.parameters["means"].detach().cpu().numpy() - self.middle, axis=1)
        values, self.moments = self.growth.grow(
            self.model.parameters, self.moments, fraction, self.steps_done, np.maximum(away, self.reach),
            self._random(6, self.steps_done),
        )  # fmt: skip
        self.model = Model({name: tensor.detach() for name, tensor in values.items()})
        self._sample()

    def validate(self) -> float | None:
        """Return the mean PSNR of a few val views, as `render` scores them; None where the scene has no val views."""
        return mean_psnr(self.model, self.degree(), self.validation, self.launch)

    def show(self, folder: Path) -> None:
        """Write splats.ply to `folder`, so that whoever watches sees the field get better."""
        write_splats(folder / "splats.ply", self.model.cloud())

    def save(self, folder: Path) -> None:
        """Write splats.ply and then checkpoint.safetensors to `folder`."""
        self.show(folder)
        notes: dict[str, Any] = {
            "step": self.steps_done, "seconds": self.clock.seconds, "reach": self.reach, "curve": self.curve, "loss": self.loss,
            "scene": str(self.scene.folder.resolve()), "settings": self.settings.lasting(),
        }  # fmt: skip
        state = {f"growth.{name}": values for name, values in self.growth.state().items()}
        if self.exposure is not None:
            state |= {f"exposure.{name}": values for name, values in self.exposure.state().items()}
        if self.model.smoothing is not None:
            state["smoothing.variance"] = self.model.smoothing
        write_checkpoint(folder / "checkpoint.safetensors", self.model.parameters, self.moments, state, notes)

    def load(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`. Raises UserError where it belongs to another training."""
        path = folder / "checkpoint.safetensors"
        parameters, moments, state, notes = read_checkpoint(path)
        self.require_same(path, notes["settings"])
        self.model = Model(parameters).to(self.device)
        self.moments = {name: (mean.to(self.device), square.to(self.device)) for name, (mean, square) in moments.items()}
        self.growth.begin(len(self.model))
        parts: dict[str, dict[str, torch.Tensor]] = {"growth": {}, "exposure": {}, "smoothing": {}}
        for name, values in state.items():
            part, _, own = name.partition(".")
            parts[part][own] = values
        self.growth.restore(parts["growth"])
        variance = parts["smoothing"].get("variance")
        self.model.smoothing = None if variance is None else variance.to(self.device)
        if self.exposure is not None:
            self.exposure.restore(parts["exposure"])
        self.steps_done, self.clock = notes["step"], Clock(notes["seconds"])
        self.curve, self._loss, self.reach = notes["curve"], torch.tensor(notes["loss"]), notes["reach"]
