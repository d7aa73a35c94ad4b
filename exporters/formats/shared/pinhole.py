"""Which cameras the formats with one focal length and one principal point can carry."""

from __future__ import annotations

from ....errors import UserError
from ...cameras import Intrinsics
from ...reader import Frame


def pinhole(frame: Frame, format_name: str) -> Intrinsics:
    """Return the intrinsics of a perspective picture. Raises UserError for an orthographic or a panoramic one."""
    model = getattr(frame.camera.intrinsics, "model", "pinhole")
    if model != "pinhole":
        raise UserError(
            f"camera {frame.camera_name!r} is {model}: {format_name} knows pinhole cameras only; "
            "generate the scene with perspective cameras"
        )
    return frame.camera.intrinsics
