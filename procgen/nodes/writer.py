"""Writing shader and geometry node trees as expressions.

A `Socket` wraps a node's output and takes arithmetic, so that a mask reads like the formula that it is:

    w = NodeWriter(material.node_tree)
    slope = w.separate(w.geometry("Normal"))[2]
    wet = w.smoothstep(0.2, 0.8, slope + 0.3 * (w.noise(scale=4.0) - 0.5))
    colour = w.mix(wet, (0.1, 0.1, 0.1), (0.3, 0.25, 0.2))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import bpy

Colour: TypeAlias = "Socket | Sequence[float]"
Number: TypeAlias = "Socket | float"


class Socket:
    """The output of a node, with arithmetic: on numbers through Math nodes, on vectors through Vector Math nodes."""

    def __init__(self, writer: NodeWriter, socket: bpy.types.NodeSocket) -> None:
        self.writer, self.socket = writer, socket

    @property
    def is_vector(self) -> bool:
        return self.socket.type in ("VECTOR", "RGBA", "ROTATION")

    def _do(self, operation: str, first: Any, second: Any) -> Socket:
        vector = any(isinstance(side, Socket) and side.is_vector for side in (first, second))
        return self.writer.vector_math(operation, first, second) if vector else self.writer.math(operation, first, second)

    def __add__(self, other: Any) -> Socket:
        return self._do("ADD", self, other)

    def __radd__(self, other: Any) -> Socket:
        return self._do("ADD", other, self)

    def __sub__(self, other: Any) -> Socket:
        return self._do("SUBTRACT", self, other)

    def __rsub__(self, other: Any) -> Socket:
        return self._do("SUBTRACT", other, self)

    def __mul__(self, other: Any) -> Socket:
        return self._do("MULTIPLY", self, other)

    def __rmul__(self, other: Any) -> Socket:
        return self._do("MULTIPLY", other, self)

    def __rtruediv__(self, other: Any) -> Socket:
        return self._do("DIVIDE", other, self)

    def __truediv__(self, other: Any) -> Socket:
        return self._do("DIVIDE", self, other)

    def __pow__(self, other: Any) -> Socket:
        return self._do("POWER", self, other)

    def __neg__(self) -> Socket:
        return self * -1.0


class NodeWriter:
    """Adds nodes to one tree. Every method returns sockets that may feed any other."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree

    def node(self, type_name: str, inputs: dict[str | int, Any] | None = None, **properties: Any) -> bpy.types.Node:
        """Add a node, set its properties, then its inputs by name or index: a value, or a Socket to link."""
        node = self.tree.nodes.new(type_name)
        for name, value in properties.items():
            setattr(node, name, value)
        for key, value in (inputs or {}).items():
            self._feed(node.inputs[key], value)
        return node

    def out(self, node: bpy.types.Node, name: str | int = 0) -> Socket:
        return Socket(self, node.outputs[name])

    def _feed(self, target: bpy.types.NodeSocket, value: Any) -> None:
        if isinstance(value, Socket):
            self.tree.links.new(value.socket, target)
        elif value is not None:
            if target.type == "RGBA" and len(value) == 3:
                value = (*value, 1.0)
            if target.type in ("VECTOR", "ROTATION") and isinstance(value, int | float):
                value = (value, value, value)
            target.default_value = value

    # Arithmetic

    def math(self, operation: str, a: Number, b: Number = 0.0, c: Number = 0.0, clamp: bool = False) -> Socket:
        return self.out(self.node("ShaderNodeMath", {0: a, 1: b, 2: c}, operation=operation, use_clamp=clamp))

    def vector_math(self, operation: str, a: Any, b: Any = None) -> Socket:
        """Vector Math; a number beside a vector is taken for all three components. DOT_PRODUCT and LENGTH give numbers."""
        node = self.node("ShaderNodeVectorMath", {0: a, 1: b}, operation=operation)
        return self.out(node, "Value" if operation in ("DOT_PRODUCT", "LENGTH", "DISTANCE") else "Vector")

    def clamp(self, value: Number, low: float = 0.0, high: float = 1.0) -> Socket:
        return self.out(self.node("ShaderNodeClamp", {"Value": value, "Min": low, "Max": high}))

    def smoothstep(self, low: Number, high: Number, value: Number) -> Socket:
        """0 below `low`, 1 above `high`, Hermite between."""
        inputs: dict[str | int, Any] = {"Value": value, "From Min": low, "From Max": high}
        return self.out(self.node("ShaderNodeMapRange", inputs, interpolation_type="SMOOTHSTEP"))

    def separate(self, vector: Colour) -> tuple[Socket, Socket, Socket]:
        node = self.node("ShaderNodeSeparateXYZ", {0: vector})
        return self.out(node, 0), self.out(node, 1), self.out(node, 2)

    def combine(self, x: Number, y: Number, z: Number) -> Socket:
        return self.out(self.node("ShaderNodeCombineXYZ", {0: x, 1: y, 2: z}))

    def mix(self, factor: Number, a: Colour, b: Colour) -> Socket:
        """Mix two colours: `a` where factor is 0, `b` where it is 1."""
        node = self.node("ShaderNodeMix", {0: factor, 6: a, 7: b}, data_type="RGBA")
        return self.out(node, 2)

    def ramp(self, factor: Number, stops: Sequence[tuple[float, Sequence[float]]]) -> Socket:
        """A colour ramp through (position, linear rgb) stops, ascending."""
        node = self.node("ShaderNodeValToRGB", {0: factor})
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(1.0)
        for element, (position, colour) in zip(elements, stops, strict=True):
            element.position = position
            element.color = (*colour, 1.0)
        return self.out(node)

    # Inputs

    def geometry(self, name: str) -> Socket:
        """An output of the Geometry node: Position, Normal, True Normal, Random Per Island, Backfacing."""
        return self.out(self.node("ShaderNodeNewGeometry"), name)

    def coordinates(self, name: str = "Object") -> Socket:
        return self.out(self.node("ShaderNodeTexCoord"), name)

    def attribute(self, name: str, kind: str = "GEOMETRY", output: str = "Fac") -> Socket:
        """A named attribute: kind GEOMETRY, OBJECT, INSTANCER or VIEW_LAYER; output Fac, Color or Vector."""
        return self.out(self.node("ShaderNodeAttribute", attribute_name=name, attribute_type=kind), output)

    def object_random(self) -> Socket:
        """A number in 0..1 that differs from instance to instance."""
        return self.out(self.node("ShaderNodeObjectInfo"), "Random")

    def mapping(self, vector: Socket, scale: Sequence[float] = (1, 1, 1), location: Sequence[float] = (0, 0, 0)) -> Socket:
        inputs: dict[str | int, Any] = {"Vector": vector, "Scale": scale, "Location": location}
        return self.out(self.node("ShaderNodeMapping", inputs))

    # Textures

    def noise(
        self,
        vector: Socket | None = None,
        scale: Number = 1.0,
        detail: float = 4.0,
        roughness: float = 0.55,
        distortion: float = 0.0,
    ) -> Socket:
        """Fractal gradient noise, about 0.3 to 0.7 around 0.5; `scale` in cycles a unit of `vector`."""
        inputs: dict[str | int, Any] = {
            "Scale": scale,
            "Detail": detail,
            "Roughness": roughness,
            "Distortion": distortion,
        }
        if vector is not None:
            inputs["Vector"] = vector
        return self.out(self.node("ShaderNodeTexNoise", inputs))

    def noise_vector(self, vector: Socket, scale: Number = 1.0, detail: float = 2.0, roughness: float = 0.55) -> Socket:
        """Three independent fractal noises, each about 0.3 to 0.7 around 0.5."""
        inputs: dict[str | int, Any] = {"Vector": vector, "Scale": scale, "Detail": detail, "Roughness": roughness}
        return self.out(self.node("ShaderNodeTexNoise", inputs), 1)

    def voronoi(
        self,
        vector: Socket,
        scale: Number = 1.0,
        feature: str = "F1",
        output: str = "Distance",
        randomness: float = 1.0,
        flat: bool = False,
    ) -> Socket:
        """Cells about random points; `flat` ones are the same at any z and cost a third. F1 costs about 8 octaves of noise."""
        inputs: dict[str | int, Any] = {"Vector": vector, "Scale": scale, "Randomness": randomness}
        dimensions = "2D" if flat else "3D"
        node = self.node("ShaderNodeTexVoronoi", None, feature=feature, voronoi_dimensions=dimensions)
        for key, value in inputs.items():
            self._feed(node.inputs[key], value)
        return self.out(node, output)

    def image(self, picture: bpy.types.Image, vector: Socket) -> tuple[Socket, Socket, Socket]:
        """The channels of a picture at a place (x, y) in 0..1 from its lower left corner; its edge goes on outside."""
        node = self.node("ShaderNodeTexImage", {"Vector": vector}, image=picture, extension="EXTEND")
        return self.separate(self.out(node, "Color"))

    def bump(self, height: Number, distance: Number, strength: Number = 1.0) -> Socket:
        """A normal bent by a height; `distance` in metres is what a height of 1 stands for."""
        return self.out(self.node("ShaderNodeBump", {"Height": height, "Distance": distance, "Strength": strength}))

    # Shaders

    def shader(self, type_name: str, **inputs: Any) -> Socket:
        """A shader node by its short name (`Diffuse`, `Translucent`, `Principled`), inputs with _ for a space."""
        named: dict[str | int, Any] = {key.replace("_", " "): value for key, value in inputs.items()}
        return self.out(self.node(f"ShaderNodeBsdf{type_name}", named))

    def mix_shader(self, factor: Number, a: Socket, b: Socket) -> Socket:
        return self.out(self.node("ShaderNodeMixShader", {0: factor, 1: a, 2: b}))

    def group(self, tree: bpy.types.NodeTree, **inputs: Any) -> bpy.types.Node:
        """A node group, inputs by name with _ for a space."""
        kind = "ShaderNodeGroup" if self.tree.bl_idname == "ShaderNodeTree" else "GeometryNodeGroup"
        node = self.node(kind, node_tree=tree)
        for key, value in inputs.items():
            self._feed(node.inputs[key.replace("_", " ")], value)
        return node
