"""Broken limbs of dead wood, their splintered ends, and the roots of a tree that was thrown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...elementary import cos
from ...meshes import MeshData
from ...registry import Detail
from .parts import BRANCH, ROOT
from .skeleton import UP, Floats, unit
from .stems import clad, end_cap, stem, waves

_GREY = np.array([0.235, 0.210, 0.180])
_WARM = np.array([0.170, 0.115, 0.070])


@dataclass(frozen=True)
class Breaks:
    """`number` limbs between the shares `low` and `high` of a stem, up to `reach` m long, as crooked as `gnarl` 0..1; they
    begin at the share `depth` of the stem's radius from its axis.
    """

    number: int
    low: float
    high: float
    reach: float
    gnarl: float
    depth: float = 0.4


def splinters_round(rng: np.random.Generator, sides: int, size: float) -> Floats:
    """Lengths (S,) m of the splinters round a broken end: broad ones that a finer tear divides."""
    angle = np.arange(sides) * (2 * np.pi / sides)
    broad, fine = waves(rng, 3, 1.0, 4), waves(rng, 13, 1.0, 6)
    return size * (broad.at(angle, np.zeros(1)) + 0.45 * fine.at(angle, np.zeros(1)))


def broken_limbs(breaks: Breaks, path: Floats, radius: Floats, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Broken limbs of a stem along `path` (L, 3) m with `radius` (L,) m, each with a few stubs of its own."""
    stations, sides = {"near": (14, 10), "middle": (7, 6), "far": (4, 4)}[detail]
    made: list[MeshData] = []
    turn = rng.uniform(0, 6.3)
    for number in range(breaks.number):
        luck = rng.random(8)
        u = breaks.low + (breaks.high - breaks.low) * (number + luck[0]) / breaks.number
        start = _at(path, u)
        ahead = unit((_at(path, min(u + 0.05, 1)) - _at(path, u - 0.05))[None])[0]
        azimuth = turn + number * 2.4 + luck[1]
        level = np.array([np.cos(azimuth), np.sin(azimuth), 0.0])
        aside = level - ahead * (level * ahead).sum() if ahead[2] > 0.5 else _upper(ahead, azimuth)
        heading = unit((aside + ahead * (0.25 + 0.7 * luck[2]))[None])[0]
        here = float(np.interp(u, np.linspace(0, 1, len(radius)), radius))
        start = start + breaks.depth * here * aside
        thick = min(0.62 * (0.5 + 0.6 * luck[3]) * here, 0.09 * breaks.reach)
        long = breaks.reach * (0.22 + 0.78 * luck[4])
        limb = _limb(start, heading, long, thick, breaks.gnarl, rng, stations, sides)
        made += limb[1]
        for twig in range(int(3.2 * luck[5])):
            fork = _at(limb[0], 0.35 + 0.18 * twig)
            away = unit((heading + rng.normal(0, 0.8, 3) + 0.3 * UP)[None])[0]
            made += _limb(fork, away, long * rng.uniform(0.2, 0.45), 0.42 * thick, breaks.gnarl, rng, stations, sides)[1]
    return made


def _limb(
    start: Floats, heading: Floats, long: float, thick: float, gnarl: float, rng: np.random.Generator, stations: int, sides: int
) -> tuple[Floats, list[MeshData]]:
    """One limb from `start` (3,) m: its path (L, 3) m, and its wood with a broken end."""
    u = np.linspace(0, 1, stations)
    bends = rng.normal(0, 0.1 + 0.12 * gnarl, (2, 3))
    crook = bends[0] * (u * u)[:, None] + 0.5 * bends[1] * np.sin(5 * u)[:, None] * u[:, None]
    path = start + (heading * u[:, None] + crook) * long
    path[:, 2] = np.maximum(path[:, 2], 0.3 * thick)
    splinters = splinters_round(rng, sides, min(0.08 * long, 0.9 * thick))
    made = stem(path, np.repeat((thick * (1 - 0.6 * u**0.8))[:, None], sides, 1), splinters=splinters)
    skin = made.skin()
    cap = end_cap(made, 0.3 * thick, waves(rng, 3, 0.2, 3), 2)
    grey = (0.65 * _GREY + 0.35 * _WARM) * rng.uniform(0.8, 1.1)
    return path, [
        clad(skin, ("wood_dead",), 0, BRANCH, grey),
        clad(cap, ("wood_dead",), 0, BRANCH, _WARM),
    ]


def root_plate(foot: Floats, thick: float, rng: np.random.Generator, detail: Detail) -> list[MeshData]:
    """Roots torn out with the stem: they radiate from its foot, across the axis, and stop at the ground."""
    stations, sides = {"near": (12, 8), "middle": (6, 6), "far": (4, 4)}[detail]
    made: list[MeshData] = []
    for number in range(13):
        turn = number * 2.4 + rng.uniform(-0.4, 0.4)
        heading = np.array([-0.35 * rng.random(), np.cos(turn), np.sin(turn)])
        long = thick * rng.uniform(0.8, 2.0)
        made += _limb(foot + 0.3 * thick * heading, heading, long, thick * rng.uniform(0.15, 0.3), 1.2, rng, stations, sides)[1]
    for mesh in made:
        mesh.attributes["part"].values[:] = ROOT
    return made


def _at(path: Floats, u: float) -> Floats:
    place = np.linspace(0, 1, len(path))
    return np.array([np.interp(u, place, path[:, axis]) for axis in range(3)])


def _upper(ahead: Floats, azimuth: float) -> Floats:
    """A direction across a lying stem, on its upper side or flank."""
    side = unit(np.cross(ahead, UP)[None])[0]
    lift = 0.5 * np.pi + 1.2 * float(cos(azimuth))
    return side * np.cos(lift) + UP * np.sin(lift)
