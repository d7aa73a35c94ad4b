"""The laws that a dataset must keep, the limits of their violation, and the collector of the worst cases."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Check:
    """One law: `worst` is the largest violation found and `file` where, `limit` what is allowed, in the law's own unit.

    `measured` is False where the dataset holds nothing that the law speaks of.
    """

    name: str
    ok: bool
    worst: float
    limit: float
    file: str
    measured: bool = True


LIMITS: dict[str, tuple[float, str]] = {
    "files are readable": (0, "files that cannot be read"),
    "checksums agree": (0, "files that changed"),
    "every file is listed": (0, "files too many or too few"),
    "every map is there": (0, "maps missing"),
    "transforms.json agrees with the cameras": (1e-9, "largest difference"),
    "values are finite": (0, "pixels"),
    "maps are empty exactly where nothing is": (0, "pixels"),
    "alpha agrees with what is seen": (0.3, "mean difference over mean"),
    "normals have unit length": (6e-4, "deviation"),
    "normals face the camera": (6e-4, "cosine"),
    "normals stand on the surface": (0.4, "median cosine"),
    "camera normals are the world's, turned": (1e-3, "difference"),
    "shares lie in 0..1": (1e-6, "excess"),
    "ids are in the object table": (0, "ids"),
    "classes follow from ids": (0, "pixels"),
    "panoptic ids follow from class and instance": (0, "pixels"),
    "every object is seen": (0, "objects"),
    "position lies on its pixel": (1e-3, "px"),
    "depth follows from position": (1e-6, "relative"),
    "distance follows from depth": (1e-6, "relative"),
    "light adds up to the picture": (4e-3, "of its value and 0.01"),
    "the denoiser keeps the light": (0.2, "mean difference over mean"),
    "surfaces and sky have their own light": (0.3, "light out of place over that in place"),
    "boundaries follow from surfaces": (0, "pixels"),
    "sky flow follows from rotation": (1e-3, "px"),
    "flow of rigid things follows from depth and pose": (1e-3, "px"),
    "flow is where scene flow leads": (1e-3, "px"),
    "flow leads back": (1.0, "px, worst percentile"),
    "seen points land on their own thing": (0.2, "share of them"),
    "what leaves or is not there is marked so": (0, "pixels"),
    "occlusion is what both frames show": (0.03, "share of what is beyond doubt"),
    "disparity follows from depth and baseline": (1e-3, "px"),
    "stereo occlusion is what both eyes show": (0.03, "share of what is beyond doubt"),
    "boxes hold the pixels of their things": (0, "things"),
    "occlusion fractions follow from masks": (1e-6, "difference"),
    "tracks follow their things": (1e-3, "px"),
    "tracks are seen on their own thing": (0.2, "share of the seen"),
    "LiDAR returns lie on their beams": (1e-6, "relative"),
    "a beam of a LiDAR comes back once, from its reach": (0, "returns"),
    "the LiDAR stays on its camera": (1e-3, "m, or difference"),
    "LiDAR and camera see the same": (0.15, "share of the returns before or on what is plain"),
    "LiDAR returns lie on what the camera shows": (0.3, "share of the returns where that is plain"),
    "radial velocities follow from the poses": (1e-3, "m/s"),
    "the IMU turns as the camera does": (2e-3, "rad"),
    "the IMU moves as the camera does": (1e-2, "of the way, at least of 1 m"),
    "the IMU of a thing turns as it does": (1e-2, "rad"),
    "the IMU of a thing moves as it does": (1e-2, "of the way, at least of 1 m"),
}
"""Every law, the limit of its violation, and the unit."""


class Worst:
    """Collects violations by law and keeps the worst of each."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.found: dict[str, tuple[float, str]] = {}

    def add(self, name: str, value: Any, file: Path) -> None:
        """Take a violation; what is not finite counts as infinite."""
        size = float(value) if np.isfinite(value) else float("inf")
        if name not in self.found or size > self.found[name][0]:
            self.found[name] = (size, file.relative_to(self.root).as_posix())

    def count(self, name: str, wrong: NDArray[np.bool_], file: Path) -> None:
        self.add(name, np.count_nonzero(wrong), file)

    def most(self, name: str, errors: NDArray[Any], file: Path) -> None:
        """Take the largest of any number of errors; none is 0, and none is below it."""
        self.add(name, np.maximum(errors, 0).max(initial=0) if np.isfinite(errors).all() else np.inf, file)

    def checks(self) -> list[Check]:
        return [self._check(name, limit) for name, (limit, _) in LIMITS.items()]

    def _check(self, name: str, limit: float) -> Check:
        worst, file = self.found.get(name, (0.0, ""))
        return Check(name, worst <= limit, worst, limit, file, name in self.found)


def table(checks: list[Check]) -> str:
    """Return the checks as a table for a person."""
    width = max(len(check.name) for check in checks)
    lines = [f"{'law':{width}}  {'':6}  {'worst':>10}  {'limit':>10}  unit, file of the worst"]
    for check in checks:
        mark = "-" if not check.measured else "ok" if check.ok else "BROKEN"
        where = f"{LIMITS[check.name][1]}{', ' + check.file if check.worst else ''}"
        lines.append(f"{check.name:{width}}  {mark:6}  {check.worst:10.3g}  {check.limit:10.3g}  {where}")
    return "\n".join(lines)
