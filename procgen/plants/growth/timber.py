"""How thick the wood of a tree is, and which of its branches have died."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..anatomy.skeleton import Floats, Ints, pipe_radii, strands

_PIPES = 2.3


def thicken(parents: Ints, tip: float, girth: float) -> Floats:
    """Return radii (N,) m: `tip` at the tips and `girth` at the foot, between them as the pipe model has it, so that limbs
    are massive beside their twigs. Bare wood thins along its way as well: each node adds a part of a tip's section.
    """
    pipes = pipe_radii(parents, 1.0, _PIPES).astype(np.float64)
    weight = pipes**_PIPES
    order = np.arange(len(parents))
    length = pipe_radii(np.concatenate([parents, order]).astype(np.int32), 1.0, 1.0)[: len(parents)]
    share = (weight + 0.06 * length) ** (1 / _PIPES)
    share = (share - share.min()) / max(float(np.ptp(share)), 1e-9)
    return (tip + (girth - tip) * share**1.08).astype(np.float32)


def dying(parents: Ints, radii: Floats, share: float, trunk: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which nodes (N,) are dead: about the `share` of the branches, whole, and limbs only where that is much.

    The first `trunk` nodes are the trunk's and live on.
    """
    made = strands(parents, radii)
    thickness = radii[made.nodes[:, min(1, made.nodes.shape[1] - 1)]]
    luck = rng.random(len(thickness))
    chosen = (luck < share) & (thickness < (0.12 + 1.5 * share) * radii.max()) & (parents[made.nodes[:, 0]] >= 0)
    chosen &= made.nodes[:, min(1, made.nodes.shape[1] - 1)] >= trunk
    dead = np.zeros(len(parents), bool)
    dead[made.nodes[chosen, 1:].ravel()] = True
    ancestor = parents.copy()
    while (above := ancestor >= 0).any():
        dead |= above & dead[ancestor]
        ancestor = np.where(above, ancestor[ancestor], -1)
    return dead
