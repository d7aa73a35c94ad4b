"""The wood of conifers: a leader, whorls of branches year by year, twigs on the branches, shoots on the twigs.

A branch starts steep near the top and sinks under its weight further down, its tip turns up to the light. The outline follows
a profile only on average: neighbours shade one side, storms take branches, and each branch has its own vigour. Where the
leader gives way (`openness`), branches are fewer and crooked, the upper ones as long as the lower, and the top is flat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..anatomy.blades import radial
from ..anatomy.skeleton import UP, Floats, Ints, along, unit

STATIONS = 9
_TRUNK_STATIONS = 36
_BARE = 4


@dataclass(frozen=True)
class Habit:
    """How a tree of `height` m stands at its age: shares of the height for `crown_base` and `spread` (the longest branch);
    `profile`, `sag`, `weeping`, `irregularity` and `openness` as the family's parameters name them; `whorls` of `branches`.

    `girth` is the trunk's radius as a share of the height. `flat` says how far twigs lie in one plane with their branch (1) or
    stand all around it (0); `inner` from which share of a branch on it bears twigs, `gap` m between them, `twig` the longest
    as a share of the branch. `frail` 0..1: how many of the low branches have died; `top` the
    share of its height at which a broken leader ends.
    """

    height: float
    crown_base: float
    spread: float
    profile: float
    whorls: int
    branches: int
    sag: float
    weeping: float
    irregularity: float
    openness: float
    girth: float
    flat: float
    inner: float
    gap: float
    twig: float
    frail: float
    top: float = 1.0


@dataclass(frozen=True)
class Branches:
    """B branches: paths (B, 9, 3) m, radii (B, 9) m, `length` (B,) m, `depth` (B,) 0 at the top to 1 at the crown's base,
    `alive` (B,).
    """

    paths: Floats
    radii: Floats
    length: Floats
    depth: Floats
    alive: NDArray[np.bool_]


@dataclass(frozen=True)
class Shoots:
    """What needles stand on: n straight pieces from `start` to `end` (n, 3) m, the number of their `branch` (n,); `outer` (n,)
    is 1 at the crown's surface.

    The first `twigs` of them spring from branches, the next `sprays` from these; the rest are the branches' own tips.
    """

    start: Floats
    end: Floats
    branch: Ints
    outer: Floats
    twigs: int
    sprays: int


def leader(habit: Habit, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Path (1, n, 3) m and radii (1, n) m of the trunk, from a little under the ground to the tip of the leader."""
    share = np.linspace(0, 1, _TRUNK_STATIONS) ** 1.25
    z = -0.02 * habit.height + share * (1.02 - 0.1 * habit.openness) * habit.top * habit.height
    wander = (0.0018 + 0.006 * habit.openness) * habit.irregularity * habit.height
    bend = rng.normal(0, wander, (_TRUNK_STATIONS, 2)).cumsum(0)
    lean = rng.normal(0, 0.014 * habit.irregularity, 2) * habit.height
    xy = (bend - bend[2]) * share[:, None] + lean * share[:, None] ** 1.5
    fade = (1 - share * habit.top) ** (0.92 - 0.3 * habit.openness)
    radius = habit.girth * habit.height * fade + 0.0006 * habit.height
    return np.column_stack([xy, z])[None].astype(np.float32), radius[None].astype(np.float32)


