"""A tree's scaffold: the trunk, the limbs that make its habit, and the masses of foliage that these limbs hold to the light.

Each limb leaves the trunk at its own angle and goes on, in a curve, to a place in the crown that is its own. Targets are
spread over the crown's outline; where limbs leave low and targets are high the tree is an umbrella, where every limb leaves
next to its target it is a spire. Side limbs leave the limbs in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..anatomy.blades import GOLDEN_ANGLE
from ..anatomy.skeleton import UP, Floats, Ints, unit
from .crown import Lobes

_LIMB_NODES = 13
_SIDE_NODES = 7
_ROOTS = np.array([-1.0, -0.35, 0, 0.25, 0.55, 0.95, 1.45, 2.1])
"""Heights of the trunk's first nodes in steps: finer where roots flare."""


@dataclass(frozen=True)
class Habit:
    """How a tree is built, lengths in metres and angles in rad.

    The crown lies between the heights `base` and `height`, is `half_width` wide where it is `widest` (a share of its depth),
    and is a cone for `fullness` 1, an ellipsoid for 2, a cylinder above. `limbs` leave the trunk between the heights `fork`
    and `leader`, at `angle` from it at the bottom, two by two where `opposite`; `upturn` is the direction of their ends, -1
    down to 1 up, and `gnarl` how crooked they are. `clump` is the radius of a mass of foliage as a share of the half width,
    `layer` makes it flat, `side_limbs` are on each limb. `step` is the length of wood between two nodes.
    """

    height: float
    base: float
    half_width: float
    widest: float
    fullness: float
    fork: float
    leader: float
    limbs: int
    angle: float
    opposite: bool
    upturn: float
    gnarl: float
    clump: float
    layer: float
    side_limbs: int
    step: float


@dataclass(frozen=True)
class Scaffold:
    """Nodes (N, 3) m with their parents (N,), of which the first `trunk` are the trunk's, and the lobes that foliage fills."""

    points: Floats
    parents: Ints
    trunk: int
    lobes: Lobes


def outline(habit: Habit, rise: Floats) -> Floats:
    """Return the crown's half width, as a share of the greatest, at the shares `rise` (n,) of its depth."""
    below, above = max(habit.widest, 0.02), max(1 - habit.widest, 0.02)
    away = np.where(rise < habit.widest, (habit.widest - rise) / below * 0.85, (rise - habit.widest) / above)
    power = np.where(rise < habit.widest, max(habit.fullness, 1.6), habit.fullness)
    return np.clip(1 - np.clip(away, 0, 1) ** power, 0, 1) ** (1 / power)


def scaffold(habit: Habit, rng: np.random.Generator) -> Scaffold:
    """Return the trunk with its limbs and side limbs."""
    trunk = _trunk(habit, rng)
    target = _targets(habit, trunk, rng)
    foot = _attached(habit, trunk, target, rng)
    limbs = _curves(habit, trunk, foot, target, rng)
    parents = [np.arange(-1, len(trunk) - 1), _chains(len(trunk), foot, _LIMB_NODES)]
    points = [trunk, limbs[:, 1:].reshape(-1, 3)]
    ends = [limbs[:, -1]]
    if habit.side_limbs:
        sides, row, place = _side_limbs(habit, limbs, rng)
        first = len(trunk) + row * (_LIMB_NODES - 1) + place - 1
        parents.append(_chains(len(trunk) + len(points[1]), first, _SIDE_NODES))
        points.append(sides[:, 1:].reshape(-1, 3))
        ends.append(sides[:, -1])
    if habit.leader > 0.8 * habit.height:
        ends.append(_along_leader(habit, trunk, foot))
    return Scaffold(
        np.concatenate(points).astype(np.float32),
        np.concatenate(parents).astype(np.int32),
        len(trunk),
        _lobes(habit, np.concatenate(ends), rng),
    )


def _trunk(habit: Habit, rng: np.random.Generator) -> Floats:
    """Points (n, 3) m of the trunk, from a little under the ground to the end of its leader, with slow bends."""
    top = min(habit.leader, 0.97 * habit.height)
    number = max(7, int(top / habit.step) + 1)
    z = np.append(_ROOTS, np.linspace(3.0, max(top / habit.step, 4.0), number - 3)) * habit.step
    u = np.clip(z, 0, None) / habit.height
    phase, aim = rng.uniform(0, 2 * np.pi, (2, 3)), rng.uniform(0, 2 * np.pi)
    bends = np.stack(
        [(np.sin(np.outer(u, [5.0, 11.0, 23.0]) + p) - np.sin(p)) @ np.array([0.03, 0.014, 0.005]) for p in phase], 1
    )
    lean = (0.02 + 0.05 * habit.gnarl) * u[:, None] ** 1.3 * np.array([np.cos(aim), np.sin(aim)])
    return np.column_stack([(bends * (0.2 + 1.2 * habit.gnarl) + lean) * habit.height, z])


