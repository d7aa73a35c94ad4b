"""What a person chooses about a training; the recipe of each field kind stays with the field."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, fields
from typing import Any

from ..errors import UserError, nearest

FIELDS = ("splats", "triplanes")
STARTS = ("auto", "points", "colmap", "random")
"""Where a training may start; "auto" is the first of the others that the folder has."""
EXPOSURES = ("auto", "affine", "none")
DENSIFY = ("mcmc", "gradient")
RASTERIZERS = ("wildfield", "gsplat")
JOINS = ("product", "sum", "mean", "concat")
"""How the features of three planes become those of a point."""
MIB = 1 << 20


def physical_cores() -> int:
    """Return the number of physical cores this process may use, at least 1."""
    import psutil

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(usable, psutil.cpu_count(logical=False) or usable))


def setting(default: Any, unit: str, text: str, of: str = "") -> Any:
    """Return a field of `TrainSettings` with its unit, one line of help and the kind of field it is for in the metadata."""
    return field(default=default, metadata={"unit": unit, "help": text, "of": of})


@dataclass(frozen=True)
class TrainSettings:
    """Settings of `train.train`. Give `seconds` or `steps`.

    On a CPU, with `steps`, the result depends on scene, settings, seed and the processor's instruction set alone (kernels are
    compiled for the machine): the same bits for any number of threads, and through an interruption and `resume`. With
    `seconds` the number of steps depends on the machine's speed; field.json records it.
    """

    field: str = setting("splats", "", "kind of field")
    seconds: float | None = setting(None, "s", "wall time to train, without validation and compilation")
    steps: int | None = setting(None, "", "steps to train, instead of seconds")
    device: str = setting("cpu", "", "cpu, cuda, or auto: cuda where there is a device")
    seed: int = setting(0, "", "seed of everything random in the training")
    cap: int = setting(30_000, "splats", "most splats", of="splats")
    threads: int | None = setting(None, "", "threads, by default one for each physical core")
    start: str = setting("auto", "", "where it starts: auto, points, colmap or random", of="splats")
    densify: str = setting("mcmc", "", "how the field grows: mcmc, or gradient", of="splats")
    opacity_weight: float | None = setting(None, "", "pull on opacities; by default that of `densify`", of="splats")
    scale_weight: float | None = setting(None, "", "pull on sizes over the reach; by default that of `densify`", of="splats")
    exposure: str = setting("auto", "", "exposure of each view: affine, none, or auto, affine for photos", of="splats")
    patience: int | None = setting(None, "", "stop after so many points of the curve without a gain of PSNR on val views")
    antialias: bool = setting(
        False, "", "draw through Mip-Splatting's filters, for pictures of other sizes than those learned", of="splats"
    )
    rasterizer: str = setting("wildfield", "", "what draws: wildfield, or gsplat on a machine with CUDA", of="splats")
    planes: str = setting("product", "", "how three planes are joined: product, sum, mean or concat", of="triplanes")
    levels: tuple[int, ...] | None = setting(None, "texels", "sides of the planes; by default as the device", of="triplanes")
    channels: int = setting(8, "", "features of a texel", of="triplanes")
    bounds: tuple[float, ...] | None = setting(None, "m", "lower and upper corner of the box", of="triplanes")
    cache: int = setting(2048, "MiB", "most memory for decoded pictures; changes no bit of the result")
    resume: bool = setting(False, "", "go on from the checkpoint in the output folder")
    checkpoint_seconds: float = setting(60.0, "s", "wall time between checkpoints")

    def lasting(self) -> dict[str, Any]:
        """Return the settings that a checkpoint belongs to."""
        owners = {each.name: each.metadata["of"] for each in fields(self)}
        names = ("seed", *(name for name, owner in owners.items() if owner == self.field))
        return {name: list(value) if isinstance(value := getattr(self, name), tuple) else value for name in names}

    def check(self) -> None:
        """Raise UserError for the first setting that is out of range."""
        kinds = (
            ("field", FIELDS), ("start", STARTS), ("densify", DENSIFY), ("exposure", EXPOSURES), ("rasterizer", RASTERIZERS),
            ("planes", JOINS),
        )  # fmt: skip
        for name, known in kinds:
            value = getattr(self, name)
            if value not in known:
                raise UserError(f"--{name} {value!r} is unknown: choose {', '.join(known)}{nearest(value, known)}")
        for each in fields(self):
            owner = each.metadata["of"]
            if owner not in ("", self.field) and getattr(self, each.name) != each.default:
                option = each.name.replace("_", "-")
                raise UserError(f"--{option} belongs to --field {owner}; leave it out, or train {owner}")
        if self.rasterizer == "gsplat" and self.densify == "gradient":
            raise UserError("--rasterizer gsplat grows by --densify mcmc alone: absolute gradients are our own kernels'")
        if (self.seconds is None) == (self.steps is None):
            raise UserError("give either --seconds or --steps")
        if self.seconds is not None and not 0 < self.seconds < 1e7:
            raise UserError(f"--seconds is {self.seconds}: give more than 0")
        if self.steps is not None and not 0 < self.steps <= 10_000_000:
            raise UserError(f"--steps is {self.steps}: give 1 to 10000000")
        if not 1 <= self.cap <= 20_000_000:
            raise UserError(f"--cap is {self.cap}: give 1 to 20000000 splats")
        for name, weight in (("opacity", self.opacity_weight), ("scale", self.scale_weight)):
            if weight is not None and not 0 <= weight <= 100:
                raise UserError(f"--{name}-weight is {weight}: give 0 to 100")
        self._check_planes()
        if self.patience is not None and not 1 <= self.patience <= 1000:
            raise UserError(f"--patience is {self.patience}: give 1 to 1000 points of the curve")
        if not 1 <= self.cache <= 1 << 22:
            raise UserError(f"--cache is {self.cache}: give 1 to {1 << 22} MiB")
        if not 0 <= self.seed < 2**31:
            raise UserError(f"--seed is {self.seed}: give 0 to {2**31 - 1}")
        if self.threads is not None and not 1 <= self.threads <= 1024:
            raise UserError(f"--threads is {self.threads}: give 1 to 1024")

    def _check_planes(self) -> None:
        """Raise UserError for the first setting of planes that is out of range."""
        levels, bounds = self.levels, self.bounds
        if levels is not None and not (
            1 <= len(levels) <= 6 and all(4 <= side <= 2048 for side in levels) and list(levels) == sorted(levels)
        ):
            words = ",".join(map(str, levels))
            raise UserError(f"--levels {words}: give 1 to 6 sides of 4 to 2048 texels, the smallest first, such as 32,64,128")
        if bounds is not None and not (
            len(bounds) == 6
            and all(map(math.isfinite, bounds))
            and all(high - low > 1e-6 for low, high in zip(bounds[:3], bounds[3:], strict=True))
        ):
            words = ",".join(f"{value:g}" for value in bounds)
            raise UserError(f"--bounds {words}: give x0,y0,z0,x1,y1,z1 in metres, the first three less than the last")
        if not 1 <= self.channels <= 64:
            raise UserError(f"--channels is {self.channels}: give 1 to 64")
