"""Space colonisation: branches grow into the free, lit space that attraction points mark (Runions, Lane, Prusinkiewicz 2007).

Every attraction point pulls at the node nearest to it; a node that is pulled grows one step along the mean pull, and a
point that a branch has reached is used up. Because nodes never move, the nearest node of a point changes only where a new
node is nearer: each step compares the new nodes with the points that are left, and no search structure is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy.skeleton import Floats, Ints, unit

_SAME_WAY = 0.93
_BLOCK = 1 << 19


@dataclass(frozen=True)
class Growth:
    """How branches grow, lengths in metres: `step` a node, `influence` how far a point pulls, `reach` where it is used up,
    `tropism` (3,) added to each unit pull, `wander` the spread of the random turn at each step.
    """

    step: float
    influence: float
    reach: float
    tropism: tuple[float, float, float]
    wander: float
    steps: int = 160
    nodes: int = 9000


def colonise(
    points: Floats, parents: Ints, attractors: Floats, growth: Growth, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Grow the skeleton (points (N, 3) m, parents (N,)) into the attraction points (A, 3) m; return the grown one."""
    nodes, tree = [points], [parents]
    everything, directions = points, np.zeros_like(points)
    children = np.bincount(parents[parents >= 0], minlength=len(points))
    free = attractors.astype(np.float32)
    distance = np.full(len(free), np.inf, np.float32)
    nearest = np.zeros(len(free), np.int32)
    _note_nearer(free, points, 0, distance, nearest)
    for _ in range(growth.steps):
        left = distance > growth.reach**2
        free, distance, nearest = free[left], distance[left], nearest[left]
        pulling = distance < max(growth.influence**2, float(distance.min(initial=np.inf)) * 1.2)
        if not pulling.any() or len(everything) > growth.nodes:
            break
        pull = _sums(nearest[pulling], unit(free[pulling] - everything[nearest[pulling]]), len(everything))
        growing = np.flatnonzero((pull != 0).any(1)).astype(np.int32)
        turn = rng.normal(0, growth.wander, (len(growing), 3)) + np.array(growth.tropism)
        heading = unit(unit(pull[growing]) + turn)
        stuck = (heading * directions[growing]).sum(1) > _SAME_WAY
        growing, heading = growing[~stuck & (children[growing] < 4)], heading[~stuck & (children[growing] < 4)]
        if len(growing) == 0:
            break
        grown = (everything[growing] + heading * np.float32(growth.step)).astype(np.float32)
        directions[growing] = heading
        children[growing] += 1
        _note_nearer(free, grown, len(everything), distance, nearest)
        nodes.append(grown)
        tree.append(growing)
        everything = np.concatenate([everything, grown])
        directions = np.concatenate([directions, np.zeros_like(grown)])
        children = np.concatenate([children, np.zeros(len(grown), children.dtype)])
    return np.concatenate(nodes), np.concatenate(tree).astype(np.int32)


def _note_nearer(free: Floats, grown: Floats, first: int, distance: Floats, nearest: Ints) -> None:
    """Update each free point's squared `distance` to its `nearest` node by the grown nodes, numbered from `first`."""
    rows = max(1, _BLOCK // max(len(grown), 1))
    for start in range(0, len(free), rows):
        here = slice(start, start + rows)
        squares = np.zeros((len(free[here]), len(grown)), np.float32)
        for axis in range(3):
            offset = free[here, axis, None] - grown[None, :, axis]
            squares += offset * offset
        best = squares.argmin(1)
        value = squares[np.arange(len(best)), best]
        better = value < distance[here]
        distance[here][better] = value[better]
        nearest[here][better] = first + best[better]


def _sums(index: NDArray[np.int32], vectors: Floats, count: int) -> NDArray[np.float64]:
    return np.stack([np.bincount(index, weights=vectors[:, axis], minlength=count) for axis in range(3)], 1)
