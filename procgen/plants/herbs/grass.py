"""A tuft of grass: blades that rise from one crown and bend over under their own weight, with a few flowering culms.

Each blade is a strip whose angle from upright grows along it (a loaded cantilever), narrow at the foot and pointed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import frames, kite
from ..anatomy.parts import FLOWER, LEAF, STEM, blades, sheet
from ..anatomy.skeleton import Floats
from ..growth.colour import Ramp, shades
from ..growth.species import Seasonal, family, species


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(0.38, "length of the longest blades", unit="m", low=0.03, high=2.5)
    blades: int = parameter(55, "blades in the tuft", low=3, high=400)
    radius: float = parameter(0.1, "radius of the ground that the tuft covers", unit="m", low=0.005, high=1)
    blade_width: float = parameter(0.0055, "width of a blade", unit="m", low=0.0005, high=0.04)
    bend: float = parameter(0.6, "how far blades bend over: 0 stands upright, 1 touches the ground", low=0, high=1)
    culms: int = parameter(3, "flowering stalks", low=0, high=40)
    dryness: float = parameter(0.2, "share of blades that have turned to straw", low=0, high=1)


_GREEN: Ramp = ((0.042, 0.078, 0.016), (0.085, 0.122, 0.026), (0.150, 0.150, 0.045), (0.340, 0.275, 0.120))
SPECIES = (species("grass", "a tuft of grass", height=(0.22, 0.55), blades=(40, 75), bend=(0.35, 0.85), culms=(0, 5)),)


@family("grass", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the tuft, standing on z = 0: about 300 faces near, a fifth of it far."""
    segments = {"near": 6, "middle": 3, "far": 2}[detail]
    keep = {"near": 1.0, "middle": 0.6, "far": 0.3}[detail]
    parts = [_blades(params, rng, segments, keep)]
    if params.culms:
        parts += _culms(params, rng, segments, detail)
    return merge(parts)


def _blades(params: Params, rng: np.random.Generator, segments: int, keep: float) -> MeshData:
    count = params.blades
    foot = params.radius * np.sqrt(rng.random(count)) * rng.uniform(0.4, 1, count)
    around = rng.uniform(0, 2 * np.pi, count)
    azimuth = around + rng.normal(0, 0.9, count)
    length = params.height * (0.35 + 0.65 * rng.random(count) ** 0.7)
    final = params.bend * rng.uniform(0.35, 1.15, count) * 2.2 + 0.1
    initial = np.abs(rng.normal(0.08, 0.14, count)) + 0.25 * foot / params.radius
    twist = rng.normal(0, 0.7, count)
    width = params.blade_width * rng.uniform(0.6, 1.25, count)
    random = rng.random(count)
    straw = rng.random(count) < params.dryness

    used = max(1, round(count * keep))
    path, side = _bent(foot, around, azimuth, length, initial, final, twist, segments)
    t = np.linspace(0, 1, segments + 1)
    taper = (0.55 + 0.45 * np.sin(np.pi * np.minimum(t + 0.2, 0.5))) * (1 - t**2.2) + 0.03
    half = (0.5 * width / np.sqrt(keep))[:, None, None] * taper[:, None] * side
    points = np.stack([path - half, path + half], 2)[:used].reshape(-1, 3)
    row = 2 * ((segments + 1) * np.arange(used)[:, None] + np.arange(segments))
    faces = np.stack([row, row + 1, row + 3, row + 2], -1).reshape(-1, 4)
    colour = np.where(straw, 0.8 + 0.2 * random, 0.75 * random)[:used]
    light = np.broadcast_to((np.arange(segments) + 0.5) / segments, (used, segments))
    tint = shades(_GREEN, np.repeat(colour, segments)) * (0.5 + 0.5 * light.reshape(-1, 1))
    root = np.repeat(path[:used, 0], 2 * (segments + 1), axis=0)
    return sheet(points, faces, "grass", LEAF, tint, _leaf(used, segments, random[:used]), root)


