"""The parameters of a splat field: how they start, what the rasteriser sees of them, how they are stored."""

from __future__ import annotations

import math

import numpy as np
import torch

from ..data import Points
from .cloud import SH_BASE, SplatCloud
from .rasterize import Splats
from .smoothing import smoothed

NAMES = ("means", "quaternions", "log_scales", "opacity_logits", "base", "rest")


class Model:
    """N splats before their activations: `parameters` maps each of `NAMES` to a float32 leaf tensor.

    Shapes are those of `cloud.SplatCloud`. `smoothing` (N,) is the variance of the 3D smoothing filter, None without it.
    """

    def __init__(self, parameters: dict[str, torch.Tensor]) -> None:
        self.smoothing: torch.Tensor | None = None
        self.parameters = {name: parameters[name].contiguous().requires_grad_() for name in NAMES}

    def __len__(self) -> int:
        return len(self.parameters["means"])

    def to(self, device: torch.device) -> Model:
        """Return the model on `device`; itself where it is there."""
        if self.parameters["means"].device == device:
            return self
        model = Model({name: values.detach().to(device) for name, values in self.parameters.items()})
        model.smoothing = None if self.smoothing is None else self.smoothing.to(device)
        return model

    def splats(self) -> Splats:
        """Return the activated splats, differentiable in the parameters."""
        p = self.parameters
        splats = Splats(
            p["means"], p["quaternions"], p["log_scales"].exp(), p["opacity_logits"].sigmoid(), p["base"], p["rest"]
        )
        return splats if self.smoothing is None else smoothed(splats, self.smoothing)

    def cloud(self) -> SplatCloud:
        """Return a copy as numpy arrays, for the PLY file: quaternions are normalised, splats smoothed."""
        arrays = {name: values.detach().cpu().numpy().copy() for name, values in self.parameters.items()}
        if self.smoothing is not None:
            splats = self.splats()
            arrays["log_scales"] = splats.scales.detach().log().cpu().numpy()
            arrays["opacity_logits"] = splats.opacities.detach().logit(eps=1e-6).cpu().numpy()
        arrays["quaternions"] /= np.linalg.norm(arrays["quaternions"], axis=1, keepdims=True)
        return SplatCloud(**arrays)

    @classmethod
    def from_cloud(cls, cloud: SplatCloud) -> Model:
        """Return the model of a stored cloud."""
        return cls({name: torch.from_numpy(np.ascontiguousarray(getattr(cloud, name))) for name in NAMES})

    @classmethod
    def from_points(cls, points: Points, opacity: float, flatness: float) -> Model:
        """Return discs that tile the sampled surface: as wide as the spacing of the samples, thin along the normals.

        `flatness` is thickness over width; without normals the splats are balls.
        """
        count = len(points.positions)
        log_width = np.log(np.maximum(spacing(points.positions), 1e-7))
        log_scales = np.repeat(log_width[:, None], 3, 1)
        quaternions = np.tile(np.array([1.0, 0, 0, 0]), (count, 1))
        if points.normals is not None:
            quaternions = turn_z_to(points.normals)
            log_scales[:, 2] += math.log(flatness)
        return cls(
            {
                "means": torch.from_numpy(points.positions.astype(np.float32)),
                "quaternions": torch.from_numpy(quaternions.astype(np.float32)),
                "log_scales": torch.from_numpy(log_scales.astype(np.float32)),
                "opacity_logits": torch.full((count,), math.log(opacity / (1 - opacity))),
                "base": torch.from_numpy(((points.colours - 0.5) / SH_BASE).astype(np.float32)),
                "rest": torch.zeros(count, 15, 3),
            }
        )


def turn_z_to(normals: np.ndarray) -> np.ndarray:
    """Return quaternions (N, 4) as w, x, y, z of the shortest rotations from +z to unit `normals` (N, 3)."""
    x, y, z = normals.T.astype(np.float64)
    flipped = z < -0.999999
    quaternions = np.stack([1 + z, -y, x, np.zeros_like(x)], 1)
    quaternions[flipped] = (0, 1, 0, 0)
    return quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)


def spacing(positions: np.ndarray, leaf: int = 128, neighbours: int = 3) -> np.ndarray:
    """Return the mean distance (N,) float64 from each point to its nearest neighbours.

    Neighbours are sought within leaves of at most `leaf` points that halve the set along its widest axis: a point at
    the rim of a leaf gets a distance that is a little too long, which a start for training bears.
    """
    result = np.zeros(len(positions))
    waiting = [np.arange(len(positions))]
    while waiting:
        index = waiting.pop()
        points = positions[index].astype(np.float64)
        if len(index) > leaf:
            axis = int(np.argmax(np.ptp(points, axis=0)))
            order = np.argsort(points[:, axis], kind="stable")
            waiting += [index[order[: len(index) // 2]], index[order[len(index) // 2 :]]]
            continue
        distances = np.linalg.norm(points[:, None] - points[None], axis=-1)
        nearest = np.sort(distances, axis=1)[:, 1 : neighbours + 1]
        result[index] = nearest.mean(1) if nearest.size else 0.01
    return result
