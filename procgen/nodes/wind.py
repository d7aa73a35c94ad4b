"""A plant that bends in the wind, in three movements that depend on the scene's time alone.

The trunk bends like a beam that is held at its foot: at the height h, as a share of the plant's, it stands aside by q H h^2
and its cross-section leans by 2 q h, q being the lean along the wind and, less and at another rate, across it. Boughs swing
about the trunk and nod, the more the farther out they are, by a phase that varies smoothly in space, so that wood that holds
together moves alike. These two move the `root` of every point, and keep lengths to first order. Each blade turns about its root
as the trunk leans there and in a flutter of its own. J. Weber, J. Penn, "Creation and rendering of realistic trees", SIGGRAPH
1995, and T. Sousa, "Vegetation procedural animation and shading in Crysis", GPU Gems 3, 2007, part the movement alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from .geometry import geometry_tree, named_attribute, scene_seconds
from .objects import Wind
from .writer import NodeWriter, Socket

GROUP = "wildfield.wind"
_INPUTS = ("Seconds", "Lean", "Trunk", "Swing", "Flutter", "Phase", "Rate", "Bough Rate", "Height", "Reach")
_SWING, _FLUTTER = 0.02, 0.6
"""In a full wind: how far a bough's tip goes, as a share of the plant's reach, and by how many radians a leaf turns."""
_STRAIN = 0.036
"""In a full wind: by what share of its length wood at the plant's reach may be drawn out or pressed where the trunk bends."""
_STIFF = 0.3
"""Metres from its root at which a blade turns by half: what is larger flutters less."""
_SLOWEST, _FASTEST = 2.0, 5.0
"""Hz of the leaves' flutter."""


@dataclass(frozen=True)
class Bending:
    """How one plant bends: `lean` rad to which its tip goes, `strength` of the wind 0..1, `phase` rad of its own, its `height`
    and its `reach` from the axis in local m, its `scale` in the world and the local `direction` (x, y) of the wind.
    """

    lean: float
    strength: float
    phase: float
    height: float
    reach: float
    direction: tuple[float, float]
    scale: float = 1.0

    @property
    def trunk(self) -> float:
        """How far the wood leans, as a share of `lean`: less on plants that are wide and low."""
        allowed = 0.5 * _STRAIN * self.strength * self.height / self.reach
        return min(1.0, allowed / self.lean) if self.lean > 0.0 else 0.0

    @property
    def rate(self) -> float:
        """Hz of the trunk's sway: slower for what is higher, 0.25 at 20 m and 0.5 at 5 m, and a little by its phase."""
        own = 1.0 + 0.1 * float(np.sin(7.0 * self.phase))
        return float(np.clip(1.1 * own / np.sqrt(max(self.height * self.scale, 1e-3)), 0.2, 2.2))

    @property
    def bough_rate(self) -> float:
        """Hz of the boughs."""
        return float(np.clip(2.7 * self.rate, 0.8, 2.6))


def lean_of(height: float, strength: float) -> float:
    """Return the radians by which the tip of a plant of that height (m) leans in a wind of that strength."""
    return strength * float(np.interp(height, (0.2, 1.0, 6.0), (0.14, 0.08, 0.035)))


def bend_in_wind(item: bpy.types.Object, bending: Bending, wind: Wind) -> None:
    """Let a plant's mesh bend; it has the POINT attributes `root`, and those of `plants.anatomy.suppleness.in_wind`."""
    w, still = geometry_tree(f"wind.{item.name}")
    values = {
        "Seconds": scene_seconds(w, wind.frame_rate),
        "Lean": bending.lean,
        "Trunk": bending.trunk,
        "Swing": _SWING * bending.strength,
        "Flutter": _FLUTTER * bending.strength,
        "Phase": bending.phase,
        "Rate": 2.0 * np.pi * bending.rate,
        "Bough_Rate": 2.0 * np.pi * bending.bough_rate,
        "Height": bending.height,
        "Reach": bending.reach,
    }
    bent = w.out(w.group(_group(), Geometry=still, Direction=(*bending.direction, 0.0), **values))
    w.node("NodeGroupOutput", {0: bent})
    item.modifiers.new("wildfield.wind", "NODES").node_group = w.tree


