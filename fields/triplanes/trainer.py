"""The training loop of a tri-plane field.

One step takes rays through pixels at random of several views, walks along them through occupied voxels, takes the loss over
random backgrounds, and moves planes and decoder by Adam. Levels come in one after the other, the coarsest first.

Everything random comes from a stream named by (seed, purpose, step), so a resumed training draws what an uninterrupted one
draws. Torch runs on one thread, the kernels on `threads`; neither changes a bit of the result on a CPU.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..cameras import Camera
from ..clock import Clock
from ..data import Scene
from ..launch import launcher, torch_device
from ..metrics import counting, on_paper, psnr
from ..scene import View
from ..settings import MIB, TrainSettings, physical_cores
from ..training import Training
from ..turns import Turns
from .bounds import find_space
from .checkpoint import CHECKPOINT, read_checkpoint, write_checkpoint
from .exact import Surroundings, look_around
from .field_file import FILE, write_field
from .march import ENDLESS, Pace, Rays, samples_of
from .model import Model, first_parameters
from .needs import layout_of
from .objective import ray_loss, roughness
from .occupancy import Grid, WarmUp
from .picture import drawn, rays_of, thinned
from .recipe import Recipe
from .space import Space
from .targets import RayTargets

VALIDATION_VIEWS = 4
CHECKED_PIXELS = 4096
"""Of a larger val view, so many pixels at the most are drawn."""
FOG = 3.0
"""How much thinner, as a logarithm, a field begins where every voxel may hold something."""
UNITS = {"cpu": 32, "cuda": 64}
"""Units of the decoder's hidden layers, by device."""


