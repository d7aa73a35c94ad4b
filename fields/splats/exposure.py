"""Exposure and white balance of photographs: each training view has an affine change of colour, learned beside the field.

Cameras that choose their exposure anew for each photograph show one surface in many colours; a field that has to explain this
grows fog and dependence on direction. As in the exposure compensation of Kerbl et al.'s 3D Gaussian Splatting (release of
October 2024) the change is a 3 x 4 matrix. Here the mean over all views is held at no change and deviations are pulled back to
it, so the field itself has the mean exposure, in which views that were not trained on are drawn.
"""

from __future__ import annotations

import torch

from .rasterize import Picture


class Exposure:
    """Changes of colour of `count` views, as differences from none: `offsets` (count, 3, 4) float32."""

    def __init__(self, count: int, device: torch.device | None = None) -> None:
        self.offsets, self.mean, self.square = (torch.zeros(count, 3, 4, device=device) for _ in range(3))
        self.times = torch.zeros(count, dtype=torch.int64)  # on the CPU: a step reads one
        self._leaf, self._none = self.offsets.new_zeros(3, 4), torch.eye(3, 4, device=device)

    def shown(self, number: int, picture: Picture) -> Picture:
        """Return the picture as view `number` would have exposed it, differentiable."""
        self._leaf = self.offsets[number].clone().requires_grad_()
        matrix = self._leaf + self._none
        return picture._replace(colour=picture.colour @ matrix[:, :3].T + picture.alpha[..., None] * matrix[:, 3])

    def pull(self) -> torch.Tensor:
        """Return the sum of squares of the change in use, which training keeps small."""
        return self._leaf.square().sum()

    def move(self, number: int, rate: float) -> None:
        """Take a step of Adam (Kingma and Ba 2015) for view `number`, then hold the mean of all views."""
        slope = self._leaf.grad
        assert slope is not None
        self.times[number] += 1
        mean, square, time = self.mean[number], self.square[number], int(self.times[number])
        mean.mul_(0.9).add_(slope, alpha=0.1)
        square.mul_(0.999).addcmul_(slope, slope, value=0.001)
        step = mean / (1 - 0.9**time) / ((square / (1 - 0.999**time)).sqrt() + 1e-15)
        self.offsets[number] -= rate * step
        self.offsets -= self.offsets.mean(0)

    def state(self) -> dict[str, torch.Tensor]:
        """Return what a checkpoint keeps."""
        return {"offsets": self.offsets, "mean": self.mean, "square": self.square, "times": self.times}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Go on from what `state` returned."""
        device, names = self.offsets.device, ("offsets", "mean", "square")
        self.offsets, self.mean, self.square = (state[name].to(device) for name in names)
        self.times = state["times"]
