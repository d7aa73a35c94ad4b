"""Leaf outlines of broadleaf plants as templates: true outlines, few quads, a petiole that carries the blade.

A leaf is a fan of quads around one point of its midrib, over margin points that stand for lobes, teeth and waves. It lies as
all templates do (along +y, facing +z, one unit from where it is attached to its tip); outlines after Stace, "New Flora of the
British Isles", and for the umbrella thorn after Coates Palgrave, "Trees of Southern Africa".
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .blades import Template, joined, kite, simple_leaf

Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Outline:
    """Half a leaf: `margin` is an odd number of points (away from the midrib, along it; units of the blade's length) between
    foot and tip, `coarse` three that keep its character; `hub` is where on the midrib they are seen from. `petiole` is a
    share of the blade's length; `fold` lifts the margins, `curl` lowers the tip and `wave` ripples the margins.
    """

    margin: Points
    coarse: Points
    hub: float
    petiole: float
    fold: float
    curl: float
    wave: float = 0.0


_LOBED = (
    (0.13, 0.10), (0.10, 0.20), (0.25, 0.30), (0.17, 0.42), (0.36, 0.55), (0.24, 0.66), (0.33, 0.80), (0.16, 0.93),
    (0.06, 0.97),
)  # fmt: skip
_OVATE = ((0.30, 0.10), (0.41, 0.25), (0.33, 0.36), (0.35, 0.44), (0.22, 0.58), (0.22, 0.65), (0.08, 0.85))
_PALMATE = (
    (0.20, -0.04), (0.50, 0.06), (0.28, 0.24), (0.66, 0.56), (0.36, 0.55), (0.16, 0.50), (0.25, 0.78), (0.12, 0.82),
    (0.05, 0.92),
)  # fmt: skip
_LANCEOLATE = ((0.055, 0.2), (0.075, 0.45), (0.05, 0.75))
_WAVY = ((0.22, 0.16), (0.33, 0.36), (0.30, 0.55), (0.21, 0.76), (0.08, 0.93))
_ELLIPTIC = ((0.19, 0.14), (0.29, 0.36), (0.285, 0.60), (0.18, 0.82), (0.09, 0.92))
_ROUNDED = (
    (0.24, -0.05), (0.36, 0.09), (0.46, 0.21), (0.43, 0.33), (0.51, 0.46), (0.45, 0.56), (0.45, 0.70), (0.33, 0.76),
    (0.25, 0.87), (0.09, 0.885), (0.05, 0.95),
)  # fmt: skip
_OVAL = ((0.165, 0.08), (0.265, 0.24), (0.30, 0.44), (0.245, 0.68), (0.115, 0.88))
_BLUNT = ((0.165, 0.07), (0.25, 0.27), (0.27, 0.52), (0.235, 0.78), (0.13, 0.94))
_IVY = ((0.33, -0.13), (0.45, 0.08), (0.53, 0.30), (0.33, 0.43), (0.21, 0.68))
_OUTLINES = {
    "lobed": Outline(_LOBED, ((0.27, 0.30), (0.15, 0.44), (0.40, 0.68)), hub=0.5, petiole=0.06, fold=0.22, curl=0.14, wave=0.5),
    "ovate": Outline(_OVATE, ((0.42, 0.22), (0.33, 0.46), (0.14, 0.74)), hub=0.36, petiole=0.36, fold=0.2, curl=0.2),
    "palmate": Outline(
        _PALMATE, ((0.52, 0.04), (0.22, 0.30), (0.50, 0.58)), hub=0.2, petiole=0.65, fold=0.16, curl=0.22, wave=0.6
    ),
    "lanceolate": Outline(
        _LANCEOLATE, ((0.055, 0.2), (0.075, 0.45), (0.05, 0.75)), hub=0.42, petiole=0.07, fold=0.3, curl=0.34
    ),
    "wavy": Outline(_WAVY, ((0.28, 0.2), (0.33, 0.48), (0.19, 0.80)), hub=0.42, petiole=0.12, fold=0.2, curl=0.12, wave=1.0),
    "elliptic": Outline(_ELLIPTIC, ((0.24, 0.2), (0.29, 0.5), (0.19, 0.82)), hub=0.46, petiole=0.28, fold=0.42, curl=0.26),
    "rounded": Outline(
        _ROUNDED, ((0.40, 0.06), (0.52, 0.42), (0.32, 0.82)), hub=0.42, petiole=0.14, fold=0.14, curl=0.16, wave=0.6
    ),
    "oval": Outline(_OVAL, ((0.22, 0.13), (0.30, 0.42), (0.21, 0.74)), hub=0.45, petiole=0.10, fold=0.26, curl=0.14),
    "blunt": Outline(_BLUNT, ((0.21, 0.15), (0.27, 0.50), (0.21, 0.87)), hub=0.5, petiole=0.04, fold=0.28, curl=0.10),
    "ivy": Outline(_IVY, ((0.42, -0.06), (0.53, 0.30), (0.27, 0.52)), hub=0.24, petiole=0.05, fold=0.06, curl=0.10, wave=0.3),
}
OUTLINES = (*_OUTLINES, "bipinnate", "pinnate")
"""Names of the outlines: lobed as of oaks, ovate and toothed as of birches, palmate as of maples, lanceolate as of willows,
wavy as of beeches, elliptic as of apples, rounded and toothed as of hazels, oval as of hornbeams, blunt as of box, ivy,
bipinnate as of acacias, pinnate as of roses."""


def leaf(outline: str, width: float = 1.0) -> Template:
    """Return a leaf of 5 to 15 quads, the first of them its petiole; `width` stretches it sideways."""
    if outline == "bipinnate":
        return _bipinnate(width, 10)
    if outline == "pinnate":
        return _pinnate(simple_leaf(0.64 * width, 0.3, 0.14, 0.42))
    return fan(_OUTLINES[outline], width)


def coarse_leaf(outline: str, width: float = 1.0) -> Template:
    """Return the same leaf in five quads at most (eight if pinnate): its main lobes, or its outline by three points a side."""
    if outline == "bipinnate":
        return _bipinnate(width, 4)
    if outline == "pinnate":
        return _pinnate(kite(0.72 * width, 0.14, 0.45))
    return fan(replace(_OUTLINES[outline], margin=_OUTLINES[outline].coarse, wave=0.0), width)


def plain_leaf(outline: str, width: float = 1.0) -> Template:
    """Return the same leaf as one kite of about the same area and length, for leaves that are far away or in the dark."""
    if outline == "bipinnate":
        return kite(0.20 * width, 0.1, 0.5)
    if outline == "pinnate":
        return kite(0.46 * width, 0.14, 0.55)
    shape = _OUTLINES[outline]
    side = np.array([(0.0, 0.0), *shape.margin, (0.0, 1.0)])
    area = float(((side[1:, 1] - side[:-1, 1]) * (side[1:, 0] + side[:-1, 0])).sum()) / (1 + shape.petiole) ** 2
    widest = shape.margin[int(np.argmax(side[1:-1, 0]))][1]
    return kite(2.0 * area * width, shape.curl, (shape.petiole + widest) / (1 + shape.petiole))


def fan(shape: Outline, width: float = 1.0) -> Template:
    """Return a leaf whose quads spread from the hub: the petiole, and two sides of (M + 1) / 2 quads for M margin points.

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


def _bipinnate(width: float, pairs: int) -> Template:
    """A feathery leaf: a stalk, and pairs of pinnae, each pair one quad like an arrowhead whose barbs are the two pinnae.

    An arrowhead is not convex: its first and third corners are those on the stalk, so that either half is a true triangle.
    """
    stalk = kite(0.035, 0.15, 0.5)
    share = np.linspace(0, 1, pairs)
    foot, broad = 0.14 + 0.72 * share, 0.40 / pairs
    length = 0.42 * width * (1 - 0.6 * np.abs(share - 0.4) ** 1.5 / 0.6**1.5)
    lean = np.radians(66 - 34 * share)
    aside, ahead = length * np.sin(lean), foot + length * np.cos(lean)
    points = np.zeros((pairs, 4, 3))
    points[:, 0, 1], points[:, 2, 1] = foot, foot + broad
    points[:, 1, 0], points[:, 3, 0] = aside, -aside
    points[:, 1::2, 1] = np.minimum(ahead, 1.0)[:, None]
    points[..., 2] = 0.18 * np.abs(points[..., 0]) - 0.15 * points[..., 1] ** 2
    places = np.stack([points[..., 0] / (0.42 * width), points[..., 1]], -1)
    pinnae = Template(
        points.reshape(-1, 3).astype(np.float32),
        np.arange(4 * pairs, dtype=np.int32).reshape(-1, 4),
        places.reshape(-1, 2).astype(np.float32),
    )
    return joined([stalk, pinnae])


def _pinnate(leaflet: Template) -> Template:
    """A leaf of seven leaflets, three pairs and one at the end, on a stalk that hangs a little."""
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
