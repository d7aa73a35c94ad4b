"""MPI Sintel: training/final with forward flow, occlusions, depth and cameras, and a stereo set of its own beside it.

    training/final/<camera>/frame_0001.png        the one render there is: with all that was rendered, so "final", not "clean"
    training/flow/<camera>/frame_0001.flo         to the next picture; none for the last
    training/occlusions/<camera>/frame_0001.png   255 where the point is not seen in the next picture, hidden or outside
    training/invalid/<camera>/frame_0001.png      255 where the thing is not there in the next picture: its flow says nothing
    training/depth/<camera>/frame_0001.dpt        planar depth in metres, 1e10 where there is no surface
    training/camdata_left/<camera>/frame_0001.cam K and the world-to-camera matrix
    stereo/training/...                           final_left, final_right, disparities, occlusions, outofframe, camdata_right

Sintel publishes flow and stereo as two archives whose `occlusions` mean different things, hence the two roots. Cameras have
OpenCV axes and the centre of the first pixel at (0, 0). Sources: the readme files and sdk/python/sintel_io.py of
MPI-Sintel-complete, -depth-training-20150305 and -stereo-training-20150305; D. Butler et al., ECCV 2012.
"""

from __future__ import annotations

from pathlib import Path

from ...errors import UserError
from ...progress import Task
from ..images import write_png
from ..layout import ABSENT, HIDDEN, OUTSIDE, SEEN
from ..reader import Frame, Scene
from .exporter import Exporter, one_by_one
from .shared.codecs import TAG, encode_flo, encode_sintel_disparity
from .shared.frames import copy_picture, far_where_nothing, optional, white
from .shared.lenses import opencv_matrix
from .shared.sequences import Sequences


def write_scene(scene: Scene, folder: Path, task: Task) -> None:
    """Write training/, a sequence a camera, and stereo/training/ where the scene has a left and a right camera.

    Raises UserError where the flow is not that to the next frame.
    """
    sequences = Sequences.of(scene)
    if sequences.flow_step != 1:
        raise UserError(f"{scene.folder}: its flow reaches {sequences.flow_step} frames, sintel's the next; export to kitti")
    for frame in scene.frames():
        _write_frame(frame, folder / "training", sequences.following(frame) is not None)
        right = sequences.right_of(frame)
        if right is not None:
            _write_stereo(frame, right, folder / "stereo" / "training")
        task.advance(1, frame.name)


def _write_frame(frame: Frame, root: Path, goes_on: bool) -> None:
    copy_picture(frame, _place(root, "final", frame, "png"))
    _place(root, "camdata_left", frame, "cam").write_bytes(_cam(frame))
    _place(root, "depth", frame, "dpt").write_bytes(encode_flo(far_where_nothing(frame.read("depth"))))
    if goes_on:
        labels = frame.read("occlusion_forward")
        _place(root, "flow", frame, "flo").write_bytes(encode_flo(frame.read("flow_forward")))
        write_png(_place(root, "occlusions", frame, "png"), white(labels != SEEN))
        write_png(_place(root, "invalid", frame, "png"), white(labels == ABSENT))


def _write_stereo(left: Frame, right: Frame, root: Path) -> None:
    copy_picture(left, _place(root, "final_left", left, "png"))
    copy_picture(right, _place(root, "final_right", left, "png"))
    _place(root, "camdata_right", left, "cam").write_bytes(_cam(right))
    disparity, labels = optional(left, "disparity"), optional(left, "occlusion_stereo")
    if disparity is not None:
        write_png(_place(root, "disparities", left, "png"), encode_sintel_disparity(disparity))
    if labels is not None:
        write_png(_place(root, "occlusions", left, "png"), white(labels == HIDDEN))
        write_png(_place(root, "outofframe", left, "png"), white(labels == OUTSIDE))


def _cam(frame: Frame) -> bytes:
    """A .cam file: K (3, 3) and the first three rows of the world-to-camera matrix, float64."""
    pose = frame.camera.world_to_camera[:3]
    return TAG + opencv_matrix(frame, "sintel").astype("<f8").tobytes() + pose.astype("<f8").tobytes()


def _place(root: Path, kind: str, frame: Frame, suffix: str) -> Path:
    folder = root / kind / frame.camera_name
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"frame_{frame.number:04d}.{suffix}"


EXPORTER = Exporter(
    "sintel", "MPI Sintel's folders: .flo flow, occlusions, .dpt depth, .cam cameras, stereo", one_by_one(write_scene)
)
