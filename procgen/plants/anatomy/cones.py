"""Cones of conifers: overlapping scales in spirals round an axis, as true geometry, or plain and blunt further off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...meshes import Attribute, MeshData
from ...registry import Detail
from .blades import GOLDEN_ANGLE, Template, frames, joined, lay
from .parts import CONE, blades
from .skeleton import Floats
from .turned import turned


def cone(slenderness: float, scales: int, gape: float, detail: Detail) -> Template:
    """A cone one unit long along +y, `slenderness` its width as a share of that; `gape` is how far scales stand off."""
    if detail != "near":
        blunt = np.array([0.05, 0.9])
        return turned(blunt, 0.9 * slenderness * _outline(blunt), 4)
    place = np.linspace(0, 1, 4)
    core = turned(place, 0.36 * slenderness * _outline(place), 6)
    number = np.arange(scales)
    along = 0.04 + 0.9 * (number + 0.5) / scales
    turn = number * GOLDEN_ANGLE
    outward = np.stack([np.cos(turn), np.zeros(scales), np.sin(turn)], -1)
    origin = outward * (0.33 * slenderness * _outline(along))[:, None] + along[:, None] * np.array([0, 1, 0])
    heading = outward * (0.35 + gape) + np.array([0, 1, 0])
    size = slenderness * (0.55 + 0.25 * _outline(along))
    scale = Template(
        np.array([(0, 0, 0), (0.46, 0.6, -0.12), (0, 1, 0.06), (-0.46, 0.6, -0.12)], np.float32),
        np.array([(0, 1, 2, 3)], np.int32),
        np.array([(0, 0), (1, 0.6), (0, 1), (-1, 0.6)], np.float32),
    )
    points, faces = lay(scale, origin.astype(np.float32), frames(heading, outward), size.astype(np.float32))
    return joined([core, Template(points, faces, np.tile(scale.places, (scales, 1)))])


def hang(
    template: Template,
    origins: Floats,
    headings: Floats,
    lengths: Floats,
    tint: Floats,
    random: Floats,
) -> MeshData:
    """Lay cones at `origins` (n, 3) m along `headings` (n, 3), `lengths` (n,) m; `tint` (n, 3), scales' tips are paler."""
    sideways = np.stack([headings[:, 1], headings[:, 2], headings[:, 0]], -1)
    turned = frames(headings.astype(np.float32), sideways.astype(np.float32))
    ring = template.points[template.faces].mean(1)
    across = np.sqrt(ring[:, 0] ** 2 + ring[:, 2] ** 2)
    shade = 0.5 + 0.9 * across / across.max()
    colour = tint[:, None] * shade[None, :, None]
    origin, length = origins.astype(np.float32), lengths.astype(np.float32)
    made = blades(template, origin, turned, length, "bark_scaly", CONE, colour, random)
    bark = made.points - np.asarray(made.attributes["root"].values, np.float32)
    return replace(made, attributes={**made.attributes, "bark": Attribute("POINT", bark)})


def _outline(along: Floats) -> Floats:
    """Half width of a cone, 1 at its widest, a little below its middle."""
    return np.sin(np.pi * (0.08 + 0.87 * along**0.8))
