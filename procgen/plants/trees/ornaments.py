"""What broadleaf trees bear besides leaves: apple blossom and apples, acorns, catkins of birches, thorns of acacias."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...meshes import MeshData
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, joined, kite, radial
from ..anatomy.outlines import moved
from ..anatomy.parts import FLOWER, FRUIT, PETAL, SPINE, blades
from ..anatomy.skeleton import UP, Floats, along, squared, unit
from ..anatomy.turned import turned
from ..growth.colour import Ramp, shades
from ..growth.shoots import Twigs

BEARS = ("nothing", "apples", "acorns", "catkins", "thorns")
"""What a tree bears; apples blossom first, thorns are there all the year."""
_PINK: Ramp = ((0.72, 0.50, 0.52), (0.78, 0.68, 0.68), (0.80, 0.76, 0.74))
_APPLE: Ramp = ((0.30, 0.36, 0.05), (0.45, 0.22, 0.05), (0.42, 0.035, 0.02), (0.30, 0.02, 0.02))
_ACORN: Ramp = ((0.16, 0.14, 0.03), (0.20, 0.11, 0.04))
_CATKIN: Ramp = ((0.24, 0.20, 0.05), (0.30, 0.24, 0.08))
_IVORY: Ramp = ((0.44, 0.40, 0.33), (0.62, 0.59, 0.52))
_SHARE = {"near": 1, "middle": 3, "far": 8}


def ornaments(
    bears: str, season: str, number: int, size: float, shoots: Twigs, detail: Detail, rng: np.random.Generator
) -> list[MeshData]:
    """Return what the tree bears in this season, drawn `size` times as large as life: about `number` of it, on lit shoots."""
    every = _SHARE[detail]
    larger = size * every**0.45
    if bears == "apples" and season == "spring":
        return [_blossom(max(1, number * 42 // every), 0.06 * larger, shoots, detail, rng)]
    if bears == "apples" and season in ("summer", "autumn"):
        ripe = 1.0 if season == "autumn" else 0.72
        ramp = _APPLE if season == "autumn" else _APPLE[:3]
        return [_hung(_apple(detail), max(1, number // every), 0.075 * larger * ripe, ramp, FRUIT, "fruit", shoots, rng)]
    if bears == "acorns" and season == "autumn":
        return [_hung(_acorn(detail), max(1, number // every), 0.034 * larger, _ACORN, FRUIT, "fruit", shoots, rng)]
    if bears == "catkins" and season == "spring":
        return [_hung(_catkin(), max(1, 3 * number // every), 0.055 * larger, _CATKIN, FLOWER, "stem", shoots, rng)]
    if bears == "thorns" and detail == "near":
        return [_thorns(shoots, rng)]
    return []


def _chosen(number: int, shoots: Twigs, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Places on shoots in the light (n, 3) m and the ways these go (n, 3)."""
    order = np.argsort(-(shoots.light + 0.9 * rng.random(len(shoots.light))), kind="stable")
    row = np.resize(order[: max(1, number)], number)
    last = shoots.paths.shape[1] - 1
    node = rng.integers(1, last + 1, number)
    end, before = shoots.paths[row, node], shoots.paths[row, node - 1]
    return before + (end - before) * rng.random((number, 1)), end - before