def whorled_branches(habit: Habit, trunk: Floats, trunk_radii: Floats, rng: np.random.Generator) -> Branches:
    """Grow the branches out of the trunk (1, n, 3) m."""
    heights, azimuth, vigour = _buds(habit, rng)
    height, irregular, open_ = habit.height, habit.irregularity, habit.openness
    low = habit.crown_base * height
    rise = np.clip((heights - low) / (0.99 * height - low), 0, 1)
    shaded = rng.uniform(0, 2 * np.pi)
    side = 1 + (0.34 + 0.2 * open_) * irregular * np.cos(azimuth - shaded - 1.5 * rise)
    skirt = np.minimum(1, 0.62 + 0.38 * rise / 0.14)
    cone = (1 - rise) ** habit.profile + rng.uniform(0.03, 0.045 + 0.07 * irregular)
    dome = 0.45 + 0.55 * np.sin(np.pi * 0.88 * rise)
    length = habit.spread * height * (cone + (dome - cone) * open_) * skirt * side * vigour
    keep = rng.random(len(heights)) > (0.1 + 0.25 * open_) * irregular
    alive = rng.random(len(heights)) > habit.frail * np.clip(1.3 - 1.5 * rise, 0.08, 1)
    length = np.where(alive, length, length * rng.uniform(0.3, 0.85, len(length)))
    heights, azimuth, length, rise = (values[keep] for values in (heights, azimuth, length, rise))
    alive = alive[keep]

    u = np.linspace(0, 1, STATIONS)
    spire, spreading = -8 + 58 * rise**1.3, 2 + 58 * rise**1.2
    climb = np.radians(spire + (spreading - spire) * open_ + rng.normal(0, 5 + 12 * open_ * irregular, len(rise)))[:, None]
    heir = 300 * (1 - habit.top) * np.clip((heights / (habit.top * height) - 0.9) / 0.1, 0, 1)
    climb = climb + np.radians(np.minimum(heir, 30))[:, None]  # under a lost leader, branches turn up to follow it
    sink = (habit.sag * (1 - rise) * rng.uniform(0.6, 1.3, len(rise)))[:, None]
    outward = u * np.cos(climb)
    upward = u * np.sin(climb) - sink * (0.62 * u**1.6 - 0.42 * u**3.2) + 0.05 * u**3
    crooked = 0.012 + 0.05 * open_ * (0.4 + irregular)
    curve = rng.normal(0, 0.05, (len(rise), 1)) * u**2 + rng.normal(0, crooked, (len(rise), STATIONS)).cumsum(1) * u
    upward = upward + rng.normal(0, 0.8 * (crooked - 0.012), (len(rise), STATIONS)).cumsum(1) * u
    facing = np.stack([np.cos(azimuth), np.sin(azimuth)], -1)[:, None]
    sideways = np.stack([-facing[..., 1], facing[..., 0]], -1)
    level = facing * outward[..., None] + sideways * curve[..., None]
    paths = np.concatenate([level, upward[..., None]], -1) * length[:, None, None]
    axis_height = trunk[0, :, 2]
    root = np.stack([np.interp(heights, axis_height, trunk[0, :, axis]) for axis in range(3)], -1)
    paths = paths + root[:, None]
    over = np.maximum(paths[:, 1:, 2] - (0.99 - 0.12 * open_) * height, 0)
    paths[:, 1:, 2] -= 0.75 * open_ * over  # an open crown's top is flat
    paths[:, 1:, 2] = np.maximum(paths[:, 1:, 2], height * (0.012 + 0.01 * u[1:]))  # the lowest rest on the ground

    stem = np.interp(heights, axis_height, trunk_radii[0])
    thick = np.minimum((0.013 + 0.012 * open_) * length + 0.0008 * height, 0.6 * stem)
    radii = thick[:, None] * (1 - 0.88 * u**0.8)
    return Branches(
        paths.astype(np.float32), radii.astype(np.float32), length.astype(np.float32), (1 - rise).astype(np.float32), alive
    )


