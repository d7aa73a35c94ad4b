"""Leaf outlines of broadleaf plants as templates: true outlines, few quads, a petiole that carries the blade.

A leaf is a fan of quads around one point of its midrib, over margin points that stand for lobes, teeth and waves. It lies as
all templates do (along +y, facing +z, one unit from where it is attached to its tip); outlines after Stace, "New Flora of the
British Isles", and for the umbrella thorn after Coates Palgrave, "Trees of Southern Africa".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .blades import Template, joined, kite, simple_leaf

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outline:
    """Half a leaf: `margin` is an odd number of points (away from the midrib, along it; units of the blade's length) between
    foot and tip; `hub` is where on the midrib they are seen from. `petiole` is a share of the blade's length.
    """

    margin: Points
    hub: float
    petiole: float
    fold: float
    curl: float
    wave: float = 0.0


_OUTLINES = {
    "lobed": Outline(
        ((0.13, 0.10), (0.10, 0.20), (0.25, 0.30), (0.17, 0.42), (0.36, 0.55), (0.24, 0.66), (0.33, 0.80), (0.16, 0.93), (0.06, 0.97)),
        0.5, 0.06, 0.22, 0.14, 0.5,
    ),
    "ovate": Outline(((0.30, 0.10), (0.41, 0.25), (0.33, 0.36), (0.35, 0.44), (0.22, 0.58), (0.22, 0.65), (0.08, 0.85)), 0.36, 0.36, 0.2, 0.2),
    "palmate": Outline(
        ((0.20, -0.04), (0.50, 0.06), (0.28, 0.24), (0.66, 0.56), (0.36, 0.55), (0.16, 0.50), (0.25, 0.78), (0.12, 0.82), (0.05, 0.92)),
        0.2, 0.65, 0.16, 0.22, 0.6,
    ),
    "lanceolate": Outline(((0.055, 0.2), (0.075, 0.45), (0.05, 0.75)), 0.42, 0.07, 0.3, 0.34),
    "wavy": Outline(((0.22, 0.16), (0.33, 0.36), (0.30, 0.55), (0.21, 0.76), (0.08, 0.93)), 0.42, 0.12, 0.2, 0.12, 1.0),
    "elliptic": Outline(((0.19, 0.14), (0.29, 0.36), (0.285, 0.60), (0.18, 0.82), (0.09, 0.92)), 0.46, 0.28, 0.42, 0.26),
    "rounded": Outline(
        ((0.24, -0.05), (0.36, 0.09), (0.46, 0.21), (0.43, 0.33), (0.51, 0.46), (0.45, 0.56), (0.45, 0.70), (0.33, 0.76), (0.25, 0.87),
         (0.09, 0.885), (0.05, 0.95)),
        0.42, 0.14, 0.14, 0.16, 0.6,
    ),
    "oval": Outline(((0.22, 0.13), (0.30, 0.42), (0.21, 0.74)), 0.45, 0.10, 0.26, 0.14),
    "blunt": Outline(((0.21, 0.15), (0.27, 0.50), (0.21, 0.87)), 0.5, 0.04, 0.28, 0.10),
    "ivy": Outline(((0.33, -0.13), (0.45, 0.08), (0.53, 0.30), (0.33, 0.43), (0.21, 0.68)), 0.24, 0.05, 0.06, 0.10, 0.3),
}  # fmt: skip
OUTLINES = (*_OUTLINES, "bipinnate", "pinnate")
"""Names of the outlines: lobed as of oaks, ovate and toothed as of birches, palmate as of maples, lanceolate as of willows,
wavy as of beeches, elliptic as of apples, rounded and toothed as of hazels, oval as of hornbeams,
blunt as of box, ivy, bipinnate as of acacias,
pinnate as of roses."""


def leaf(outline: str, width: float = 1.0) -> Template:
    """Return a leaf of 5 to 14 quads, the first of them its petiole; `width` stretches it sideways."""
    if outline == "bipinnate":
        return _bipinnate(width)
    if outline == "pinnate":
        return _pinnate(width)
    return fan(_OUTLINES[outline], width)


def plain_leaf(outline: str, width: float = 1.0) -> Template:
    """Return the same leaf as one kite of about the same area and length, for leaves that are far away or in the dark."""
    if outline == "bipinnate":
        return kite(0.52 * width, 0.1, 0.5)
    if outline == "pinnate":
        return kite(0.46 * width, 0.14, 0.55)
    shape = _OUTLINES[outline]
    side = np.array([(0.0, 0.0), *shape.margin, (0.0, 1.0)])
    area = float(((side[1:, 1] - side[:-1, 1]) * (side[1:, 0] + side[:-1, 0])).sum()) / (1 + shape.petiole)
    widest = shape.margin[int(np.argmax(side[1:-1, 0]))][1]
    return kite(2.0 * area * width, shape.curl, (shape.petiole + widest) / (1 + shape.petiole))


def fan(shape: Outline, width: float = 1.0) -> Template:
    """Return a leaf whose quads spread from the hub: two sides of (M + 1) / 2 quads for M margin points, and the petiole.

    Margins are lifted by the fold, and up and down by the wave.
    """
    side = np.array([(0.0, 0.0), *shape.margin, (0.0, 1.0)])
    half, along = side[:, 0] * width, side[:, 1]
    ripple = shape.wave * 0.05 * np.where(np.arange(len(side)) % 2 == 0, 1.0, -1.0) * (half > 0)
    lift = shape.fold * half + ripple - shape.curl * along**2
    right = np.stack([half, along, lift], 1)
    left = right[1:-1] * np.array([-1, 1, 1])
    hub = np.array([[0, shape.hub, -shape.curl * shape.hub**2]])
    stalk = 0.018 + 0.01 * shape.petiole
    drop = 0.25 * shape.petiole
    foot = [[stalk, -shape.petiole, drop], [-stalk, -shape.petiole, drop], [-0.7 * stalk, 0.01, 0], [0.7 * stalk, 0.01, 0]]
    points = np.concatenate([right, left, hub, np.array(foot)])
    points += np.array([0, shape.petiole, -drop])

    count, last = len(side), len(side) - 1
    margin = np.arange(count)
    mirrored = np.concatenate([[0], np.arange(count, count + last - 1), [last]])
    centre = count + last - 1
    hubs = np.full(last // 2, centre)
    quads = [
        [[centre + 2, centre + 1, centre + 4, centre + 3]],
        np.stack([hubs, margin[:-2:2], margin[1:-1:2], margin[2::2]], 1),
        np.stack([hubs, mirrored[2::2], mirrored[1:-1:2], mirrored[:-2:2]], 1),
    ]
    widest = np.maximum(np.abs(points[:, 0]), 1e-9)
    across = np.where(np.abs(points[:, 0]) > stalk, points[:, 0] / widest, 0.0)
    places = np.stack([across, np.clip((points[:, 1] - shape.petiole), 0, 1)], 1)
    points /= 1 + shape.petiole
    return Template(points.astype(np.float32), np.concatenate(quads).astype(np.int32), places.astype(np.float32))


def _bipinnate(width: float) -> Template:
    """A feathery leaf: a stalk with six pairs of pinnae, each a narrow kite that stands for its rows of leaflets."""
    stalk = kite(0.03, 0.15, 0.5)
    pinnae = []
    for pair in range(6):
        at = 0.16 + 0.8 * pair / 5.5
        length = 0.34 * width * (1 - 0.55 * abs(pair - 2.2) / 3.5)
        for side in (1.0, -1.0):
            pinnae.append(moved(kite(0.34, 0.2, 0.55), side * np.radians(62 - 5 * pair), length, at, -0.15 * at**2))
    tip = moved(kite(0.4, 0.2, 0.5), 0.0, 0.14, 0.86, -0.15 * 0.86**2)
    return joined([stalk, *pinnae, tip])


def _pinnate(width: float) -> Template:
    """A leaf of seven oval leaflets, three pairs and one at the end, on a stalk that hangs a little."""
    leaflet = simple_leaf(0.64 * width, 0.3, 0.14, 0.42)
    leaflets = [moved(leaflet, 0.0, 0.32, 0.68, -0.14 * 0.68**2)]
    for pair, at in enumerate((0.30, 0.48, 0.65)):
        for side in (1.0, -1.0):
            leaflets.append(moved(leaflet, side * np.radians(68 - 6 * pair), 0.25 + 0.03 * pair, at, -0.14 * at**2))
    return joined([kite(0.022, 0.14, 0.35), *leaflets])


def moved(template: Template, angle: float, size: float, along: float, height: float) -> Template:
    """Move a template to the midrib at `along`, leaning `angle` rad to the right of it; a left one keeps facing up."""
    x, y, z = template.points.T * size
    points = np.stack([x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle) + along, z + height], 1)
    return Template(points.astype(np.float32), template.faces, template.places)
