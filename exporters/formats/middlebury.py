"""Middlebury: a folder a picture, with PFM disparity or depth, calib.txt, and .flo flow to the next picture.

    <camera>_<frame>/im0.png, im1.png       the picture, and the right eye of a stereo rig
    <camera>_<frame>/disp0.pfm, disp1.pfm   disparity in pixels, infinite where there is none, of each eye that has it
    <camera>_<frame>/mask0nocc.png          255 seen by both eyes, 128 by one, 0 no disparity
    <camera>_<frame>/depth0.pfm             without disparity: planar depth in metres, infinite where there is no surface
    <camera>_<frame>/calib.txt              K as [f 0 cx; 0 f cy; 0 0 1] and, for stereo, the baseline in millimetres
    <camera>_<frame>/frame10.png, frame11.png, flow10.flo   the pair and its flow, 1e10 where the thing is not there any more

Depth from disparity is baseline * f / (d + doffs). The centre of the first pixel is at (0, 0). Sources: the format pages of
the Middlebury stereo datasets of 2014 (D. Scharstein et al., GCPR 2014) and of its flow benchmark (S. Baker et al., 2011).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..images import write_png
from ..layout import ABSENT, SEEN
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.codecs import encode_flo, encode_pfm
from .shared.frames import copy_picture, has, optional, picture_name
from .shared.lenses import opencv_matrix
from .shared.sequences import Sequences

UNKNOWN_FLOW = np.float32(1e10)
"""Middlebury's readers take anything above 1e9 for unknown."""


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write one folder for each picture that is not the right eye of another."""
    sequences = Sequences.of(scene)
    for frame in sequences.left_or_alone():
        place = folder / picture_name(frame)
        copy_picture(frame, place / "im0.png")
        right, after = sequences.right_of(frame), sequences.following(frame)
        disparity = None if right is None else optional(frame, "disparity")
        if disparity is None:
            (place / "depth0.pfm").write_bytes(encode_pfm(_known(frame.read("depth"))))
        if right is not None:
            _write_stereo(frame, right, disparity, place)
        (place / "calib.txt").write_text(_calibration(frame, right, disparity), encoding="ascii")
        if after is not None and has(frame, "flow_forward"):
            copy_picture(frame, place / "frame10.png")
            copy_picture(after, place / "frame11.png")
            absent = frame.read("occlusion_forward") == ABSENT
            flow = np.where(absent[..., None], UNKNOWN_FLOW, frame.read("flow_forward"))
            (place / "flow10.flo").write_bytes(encode_flo(flow))
        task.advance(1 if right is None else 2, frame.name)


def _write_stereo(left: Frame, right: Frame, disparity: NDArray[Any] | None, place: Path) -> None:
    copy_picture(right, place / "im1.png")
    other, labels = optional(right, "disparity"), optional(left, "occlusion_stereo")
    for name, values in (("disp0", disparity), ("disp1", other)):
        if values is not None:
            (place / f"{name}.pfm").write_bytes(encode_pfm(_known(values)))
    if disparity is not None and labels is not None:
        mask = np.select([disparity <= 0, labels == SEEN], [np.uint8(0), np.uint8(255)], np.uint8(128))
        write_png(place / "mask0nocc.png", mask)


def _calibration(left: Frame, right: Frame | None, disparity: NDArray[Any] | None) -> str:
    """Return calib.txt; vmin and vmax bound the disparities there are, ndisp bounds a search for them."""
    k = left.camera.intrinsics
    lines = [f"cam0={_matrix(left)}"]
    if right is not None:
        baseline = float(np.linalg.norm(right.camera.origin - left.camera.origin)) * 1000
        shift = right.camera.intrinsics.cx - k.cx
        lines += [f"cam1={_matrix(right)}", f"doffs={shift:.6g}", f"baseline={baseline:.6f}"]
    lines += [f"width={k.width}", f"height={k.height}"]
    if disparity is not None and (disparity > 0).any():
        low, high = np.floor(disparity[disparity > 0].min()), np.ceil(disparity.max())
        lines += [f"ndisp={high + 1:.0f}", "isint=0", f"vmin={low:.0f}", f"vmax={high:.0f}", "dyavg=0", "dymax=0"]
    return "\n".join(lines) + "\n"


def _matrix(frame: Frame) -> str:
    """K in MATLAB's notation."""
    return "[" + "; ".join(" ".join(f"{value:.9g}" for value in row) for row in opencv_matrix(frame, "middlebury")) + "]"


def _known(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(values > 0, values, np.inf)


EXPORTER = Exporter(
    "middlebury", "Middlebury's folders: .pfm disparity or depth, calib.txt, .flo flow", one_by_one(write_scene)
)