def _targets(habit: Habit, trunk: Floats, rng: np.random.Generator) -> Floats:
    """Where limbs end, (n, 3) m: spread evenly over the crown's outline, lowest first."""
    grid = np.linspace(0.02, 0.97, 97)
    weight = np.cumsum(outline(habit, grid) + 0.12)
    pairs = (habit.limbs + 1) // 2
    order = np.arange(habit.limbs)
    if habit.opposite:
        rise = np.interp((order // 2 + 0.5) / pairs, weight / weight[-1], grid)
        azimuth = (order // 2) * (np.pi / 2 + 0.18) + (order % 2) * np.pi
    else:
        rise = np.interp((order + 0.5) / habit.limbs, weight / weight[-1], grid)
        azimuth = order * GOLDEN_ANGLE
    rise = np.clip(rise + rng.normal(0, 0.035, habit.limbs), 0.01, 0.97)
    azimuth = azimuth + rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.2, habit.limbs)
    inside = np.ones(habit.limbs)
    if habit.leader <= 0.8 * habit.height:  # no leader fills the middle: the highest limb does, and some under a flat top
        inside[order * 0.6180339887 % 1.0 < 0.45 * np.clip(habit.fullness - 2.6, 0, 1)] = 0.5
        inside[-1], rise[-1] = 0.2, 0.94
    away = habit.half_width * outline(habit, rise) * (1 - 0.8 * habit.clump) * rng.uniform(0.72, 1.12, habit.limbs) * inside
    inset = min(_thickness(habit), 0.35 * (habit.height - habit.base))
    z = habit.base + 0.6 * inset + rise * (habit.height - habit.base - 1.6 * inset)
    axis = np.stack([np.interp(z, trunk[:, 2], trunk[:, k]) for k in range(2)], 1)
    return np.column_stack([axis + away[:, None] * np.stack([np.cos(azimuth), np.sin(azimuth)], 1), z])


def _attached(habit: Habit, trunk: Floats, target: Floats, rng: np.random.Generator) -> Ints:
    """The nodes of the trunk (n,) that limbs leave from: below their targets by their angle, within the fork and the leader."""
    away = np.hypot(*(target[:, :2] - np.stack([np.interp(target[:, 2], trunk[:, 2], trunk[:, k]) for k in range(2)], 1)).T)
    wanted = target[:, 2] - away / np.tan(np.clip(habit.angle, 0.25, 1.5))
    room = max(habit.leader - habit.fork, 0.5 * habit.step)
    highest = habit.leader - room * rng.uniform(0.0, 0.45, len(target))
    lowest = habit.fork + room * rng.uniform(0.0, 0.3, len(target))
    height = np.maximum(np.minimum(wanted, highest), np.minimum(lowest, highest))
    return np.abs(trunk[None, 5:, 2] - height[:, None]).argmin(1) + 5


def _along_leader(habit: Habit, trunk: Floats, foot: Ints) -> Floats:
    """Places (n, 3) m of foliage on the leader itself, from its tip down to the highest limb: no leader ends as a whip."""
    low, high = float(trunk[foot, 2].max()), float(trunk[-1, 2])
    z = np.linspace(high, low, max(2, round((high - low) / (0.7 * _thickness(habit)))))[:-1]
    return np.stack([np.interp(z, trunk[:, 2], trunk[:, k]) for k in range(3)], 1)


def _curves(habit: Habit, trunk: Floats, foot: Ints, target: Floats, rng: np.random.Generator) -> Floats:
    """Limbs (n, 13, 3) m from their feet on the trunk to their targets."""
    start = trunk[foot]
    chord = target - start
    out = unit(chord * np.array([1.0, 1.0, 0.0]))
    straight = np.arctan2(np.hypot(chord[:, 0], chord[:, 1]), np.maximum(chord[:, 2], 1e-3))
    depart = 0.6 * habit.angle * (1 - 0.3 * np.clip(target[:, 2] / habit.height, 0, 1)) + 0.4 * straight
    depart = np.clip(depart + rng.normal(0, 0.1, len(foot)), 0.12, 1.75)[:, None]
    arrive = habit.upturn + rng.normal(0, 0.15, len(foot))
    first = out * np.sin(depart) + UP * np.cos(depart)
    last = unit(chord) + UP * arrive[:, None]
    return _crooked(start, target, first, unit(last), _LIMB_NODES, habit.gnarl, 0.8 * habit.base, rng)


def _side_limbs(habit: Habit, limbs: Floats, rng: np.random.Generator) -> tuple[Floats, Ints, Ints]:
    """Side limbs (m, 7, 3) m, alternating along each limb, with the limb's number and the place of their foot on it (m,)."""
    count = len(limbs)
    row = np.repeat(np.arange(count), habit.side_limbs)
    order = np.tile(np.arange(habit.side_limbs), count)
    share = 0.36 + 0.5 * (order + rng.uniform(0.2, 0.8, len(row))) / habit.side_limbs
    place = np.clip(np.round(share * (_LIMB_NODES - 1)), 2, _LIMB_NODES - 2).astype(np.int32)
    start, ahead = limbs[row, place], unit(limbs[row, place + 1] - limbs[row, place - 1])
    sideways = unit(np.cross(ahead, UP) + 1e-6) * np.where((order + row) % 2 == 0, 1.0, -1.0)[:, None]
    swing = rng.uniform(0.6, 1.1, len(row))[:, None]
    roll = (rng.normal(0, 0.35, len(row)) * (1 - habit.layer) + 0.15 * habit.upturn)[:, None]
    heading = unit(ahead * np.cos(swing) + sideways * np.sin(swing) + np.cross(sideways, ahead) * roll)
    span = np.sqrt(((limbs[:, -1] - limbs[:, 0]) ** 2).sum(1))[row] * (1.0 - share) + 0.5 * habit.clump * habit.half_width
    end = start + heading * (span * rng.uniform(0.65, 1.05, len(row)))[:, None]
    end[:, 2] = np.clip(end[:, 2], habit.base, 0.97 * habit.height)
    last = unit(heading + UP * (0.7 * habit.upturn))
    first = unit(0.7 * heading + 0.3 * ahead)
    return _crooked(start, end, first, last, _SIDE_NODES, 0.8 * habit.gnarl, 0.8 * habit.base, rng), row, place


def _crooked(
    start: Floats, end: Floats, first: Floats, last: Floats, nodes: int, gnarl: float, lowest: float, rng: np.random.Generator
) -> Floats:
    """Curves (n, nodes, 3) m from start to end that leave along `first`, arrive along `last` and waver between (Hermite).

    None sags below both its start and the height `lowest` m.
    """
    u = np.linspace(0, 1, nodes)[None, :, None]
    length = np.sqrt(((end - start) ** 2).sum(1))[:, None, None]
    h = (2 * u**3 - 3 * u**2 + 1, u**3 - 2 * u**2 + u, 3 * u**2 - 2 * u**3, u**3 - u**2)
    curve = h[0] * start[:, None] + h[1] * first[:, None] * length + h[2] * end[:, None] + h[3] * last[:, None] * length
    waver = np.zeros_like(curve)
    for turns, size in ((1.3, 0.085), (2.9, 0.05), (5.3, 0.022)):
        phase = rng.uniform(0, 2 * np.pi, (len(start), 1, 3))
        amount = rng.normal(0, size, (len(start), 1, 3))
        waver += amount * (np.sin(2 * np.pi * turns * u + phase) - np.sin(phase))
    curve += waver * length * gnarl * np.minimum(1, 2.5 * u)
    curve[..., 2] = np.maximum(curve[..., 2], np.minimum(start[:, None, 2], lowest))
    return curve


def _thickness(habit: Habit) -> float:
    """Half the height of a mass of foliage, m."""
    return habit.clump * habit.half_width * (0.85 - 0.62 * habit.layer)


def _chains(first: int, feet: Ints, nodes: int) -> Ints:
    """Parents of chains of nodes - 1 new nodes, numbered from `first`, each chain on its foot."""
    own = first + np.arange(len(feet) * (nodes - 1)).reshape(len(feet), nodes - 1)
    return np.concatenate([np.asarray(feet)[:, None], own[:, :-1]], 1).ravel()


def _lobes(habit: Habit, ends: Floats, rng: np.random.Generator) -> Lobes:
    """A mass of foliage at the end of each limb, flat where the habit is layered, inside the crown's height."""
    least = 0.4 if habit.leader > 0.8 * habit.height else 0.85
    slim = np.clip(outline(habit, (ends[:, 2] - habit.base) / (habit.height - habit.base)) + 0.25, least, 1)
    radius = habit.clump * habit.half_width * rng.uniform(0.72, 1.25, len(ends)) * slim
    flat = radius * _thickness(habit) / (habit.clump * habit.half_width)
    centres = ends.copy()
    lowest = np.maximum(0.06 * habit.height + 0.8 * flat, 0.9 * habit.base + flat)
    centres[:, 2] = np.clip(centres[:, 2], lowest, np.maximum(habit.height - flat, lowest))
    return Lobes(centres.astype(np.float32), np.stack([radius, radius, flat], 1).astype(np.float32))
