"""Leaves on shoots: their order, their petioles turned to the light, their colours, and what insects and drought have left."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...meshes import MeshData, merge
from ...registry import Detail
from ..anatomy.blades import GOLDEN_ANGLE, Template, frames, radial
from ..anatomy.outlines import coarse_leaf, leaf, plain_leaf
from ..anatomy.parts import LEAF, blades
from ..anatomy.skeleton import UP, Floats, Ints, along, unit
from .colour import shades, spread
from .season import Leafage
from .shoots import Twigs

ARRANGEMENTS = ("alternate", "opposite", "two-ranked")
"""Spiral, by the golden angle; in pairs, each across the last (decussate); left and right in one plane (distichous)."""
_MOST = {"near": 27_000, "middle": 12_000, "far": 4_400}
_MOST_FEATHERY = 16_000
"""Of leaves that one kite does not do justice to, fewer are drawn, so that most have their pinnae."""
_BROWN = np.array([0.11, 0.065, 0.028], np.float32)


@dataclass(frozen=True)
class Leaves:
    """A plant's leaves: the outline, stretched sideways by `width`; `length` m of a true one; `area` m2 of all of them when
    in full leaf; `droop` 0 level to 1 hanging; `wear` the share that is bitten or brown at the tip.
    """

    outline: str
    width: float
    length: float
    area: float
    arrangement: str
    droop: float
    wear: float


def foliage(
    kind: Leaves, leafage: Leafage, shoots: Twigs, limb: Ints, room: int, detail: Detail, rng: np.random.Generator
) -> MeshData:
    """Return the leaves on the shoots, of which each belongs to a limb, by its number `limb` (n,); at most `room` faces.

    As many as a true plant has, up to what a mesh may hold; beyond, fewer and larger ones of the same area. Shoots in the
    light bear more. Near by, those in the light have their full outline, those
    behind them a coarse one, and those in the dark are kites.
    """
    full, plain = leaf(kind.outline, kind.width), plain_leaf(kind.outline, kind.width)
    of_unit = 0.5 * float(np.ptp(plain.points[:, 0]))
    most = _MOST_FEATHERY if kind.outline == "bipinnate" else _MOST["near"]
    total = int(np.clip(kind.area / (of_unit * kind.length**2), 60, most))
    length = max(kind.length, np.sqrt(kind.area / (of_unit * total)))
    share = shoots.light[:, None] ** 0.7 + 0.25
    each = max(2, -(-total // max(len(shoots.paths), 1)) + 2)
    row = np.repeat(np.arange(len(shoots.paths)), each)
    order = np.argsort(rng.random(len(row)) / np.repeat(share[:, 0], each), kind="stable")[
        : max(1, round(total * leafage.share))
    ]
    drawn = order[: max(1, min(_MOST[detail], room))]
    grow = np.sqrt(len(order) / len(drawn)) if len(drawn) else 1.0

    rank = np.tile(np.arange(each), len(shoots.paths))
    origin, heading, facing, size, place = _stand(kind, shoots, row, rank, each, rng)
    colour = _colours(leafage, shoots, row, limb, rng)
    number = rng.random(len(row))
    scale = (size * length * leafage.size).astype(np.float32)
    lit = shoots.light[row] + 0.2 * place + 0.2 * rng.random(len(row))
    worn = rng.random((len(row), 2))

    material = "leaf_palmate" if kind.outline == "palmate" else "leaf"

    def laid(template: Template, chosen: Ints, larger: float) -> MeshData:
        tint = np.repeat(colour[chosen][:, None], len(template.faces), axis=1)
        mesh = blades(
            template, origin[chosen], frames(heading[chosen], facing[chosen]), scale[chosen] * np.float32(larger),
            material, LEAF, _browned(tint, worn[chosen], kind.wear), number[chosen],
        )  # fmt: skip
        return _bitten(mesh, len(template.faces), worn[chosen], kind.wear)

    if detail != "near":
        return laid(plain, drawn, grow)
    coarse = coarse_leaf(kind.outline, kind.width)
    spare = max(0, room - len(drawn))
    shaped = min(len(drawn), int(0.62 * spare) // (len(coarse.faces) - 1))
    best = min(shaped, (spare - shaped * (len(coarse.faces) - 1)) // max(1, len(full.faces) - len(coarse.faces)))
    by_light = drawn[np.argsort(-lit[drawn], kind="stable")]
    tiers = ((full, by_light[:best]), (coarse, by_light[best:shaped]), (plain, by_light[shaped:]))
    return merge([laid(template, np.sort(some), grow) for template, some in tiers if len(some)])


def _stand(
    kind: Leaves, shoots: Twigs, row: Ints, rank: Ints, each: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Where leaves are attached, where they point, what they face (n, 3), their size against the mean and place (n,)."""
    count = len(row)
    pair = kind.arrangement == "opposite"
    steps = max(1, -(-each // 2)) if pair else each
    step = rank // 2 if pair else rank
    place = (step + 0.6 + rng.uniform(-0.2, 0.2, count) * (not pair)) / (steps - 0.2)
    place = np.clip(0.06 + 0.94 * place, 0, 1)
    start = rng.uniform(0, 2 * np.pi, len(shoots.paths))[row]
    if pair:
        azimuth = start + (rank % 2) * np.pi + step * np.pi / 2
    elif kind.arrangement == "two-ranked":
        azimuth = (rank % 2) * np.pi + 0.2
    else:
        azimuth = start + rank * GOLDEN_ANGLE
    azimuth = azimuth + rng.normal(0, 0.22, count)
    origin, forward = along(shoots.paths, row, place.astype(np.float32))
    outward = radial(forward, azimuth)
    jitter = rng.normal(0, 0.28, (count, 3))
    ending = np.clip((place - 0.85) / 0.15, 0, 1)[:, None]
    heading = forward * (0.55 + 0.5 * ending) + outward * (0.85 - 0.4 * ending) + 0.45 * jitter - UP * 0.9 * kind.droop
    facing = UP * 0.9 + 0.35 * unit(outward * [1, 1, 0]) + jitter
    size = rng.uniform(0.7, 1.2, count) * (1.05 - 0.3 * np.abs(place - 0.5))
    return origin.astype(np.float32), heading, facing, size, place


def _colours(leafage: Leafage, shoots: Twigs, row: Ints, limb: Ints, rng: np.random.Generator) -> Floats:
    """Base colours (n, 3): by individual, limb and leaf, those in the light first, darker in the shade."""
    own = float(rng.random())
    lit = np.clip(shoots.light, 0, 1)[row]
    place = spread(own, limb[row], int(limb.max(initial=0)) + 1, rng) + 0.25 * (lit - 0.6)
    return shades(leafage.ramp, place) * (0.55 + 0.5 * lit)[:, None]


def _browned(tint: Floats, worn: Floats, wear: float) -> Floats:
    """Turn the outer half of some leaves brown: tint (n, Q, 3)."""
    quads = tint.shape[1]
    if quads < 4:
        return tint
    far = np.arange(quads) % (quads // 2) >= quads // 4
    share = np.where(worn[:, :1] < wear, 0.85, 0.0) * far
    return (tint * (1 - share[..., None]) + _BROWN * share[..., None]).astype(np.float32)


def _bitten(mesh: MeshData, quads: int, worn: Floats, wear: float) -> MeshData:
    """Take one or two quads off some leaves, never the petiole, which is the first."""
    if quads < 6:
        return mesh
    hole = 1 + (worn[:, 0] * 97.0 % 1.0 * (quads - 2)).astype(np.int32)
    quad = np.arange(quads)
    gone = (worn[:, 1:] < wear) & ((quad == hole[:, None]) | ((quad == hole[:, None] + 1) & (worn[:, 1:] < 0.4 * wear)))
    left = ~gone.ravel()
    attributes = {
        name: replace(item, values=item.values[left]) if item.domain == "FACE" else item
        for name, item in mesh.attributes.items()
    }
    return replace(mesh, faces=mesh.faces[left], material=mesh.material[left], attributes=attributes)