def _buds(habit: Habit, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """Where branches spring from: height (n,) m, azimuth (n,) rad, vigour (n,) about 1."""
    low, high = habit.crown_base * habit.height, (0.985 - 0.1 * habit.openness) * habit.top * habit.height
    uneven = 0.1 + 0.9 * habit.irregularity
    year = np.arange(habit.whorls) + uneven * rng.uniform(-0.4, 0.4, habit.whorls)
    whorl = low + (high - low) * np.sort(year.clip(0)) / habit.whorls
    number = np.clip(habit.branches + rng.integers(-1, 2, habit.whorls), 2, 9)
    row = np.repeat(np.arange(habit.whorls), number)
    place = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    turn = rng.uniform(0, 2 * np.pi, habit.whorls)
    azimuth = turn[row] + 2 * np.pi * place / number[row] + rng.normal(0, 0.22, len(row))
    spacing = (high - low) / habit.whorls
    heights = whorl[row] + rng.normal(0, 0.15 * uneven * spacing, len(row))
    vigour = np.exp(rng.normal(0, 0.07 + (0.16 + 0.12 * habit.openness) * habit.irregularity, len(row)))

    between = int(habit.whorls * habit.branches * 0.9 * habit.flat)
    heights = np.concatenate([heights, rng.uniform(low, high, between)])
    azimuth = np.concatenate([azimuth, rng.uniform(0, 2 * np.pi, between)])
    vigour = np.concatenate([vigour, rng.uniform(0.4, 0.9, between)])
    return heights, azimuth, np.clip(vigour, 0.25, 1.6)


def shoots_on(habit: Habit, branches: Branches, rng: np.random.Generator) -> Shoots:
    """Twigs on each branch, shoots to both sides of each twig; all of them may bear needles."""
    size = habit.height / 14
    most = np.clip(np.round(branches.length / (habit.gap * size)), 5, 20)
    twigs = np.where(branches.alive, most, 3).astype(np.int32)
    row = np.repeat(np.arange(len(twigs), dtype=np.int32), 2 * twigs)
    place = np.arange(len(row)) - np.repeat(np.cumsum(2 * twigs) - 2 * twigs, 2 * twigs)
    side = np.where(place % 2 == 0, 1.0, -1.0)
    inner = habit.inner + 0.14 * branches.depth[row]
    u = inner + (0.985 - inner) * (place + rng.uniform(0.1, 0.9, len(row))) / (2 * twigs[row])
    start, forward = along(branches.paths, row, u)
    around = np.where(side > 0, 0.0, np.pi) + (1 - habit.flat) * (rng.uniform(-1.2, 1.2, len(row)) + 0.7 * side)
    spread = np.radians(rng.normal(58, 8, len(row)))[:, None]
    hang = habit.weeping * branches.depth[row] * rng.uniform(0.3, 1.0, len(row)) - 0.05
    aim = forward * np.cos(spread) + radial(forward, around) * np.sin(spread)
    aim[:, 2] -= hang - 0.25 * (1 - habit.flat) * habit.openness
    long = branches.length[row] * (habit.twig * (1 - u) ** 0.75 + 0.045) * rng.uniform(0.6, 1.2, len(row)) + 0.03 * size
    length = np.minimum(long, 0.95 * size)
    end = start + unit(aim) * length[:, None]
    end[:, 2] -= 0.25 * habit.weeping * length * branches.depth[row]
    outer = 0.25 + 0.75 * u

    number = np.clip(np.round(length / (0.15 * size)), 0, 6).astype(np.int32)
    number = np.where(branches.alive[row], number, 0)
    of = np.repeat(np.arange(len(row), dtype=np.int32), number)
    nth = np.arange(len(of)) - np.repeat(np.cumsum(number) - number, number)
    v = (0.18 + 0.74 * (nth + rng.uniform(0, 1, len(of))) / number[of])[:, None]
    stem = end[of] - start[of]
    direction = unit(stem)
    outward = unit(np.cross(direction, UP)) * np.where(nth % 2 == 0, 1.0, -1.0)[:, None]
    turn = direction * 0.75 + outward * 0.66 + rng.normal(0, 0.12 + 0.2 * (1 - habit.flat), (len(of), 3))
    turn[:, 2] -= 0.6 * hang[of] - 0.3 * (1 - habit.flat) * habit.openness
    short = length[of] * (0.5 * (1 - v[:, 0]) + 0.1) + 0.035 * size
    spray_start = start[of] + stem * v
    spray_end = spray_start + unit(turn) * short[:, None]
    for ends in (end, spray_end):
        ends[:, 2] = np.maximum(ends[:, 2], 0.006 * habit.height)

    tips = branches.paths[:, _BARE:]
    pieces = tips.shape[1] - 1
    return Shoots(
        np.concatenate([start, spray_start, tips[:, :-1].reshape(-1, 3)]).astype(np.float32),
        np.concatenate([end, spray_end, tips[:, 1:].reshape(-1, 3)]).astype(np.float32),
        np.concatenate([row, row[of], np.repeat(np.arange(len(tips), dtype=np.int32), pieces)]),
        np.concatenate([outer, outer[of] * (0.75 + 0.25 * v[:, 0]), np.tile(np.linspace(0.55, 1, pieces), len(tips))]).astype(
            np.float32
        ),
        len(start),
        len(spray_start),
    )
