"""What a material's nodes are, and copies of a material that show one of its properties instead of light."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np
from numpy.typing import NDArray

from ....procgen.nodes.haze import HAZE
from ....procgen.nodes.truth import TRUTH
from ....procgen.nodes.values import is_shared_value
from ....procgen.nodes.writer import NodeWriter, Socket

_RELIEF = {"ShaderNodeBump", "ShaderNodeNormalMap", "ShaderNodeDisplacement", "ShaderNodeVectorDisplacement"}
_OWN = {"ShaderNodeValue", "ShaderNodeRGB"}


def uneven(material: bpy.types.Material) -> bool:
    """Whether the material bends its normals."""
    return any(node.bl_idname in _RELIEF for node in material.node_tree.nodes)


def is_thin(material: bpy.types.Material) -> bool:
    """Whether the material is a sheet that light shines through."""
    return any(node.bl_idname == "ShaderNodeBsdfTranslucent" for node in material.node_tree.nodes)


def bump_of(material: bpy.types.Material) -> bpy.types.Node | None:
    """Return the node that alone bends all normals of a material, by a height of even distance and strength, if any."""
    nodes = [node for node in material.node_tree.nodes if node.bl_idname in _RELIEF]
    if len(nodes) != 1 or nodes[0].bl_idname != "ShaderNodeBump" or nodes[0].invert:
        return None
    told = [entry.name for entry in nodes[0].inputs if entry.is_linked]
    shaders = [node for node in material.node_tree.nodes if node.bl_idname.startswith("ShaderNodeBsdf")]
    return nodes[0] if told == ["Height"] and all(node.inputs["Normal"].is_linked for node in shaders) else None


def sources(material: bpy.types.Material) -> set[str]:
    """Return what the shader of a copy depends on: names of attributes, of outputs of the geometry, and types of other nodes.

    Numbers and colours of the material's own, and values that all materials share, are not told.
    """
    found: set[str] = set()
    known: set[str] = set()
    links = list(_surface(material).links)
    while links:
        node, output = links[-1].from_node, links.pop().from_socket
        fed = [link for entry in node.inputs for link in entry.links]
        if node.bl_idname == "ShaderNodeAttribute":
            found.add(node.attribute_name if node.attribute_type == "GEOMETRY" else node.attribute_type)
        elif node.bl_idname == "ShaderNodeNewGeometry":
            found.add(output.name)
        elif ("Tex" in node.bl_idname or node.bl_idname == "ShaderNodeGroup") and not is_shared_value(node):
            everywhere = "Vector" in node.inputs and node.inputs["Vector"].is_linked
            found |= set() if everywhere else {node.bl_idname}
        elif not (fed or node.bl_idname in _OWN or "Bsdf" in node.bl_idname or is_shared_value(node)):
            found.add(node.bl_idname)
        if node.name not in known:
            known.add(node.name)
            links += fed
    return found


def copied(material: bpy.types.Material, instance: float) -> bpy.types.Material:
    """Return a copy in clear air, in which the random number of the instance (0..1) is the given one."""
    made = material.copy()
    tree = made.node_tree
    writer = NodeWriter(tree)
    value = writer.node("ShaderNodeValue")
    value.outputs[0].default_value = instance
    for node in [node for node in tree.nodes if node.bl_idname == "ShaderNodeObjectInfo"]:
        for link in list(node.outputs["Random"].links):
            tree.links.new(value.outputs[0], link.to_socket)
    haze = _group(made, HAZE)
    for link in list(haze.outputs[0].links):
        tree.links.new(haze.inputs[0].links[0].from_socket, link.to_socket)
    return made


def show(material: bpy.types.Material, names: Sequence[str]) -> None:
    """Let a copy send out its base colour ("Albedo",) or up to three of its numbers as red, green and blue."""
    writer = NodeWriter(material.node_tree)
    truth = _group(material, TRUTH)

    def value(name: str) -> Socket | float | tuple[float, ...]:
        entry = truth.inputs[name]
        if entry.is_linked:
            return Socket(writer, entry.links[0].from_socket)
        return tuple(entry.default_value)[:3] if entry.type == "RGBA" else float(entry.default_value)

    colour = value(names[0]) if len(names) == 1 else writer.combine(*(value(name) for name in names))  # type: ignore[arg-type]
    send(material, colour)


def send(material: bpy.types.Material, colour: Socket | float | tuple[float, ...]) -> None:
    """Let a copy send out a colour, or a number as grey."""
    writer = NodeWriter(material.node_tree)
    emission = writer.out(writer.node("ShaderNodeEmission", {"Color": colour, "Strength": 1.0}))
    material.node_tree.links.new(emission.socket, _surface(material))


def constants(material: bpy.types.Material, names: Sequence[str]) -> NDArray[np.float32] | None:
    """Return the numbers of those names, float32, where none of them varies over the surface; otherwise None."""
    entries = [_group(material, TRUTH).inputs[name] for name in names]
    fixed = not any(entry.is_linked for entry in entries)
    return np.array([entry.default_value for entry in entries], np.float32) if fixed else None


def instance_random(name: str) -> float:
    """Return what Cycles gives an object of that name as its random number in 0..1 (blender/object.cpp, util/hash.h)."""
    mask = 0xFFFFFFFF
    key = 0
    for byte in name.encode():
        key = (key * 37 + byte) & mask

    def turned(value: int, by: int) -> int:
        return ((value << by) | (value >> (32 - by))) & mask

    a = b = c = 0xDEADBEEF + (2 << 2) + 13
    a = (a + key) & mask
    c = ((c ^ b) - turned(b, 14)) & mask
    a = ((a ^ c) - turned(c, 11)) & mask
    b = ((b ^ a) - turned(a, 25)) & mask
    c = ((c ^ b) - turned(b, 16)) & mask
    a = ((a ^ c) - turned(c, 4)) & mask
    b = ((b ^ a) - turned(a, 14)) & mask
    c = ((c ^ b) - turned(b, 24)) & mask
    return c / mask


def _group(material: bpy.types.Material, name: str) -> bpy.types.Node:
    """The node of a node group that every material has."""
    nodes = material.node_tree.nodes
    return next(node for node in nodes if node.bl_idname == "ShaderNodeGroup" and node.node_tree.name == name)


def _surface(material: bpy.types.Material) -> bpy.types.NodeSocket:
    """Where the shader of a material goes in."""
    (output,) = (node for node in material.node_tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    return output.inputs["Surface"]
