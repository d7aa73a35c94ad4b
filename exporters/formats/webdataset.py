"""WebDataset: tar shards whose samples are read one after another, `<scene>_<camera>_<frame>` with a member a map.

    <key>.rgb.png        the picture
    <key>.camera.json    scene, camera, frame, model, width, height, fl_x, fl_y, cx, cy (centre of the first pixel at 0.5) and
                         camera_to_world, OpenCV axes
    <key>.<map>.npy      every other map that the dataset holds, in the units, shapes and types of the dataset
    <key>.things.json    boxes and visibility, where the dataset holds them

`webdataset.WebDataset(shards).decode("rgb8")` decodes all of them without a handler of yours. Shards are named
shard-000000.tar and so on, and hold at most 256 MiB (one sample where that is larger); same dataset, same bytes. Source: the
library's tar conventions (the key ends at the first dot) and decoders; A. Aizman et al., "High performance I/O for large
scale deep learning", 2019.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from ...progress import Task
from ..layout import MAPS
from ..reader import Frame, Scene
from .exporter import Exporter, content
from .shared.frames import dataset_name, every_frame, has

SHARD_BYTES = 256 * 2**20
_BLOCK = tarfile.BLOCKSIZE


def write_scenes(scenes: Sequence[Scene], folder: Path, task: Task) -> None:
    """Write shard-000000.tar and on."""
    for number, shard in enumerate(_shards(every_frame(scenes), task)):
        with tarfile.open(folder / f"shard-{number:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as archive:
            for name, data in shard:
                member = tarfile.TarInfo(name)
                member.size, member.mtime, member.mode = len(data), 0, 0o644
                archive.addfile(member, io.BytesIO(data))


def _shards(frames: Iterable[Frame], task: Task) -> Iterator[list[tuple[str, bytes]]]:
    """Yield the members of one shard after another; a sample is never split."""
    shard: list[tuple[str, bytes]] = []
    full = 0
    for frame in frames:
        members = sorted(_sample(frame))
        size = sum(_BLOCK + -(-len(data) // _BLOCK) * _BLOCK for _, data in members)
        if shard and full + size > SHARD_BYTES - tarfile.RECORDSIZE:
            yield shard
            shard, full = [], 0
        shard += members
        full += size
        task.advance(1, frame.name)
    if shard:
        yield shard


def _sample(frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Yield the members of one picture, name and bytes."""
    key = dataset_name(frame).replace(".", "_")
    yield f"{key}.camera.json", json.dumps(_described(frame), sort_keys=True).encode()
    for name in MAPS:
        path = frame.path(name)
        if not has(frame, name):
            continue
        if name == "rgb" or path.suffix == ".json":
            yield f"{key}.{name}{path.suffix}", content(frame.scene, path)
        else:
            stream = io.BytesIO()
            np.save(stream, np.ascontiguousarray(frame.read(name)), allow_pickle=False)
            yield f"{key}.{name}.npy", stream.getvalue()


def _described(frame: Frame) -> dict[str, object]:
    k = frame.camera.intrinsics
    numbers = {name: getattr(k, name) for name in ("model", "width", "height", "fl_x", "fl_y", "cx", "cy")}
    names = {"scene": frame.scene.folder.name, "camera": frame.camera_name, "frame": frame.number}
    pose = frame.camera.camera_to_world.tolist()
    return {**names, **numbers, "camera_to_world": pose}


EXPORTER = Exporter("webdataset", "tar shards for webdataset: .rgb.png, .camera.json, and a .npy a map", write_scenes)