def load_checked(view: View) -> tuple[Camera, torch.Tensor, torch.Tensor | None]:
    """Return what checks a training: a camera, its pixels (H, W, 3 or 4) uint8, and those that count (H, W) bool, None for all.

    Of a view of more than `CHECKED_PIXELS` every few rows and columns are taken, unless none of these pixels counts.
    """
    apart = math.ceil(math.sqrt(view.camera.width * view.camera.height / CHECKED_PIXELS))
    mask = view.read_mask()
    if mask is not None and not mask[apart // 2 :: apart, apart // 2 :: apart].any():
        apart = 1
    chosen = (slice(apart // 2, None, apart),) * 2
    counted = None if mask is None else torch.from_numpy(mask[chosen])
    return thinned(view.camera, apart), torch.from_numpy(view.read_colour()[chosen]), counted


class PlaneTrainer(Training):
    """A training under way. `step` does one step; `fraction` says how much of the training is done."""

    def __init__(self, scene: Scene, settings: TrainSettings, recipe: Recipe | None = None) -> None:
        self.scene, self.settings, self.recipe = scene, settings, recipe or Recipe()
        self.device = torch_device(settings.device)
        self.launch = launcher(self.device, settings.threads or physical_cores())
        views = scene.split("train")
        alphas = [view.examine() for view in views]  # of all, so that one of a wrong size is found now
        self.validation = [load_checked(view) for view in scene.views["val"][:VALIDATION_VIEWS]]
        around = look_around(scene, self.recipe)
        space = find_space(
            [view.camera for view in views], around.points, around.exact, settings.bounds, not all(alphas), self._random(0),
            str(scene.folder),
        )  # fmt: skip
        grid, self.warm_up_grid = self._first_grid(around, space)
        self.first_grid = Grid(grid.cells)  # what pixels are chosen by, whenever their picture is decoded
        most = max(grid.cells.shape)
        self.voxel = space.voxel(most)
        near = 0.02 * float(space.half.max()) if space.bent else 0.0
        pace = Pace(self.recipe.step * self.voxel, near, self.recipe.growth if space.bent else 0.0)
        self.layout = layout_of(settings)
        parameters = first_parameters(self.layout, UNITS[self.device.type], space.bent, self._random(1), self.device)
        if self.warm_up_grid is not None:
            parameters["core_bias"][0] = -FOG  # rays cross the whole box, and would see nothing but its front
        self.model = Model(self.layout, space, grid, pace, parameters)
        self.turns = Turns(len(views), (settings.seed, 3))
        crossing = None if space.bent else self._crossing
        self.targets = RayTargets(views, alphas, crossing, self.turns, settings.cache * MIB, self.recipe.views, self.device)
        self._begin()
        self.steps_done, self.clock = 0, Clock()
        self.curve: list[dict[str, Any]] = []
        self._loss = torch.zeros(())
        self.whole = True

    def _first_grid(self, around: Surroundings, space: Space) -> tuple[Grid, WarmUp | None]:
        """Return the grid from exact depth, or a full one and what learns it."""
        cells = around.cells(space)
        if cells is not None:
            return Grid(torch.from_numpy(cells.astype(np.uint8)).to(self.device)), None
        shape = space.cells(self.recipe.learned_cells)
        return Grid(torch.ones(shape, dtype=torch.uint8, device=self.device)), WarmUp(shape, self.device)

    def _begin(self) -> None:
        """Let Adam begin with the parameters as they are."""
        named = self.model.parameters
        decoder = [values for name, values in named.items() if name not in ("planes", "sky")]
        groups: list[dict[str, Any]] = [
            {"params": [named["planes"]], "rate": self.recipe.planes_rate},
            {"params": decoder, "rate": self.recipe.decoder_rate},
        ]
        if "sky" in named:
            groups.append({"params": [named["sky"]], "rate": self.recipe.sky_rate})
        self.adam = torch.optim.Adam(groups, betas=(0.9, 0.99), eps=1e-15, fused=True)

    def _crossing(self, camera: Camera) -> np.ndarray:
        """Return which pixels (P,) bool of a camera look through an occupied voxel."""
        origins, directions = (torch.from_numpy(values) for values in rays_of(camera))
        found = []
        for some in torch.arange(len(origins)).split(1 << 14):
            parts = [values[some].to(self.device) for values in (origins, directions)]
            rays = Rays(parts[0], parts[1], torch.full((len(some),), ENDLESS, device=self.device))
            starts = samples_of(rays, self.model.space, self.first_grid, self.model.pace, self.launch).starts
            found.append((starts[1:] > starts[:-1]).cpu().numpy())
        return np.concatenate(found)

    def fill(self, told: Callable[[int], None]) -> None:
        """Decode the pictures that fit into memory; `told` hears how many are there."""
        self.targets.fill(self.steps_done, told)

    def warm_up(self) -> None:
        """Compile and load all kernels, outside the clock: one forward and backward pass whose gradients are dropped."""
        points = torch.zeros(1, 3, device=self.device)
        self.model.gains = (1.0,) * len(self.layout.sizes)
        self.model.density(points, self.launch).sum().backward()
        for values in self.model.parameters.values():
            values.grad = None
        camera = self.scene.views["train"][0].camera
        origins, directions = (torch.from_numpy(values[:64]).to(self.device) for values in rays_of(camera))
        self.model.look(Rays(origins, directions, torch.full((len(origins),), ENDLESS, device=self.device)), self.launch)

    def size(self) -> dict[str, int]:
        """Return how many planes there are, and the numbers that they hold."""
        return {"planes": 3 * len(self.layout.sizes), "numbers": self.layout.numbers}

    def size_told(self) -> str:
        """Return the same in words."""
        sides = "/".join(map(str, self.layout.sizes))
        return f"{3 * len(self.layout.sizes)} planes of {sides}"

    def smaller(self) -> str:
        """Return what planes there were, and what would help."""
        sides = ",".join(map(str, self.layout.sizes))
        return f"at --levels {sides} of {self.layout.channels} channels: train anew with fewer, or with a smaller --cache"

    def described(self) -> dict[str, Any]:
        """Return what field.json tells of tri-planes alone."""
        space = self.model.space
        return {
            **self.size(), "join": self.layout.join, "levels": list(self.layout.sizes), "channels": self.layout.channels,
            "bounds": [*space.low.tolist(), *space.high.tolist()], "landscape": space.bent,
            "occupancy": "learned" if self.warm_up_grid else "exact", "occupied": round(self.model.grid.share, 5),
        }  # fmt: skip

    def gains(self, fraction: float) -> tuple[float, ...]:
        """Return how much each level counts, 0 to 1, at a share of the training."""
        shares = self.recipe.level_shares
        begins = [shares[min(number, len(shares) - 1)] for number in range(len(self.layout.sizes))]
        ramp = self.recipe.level_ramp
        return tuple(1.0 if begin == 0 else min(1.0, max(0.0, (fraction - begin) / ramp)) for begin in begins)

    def step(self) -> None:
        """Learn from some rays."""
        fraction, recipe, model = self.fraction(), self.recipe, self.model
        self.whole = False
        rng = self._random(4, self.steps_done)
        model.gains = self.gains(fraction)
        if self.warm_up_grid is not None and self.steps_done % recipe.update_steps == 0:
            self._update_grid()
        batch = self.targets.take(self.steps_done, recipe.rays, recipe.behind * self.voxel, rng)
        if batch is not None:
            background = None
            if batch.alpha is not None:
                background = torch.from_numpy(rng.random((len(batch.colour), 3), np.float32)).to(self.device)
            seed = int(rng.integers(2**31))
            loss = ray_loss(model, batch, background, recipe, self.voxel, self.launch, seed)
            total = loss
            if recipe.smooth_weight > 0 and self.steps_done % recipe.smooth_steps == 0:
                weight = recipe.smooth_weight * recipe.smooth_steps
                total = loss + weight * roughness(model.parameters["planes"], self.layout, model.gains)
            total.backward()
            self._loss = loss.detach()
            late = recipe.final + (1 - recipe.final) * 0.5 * (1 + math.cos(math.pi * fraction))
            for group in self.adam.param_groups:
                group["lr"] = group["rate"] * late
            self.adam.step()
            self.adam.zero_grad(set_to_none=True)
        self.steps_done += 1
        self.whole = True

    def _update_grid(self) -> None:
        """Look again at some voxels of a grid that is learned."""
        assert self.warm_up_grid is not None

        @torch.no_grad()
        def thickness(points: torch.Tensor) -> torch.Tensor:
            return self.model.density(points, self.launch) * self.model.pace.step

        share = 1.0 if self.steps_done == 0 else self.recipe.update_share
        self.warm_up_grid.update(share, self._random(5, self.steps_done), thickness)
        if self.steps_done:
            self.model.grid.set(self.warm_up_grid.cells())

    def validate(self) -> float | None:
        """Return the mean PSNR of a few val views, as `render` scores them; None where the scene has no val views.

        Of a large view a grid of pixels is drawn.
        """
        values = []
        self.model.gains = self.gains(self.fraction())
        for camera, pixels, counted in self.validation:
            layers = drawn(self.model, camera, self.launch).layers
            values.append(psnr(*counting(*on_paper(layers, pixels), counted)))
        return sum(values) / len(values) if values else None

    def show(self, folder: Path) -> None:
        """Write planes.safetensors to `folder`, so that whoever watches sees the field get better."""
        self.model.gains = self.gains(self.fraction())
        write_field(folder / FILE, self.model)

    def save(self, folder: Path) -> None:
        """Write planes.safetensors and then checkpoint.safetensors to `folder`."""
        self.show(folder)
        notes = {
            "step": self.steps_done, "seconds": self.clock.seconds, "curve": self.curve, "loss": self.loss,
            "scene": str(self.scene.folder.resolve()), "settings": self.settings.lasting(), "moved": bool(self.adam.state),
        }  # fmt: skip
        write_checkpoint(folder / CHECKPOINT, self._state(), notes)

    def _state(self) -> dict[str, torch.Tensor]:
        """Return all tensors that a step changes; Adam's moments are zero where it has not moved yet."""
        state = {}
        for name, values in self.model.parameters.items():
            known = self.adam.state.get(values, {})
            state[name] = values.detach()
            state[f"{name}.mean"] = known.get("exp_avg", torch.zeros_like(values))
            state[f"{name}.square"] = known.get("exp_avg_sq", torch.zeros_like(values))
            state[f"{name}.times"] = known.get("step", torch.zeros(()))
        if self.warm_up_grid is not None:
            state |= {"grid.thickness": self.warm_up_grid.thickness, "grid.cells": self.model.grid.cells}
        return state

    def load(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`. Raises UserError where it belongs to another training."""
        path = folder / CHECKPOINT
        tensors, notes = read_checkpoint(path, {name: values.shape for name, values in self._state().items()})
        self.require_same(path, notes["settings"])
        tensors = {name: values.to(self.device) for name, values in tensors.items()}
        for name, values in self.model.parameters.items():
            values.detach().copy_(tensors[name])
            if tensors[f"{name}.times"] > 0:
                moments = {"exp_avg": tensors[f"{name}.mean"], "exp_avg_sq": tensors[f"{name}.square"]}
                self.adam.state[values] = {"step": tensors[f"{name}.times"], **moments}
        if self.warm_up_grid is not None:
            self.warm_up_grid.thickness = tensors["grid.thickness"]
            self.model.grid.set(tensors["grid.cells"])
        self.steps_done, self.clock = notes["step"], Clock(notes["seconds"])
        self.curve, self._loss = notes["curve"], torch.tensor(notes["loss"])

    def close(self) -> None:
        """End all threads."""
        self.targets.close()
        self.launch.close()
