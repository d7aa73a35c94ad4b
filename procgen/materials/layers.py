"""Layers: what the ground is made of, one over the other, before light falls on it.

A layer is a function `(w, place) -> Layer`; `place` is a vector in metres, mostly the world's position. Each is a material of
its own, too. `blend` lets one fill the joints of another; `cover` lays finished ones side by side over a landscape, by masks:

    beach = finish(w, blend(w, 0.4, gravel(w, place), beach_sand(w, place)))
    surface = cover(w, w.attribute("turf"), beach, finish(w, turf(w, place)))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import registry
from . import Surface
from .values import Values, values_of

if TYPE_CHECKING:
    import bpy

    from ..nodes.writer import NodeWriter, Number, Socket

FINE = "wf_fine"
"""POINT attribute: 1 on meshes fine enough to carry a layer's height themselves; elsewhere it bends the normal only."""

Shade: TypeAlias = "Socket | tuple[float, float, float]"
Layered = Callable[["NodeWriter", "Socket"], "Layer"]
Build = Callable[["NodeWriter", "Socket", Values], "Layer"]
_SOCKETS = {
    "colour": "Color",
    "roughness": "Float",
    "height": "Float",
    "relief": "Float",
    "gloss": "Float",
    "emission": "Color",
    "thirst": "Float",
}


@dataclass(frozen=True)
class Layer:
    """`colour` is the linear base colour; `height` the form in metres about a mean of 0, within `depth` up and down; `relief`
    the finer relief on it in metres, which is never geometry; `gloss` how much of the surface shines, as under a film of water
    or ice, with that `roughness`; `emission` the radiance it sends out, linear; `thirst` 0..1 how wet rain makes it: snow and
    ice not at all.
    """

    colour: Shade
    roughness: Number = 0.85
    height: Number = 0.0
    depth: float = 0.0
    relief: Number = 0.0
    gloss: Number = 0.0
    emission: Shade = (0.0, 0.0, 0.0)
    thirst: Number = 1.0


def layer(name: str, family: str, help: str, params: type[Any]) -> Callable[[Any], Layered]:
    """Register the decorated `build(w, place, values) -> Layer` as a layer, and as the material of that name.

    The material is true geometry on meshes with `FINE`.
    """

    def register(build: Build) -> Layered:
        def laid(w: NodeWriter, place: Socket) -> Layer:
            return _read(w, _group(name, build, params), place)

        registry.material(name, help, params, family)(lambda w: finish(w, laid(w, w.geometry("Position")), displaced=True))
        return laid

    return register


def _group(name: str, build: Build, params: type[Any]) -> bpy.types.NodeTree:
    """Return the node group of a layer, made once a file: Blender slows down with the square of a tree's nodes."""
    import bpy

    from ..nodes.writer import NodeWriter

    full = f"wildfield.layer.{name}"
    if full in bpy.data.node_groups:
        return bpy.data.node_groups[full]
    tree = bpy.data.node_groups.new(full, "ShaderNodeTree")
    tree.interface.new_socket("Place", in_out="INPUT", socket_type="NodeSocketVector")
    for key, kind in _SOCKETS.items():
        tree.interface.new_socket(key, in_out="OUTPUT", socket_type=f"NodeSocket{kind}")
    w = NodeWriter(tree)
    made = build(w, w.out(w.node("NodeGroupInput"), "Place"), values_of(w, name, params))
    tree["depth"] = made.depth
    w.node("NodeGroupOutput", {key: getattr(made, key) for key in _SOCKETS}, name="layer")
    return tree


def _read(w: NodeWriter, tree: bpy.types.NodeTree, place: Socket) -> Layer:
    """Return the layer of a node group; what is constant in it stays a constant."""
    node, output = w.group(tree, Place=place), tree.nodes["layer"]
    read: dict[str, Any] = {}
    for key, kind in _SOCKETS.items():
        constant = output.inputs[key].default_value
        plain = tuple(constant)[:3] if kind == "Color" else constant
        read[key] = w.out(node, key) if output.inputs[key].is_linked else plain
    return Layer(depth=tree["depth"], **read)


