"""Numbers that differ from scene to scene, in a node group that all materials of a file share: set once, seen by all."""

from __future__ import annotations

from collections.abc import Mapping

import bpy

from .writer import NodeWriter


def value_group(name: str, defaults: Mapping[str, float]) -> bpy.types.NodeTree:
    """Return the shader node group of that name, made once a file: an output and a node for each value."""
    if name in bpy.data.node_groups:
        return bpy.data.node_groups[name]
    tree = bpy.data.node_groups.new(name, "ShaderNodeTree")
    w = NodeWriter(tree)
    nodes = {}
    for key, value in defaults.items():
        tree.interface.new_socket(key, in_out="OUTPUT", socket_type="NodeSocketFloat")
        nodes[key] = w.node("ShaderNodeValue", name=key)
        nodes[key].outputs[0].default_value = value
    w.node("NodeGroupOutput", {key: w.out(node) for key, node in nodes.items()})
    return tree


def set_values(tree: bpy.types.NodeTree, values: Mapping[str, float]) -> None:
    """Set numbers of a group by their names."""
    for key, value in values.items():
        tree.nodes[key].outputs[0].default_value = value


def is_shared_value(node: bpy.types.Node) -> bool:
    """Whether a node of a material only hands out values of such a group: the same all over the scene."""
    if node.bl_idname != "ShaderNodeGroup" or node.node_tree is None:
        return False
    return {inside.bl_idname for inside in node.node_tree.nodes} <= {"ShaderNodeValue", "NodeGroupOutput"}
