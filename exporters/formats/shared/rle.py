"""COCO's run-length encoding of masks: runs down the columns, first of zeros, and the text that such runs are packed into.

The text holds six bits a character, from "0" on: five bits of a number, lowest first, and one that says that more follow.
A count is written as its difference from the one two before it, from the fourth on; the last piece carries the sign, as in
LEB128. After P. Dollar and T.-Y. Lin's mask API, https://github.com/cocodataset/cocoapi, common/maskApi.c.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
"""(N,) lengths of runs: zeros, ones, zeros, ...; the first may be 0, the sum is the number of pixels."""

_PIECES = 7  # of five bits: any difference of two 32-bit counts
_FIRST, _MORE = 48, 32


def label_runs(labels: NDArray[np.integer]) -> dict[int, Counts]:
    """Return the runs of the mask `labels == label` for every label of an (H, W) map, in ascending order.

    All of them together cost one pass over the map, however many there are.
    """
    flat = labels.ravel(order="F")
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    stops = np.append(starts[1:], flat.size)
    order = np.argsort(flat[starts], kind="stable")
    found, first = np.unique(flat[starts][order], return_index=True)
    groups = np.split(order, first[1:])
    return {int(label): _counts(starts[part], stops[part], flat.size) for label, part in zip(found, groups, strict=True)}


def mask_runs(mask: NDArray[np.bool_]) -> Counts:
    """Return the runs of one (H, W) mask."""
    return label_runs(mask.astype(np.uint8)).get(1, np.array([mask.size], np.int64))


def runs_mask(counts: NDArray[np.integer] | list[int], height: int, width: int) -> NDArray[np.bool_]:
    """Return the (H, W) mask of runs. Raises ValueError where they do not fill it."""
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    return flat.reshape(width, height).T


def packed(counts: Counts) -> str:
    """Return the runs as COCO's text."""
    rest = counts.copy()
    rest[3:] -= counts[1:-2]
    pieces = np.zeros((len(rest), _PIECES), np.uint8)
    used = np.zeros((len(rest), _PIECES), bool)
    more = np.ones(len(rest), bool)
    for place in range(_PIECES):
        used[:, place] = more
        piece = rest & 31
        rest = rest >> 5
        more = more & np.where(piece & 16, rest != -1, rest != 0)
        pieces[:, place] = piece + np.where(more, _MORE, 0) + _FIRST
    return pieces[used].tobytes().decode("ascii")


def segmentation(counts: Counts, height: int, width: int) -> dict[str, object]:
    """Return a mask as annotations hold it: {"size": [H, W], "counts": text}."""
    return {"size": [height, width], "counts": packed(counts)}


def _counts(starts: NDArray[np.integer], stops: NDArray[np.integer], size: int) -> Counts:
    edges = np.append(np.stack([starts, stops], -1).ravel(), size)
    counts = np.diff(edges, prepend=0).astype(np.int64)
    return counts if counts[-1] else counts[:-1]
