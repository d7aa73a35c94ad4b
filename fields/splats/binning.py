"""Which splats touch which tile of the picture, nearest first: by Warp kernels on the CPU, by torch's sort on CUDA."""

from __future__ import annotations

from typing import NamedTuple

import torch
import warp as wp

from .kernels_bin import deal, sort_and_count
from .launch import AnyLauncher, Launcher, as_warp


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
    return sorted_lists(tiles, screen, columns, lines)


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


def sorted_lists(tiles: torch.Tensor, screen: torch.Tensor, columns: int, lines: int) -> Lists:
    """Return the same lists by one stable sort of all pairs, on any device; only the order in `places` is another."""
    x0, x1, y0, y1 = tiles.long().unbind(1)
    counts = (x1 - x0) * (y1 - y0)
    offsets = counts.cumsum(0) - counts
    owner = torch.repeat_interleave(counts)
    rank, across = torch.arange(len(owner), device=tiles.device) - offsets[owner], (x1 - x0)[owner]
    tile = (y0[owner] + rank // across) * columns + x0[owner] + rank % across
    # Depths are positive: their bits are in the order of the numbers.
    depth = screen[:, 9].contiguous().view(torch.int32).long()[owner]
    order = torch.sort(tile << 32 | depth, stable=True).indices
    places = torch.empty_like(order)
    places[order] = torch.arange(len(order), device=tiles.device)
    edges = torch.arange(columns * lines + 1, device=tiles.device)
    starts = torch.searchsorted(tile[order], edges)
    return Lists(
        *(part.int() for part in (torch.arange(len(tiles), device=tiles.device), offsets, places, starts, owner[order]))
    )
