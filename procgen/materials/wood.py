"""Bark and bare wood, after the attribute `bark`: metres around and along the wood, so that the texture follows every branch.

The mesh's `tint` is the mean colour; ridges are lighter, furrows darker. Six kinds of bark, cut wood and dead wood.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..registry import material
from . import Surface

if TYPE_CHECKING:
    from ..nodes.writer import NodeWriter, Socket


def _tint(w: NodeWriter) -> Socket:
    return w.attribute("tint", output="Vector") * (0.85 + 0.3 * w.object_random())


def _grain(w: NodeWriter, stretch: float) -> Socket:
    return w.mapping(w.attribute("bark", output="Vector"), scale=(1, 1, stretch))


def _girth(w: NodeWriter) -> Socket:
    """The radius of the wood, m."""
    x, y, _ = w.separate(w.attribute("bark", output="Vector"))
    return w.math("SQRT", x * x + y * y)


def _matt(w: NodeWriter, colour: Socket, height: Socket, depth: float, roughness: float = 0.85) -> Surface:
    return Surface(w.shader("Diffuse", Color=colour, Normal=w.bump(height, depth, 0.9)), colour, roughness)


def _relief(w: NodeWriter, height: Socket, dark: float, light: float) -> Socket:
    """The tint, times `dark` in furrows and `light` on ridges."""
    return _tint(w) * (dark + (light - dark) * height)


@material("bark_furrowed", "deep furrows along the trunk, as of an oak")
def bark_furrowed(w: NodeWriter) -> Surface:
    height = w.smoothstep(0.33, 0.66, w.noise(_grain(w, 0.17), 30.0, 4.0, 0.62, 0.4))
    return _matt(w, _relief(w, height, 0.42, 1.5), height, 0.018)


@material("bark_plated", "thick plates with dark gaps, as of an old pine")
def bark_plated(w: NodeWriter) -> Surface:
    gaps = w.voronoi(_grain(w, 0.4), 14.0, "DISTANCE_TO_EDGE")
    height = w.smoothstep(0.02, 0.12, gaps)
    flakes = w.noise(_grain(w, 0.7), 70.0, 3.0, 0.6)
    return _matt(w, _relief(w, height * (0.6 + 0.8 * (flakes - 0.2)), 0.35, 1.6), height, 0.02)


@material("bark_scaly", "small scales, as of a spruce")
def bark_scaly(w: NodeWriter) -> Surface:
    height = w.smoothstep(0.38, 0.6, w.noise(_grain(w, 0.55), 34.0, 3.0, 0.65, 0.3))
    return _matt(w, _relief(w, height, 0.35, 1.7), height, 0.012)


@material("bark_papery", "pale and peeling with dark lenticels across, as of a birch; twigs are brown")
def bark_papery(w: NodeWriter) -> Surface:
    place = w.attribute("bark", output="Vector")
    marks = w.smoothstep(0.56, 0.63, w.noise(_grain(w, 7.0), 4.5, 4.0, 0.65))
    cloud = w.smoothstep(0.35, 0.65, w.noise(place, 5.0, 2.0))
    white = w.mix(marks, _tint(w) * (0.82 + 0.4 * cloud), (0.035, 0.028, 0.024))
    colour = w.mix(w.smoothstep(0.015, 0.06, _girth(w)), (0.075, 0.045, 0.034), white)
    return _matt(w, colour, 1.0 - marks, 0.004, 0.7)


@material("bark_smooth", "smooth grey bark with faint rings, as of a beech")
def bark_smooth(w: NodeWriter) -> Surface:
    rings = w.noise(_grain(w, 5.0), 6.0, 3.0, 0.55)
    clouds = w.noise(w.attribute("bark", output="Vector"), 3.0, 3.0)
    height = 0.5 * rings + 0.5 * clouds
    return _matt(w, _relief(w, height, 0.6, 1.4), rings, 0.003, 0.75)


@material("bark_fibrous", "fibres and the scars of old leaves, as of a palm")
def bark_fibrous(w: NodeWriter) -> Surface:
    fibres = w.noise(_grain(w, 0.06), 90.0, 3.0, 0.6)
    height = w.smoothstep(0.3, 0.7, fibres)
    return _matt(w, _relief(w, height, 0.55, 1.45), height, 0.01)


@material("wood_cut", "cut or broken wood with its rings, in the plane across the trunk")
def wood_cut(w: NodeWriter) -> Surface:
    girth = _girth(w) + 0.012 * w.noise(w.attribute("bark", output="Vector"), 6.0, 2.0)
    rings = w.math("ABSOLUTE", w.math("FRACT", girth * 160.0) - 0.5)
    return _matt(w, _relief(w, 2.0 * rings, 0.75, 1.25), rings, 0.001)


@material("wood_dead", "bare dead wood, silvery, with cracks along the grain")
def wood_dead(w: NodeWriter) -> Surface:
    grain = w.noise(_grain(w, 0.05), 60.0, 4.0, 0.6)
    height = w.smoothstep(0.36, 0.62, grain)
    return _matt(w, _relief(w, height, 0.45, 1.35), height, 0.008)
