"""Outlines of herbs' leaves and petals: toothed, lobed, palmate, and sheets that cup and crumple."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...registry import Detail
from .blades import Template, blade, joined, kite, needle
from .skeleton import Floats


def lobed(
    stations: Floats,
    half_widths: Floats,
    lobes: int,
    depth: float,
    forward: float,
    fold: float,
    curl: float,
    start: float = 0.0,
) -> Template:
    """Return a leaf whose margin is cut into `lobes` a side.

    Its outline runs through `half_widths` at `stations`, both (M,), shares of the length; from `start` on, sinuses reach the
    share `depth` of the way to the midrib, and the lobes between point `forward` half widths to the tip, or to the foot
    where it is negative (runcinate, as of a dandelion). A lobe's other side bulges at a shoulder. Where they are cut deep,
    every second one is smaller, and those of the left side stand a little further on. 6 quads a lobe.
    """
    cuts = start + (1 - start) * np.linspace(0, 1, 2 * lobes + 1)
    sinuses, teeth = cuts[:-1:2], cuts[1::2]
    shoulders = 0.5 * (teeth + (sinuses if forward >= 0 else cuts[2::2]))
    foot = np.asarray(stations)[np.asarray(stations) < start - 1e-6]
    t = np.concatenate([foot, sinuses, teeth, shoulders, cuts[-1:]])
    kind = np.repeat([0, 1, 2, 3, 4], [len(foot), lobes, lobes, lobes, 1])
    small = 1 - 0.3 * depth**2 * (np.arange(lobes) % 2)
    share = np.concatenate([np.ones(len(foot)), np.full(lobes, 1 - depth), small, small * (1 - 0.22 * depth), [1.0]])
    ahead = np.array([0, 0, 1, 0.2, 0])[kind] * forward
    order = np.argsort(t, kind="stable")
    t, share, ahead = t[order], share[order], ahead[order]
    outline = np.interp(t, stations, half_widths)
    half = np.maximum(outline * share, np.minimum(outline, 0.012))
    leaf = blade(t, half, fold, curl, np.clip(t + ahead * outline, 0, 1))
    later = 0.3 * depth**2 * (1 - start) / lobes * np.sin(np.pi * np.clip((t - start) / (1 - start), 0, 1))
    leaf.points[::3, 1] += later.astype(np.float32)
    return leaf


def palmate(segments: int, reach: float, petiole: float, cut: int, fold: float, droop: float, coarse: bool = False) -> Template:
    """Return a leaf of `segments` that spread over `reach` rad on a petiole of the share `petiole` of the length, each a wedge
    that is itself cut into `cut` teeth a side; in a `coarse` one it is a kite of the wedge's length and area.
    """
    wedge = lobed(np.array([0, 0.45, 0.75, 1.0]), np.array([0.02, 0.1, 0.17, 0.02]), cut, 0.55, 0.5, fold, 0.12, 0.25)
    wedge = plain(wedge) if coarse else wedge
    parts = [needle(0.016, 1.0) if coarse else blade(np.array([0, 0.5, 1.0]), np.array([0.008, 0.007, 0.01]), 0.3, 0.0)]
    parts[0].points[:, 1] *= petiole
    blade_length = 1 - petiole
    for place in np.linspace(-1, 1, segments):
        angle = 0.5 * reach * place
        size = blade_length * (1 - 0.3 * place**2)
        x, y, z = (wedge.points * size).T
        turned = np.stack(
            [x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle) + petiole, z - 0.3 * droop * y],
            -1,
        )
        parts.append(Template(turned.astype(np.float32), wedge.faces, wedge.places))
    return joined(parts)


def sheet_blade(half_widths: Floats, tilt: Floats, cup: float, frill: float = 0.0, columns: int = 4) -> Template:
    """Return a broad petal or leaf: a grid of M rows and `columns` + 1 points across, one unit long along its curve.

    `half_widths` (M,) give the outline at even distances; `tilt` (M,) rad is how far each stretch turns up from the plane, to
    the side that the blade faces; `cup` lifts the margins (height a half width at the margin); `frill` is the height of folds
    that grow towards the broad end.
    """
    half = np.asarray(half_widths, np.float64)
    rows = len(half)
    t = np.linspace(0, 1, rows)
    middle = 0.5 * (np.asarray(tilt)[1:] + np.asarray(tilt)[:-1])
    y = np.concatenate([[0], np.cumsum(np.cos(middle))]) / (rows - 1)
    z = np.concatenate([[0], np.cumsum(np.sin(middle))]) / (rows - 1)
    across = np.linspace(-1, 1, columns + 1)
    lift = cup * half[:, None] * across**2
    ripple = frill * (half / half.max() * t**1.5)[:, None] * np.sin(np.pi * (columns * 0.25 + 0.5) * across + 2.1 * t[:, None])
    height = lift + ripple
    lean = np.asarray(tilt)[:, None]
    points = np.stack([half[:, None] * across, y[:, None] - height * np.sin(lean), z[:, None] + height * np.cos(lean)], -1)
    places = np.stack(np.broadcast_arrays(across, t[:, None]), -1)
    corner = (np.arange(rows - 1)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1)
    faces = np.stack([corner, corner + 1, corner + columns + 2, corner + columns + 1], -1)
    return Template(points.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), places.reshape(-1, 2).astype(np.float32))


def plain(template: Template, widened: float = 1.0) -> Template:
    """Return one kite of the template's length, bend and area, for far away; `widened` stands in for blades left out."""
    corners = template.points[template.faces].astype(np.float64)
    area = 0.5 * np.sqrt((np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]) ** 2).sum(1)).sum()
    length = max(float(template.points[:, 1].max()), 0.05)
    tip = template.points[np.argmax(template.points[:, 1])]
    widest = float(template.points[np.argmax(np.abs(template.points[:, 0])), 1])
    made = kite(2 * area * widened / length, 0.0, float(np.clip(widest / length, 0.3, 0.75)))
    scaled = made.points * np.array([1, length, 1], np.float32)
    scaled[:, 2] = tip[2] * made.points[:, 1] ** 2
    return Template(scaled, made.faces, made.places)


def fewer(
    template: Template, count: int, detail: Detail, least: int = 5, kept: float = 0.5, coarse: Template | None = None
) -> tuple[Template, int]:
    """Return what stands for `count` blades at a detail, and how many: all of them, for `middle` the share `kept` of them as
    kites that make up for those left out, for `far` half as many as for `middle`. Where a kite says too little of the
    outline, both have the `coarse` form.
    """
    if detail == "near":
        return template, count
    left = max(min(least, count), round(count * kept * {"middle": 1.0, "far": 0.5}[detail]))
    if coarse is not None:
        return replace(coarse, points=coarse.points * np.array([count / left, 1, 1], np.float32)), left
    return plain(template, count / left), left


def run(template: Template) -> Floats:
    """Return how far along the blade each face of a template lies, (Q,) 0..1: for colours that change from foot to tip."""
    return template.places[template.faces, 1].mean(1)
