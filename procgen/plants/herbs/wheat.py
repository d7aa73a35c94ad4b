"""Wheat: a plant of a few straight culms, each with nodes, four or five blades and an ear of two ranks of awned spikelets.

Green in spring with ears just out, golden in summer with ears that nod and blades that have dried, cut to stubble in autumn,
which winter weathers grey.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ...spec import parameter
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, joined, needle
from ..anatomy.outline_blades import fewer, run
from ..anatomy.parts import FRUIT, LEAF, blades
from ..anatomy.skeleton import Floats, along, unit
from ..anatomy.turned import turned
from ..growth.colour import Ramp, Rgb, mixed, shades
from ..growth.phenology import ABSENT, Phase, grown, stages
from ..growth.species import Seasonal, family, species
from ..growth.stalks import rising
from ..growth.strips import Blades, culms, strips, two_ranked


@dataclass(frozen=True)
class Params(Seasonal):
    height: float = parameter(0.85, "height of the culms", unit="m", low=0.2, high=1.6)
    culms: int = parameter(7, "culms of a full-grown plant", low=1, high=20)
    blade_length: float = parameter(0.24, "length of the longest blades", unit="m", low=0.05, high=0.5)
    blade_width: float = parameter(0.013, "width of a blade", unit="m", low=0.003, high=0.03)
    ear: float = parameter(0.09, "length of an ear without its awns", unit="m", low=0.03, high=0.2)
    awns: float = parameter(0.07, "length of the awns", unit="m", low=0.005, high=0.15)
    spikelets: int = parameter(20, "spikelets of an ear", low=6, high=32)


_GREEN: Ramp = ((0.062, 0.115, 0.036), (0.085, 0.142, 0.046), (0.110, 0.165, 0.060))
_GOLD: Ramp = ((0.36, 0.250, 0.095), (0.47, 0.340, 0.135), (0.55, 0.415, 0.185))
_GREY: Ramp = ((0.19, 0.155, 0.105), (0.27, 0.225, 0.155), (0.33, 0.285, 0.21))
_NODE: Rgb = (0.15, 0.10, 0.04)
_STUBBLE = 0.19
_YEAR = {
    "spring": (Phase(flowers=1.0, rise=0.92), _GREEN, 0.0),
    "summer": (Phase(seeds=1.0, droop=0.3), _GOLD, 1.0),
    "autumn": (Phase(rise=_STUBBLE, droop=0.1), _GOLD, 1.0),
    "winter": (Phase(rise=0.8 * _STUBBLE, droop=0.4), _GREY, 1.0),
    "dry": (Phase(seeds=0.7, rise=0.75, droop=0.55), mixed(_GOLD, _GREEN, 0.25), 0.75),
}
"""By season: what the culms bear, their colour, and how ripe the plant is, 0..1."""
SPECIES = (
    species(
        "wheat", "a plant of bearded wheat", height=(0.7, 1.0), culms=(5, 9), blade_length=(0.19, 0.28), ear=(0.075, 0.11),
        awns=(0.055, 0.085), spikelets=(18, 24),
    ),
)  # fmt: skip


@family("wheat", Params, SPECIES)
def build(params: Params, rng: np.random.Generator, detail: Detail = "near") -> MeshData:
    """Return the plant, standing on z = 0: about 8,000 faces near, 300 middle, 170 far."""
    culm_rng, leaf_rng, ear_rng = rng.spawn(3)
    phase, ramp, ripe = _YEAR[params.season]
    size = grown(params.age, 0.15)
    count = params.culms
    azimuth = np.arange(count) * GOLDEN_ANGLE + culm_rng.uniform(0, 6.3)
    out = 0.03 * size * np.sqrt(culm_rng.random(count))
    share, lean = culm_rng.uniform(0.82, 1.0, count), culm_rng.uniform(0.01, 0.14, count)
    order, luck = culm_rng.random((2, count))
    feet = np.stack([out * np.cos(azimuth), out * np.sin(azimuth), 0 * out], -1)
    eared = stages(phase, params.age, order) != ABSENT
    cut = params.season in ("autumn", "winter")
    bend = -0.5 * lean + np.where(eared, ripe * (0.25 + 0.9 * luck), 0.0) + phase.droop * luck * (0.3 if cut else 1.0)
    tuft = max(0.0, 1 - params.age / 0.3)
    paths = rising(feet, azimuth, params.height * size * phase.rise * share * (1 - 0.8 * tuft), lean, bend, 1.5 if cut else 6.0)

    thick = np.full(count, 0.0021 * size**0.5 * (params.height / 0.85) ** 0.5)
    nodes = np.array([0.3]) if cut else np.array([0.06, 0.17, 0.34, 0.58])
    stem = tuple(np.array(ramp)[[1, 2]].tolist())
    parts = [culms(paths, nodes, thick, (0.9 if cut else 0.5) * thick, detail, stem, _NODE)]
    parts.append(_blades(params, size * (1 + 0.5 * tuft), ramp, ripe, cut, paths, nodes, leaf_rng, detail))
    if eared.any():
        parts += _ears(params, size, ramp, paths[eared], luck[eared], ear_rng, detail)
    return merge(parts)


def _blades(
    params: Params, size: float, ramp: Ramp, ripe: float, cut: bool, paths: Floats, nodes: Floats, rng: np.random.Generator,
    detail: Detail,
) -> MeshData:  # fmt: skip
    """One blade a node in two ranks, bowing over; ripe ones are dry, twisted, and hang; on stubble a torn sheath is left."""
    each = len(nodes)
    row = np.repeat(np.arange(len(paths), dtype=np.int32), each)
    number = np.tile(np.arange(each, dtype=np.int32), len(paths))
    place = np.tile(nodes, len(paths))
    azimuth = two_ranked(row, number, rng.uniform(0, 2 * np.pi, len(paths)), rng)
    long = params.blade_length * size * (0.8 + 0.4 * place) * rng.uniform(0.75, 1.1, len(row)) * (0.3 if cut else 1.0)
    random = rng.random(len(row))
    bow = rng.uniform(0.7, 1.6, len(row)) + 0.9 * ripe
    twist = rng.normal(0, 0.4 + 0.9 * ripe, len(row))
    width = params.blade_width * size**0.5 * (0.8 + 0.35 * random) * (1 - 0.45 * ripe)
    feet, _ = along(paths, row, place)
    tint = shades(ramp, random) * (1 - 0.15 * ripe)
    those = Blades(feet, azimuth, long, width, np.full(len(row), 0.35), bow, twist, tint, random)
    return strips(those, detail, material="leaf_parallel")


def _ears(
    params: Params, size: float, ramp: Ramp, paths: Floats, luck: Floats, rng: np.random.Generator, detail: Detail
) -> list[MeshData]:
    """Spikelets left and right of the rachis, which goes on where the culm ends; each awn leaves the tip of its spikelet."""
    count, each = len(paths), params.spikelets
    ahead = unit(paths[:, -1] - paths[:, -2])
    tilt, azimuth = np.arccos(np.clip(ahead[:, 2], -1, 1)), np.arctan2(ahead[:, 1], ahead[:, 0])
    rachis = rising(paths[:, -1], azimuth, np.full(count, params.ear * size), tilt, 0.25 + 0.3 * luck, 1.0)
    row = np.repeat(np.arange(count, dtype=np.int32), each)
    number = np.tile(np.arange(each), count)
    place, forward = along(rachis, row, number / each)
    spin = rng.uniform(0, np.pi, count)[row]
    flat = frames(forward, np.stack([np.cos(spin), np.sin(spin), 0.2 + 0 * spin], -1))
    outward = flat[:, :, 0] * np.where(number % 2 == 0, 1.0, -1.0)[:, None]
    heading = forward + (0.2 if detail == "far" else 0.38) * outward
    random = rng.random(len(row))
    swell = np.sin(np.pi * (0.22 + 0.68 * (number + 0.5) / each))
    grain = 2.7 * params.ear / each * size * swell * (14 / 20 + 0.3 * each / 20)
    shell, left = fewer(_spikelet(), len(row), detail)
    kept = np.linspace(0, len(row) - 1, left).round().astype(int)
    tint = shades(ramp, 0.35 * random[kept, None] + 0.65 * run(shell))
    turned_to = frames(heading[kept], flat[kept, :, 2])
    # Kites have the whole area of bodies that show a third of it; the few of the far form reach along the ear.
    stretch = {"near": (1, 1, 1), "middle": (0.4, 1, 1), "far": (0.2, 2, 2)}[detail]
    grown_to = grain[kept, None] * np.array(stretch)
    ears = blades(shell, place[kept], turned_to, grown_to, "fruit", FRUIT, tint, random[kept], paths[row[kept], -1])

    awn, left = fewer(joined([_leaning(needle(0.011, 0.3), lean) for lean in (-0.1, 0.12)]), len(row), detail)
    kept = np.linspace(0, len(row) - 1, left).round().astype(int)
    tip = place[kept] + unit(heading[kept]) * (0.7 * grain[kept])[:, None]
    long = params.awns * size * (0.8 + 0.3 * random[kept])
    slender, apart = {"near": (1.0, 0.28), "middle": (0.8, 0.24), "far": (0.6, 0.2)}[detail]  # broad ones read as a comb
    long = long[:, None] * np.array([slender, 1, 1])
    bristle = shades(ramp, 0.6 + 0.4 * random[kept])
    turned_to = frames(forward[kept] + apart * outward[kept], flat[kept, :, 2])
    return [ears, blades(awn, tip, turned_to, long, "spine", LEAF, bristle, random[kept], paths[row[kept], -1])]


def _spikelet() -> Template:
    """Three florets side by side in their glumes, one long."""
    floret = turned(np.array([0, 0.35, 0.75, 1.0]), np.array([0.08, 0.17, 0.12, 0.015]), 6)
    return joined([_leaning(floret, lean) for lean in (-0.28, 0.0, 0.28)])


def _leaning(template: Template, angle: float) -> Template:
    x, y, z = template.points.T
    points = np.stack([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle), z], -1)
    return Template(points.astype(np.float32), template.faces, template.places)