def _blossom(number: int, size: float, shoots: Twigs, detail: Detail, rng: np.random.Generator) -> MeshData:
    """Flowers of five petals in clusters, one quad each further off; the petals of one move as one."""
    clusters = max(1, number // 5)
    centre, _ = _chosen(clusters, shoots, rng)
    row = np.arange(number) % clusters
    aside = rng.normal(0, 1, (number, 3)) + UP * 0.6
    place = centre[row] + aside * (0.6 * size)
    turn = frames(np.cross(aside, rng.normal(size=(number, 3))), aside + 0.3 * UP)
    scale = (size * rng.uniform(0.75, 1.15, number)).astype(np.float32)
    place, number_of = place.astype(np.float32), rng.random(number)
    tint = shades(_PINK, 0.5 * rng.random(clusters)[row] + 0.5 * number_of)
    return blades(_flower(detail), place, turn, scale, "petal", PETAL, tint, number_of, centre[row])


def _flower(detail: Detail) -> Template:
    """Five petals, one across."""
    if detail != "near":
        return moved(kite(0.9, 0.0, 0.5), 0.0, 1.0, -0.5, 0.0)
    return joined([moved(kite(0.95, -0.3, 0.62), 2 * np.pi * k / 5, 0.5, 0.0, 0.0) for k in range(5)])


def _hung(
    template: Template, number: int, size: float, ramp: Ramp, part: int, material: str, shoots: Twigs, rng: np.random.Generator
) -> MeshData:
    """Hang the template, which points down from its stalk, from shoots: up to `number`, none in another."""
    place, _ = _chosen(2 * number, shoots, rng)
    place = place[_apart(place, 1.25 * size)][:number]
    number = len(place)
    down = -UP + rng.normal(0, 0.16, (number, 3))
    turn = frames(down, rng.normal(size=(number, 3)))
    scale = (size * rng.uniform(0.8, 1.15, number)).astype(np.float32)
    own = rng.random(number)
    return blades(template, place.astype(np.float32), turn, scale, material, part, shades(ramp, own), own)


def _apart(place: Floats, least: float) -> NDArray[np.bool_]:
    """Return which places (n, 3) m are `least` m away from all that come before them, (n,)."""
    close = np.tril(squared(place[:, None] - place) < least**2, -1)
    kept = np.ones(len(place), bool)
    for row in np.flatnonzero(close.any(1)):
        kept[row] = not (close[row] & kept).any()
    return kept


def _thorns(shoots: Twigs, rng: np.random.Generator) -> MeshData:
    """Straight white thorns, a pair on every shoot, 4 to 8 cm long as those of the umbrella thorn."""
    count = len(shoots.paths)
    row = np.repeat(np.arange(count, dtype=np.int32), 2)
    foot, forward = along(shoots.paths, row, rng.uniform(0.2, 0.8, count).repeat(2).astype(np.float32))
    azimuth = GOLDEN_ANGLE * row + np.tile([0.9, -0.9], count)
    heading = unit(0.35 * forward + radial(forward, azimuth))
    length, own = rng.uniform(0.04, 0.08, len(row)), rng.random(len(row))
    scale = np.stack([np.full(len(row), 0.0035), length, length], -1).astype(np.float32)
    turn = frames(heading, rng.normal(size=(len(row), 3)))
    return blades(kite(1.0, 0.0, 0.12), foot, turn, scale, "spine", SPINE, shades(_IVORY, own), own)


def _apple(detail: Detail) -> Template:
    """An apple of diameter 1 on a short stalk, with the hollows at both ends."""
    along = [0.16, 0.13, 0.2, 0.42, 0.7, 0.95, 1.02, 0.97]
    radii = [0.02, 0.12, 0.32, 0.49, 0.48, 0.3, 0.15, 0.02]
    body = turned(along, radii, 8) if detail == "near" else turned(along[1::2], radii[1::2], 4)
    return joined([turned([0.0, 0.2], [0.035, 0.03], 4), body])


def _acorn(detail: Detail) -> Template:
    """A nut in its cup on a stalk."""
    cup = turned([0.2, 0.24, 0.42, 0.52], [0.04, 0.2, 0.31, 0.27], 6 if detail == "near" else 4)
    nut = turned([0.45, 0.75, 0.95, 1.05], [0.25, 0.26, 0.13, 0.02], 6 if detail == "near" else 4)
    return joined([turned([0.0, 0.24], [0.03, 0.03], 4), cup, nut])


def _catkin() -> Template:
    """A slender tassel."""
    return turned([0.0, 0.12, 0.5, 0.9, 1.0], [0.015, 0.06, 0.075, 0.05, 0.01], 4)
