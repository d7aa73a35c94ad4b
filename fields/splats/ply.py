"""The PLY file of splats in the layout of the original 3D Gaussian splatting, which every viewer of splats reads.

Numpy and plyfile only: Blender's side reads fields with this module and has no torch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from plyfile import PlyData, PlyElement

from ...errors import UserError
from ..files import replacing
from ..ply_file import read_vertices
from .cloud import SplatCloud, stored

BANDS = {0: 0, 9: 1, 24: 2, 45: 3}
"""Number of f_rest columns -> degree of the spherical harmonics."""


def write_splats(path: Path, cloud: SplatCloud) -> None:
    """Write `cloud` as binary little-endian PLY; normals are written as 0, as the original does."""
    count = len(cloud)
    # The original stores the bands of red, then green, then blue.
    rest = cloud.rest.transpose(0, 2, 1).reshape(count, 45)
    columns = (
        [(name, cloud.means[:, k]) for k, name in enumerate("xyz")]
        + [(name, np.zeros(count, np.float32)) for name in ("nx", "ny", "nz")]
        + [(f"f_dc_{k}", cloud.base[:, k]) for k in range(3)]
        + [(f"f_rest_{k}", rest[:, k]) for k in range(45)]
        + [("opacity", cloud.opacity_logits)]
        + [(f"scale_{k}", cloud.log_scales[:, k]) for k in range(3)]
        + [(f"rot_{k}", cloud.quaternions[:, k]) for k in range(4)]
    )
    rows = np.empty(count, [(name, "<f4") for name, _ in columns])
    for name, values in columns:
        rows[name] = values
    with replacing(path) as part:
        PlyData([PlyElement.describe(rows, "vertex")], byte_order="<").write(str(part))


def read_splats(path: Path) -> SplatCloud:
    """Return the splats of a PLY by this or another program, of degree 0 to 3, text or binary of either byte order.

    Raises UserError where columns are missing or numbers are not finite. Infinite opacities, which some programs write
    for solid splats, are read as solid.
    """
    rows = read_vertices(path)
    names = rows.dtype.names or ()
    needed = ["x", "y", "z", "opacity", *(f"f_dc_{k}" for k in range(3)), *(f"scale_{k}" for k in range(3))]
    missing = [name for name in (*needed, *(f"rot_{k}" for k in range(4))) if name not in names]
    if missing:
        raise UserError(f"{path}: this PLY holds no splats, columns missing: {', '.join(missing)}")
    extra = sum(name.startswith("f_rest_") for name in names)
    if extra not in BANDS or any(f"f_rest_{k}" not in names for k in range(extra)):
        raise UserError(f"{path}: {extra} columns f_rest_*, but spherical harmonics have 0, 9, 24 or 45")

    def columns(*wanted: str) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            try:
                return np.stack([np.asarray(rows[name], np.float32) for name in wanted], -1)
            except (TypeError, ValueError) as error:
                raise UserError(f"{path}: columns {wanted[0]}... hold no plain numbers") from error

    rest = np.zeros((len(rows), 15, 3), np.float32)
    if extra:
        by_channel = columns(*(f"f_rest_{k}" for k in range(extra))).reshape(len(rows), 3, extra // 3)
        rest[:, : extra // 3] = by_channel.transpose(0, 2, 1)
    return stored(
        path,
        means=columns("x", "y", "z"),
        quaternions=columns("rot_0", "rot_1", "rot_2", "rot_3"),
        log_scales=columns("scale_0", "scale_1", "scale_2"),
        opacity_logits=columns("opacity")[:, 0],
        base=columns("f_dc_0", "f_dc_1", "f_dc_2"),
        rest=rest,
    )
