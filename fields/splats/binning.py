"""Which splats touch which tile of the picture, nearest first: dealt by counting on the CPU, by a radix sort on CUDA."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import torch
import warp as wp

from ...errors import UserError
from ..launch import AnyLauncher, Launcher, as_warp
from .kernels_bin import deal, sort_and_count
from .kernels_pairs import count_pairs, depth_keys, list_pairs, place_pairs

MOST_PAIRS = (1 << 31) // 16
"""Kernels count the numbers of gradient rows, 13 a pair at most, in 32 bits."""


class Lists(NamedTuple):
    """Pairs of a tile and a splat, all int32; those of a tile lie together, nearest first."""

    order: torch.Tensor
    """(seen or more,) splats, those seen among them, as their pairs lie in `places`: nearest first, or by number."""
    offsets: torch.Tensor
    """(N,) where a splat's pairs begin in `places`."""
    places: torch.Tensor
    """(pairs,) where each pair lies in `ids`, splat after splat, each by its tiles, row by row."""
    starts: torch.Tensor
    """(tiles + 1,) where a tile's pairs begin in `ids`."""
    ids: torch.Tensor
    """(pairs,) the splat."""


def binned(launch: AnyLauncher, tiles: torch.Tensor, screen: torch.Tensor, columns: int, lines: int) -> Lists:
    """Return the pairs of splats whose tile rectangles are `tiles` (N, 4) and whose depths are in `screen` (N, 16)."""
    if isinstance(launch, Launcher):
        return _dealt(launch, tiles, screen, columns, lines)
    return sorted_lists(launch, tiles, screen, columns, lines)


def _dealt(launch: Launcher, tiles: torch.Tensor, screen: torch.Tensor, columns: int, lines: int) -> Lists:
    def integers(*shape: int) -> torch.Tensor:
        return torch.empty(shape, dtype=torch.int32)

    count = len(tiles)
    tiles_, screen_ = as_warp(tiles, wp.vec4i), as_warp(screen)
    order, keys, offsets = integers(2 * count), integers(2 * count), integers(count)
    starts, totals = integers(columns * lines + 1), integers(2)
    starts_, order_, offsets_ = as_warp(starts), as_warp(order), as_warp(offsets)
    sorting = (tiles_, screen_, as_warp(keys), order_, offsets_, starts_, as_warp(totals))
    launch.once(sort_and_count, count, columns, lines, *sorting)
    seen, pairs = totals.tolist()
    ids, places, cursor = integers(max(pairs, 1)), integers(max(pairs, 1)), integers(columns * lines)
    dealing = (tiles_, order_, starts_, as_warp(cursor), as_warp(ids), as_warp(places))
    launch.once(deal, count, seen, columns, lines, *dealing)
    return Lists(order[count : count + seen], offsets, places, starts, ids)


def sorted_lists(launch: AnyLauncher, tiles: torch.Tensor, screen: torch.Tensor, columns: int, lines: int) -> Lists:
    """Return the same lists by radix sorts, on any device; only the order in `places` is another.

    The host waits once, for the number of pairs. Raises UserError for more than `MOST_PAIRS`.
    """
    device, count = tiles.device, len(tiles)

    def integers(size: int) -> torch.Tensor:
        return torch.empty(max(1, size), dtype=torch.int32, device=device)

    depths, order, counts, offsets = torch.empty(2 * count, device=device), *(integers(k * count) for k in (2, 1, 1))
    tiles_, order_ = as_warp(tiles, wp.vec4i), as_warp(order)
    launch(depth_keys, count, tiles_, as_warp(screen), as_warp(depths), order_)
    _sort(depths, order, count, 32)
    launch(count_pairs, count, tiles_, order_, as_warp(counts))
    ends = counts[:count].cumsum(0)
    pairs = int(ends[-1]) if count else 0
    if pairs > MOST_PAIRS:
        raise UserError(f"{count} splats touch {pairs} tiles of {columns * 16} x {lines * 16} pixels: draw smaller pictures")
    owner, ids, places, keys, numbers = (integers(k * pairs) for k in (1, 1, 1, 2, 2))
    keys_, numbers_ = as_warp(keys), as_warp(numbers)
    launch(list_pairs, count, tiles_, order_, as_warp(ends), columns, as_warp(offsets), as_warp(owner), keys_, numbers_)
    _sort(keys, numbers, pairs, (columns * lines - 1).bit_length())
    launch(place_pairs, pairs, numbers_, as_warp(owner), as_warp(ids), as_warp(places))
    starts = torch.searchsorted(keys[:pairs], _edges(columns * lines, device), out_int32=True)
    return Lists(order[:count], offsets, places, starts, ids)


def _sort(keys: torch.Tensor, values: torch.Tensor, count: int, bits: int) -> None:
    """Sort the first `count` of `keys` and of `values` with them, by the lowest `bits`; both are twice as long."""
    keys_: Any = wp.from_torch(keys)
    values_: Any = wp.from_torch(values)
    wp.utils.radix_sort_pairs(keys_, values_, count, 0, bits)


@lru_cache(maxsize=64)
def _edges(tiles: int, device: torch.device) -> torch.Tensor:
    """Return 0 to `tiles`, int32."""
    return torch.arange(tiles + 1, dtype=torch.int32, device=device)
