"""Where to stand and which way to look: many places are tried in a sketch of the land, the best picture is taken.

The sketch is a ray cast over the height field, some dozen pixels a candidate. A picture scores for showing near ground,
water, far land, mountains and sky in the shares that its kind of world wishes for, for a skyline that varies, and for nothing
tall close before the lens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import UserError
from ..scene_spec import CameraSpec, RenderSpec
from .optics import Optics, perspective
from .view import Height
from .walking import TURN_BACK, Stroll

_AZIMUTHS, _RINGS, _ROWS = 72, 110, 26


Share = tuple[float, float, float]
"""The share of the picture that is best, the half-width of what is still good, and how much it counts."""


@dataclass(frozen=True)
class Wish:
    """What a picture should show: shares of water, of ground nearer than 30 m, of land beyond 60 m and beyond 400 m, and of
    sky.

    `across` counts for water from edge to edge, `crest` for a skyline that varies, `wall` against land close before the lens,
    `ahead` for looking along +y, where a plan may have laid what is worth seeing.
    `pitch` are the lowest and the highest pitch in degrees.
    """

    water: Share = (0.24, 0.13, 1.6)
    near: Share = (0.24, 0.12, 1.0)
    far: Share = (0.20, 0.12, 0.7)
    mountain: Share = (0.15, 0.10, 0.8)
    sky: Share = (0.33, 0.15, 0.9)
    across: float = 1.2
    crest: float = 0.5
    wall: float = 1.5
    ahead: float = 0.0
    pitch: tuple[float, float] = (-5.0, 7.0)


@dataclass(frozen=True)
class Candidates:
    """N places to stand, the best first: eyes (N, 3) m, headings and pitches (N,) rad of their best pictures, and sides (N,),
    1 or -1: to which side of the picture the camera would rather move."""

    eyes: NDArray[np.float64]
    headings: NDArray[np.float64]
    pitches: NDArray[np.float64]
    sides: NDArray[np.float64]


def candidates(
    height: Height,
    places: NDArray[np.floating],
    camera: CameraSpec,
    render: RenderSpec,
    reach: float,
    rng: np.random.Generator,
    wish: Wish,
) -> Candidates:
    """Return the `places` (N, 2) m on dry land by the pictures that they give; `reach` is how far the land goes on, m."""
    x, y = places[:, 0].astype(np.float32), places[:, 1].astype(np.float32)
    eyes = np.stack([x, y, np.maximum(height(x, y), 0.0) + camera.height], 1).astype(np.float64)
    score, heading, pitch = _sketched(height, eyes, perspective(camera, render), reach, wish)
    score += 0.05 * rng.random(score.shape)
    sides = np.where(rng.random(len(score)) < 0.5, 1.0, -1.0)
    order = np.argsort(-score)
    return Candidates(eyes[order], heading[order], pitch[order], sides[order])


def find_path(height: Height, found: Candidates, camera: CameraSpec, render: RenderSpec, margin: int) -> Stroll:
    """Return the best path, fit to be walked from `margin` frames before the first frame to as many after the last.

    Raises UserError where no place keeps the path above ground and water.
    """
    # On rough land a path may follow the ground less closely.
    for patience in (1.0, 3.0, 10.0):
        for eye, heading, pitch, side in zip(found.eyes, found.headings, found.pitches, found.sides, strict=True):
            for across in (side, -side):
                path = _path(height, eye, heading, pitch, across, patience, camera, render, margin)
                if path is not None:
                    return path
    raise UserError("no camera path of this length stays above ground and water: lower camera.speed or take another seed")


def _path(
    height: Height,
    eye: NDArray[np.float64],
    heading: float,
    pitch: float,
    across: float,
    patience: float,
    camera: CameraSpec,
    render: RenderSpec,
    margin: int,
) -> Stroll | None:
    """Return a path that strolls to one side and a little forward, at the eye's height over the ground, or None."""
    azimuth = heading + across * np.radians(62.0)
    flat = np.array([np.sin(azimuth), np.cos(azimuth)])
    step = camera.speed / render.frame_rate
    longest = min(TURN_BACK, camera.speed * (render.frames + margin) / render.frame_rate + 0.1)
    way = np.linspace(-min(longest, max(1.0, step * margin)), longest, 25)
    track = eye[None, :2] + flat * way[:, None]
    ground = height(track[:, 0].astype(np.float32), track[:, 1].astype(np.float32)).astype(np.float64)
    if ground.min() < 0.12 or np.ptp(ground) > patience * (0.35 * camera.height + 0.25 * longest):
        return None
    slope, level = np.polyfit(way, ground, 1)
    level += max(0.0, float((ground - level - slope * way).max()) - 0.1 * camera.height)
    start = np.array([eye[0], eye[1], level + camera.height])
    turn = -across * np.radians(0.7)
    return Stroll(start, np.array([*flat, slope]), float(heading), float(pitch), turn, camera.speed, render.frame_rate)


