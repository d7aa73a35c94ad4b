"""What every trainer shares, whatever the kind of field: the share that is done, random streams, the curve."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, SupportsFloat

import numpy as np

from ..errors import UserError
from .clock import Clock
from .settings import TrainSettings


class Training(ABC):
    """A training under way, as `train.train` runs it."""

    settings: TrainSettings
    clock: Clock
    steps_done: int
    curve: list[dict[str, Any]]
    whole: bool
    """False while a step is half done."""

    _loss: SupportsFloat
    """The loss of the last step, where it was computed."""

    @property
    def loss(self) -> float:
        """The loss of the last step; fetching it waits for the device."""
        return float(self._loss)

    def fraction(self) -> float:
        """Return the share of the training that is done, 0 to 1."""
        if self.settings.steps is not None:
            return min(1.0, self.steps_done / self.settings.steps)
        assert self.settings.seconds is not None
        return min(1.0, self.clock.now() / self.settings.seconds)

    def note_curve(self) -> float | None:
        """Validate, append a point to the curve and return the PSNR."""
        value = self.validate()
        point = {"seconds": round(self.clock.seconds, 3), "step": self.steps_done, "loss": self.loss}
        self.curve.append({**point, "psnr": value, **self.size()})
        return value

    def require_same(self, path: Path, settings: dict[str, Any]) -> None:
        """Raise UserError where the `settings` that a checkpoint at `path` belongs to are not those of this training."""
        for name, value in self.settings.lasting().items():
            was = settings.get(name)
            if was != value:
                option = f"--{name.replace('_', '-')}"
                raise UserError(f"{path}: was trained with {option} {was}, not {value}; use the same or another folder")

    def _random(self, *path: int) -> np.random.Generator:
        return np.random.default_rng([self.settings.seed, *path])

    @abstractmethod
    def warm_up(self) -> None:
        """Compile and load all kernels, outside the clock."""

    @abstractmethod
    def fill(self, told: Callable[[int], None]) -> None:
        """Decode the pictures that fit into memory; `told` hears how many are there."""

    @abstractmethod
    def step(self) -> None:
        """Learn from a part of the pictures."""

    @abstractmethod
    def validate(self) -> float | None:
        """Return the mean PSNR of a few val views, as `render` scores them; None where the scene has no val views."""

    @abstractmethod
    def size(self) -> dict[str, int]:
        """Return what the field is counted in, and how many there are, for programs."""

    @abstractmethod
    def size_told(self) -> str:
        """Return the same in words, for the line of progress."""

    @abstractmethod
    def smaller(self) -> str:
        """Return the end of the line that tells of too little memory: what there was, and what would help."""

    @abstractmethod
    def described(self) -> dict[str, Any]:
        """Return what field.json tells of this kind of field alone."""

    @abstractmethod
    def show(self, folder: Path) -> None:
        """Write the field to `folder`, so that whoever watches sees it get better."""

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the field and then checkpoint.safetensors to `folder`."""

    @abstractmethod
    def load(self, folder: Path) -> None:
        """Go on from the checkpoint in `folder`. Raises UserError where it belongs to another training."""

    @abstractmethod
    def close(self) -> None:
        """End all threads."""
