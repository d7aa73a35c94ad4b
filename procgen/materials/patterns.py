"""Patterns that layers are drawn with: warped places, cells, stones side by side, cracks, beds and ripples.

Sizes are in metres. Most of them have several sizes in one, so that no distance shows one scale alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Number, Socket


def warped(w: NodeWriter, place: Socket, size: float, amount: float, detail: float = 2.0) -> Socket:
    """Return the place moved by up to about `amount` metres, by a noise of that size."""
    return place + (w.noise_vector(place, 1.0 / size, detail) - 0.5) * (2.0 * amount)


def stones(w: NodeWriter, place: Socket, size: Number, flat: bool = True) -> tuple[Socket, Socket]:
    """Return rounded stones side by side: their height, 0 in the joints to 1 on top, and a random colour (0..1) a stone."""
    scale = 1.0 / size
    edge = w.voronoi(place, scale, "DISTANCE_TO_EDGE", flat=flat)
    dome = w.math("SQRT", w.clamp(edge * 3.0))
    return dome, w.voronoi(place, scale, "F1", "Color", flat=flat)


def lumps(w: NodeWriter, place: Socket, size: Number, flat: bool = True) -> tuple[Socket, Socket]:
    """Return lumps that touch, cheaper than `stones`: their height, 0 to 1 on top, and a random colour (0..1) a lump."""
    scale = 1.0 / size
    away = w.voronoi(place, scale, flat=flat)
    return w.clamp(1.0 - away * away * 1.6), w.voronoi(place, scale, "F1", "Color", flat=flat)


def cracks(w: NodeWriter, place: Socket, size: Number, width: float, flat: bool = False) -> Socket:
    """Return 1 in the middle of cracks between pieces of that size, 0 from `width` (in sizes) away on."""
    return w.smoothstep(width, 0.0, w.voronoi(place, 1.0 / size, "DISTANCE_TO_EDGE", flat=flat))


def level_of(w: NodeWriter, place: Socket, dip: Number, strike: float, warp: Number) -> Socket:
    """Return the height (m) in a pile of beds that lean by `dip` (rise over run) and are bent by up to `warp` metres."""
    x, y, z = w.separate(place)
    bent = w.noise(place, 0.03, 3.0) - 0.5
    return z + (x + y * strike) * dip + bent * warp


def beds(w: NodeWriter, place: Socket, level: Socket, thickness: Number, detail: float = 5.0, roughness: float = 0.6) -> Socket:
    """Return a noise, 0.3 to 0.7, that changes across the beds with that thickness and finer, and hardly along them."""
    x, y, _ = w.separate(place)
    return w.noise(w.combine(x * 0.02, y * 0.02, level / thickness), 1.0, detail, roughness)


def ripples(w: NodeWriter, place: Socket, length: Number, wander: float) -> Socket:
    """Return ripples across x, 0 in the troughs to 1 on crests that are steeper to lee; they wander, fork and die out."""
    x, y, _ = w.separate(place)
    bend = w.noise(place, 0.9, 2.0) * 0.6 + w.noise(place, 0.18, 1.0)
    phase = x / length + y * (0.15 / length) + bend * wander
    saw = w.math("FRACT", phase)
    return w.smoothstep(0.0, 0.72, saw) * w.smoothstep(1.0, 0.72, saw)