def _sketched(
    height: Height, eyes: NDArray[np.float64], lens: Optics, reach: float, wish: Wish
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the best score, its heading and its pitch for every eye (N, 3)."""
    azimuth = np.arange(_AZIMUTHS) * (2 * np.pi / _AZIMUTHS)
    radii = np.geomspace(2.0, reach, _RINGS)
    x = eyes[:, 0, None, None] + np.sin(azimuth)[:, None] * radii
    y = eyes[:, 1, None, None] + np.cos(azimuth)[:, None] * radii
    ground = height(x.astype(np.float32), y.astype(np.float32))
    slope = np.maximum.accumulate((np.maximum(ground, 0.0) - eyes[:, 2, None, None]) / radii, axis=2)
    top = slope[..., -1]

    window = max(3, round(lens.horizontal / (2 * np.pi) * _AZIMUTHS))
    columns = (np.arange(_AZIMUTHS)[:, None] + np.arange(window)[None, :] - window // 2) % _AZIMUTHS
    highest = np.percentile(top[:, columns], 92, axis=2)
    # The highest land stays under the upper sixth of the picture; level land keeps the camera a little downward.
    pitch = np.clip(np.arctan(highest) - 0.32 * lens.vertical, *np.radians(wish.pitch))

    score = np.full(columns.shape[:1] + eyes.shape[:1], -np.inf).T
    for start in range(_AZIMUTHS):
        score[:, start] = _score(slope, ground, radii, columns[start], pitch[:, start], lens, wish)
        score[:, start] += wish.ahead * np.cos(azimuth[start])
    best = score.argmax(1)
    rows = np.arange(len(eyes))
    return score[rows, best], azimuth[best], pitch[rows, best]


def _score(
    slope: NDArray[np.float64],
    ground: NDArray[np.float32],
    radii: NDArray[np.float64],
    columns: NDArray[np.int64],
    pitch: NDArray[np.float64],
    lens: Optics,
    wish: Wish,
) -> NDArray[np.float64]:
    """Return how good a picture each place (N,) gives in one direction: what its pixels show."""
    rows = pitch[:, None] + np.linspace(-0.5, 0.5, _ROWS) * lens.vertical
    few = slice(None, None, max(1, len(columns) // 6))
    block, land = slope[:, columns[few]], ground[:, columns[few]]
    hit = (block[:, :, None, :] < np.tan(rows)[:, None, :, None]).sum(-1)
    sky = hit == len(radii)
    hit = np.minimum(hit, len(radii) - 1)
    distance = radii[hit]
    water = (np.take_along_axis(land, hit.reshape(len(land), land.shape[1], -1), 2).reshape(hit.shape) < 0.0) & ~sky
    near = (distance < 30) & ~water & ~sky
    far = (distance > 60) & ~water & ~sky
    mountain = (distance > 400) & ~water & ~sky

    def wanted(mask: NDArray[np.bool_], best: Share) -> NDArray[np.float64]:
        return best[2] * np.exp(-(((mask.mean((1, 2)) - best[0]) / best[1]) ** 2))

    crest = block[..., -1]
    # Land that rises close before the lens is a wall, not a picture.
    wall = (block[..., np.searchsorted(radii, 45.0)] > 0.03).mean(1)
    return (
        wanted(water, wish.water)
        + wish.across * np.minimum(water.any(2).mean(1) / 0.8, 1.0)
        + wanted(near, wish.near)
        + wanted(sky, wish.sky)
        + wanted(far, wish.far)
        + wanted(mountain, wish.mountain)
        + wish.crest * np.minimum(crest.std(1) / 0.05, 1.0)
        - wish.wall * wall
    )
