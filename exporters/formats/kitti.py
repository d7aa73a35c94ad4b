"""KITTI 2015's training folder: picture pairs with 16-bit flow and disparity, and a calibration a pair.

    training/image_2/000000_10.png, _11.png       a picture and the one its flow leads to; image_3: the right eye of a rig
    training/flow_occ/000000_10.png               flow wherever it exists, also of points that leave the picture
    training/flow_noc/000000_10.png               flow of points that are seen in the next picture
    training/disp_occ_0/000000_10.png             disparity of what is inside the right picture, hidden or not; disp_noc_0: seen
    training/calib_cam_to_cam/000000.txt          K, R, T and P_rect of camera 02 (left) and 03 (right)
    training/mapping.txt                          camera and frame of each pair, a line a pair

Readers match the n-th _10 with the n-th _11, so the last picture of a sequence is only the second of its pair; where no
sequence has two pictures, each is a pair without a second. KITTI's "noc" keeps what maps into the other picture; here it
keeps only what is seen there, which is the stricter half of that. Flow of the sky is that of the camera's rotation. `codecs`
says how far the files reach. The centre of the first pixel is at (0, 0). Source: readme.txt of devkit_scene_flow, M. Menze
and A. Geiger, CVPR 2015.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...progress import Task
from ..layout import ABSENT, SEEN
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.codecs import encode_kitti_disparity, encode_kitti_flow
from .shared.frames import copy_picture, optional, put
from .shared.lenses import opencv_matrix
from .shared.sequences import Sequences


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write training/, a pair for each picture that is followed by another and is not a right eye."""
    sequences, root = Sequences.of(scene), folder / "training"
    pictures = list(sequences.left_or_alone())
    firsts = [frame for frame in pictures if sequences.following(frame) is not None] or pictures
    for number, frame in enumerate(firsts):
        name = f"{number:06d}"
        after, right = sequences.following(frame), sequences.right_of(frame)
        copy_picture(frame, root / "image_2" / f"{name}_10.png")
        if after is not None:
            copy_picture(after, root / "image_2" / f"{name}_11.png")
            _write_flow(frame, root, f"{name}_10.png")
        if right is not None:
            _write_stereo(frame, right, root, f"{name}_10.png")
        right_after = sequences.right_of(after) if after is not None else None
        if right_after is not None:
            copy_picture(right_after, root / "image_3" / f"{name}_11.png")
        put(root / "calib_cam_to_cam" / f"{name}.txt", _calibration(frame, right).encode())
        task.advance(sequences.count / len(firsts), frame.name)
    mapping = "".join(f"{frame.camera_name} {frame.number}\n" for frame in firsts)
    (root / "mapping.txt").write_text(mapping, encoding="utf-8")


def _write_flow(frame: Frame, root: Path, name: str) -> None:
    flow, labels = frame.read("flow_forward"), frame.read("occlusion_forward")
    put(root / "flow_occ" / name, encode_kitti_flow(flow, labels != ABSENT))
    put(root / "flow_noc" / name, encode_kitti_flow(flow, labels == SEEN))


def _write_stereo(left: Frame, right: Frame, root: Path, name: str) -> None:
    copy_picture(right, root / "image_3" / name)
    disparity, labels = optional(left, "disparity"), optional(left, "occlusion_stereo")
    if disparity is None:
        return
    place = np.arange(disparity.shape[1]) + 0.5 - disparity
    inside = (place >= 0) & (place < right.camera.intrinsics.width)
    put(root / "disp_occ_0" / name, encode_kitti_disparity(disparity, inside))
    if labels is not None:
        put(root / "disp_noc_0" / name, encode_kitti_disparity(disparity, inside & (labels == SEEN)))


def _calibration(left: Frame, right: Frame | None) -> str:
    """Return KITTI's calibration text with camera 02 as the reference: its P_rect has no translation."""
    lines = ["calib_time: 01-Jan-1970 00:00:00"]
    for number, frame in (("02", left), ("03", right)):
        if frame is None:
            continue
        from_left = np.eye(4) if frame is left else frame.camera.world_to_camera @ left.camera.camera_to_world
        k, lens = opencv_matrix(frame, "kitti"), frame.camera.intrinsics
        size = np.array([lens.width, lens.height], float)
        rows = {
            "S": size, "K": k, "D": np.zeros(5), "R": from_left[:3, :3], "T": from_left[:3, 3],
            "S_rect": size, "R_rect": np.eye(3), "P_rect": k @ np.column_stack([np.eye(3), from_left[:3, 3]]),
        }  # fmt: skip
        lines += [f"{key}_{number}: {_numbers(values)}" for key, values in rows.items()]
    return "\n".join(lines) + "\n"


def _numbers(values: NDArray[np.float64]) -> str:
    return " ".join(f"{value:.12e}" for value in values.ravel())


EXPORTER = Exporter(
    "kitti", "KITTI 2015's pairs: 16-bit flow_occ, flow_noc and disp_occ_0, pictures, calibration", one_by_one(write_scene)
)
