"""What the materials of the ground must know of the season: one node group of named values that they share.

`straw` is how much of the grass has dried, `pale` how far it has bleached, each 0..1.
"""

from __future__ import annotations

import bpy

from .writer import NodeWriter, Socket

GROUP = "wildfield.season"
_VALUES = ("straw", "pale")
_SEASONS = {"spring": (-0.25, 0.0), "summer": (0.0, 0.0), "autumn": (0.3, 0.1), "winter": (0.6, 0.75), "dry": (1.0, 0.15)}


def set_season(season: str) -> None:
    """Set the season of the file's ground; below 0 grass is fresher than in summer."""
    nodes = _group().nodes
    for name, value in zip(_VALUES, _SEASONS[season], strict=True):
        nodes[name].outputs[0].default_value = value


def season_value(writer: NodeWriter, name: str) -> Socket:
    """Return one of the values: straw or pale."""
    return writer.out(writer.group(_group()), name)


def _group() -> bpy.types.NodeTree:
    if GROUP in bpy.data.node_groups:
        return bpy.data.node_groups[GROUP]
    tree = bpy.data.node_groups.new(GROUP, "ShaderNodeTree")
    w = NodeWriter(tree)
    for name in _VALUES:
        tree.interface.new_socket(name, in_out="OUTPUT", socket_type="NodeSocketFloat")
    nodes = {name: w.node("ShaderNodeValue", name=name) for name in _VALUES}
    for node in nodes.values():
        node.outputs[0].default_value = 0.0
    w.node("NodeGroupOutput", {name: w.out(node) for name, node in nodes.items()})
    return tree