def _bent(
    foot: Floats, around: Floats, azimuth: Floats, length: Floats, initial: Floats, final: Floats, twist: Floats, segments: int
) -> tuple[Floats, Floats]:
    """Midribs (n, segments + 1, 3) m and unit vectors across them, for blades that lean from `initial` to `final` rad."""
    t = np.linspace(0, 1, segments + 1)
    middle = 0.5 * (t[1:] + t[:-1])
    lean = initial[:, None] + (final - initial)[:, None] * middle**1.5
    step = (length / segments)[:, None]
    out = np.concatenate([np.zeros((len(foot), 1)), np.cumsum(np.sin(lean) * step, 1)], 1)
    up = np.concatenate([np.zeros((len(foot), 1)), np.cumsum(np.cos(lean) * step, 1)], 1)
    x = (foot * np.cos(around))[:, None] + np.cos(azimuth)[:, None] * out
    y = (foot * np.sin(around))[:, None] + np.sin(azimuth)[:, None] * out
    turned = azimuth[:, None] + np.pi / 2 + twist[:, None] * t * 0.6
    side = np.stack([np.cos(turned), np.sin(turned), np.zeros_like(turned)], -1)
    return np.stack([x, y, np.maximum(up, 0.0)], -1), side


def _culms(params: Params, rng: np.random.Generator, segments: int, detail: Detail) -> list[MeshData]:
    """Stalks above the blades, each with a panicle of spikelets."""
    count = params.culms
    zero = np.zeros(count)
    azimuth = rng.uniform(0, 2 * np.pi, count)
    length = params.height * rng.uniform(1.15, 1.6, count)
    lean = rng.uniform(0.05, 0.2, count)
    foot = 0.5 * params.radius * rng.random(count)
    path, side = _bent(foot, azimuth, azimuth, length, lean, lean + 0.35 * rng.random(count), zero, segments)
    half = 0.12 * params.blade_width * side + 0.0004 * side
    points = np.stack([path - half, path + half], 2).reshape(-1, 3)
    row = 2 * ((segments + 1) * np.arange(count)[:, None] + np.arange(segments))
    faces = np.stack([row, row + 1, row + 3, row + 2], -1).reshape(-1, 4).astype(np.int32)
    straw = np.full(len(faces), 0.78, np.float32)
    root = np.repeat(path[:, 0], 2 * (segments + 1), axis=0)
    stalks = sheet(points, faces, "grass", STEM, shades(_GREEN, straw), _leaf(count, segments, zero), root)

    spikelets = {"near": 26, "middle": 10, "far": 4}[detail]
    of = np.repeat(np.arange(count), spikelets)
    u = np.tile(np.linspace(0, 1, spikelets), count)
    tip, before = path[of, -1], path[of, -2]
    origin = before + (tip - before) * u[:, None]
    turn = np.tile(np.arange(spikelets) * 2.4, count)
    outward = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], -1)
    heading = np.stack([np.zeros_like(u), np.zeros_like(u), np.full_like(u, 1.0)], -1) + outward * 0.45
    size = length[of] * 0.05 * (1.1 - 0.6 * u) * np.sqrt(26 / spikelets) * 0.9
    random = 0.8 + 0.2 * rng.random(len(of))
    heads = blades(
        kite(0.3), origin, frames(heading, outward), size, "grass", FLOWER, shades(_GREEN, random), random, path[of, 0]
    )
    return [stalks, heads]


def _leaf(count: int, segments: int, random: Floats) -> Floats:
    """The attribute `leaf` of strips with two points a station."""
    along = np.linspace(0, 1, segments + 1)
    leaf = np.empty((count, segments + 1, 2, 3), np.float32)
    leaf[..., 0] = (-1, 1)
    leaf[..., 1] = along[:, None]
    leaf[..., 2] = random[:, None, None]
    return leaf.reshape(-1, 3)
