"""Aerial perspective: what the camera sees fades to the colour of the air with distance, without a volume.

The extinction falls off exponentially with height, so that summits stay clear above a hazy valley (Beer-Lambert along a
ray whose mean height stands for the path). One group serves all materials; the weather sets its four values.
"""

from __future__ import annotations

from collections.abc import Iterable

import bpy

from .writer import NodeWriter, Socket

HAZE = "wildfield.haze"


def set_haze(density: float, scale_height: float, colour: Iterable[float], strength: float) -> None:
    """Set the air of the file: `density` in 1/m at height 0, `scale_height` in m, `colour` linear rgb."""
    nodes = _haze_group().nodes
    nodes["density"].outputs[0].default_value = density
    nodes["scale_height"].outputs[0].default_value = scale_height
    nodes["colour"].outputs[0].default_value = (*colour, 1.0)
    nodes["strength"].outputs[0].default_value = strength


def add_haze(writer: NodeWriter, shader: Socket) -> Socket:
    """Return `shader` seen through the air by camera rays; other rays see it bare."""
    return writer.out(writer.group(_haze_group(), Shader=shader))


def _haze_group() -> bpy.types.NodeTree:
    if HAZE in bpy.data.node_groups:
        return bpy.data.node_groups[HAZE]
    tree = bpy.data.node_groups.new(HAZE, "ShaderNodeTree")
    tree.interface.new_socket("Shader", in_out="INPUT", socket_type="NodeSocketShader")
    tree.interface.new_socket("Shader", in_out="OUTPUT", socket_type="NodeSocketShader")
    w = NodeWriter(tree)
    density = w.out(w.node("ShaderNodeValue", name="density"))
    scale_height = w.out(w.node("ShaderNodeValue", name="scale_height"))
    strength = w.out(w.node("ShaderNodeValue", name="strength"))
    colour = w.out(w.node("ShaderNodeRGB", name="colour"))
    density.socket.default_value, scale_height.socket.default_value, strength.socket.default_value = 0.0, 100.0, 1.0
    distance = w.out(w.node("ShaderNodeCameraData"), "View Distance")
    from_camera = w.out(w.node("ShaderNodeLightPath"), "Is Camera Ray")
    height = w.math("MAXIMUM", w.separate(w.geometry("Position"))[2], 0.0)
    thinning = w.math("EXPONENT", -(height / (2.0 * scale_height)))
    fade = (1.0 - w.math("EXPONENT", -(distance * density * thinning))) * from_camera
    air = w.out(w.node("ShaderNodeEmission", {"Color": colour, "Strength": strength}))
    shader = w.out(w.node("NodeGroupInput"), "Shader")
    w.node("NodeGroupOutput", {0: w.mix_shader(fade, shader, air)})
    return tree
