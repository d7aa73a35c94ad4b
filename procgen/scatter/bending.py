"""Plants that bend in the wind by themselves: which of a world's they are, and how they are laid into Blender.

They are those that look largest from the cameras, as many as a number of faces allows: what they cost is told in the truth's
time and memory, for a mesh that deforms is read again at every moment. All others lean as rigid wholes.
"""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import mathutils
import numpy as np
from numpy.typing import NDArray

from ..cameras.view import View
from ..nodes.objects import Wind, add_object
from ..nodes.wind import Bending, bend_in_wind
from .stock import Stock

MOST = 48
"""Plants that bend by themselves, however few faces they have."""


def choose_bending(stocks: Sequence[Stock], view: View, faces: int) -> list[NDArray[np.bool_]]:
    """Return which (N,) of each growth bend: the largest in sight, of no more than `faces` faces together."""
    size, cost = [], []
    for stock in stocks:
        growth, kind = stock.growth, stock.prototype
        boxes = np.array(stock.boxes).reshape(-1, 2, 3)
        x, y = growth.foot[:, 0], growth.foot[:, 1]
        able = stock.supple[kind] & (growth.sway > 0.0)
        able &= view.sees(x, y, float(np.abs(boxes[..., :2]).max(initial=0.0) * growth.scale.max(initial=0.0)))
        size.append(np.where(able, boxes[kind, 1, 2] * growth.scale / np.maximum(view.distance(x, y), 0.1), 0.0))
        cost.append(np.array([len(item.data.polygons) for item in stock.objects], int)[kind])
    every, spent = np.concatenate([np.empty(0), *size]), np.concatenate([np.empty(0, int), *cost])
    order = np.argsort(-every, kind="stable")[:MOST]
    chosen = np.zeros(len(every), bool)
    chosen[order] = (np.cumsum(spent[order]) <= faces) & (every[order] > 0.0)
    return np.split(chosen, np.cumsum([len(part) for part in size])[:-1])


def add_bending(scene: bpy.types.Scene, stock: Stock, index: int, identity: int, wind: Wind, strength: float) -> None:
    """Add the thing number `index` of a growth as an object of its own, which shares its mesh with all that look like it."""
    growth, kind = stock.growth, stock.prototype[index]
    turn = mathutils.Euler(growth.turn[index].tolist()).to_matrix()
    scale = float(growth.scale[index])
    matrix = mathutils.Matrix.LocRotScale(growth.foot[index].tolist(), turn.to_quaternion(), (scale,) * 3)
    blows = turn.inverted() @ mathutils.Vector((*wind.direction, 0.0))
    box = stock.boxes[kind]
    bending = Bending(
        lean=float(growth.sway[index]),
        strength=strength,
        phase=float(growth.phase[index]),
        height=float(box[1, 2]),
        reach=float(np.abs(box[:, :2]).max()),
        direction=tuple(blows.xy.normalized()),
        scale=scale,
    )
    data = stock.objects[kind].data
    item = add_object(scene, data, stock.label(index), identity, np.array(matrix), deforms=True)
    bend_in_wind(item, bending, wind)