def _group() -> bpy.types.NodeTree:
    if GROUP in bpy.data.node_groups:
        return bpy.data.node_groups[GROUP]
    w, still = geometry_tree("wind")
    for name in _INPUTS:
        w.tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
    w.tree.interface.new_socket("Direction", in_out="INPUT", socket_type="NodeSocketVector")
    inputs = w.node("NodeGroupInput")
    given = {name: w.out(inputs, name) for name in (*_INPUTS, "Direction")}
    root = named_attribute(w, "root", "FLOAT_VECTOR")
    lean = _lean(w, given)
    wood = lean * given["Trunk"]
    blade = w.out(w.node("GeometryNodeInputPosition")) - root
    offset = _trunk(w, given, root, wood) + _boughs(w, given, root)
    offset = offset + _blades(w, given, root, blade, wood, lean)
    w.node("NodeGroupOutput", {0: w.out(w.node("GeometryNodeSetPosition", {"Geometry": still, "Offset": offset}))})
    return w.tree


def _lean(w: NodeWriter, given: dict[str, Socket]) -> Socket:
    """The lean q (rad) at the tip, a horizontal vector: always with the wind, and a third as much to either side of it."""
    turn = given["Seconds"] * given["Rate"]
    along = given["Lean"] * (0.6 + 0.4 * w.math("SINE", turn + given["Phase"]))
    across = given["Lean"] * (0.33 * w.math("SINE", turn * 1.37 + given["Phase"] * 2.3))
    x, y, _ = w.separate(given["Direction"])
    return w.combine(along * x - across * y, along * y + across * x, 0.0)


def _trunk(w: NodeWriter, given: dict[str, Socket], root: Socket, lean: Socket) -> Socket:
    """Where the bent trunk carries the roots."""
    x, y, z = w.separate(root)
    high = w.math("MAXIMUM", z, 0.0) / given["Height"]
    slope = lean * (2.0 * high)
    lower = w.vector_math("DOT_PRODUCT", slope, w.combine(x, y, 0.0))
    aside = lean * (given["Height"] * high * high) - slope * (0.5 * lower)
    sunk = w.vector_math("DOT_PRODUCT", lean, lean) * given["Height"] * high * high * high * (2.0 / 3.0)
    return aside - w.combine(0.0, 0.0, sunk + lower)


def _boughs(w: NodeWriter, given: dict[str, Socket], root: Socket) -> Socket:
    """How boughs swing about the trunk, across their own way, and nod half as far."""
    x, y, z = w.separate(root)
    out = w.vector_math("LENGTH", w.combine(x, y, 0.0))
    far = given["Swing"] * (out / given["Reach"])
    place = (x * 0.6 + y * 0.8) / given["Reach"] + z * 1.5 / given["Height"] + given["Phase"]
    turn = given["Seconds"] * given["Bough Rate"]
    swing = far * w.math("SINE", turn + place)
    nod = far * out * (0.5 * w.math("SINE", turn * 1.31 + place * 1.3))
    return w.combine(-y * swing, x * swing, nod)


def _blades(w: NodeWriter, given: dict[str, Socket], root: Socket, blade: Socket, wood: Socket, lean: Socket) -> Socket:
    """How blades turn about their roots: as the trunk does there, with the wind the longer they are, and in a flutter."""
    length = w.vector_math("LENGTH", blade)
    high = w.math("MAXIMUM", w.separate(root)[2], 0.0) / given["Height"]
    over_x, over_y, _ = w.separate(wood * (2.0 * high) + lean * (length / given["Height"]))
    own = named_attribute(w, "wf_own")
    size = given["Flutter"] * named_attribute(w, "wf_supple") / (1.0 + length / _STIFF)
    gust = 0.7 + 0.3 * w.math("SINE", given["Seconds"] * given["Rate"] * 0.73 + given["Phase"] * 1.9)
    rate = (own * (_FASTEST - _SLOWEST) + _SLOWEST) * (2.0 * np.pi)
    place = w.vector_math("DOT_PRODUCT", root, (5.0, 6.0, 7.0)) + own * (2.0 * np.pi * 13.7) + given["Phase"] * 5.0
    angle = size * gust * w.math("SINE", given["Seconds"] * rate + place)
    way = own * (2.0 * np.pi * 7.3)
    turn = w.combine(w.math("COSINE", way) * angle - over_y, w.math("SINE", way) * angle + over_x, 0.0)
    turned: dict[str | int, object] = {"Vector": blade, "Axis": turn, "Angle": w.vector_math("LENGTH", turn)}
    return w.out(w.node("ShaderNodeVectorRotate", turned, rotation_type="AXIS_ANGLE")) - blade
