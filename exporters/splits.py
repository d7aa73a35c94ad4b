"""Which pictures train a field, and which ones it must never have seen."""

from __future__ import annotations

from collections.abc import Sequence

SPLITS = ("train", "val", "test")


def split_pictures(cameras: Sequence[str], frames: Sequence[int]) -> dict[str, list[tuple[str, int]]]:
    """Return (camera, frame) pairs by split.

    What is held out together: a moment in time where there are several, with all cameras of it, else a camera. Of every
    eight moments or views, one is test and one validation, spread evenly. From 3 to 7 the middle one is both; fewer all train.
    """
    groups = [[(camera, frame) for camera in cameras] for frame in frames]
    if len(frames) == 1:
        groups = [[(camera, frames[0])] for camera in cameras]
    chosen: dict[str, list[tuple[str, int]]] = {split: [] for split in SPLITS}
    for index, group in enumerate(groups):
        for split in _splits_of(index, len(groups)):
            chosen[split] += group
    return chosen


def _splits_of(index: int, count: int) -> tuple[str, ...]:
    if count < 3:
        return ("train",)
    if count < 8:
        return ("val", "test") if index == count // 2 else ("train",)
    return {3: ("test",), 7: ("val",)}.get(index % 8, ("train",))