def blend(w: NodeWriter, factor: Number, below: Layer, above: Layer) -> Layer:
    """Cover `below` with `above`: not at all where `factor` is 0, wholly where it is 1.

    Between, `above` lies as deep as the factor says and fills what is low first: sand the joints between stones.
    """
    reach = below.depth + above.depth
    soft = 0.25 * reach + 0.002
    level = (factor * 2.0 - 1.0) * (reach + soft)
    surface = level + above.height
    there = w.smoothstep(-soft, soft, surface - below.height)
    height = _between(w, there, below.height, surface) - w.math("MAXIMUM", level, 0.0)
    return Layer(
        w.mix(there, below.colour, above.colour),
        _between(w, there, below.roughness, above.roughness),
        height,
        max(below.depth, above.depth),
        _between(w, there, below.relief, above.relief),
        _between(w, there, below.gloss, above.gloss),
        _mixed(w, there, below.emission, above.emission),
        _between(w, there, below.thirst, above.thirst),
    )


def cover(w: NodeWriter, factor: Socket, below: Surface, above: Surface) -> Surface:
    """Cover one finished surface with another, as `blend`, but by the factor alone: for whole landscapes.

    Cycles evaluates only what shows: where the factor is exactly 0 or 1, the other surface costs nothing.
    """
    return Surface(
        w.mix_shader(factor, below.shader, above.shader),
        w.mix(factor, below.albedo, above.albedo),
        _between(w, factor, below.roughness, above.roughness),
        emission=_mixed(w, factor, below.emission, above.emission),
    )


def finish(w: NodeWriter, layer: Layer, displaced: bool = False) -> Surface:
    """Return the surface of a layer, wet from rain: matt, under a film that mirrors by Fresnel where it shines."""
    layer = _rained_on(w, layer)
    height, displacement = layer.height, None
    if displaced:
        fine = w.attribute(FINE)
        displacement = w.out(w.node("ShaderNodeDisplacement", {"Height": height * fine, "Midlevel": 0.0, "Scale": 1.0}))
        height = height * (1.0 - fine)
    normal = w.bump(height + layer.relief, 1.0)
    shader = w.shader("Diffuse", Color=layer.colour, Normal=normal)
    if not _is_zero(layer.gloss):
        fresnel = w.out(w.node("ShaderNodeFresnel", {"IOR": 1.35, "Normal": normal}))
        film = w.shader("Glossy", Color=(0.95, 0.95, 0.95), Roughness=layer.roughness, Normal=normal)
        shader = w.mix_shader(fresnel * layer.gloss, shader, film)
    if layer.emission != (0.0, 0.0, 0.0):
        light = w.out(w.node("ShaderNodeEmission", {"Color": layer.emission, "Strength": 1.0}))
        shader = w.out(w.node("ShaderNodeAddShader", {0: shader, 1: light}))
    return Surface(shader, layer.colour, layer.roughness, displacement=displacement, emission=layer.emission)


def _rained_on(w: NodeWriter, layer: Layer) -> Layer:
    """Return the layer as the scene's rain leaves it."""
    from ..weather.wetness import soaked, wetness

    if _is_zero(layer.thirst):
        return layer
    rain = wetness(w) * layer.thirst
    return replace(
        layer,
        colour=soaked(w, layer.colour, rain),
        roughness=_between(w, rain, layer.roughness, 0.38),
        gloss=w.math("MAXIMUM", layer.gloss, 0.6 * rain),
    )


def _is_zero(value: Number) -> bool:
    return isinstance(value, int | float) and value == 0


def _mixed(w: NodeWriter, factor: Socket, a: Shade, b: Shade) -> Shade:
    return a if isinstance(a, tuple) and a == b else w.mix(factor, a, b)


def _between(w: NodeWriter, factor: Socket, a: Number, b: Number) -> Number:
    """`a` where the factor is 0, `b` where it is 1; no node where both are the same."""
    if isinstance(a, int | float) and isinstance(b, int | float) and a == b:
        return a
    return w.math("MULTIPLY_ADD", factor, b - a, a)
