"""Dense shrubs: a form that shears or nature keep, wood that fills it, and a mantle of leafy shoots that end at its surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...meshes import MeshData, merge
from ..anatomy.blades import Template, frames, radial
from ..anatomy.parts import LEAF, blades
from ..anatomy.skeleton import UP, Floats, along, unit
from .colour import Ramp, shades
from .shoots import Twigs

_BLOCK = 256
_CORNERS = np.array([(1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)])


class Form(Protocol):
    """The space that a shrub fills."""

    def distance(self, points: Floats) -> Floats:
        """Return how far points (N, 3) m are outside (N,) m; negative inside."""
        ...

    def surface(self, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Return points (count, 3) m spread evenly over the surface, and its unit normals (count, 3) there."""
        ...


@dataclass(frozen=True)
class Mantle:
    """How leaves stand on shoots: `leaf` m long, `pairs` of them on the last `leafy` m of each shoot, opposite or, if `ranked`,
    left and right in turn; they may stand out `over` m, and `upward` is how far they turn from the surface to the sky.
    """

    leaf: float
    pairs: int
    leafy: float
    ranked: bool
    over: float
    upward: float


def gradient(distance: Callable[[Floats], Floats], points: Floats) -> Floats:
    """Return the unit vectors (N, 3) along which a signed distance, of points (N, 3) m, grows fastest.

    The four corners of a tetrahedron give it (Quilez, "normals for an SDF"), two places fewer than differences along the axes.
    """
    total = np.zeros(points.shape)
    for corner in _CORNERS:
        total += distance(points + 1e-3 * corner)[:, None] * corner
    return unit(total + 1e-9 * UP).astype(np.float32)


def mantle(wood: Floats, ends: Floats, normals: Floats, nodes: int = 4) -> Twigs:
    """Grow a shoot to each of `ends` (n, 3) m from the node of the wood (N, 3) m that is nearest to it: paths (n, L, 3) that
    arrive along the `normals` (n, 3).
    """
    nearest = np.empty(len(ends), np.int32)
    for first in range(0, len(ends), _BLOCK):
        here = slice(first, first + _BLOCK)
        away = np.zeros((len(ends[here]), len(wood)), np.float32)
        for axis in range(3):
            away += (ends[here, axis, None] - wood[None, :, axis]) ** 2
        nearest[here] = away.argmin(1)
    start = wood[nearest]
    length = np.sqrt(((ends - start) ** 2).sum(1, keepdims=True))
    bend = ends - normals * length * 0.42
    u = np.linspace(0, 1, nodes, dtype=np.float32)[:, None]
    paths = start[:, None] * (1 - u) ** 2 + 2 * bend[:, None] * u * (1 - u) + ends[:, None] * u**2
    return Twigs(paths.astype(np.float32), np.ones(len(ends), np.float32))


def clothe(
    shoots: Twigs, form: Form, how: Mantle, share: float, ramp: Ramp, templates: tuple[Template, Template], most: int,
    room: int, rng: np.random.Generator,
) -> MeshData:  # fmt: skip
    """Return a `share` of the shoots' leaves, none of which reaches more than `how.over` m out of the form.

    `templates` are a leaf's outline and a plain form of it for the leaves that lie deep: as many have their outline as
    `room` faces allow. At most `most` leaves are laid, larger so that they cover as much.
    """
    count, each = len(shoots.paths), 2 * how.pairs
    row = np.repeat(np.arange(count, dtype=np.int32), each)
    rank = np.tile(np.arange(each), count)
    length = np.sqrt(((shoots.paths[:, 1:] - shoots.paths[:, :-1]) ** 2).sum(-1)).sum(1)
    step = (rank + 1) / each if how.ranked else (rank // 2 + 1) / how.pairs
    leafy = np.minimum(how.leafy / np.maximum(length, 1e-4), 0.96)[row]
    origin, forward = along(shoots.paths, row, (1 - leafy * (1 - step)).astype(np.float32))
    turn = rng.uniform(0, 2 * np.pi, count)[row] + rng.normal(0, 0.3, len(row))
    azimuth = turn + rank * np.pi + (0 if how.ranked else 1) * (rank // 2) * (np.pi / 2)
    jitter = rng.normal(0, 0.3, (len(row), 3))
    size = how.leaf * rng.uniform(0.7, 1.2, len(row)) * (1.1 - 0.35 * step)
    luck, number, tone = rng.random(len(row)), rng.random(len(row)), rng.random(count)[row]

    worn = np.flatnonzero(luck < share)
    chosen = np.sort(worn[np.argsort(luck[worn], kind="stable")[: min(most, room // len(templates[1].faces))]])
    if len(chosen) == 0:
        raise ValueError("a mantle without leaves: ask for a larger share or more shoots")
    size = size * np.sqrt(len(worn) / len(chosen))
    origin, forward, size, number, tone = (a[chosen] for a in (origin, forward, size, number, tone))
    outward = gradient(form.distance, origin)
    depth = -form.distance(origin)
    size = size * (1 + 0.6 * np.clip(depth / (2.5 * how.leaf) - 1, 0, 1))  # leaves of the shade are larger
    heading = unit(forward * 0.5 + radial(forward, azimuth[chosen]) * 0.8 + 0.5 * jitter[chosen])
    space = (depth + how.over) / size
    excess = (heading * outward).sum(1) - np.clip(space, -0.2, 0.95)
    heading = unit(heading - outward * np.maximum(excess, 0)[:, None])
    size = np.where(form.distance(origin + heading * size[:, None]) > how.over, 0.6 * size, size).astype(np.float32)
    facing = outward * 0.75 + UP * how.upward + jitter[chosen]
    sunk = np.clip(depth / (2.2 * how.leaf), 0, 1)
    light = 1.0 - 0.55 * sunk
    tint = shades(ramp, 0.45 * number + 0.3 * tone + 0.25 * (1 - sunk)) * light[:, None].astype(np.float32)
    turned = frames(heading, facing)
    plain = len(templates[1].faces)
    several = max(0, room - plain * len(chosen)) // max(len(templates[0].faces) - plain, 1)
    inward = np.argsort(depth, kind="stable")
    groups = ((templates[0], np.sort(inward[:several])), (templates[1], np.sort(inward[several:])))
    return merge([
        blades(template, origin[some], turned[some], size[some], "leaf", LEAF, tint[some], number[some])
        for template, some in groups
        if len(some)
    ])  # fmt: skip


def sheared(count: int, deep: float, inmost: float, rng: np.random.Generator) -> Floats:
    """Return how deep (count,) m under the surface shoots end: most of them at it, others up to `deep` m behind in the shade,
    and one of eight further in, so that nothing can be seen through the form.
    """
    kind = rng.random(count)
    shaded = np.where(kind < 0.875, rng.uniform(0.2, 1, count) * deep, deep + rng.random(count) * (inmost - deep))
    return np.where(kind < 0.58, np.abs(rng.normal(0, 0.13, count)) * deep, shaded)
