"""What every geometry tree begins with: a tree that takes a geometry and gives one back, the time, and named attributes."""

from __future__ import annotations

import bpy

from .writer import NodeWriter, Socket


def geometry_tree(name: str) -> tuple[NodeWriter, Socket]:
    """Return the writer of a new tree that takes a geometry and gives one back, and what it takes."""
    tree = bpy.data.node_groups.new(f"wildfield.{name}", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    w = NodeWriter(tree)
    return w, w.out(w.node("NodeGroupInput"))


def scene_seconds(w: NodeWriter, frame_rate: float) -> Socket:
    """The scene's time in a geometry tree, in seconds."""
    return w.out(w.node("GeometryNodeInputSceneTime"), "Frame") / frame_rate


def named_attribute(w: NodeWriter, name: str, kind: str = "FLOAT") -> Socket:
    """A named attribute in a geometry tree; `kind` is FLOAT, INT or FLOAT_VECTOR."""
    return w.out(w.node("GeometryNodeInputNamedAttribute", {"Name": name}, data_type=kind), "Attribute")
