"""The truth group: what every material tells the truth render, and the switch between beauty and truth.

Findings in docs/ground-truth.md: ids and surface properties leave Cycles as AOVs of a second render at 1 sample a pixel,
where nothing is averaged. `wildfield.mode` is one number that all materials see: 0 in the beauty render, 1 in the truth
render, where partly transparent surfaces become opaque, so that the first surface is the one that is reported.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import bpy

from .writer import NodeWriter, Socket

AOVS: dict[str, Literal["VALUE", "COLOR"]] = {
    "gt_id": "VALUE",
    "gt_one": "VALUE",
    "gt_material": "VALUE",
    "gt_part": "VALUE",
    "gt_piece": "VALUE",
    "gt_face": "VALUE",
    "gt_roughness": "VALUE",
    "gt_metallic": "VALUE",
    "gt_albedo": "COLOR",
    "gt_emission": "COLOR",
    "gt_normal": "COLOR",
}
"""Type of each AOV by name. `gt_one` is 1 where one layer was seen and more where transparent layers were summed; `gt_face`
is the polygon's number, from 1, on meshes that deform, by which a point is found again at another time."""

TRUTH, MODE = "wildfield.truth", "wildfield.mode"


def set_truth_mode(on: bool) -> None:
    """Switch all materials of the file to the truth render (True) or back to the beauty render."""
    _mode_group().nodes["mode"].outputs[0].default_value = 1.0 if on else 0.0


def truth_mode(writer: NodeWriter) -> Socket:
    """1 in the truth render, 0 in the beauty render."""
    return writer.out(writer.group(_mode_group()))


def add_truth(
    writer: NodeWriter,
    material_id: int,
    albedo: Socket | tuple[float, ...],
    roughness: Socket | float,
    there: Socket | float = 1.0,
    metallic: Socket | float = 0.0,
    emission: Socket | tuple[float, ...] = (0.0, 0.0, 0.0),
) -> None:
    """Put the truth group into a material. `albedo` is the base colour before light, linear; `material_id` from 1.

    `there` is 1 where the surface is and 0 where it is cut out: Cycles sums AOVs over all layers that a ray passes.
    """
    values = {"Albedo": albedo, "Roughness": roughness, "Metallic": metallic, "Emission": emission}
    writer.group(_truth_group(), Material=float(material_id), There=there, **values)


def enable_aovs(layer: bpy.types.ViewLayer, names: Iterable[str]) -> None:
    """Add those AOVs to a view layer that has them not yet."""
    for name in names:
        if name not in layer.aovs:
            aov = layer.aovs.add()
            aov.name, aov.type = name, AOVS[name]


def _mode_group() -> bpy.types.NodeTree:
    if MODE in bpy.data.node_groups:
        return bpy.data.node_groups[MODE]
    tree = bpy.data.node_groups.new(MODE, "ShaderNodeTree")
    tree.interface.new_socket("Truth", in_out="OUTPUT", socket_type="NodeSocketFloat")
    writer = NodeWriter(tree)
    value = writer.node("ShaderNodeValue", name="mode")
    value.outputs[0].default_value = 0.0
    writer.node("NodeGroupOutput", {0: writer.out(value)})
    return tree


def _truth_group() -> bpy.types.NodeTree:
    if TRUTH in bpy.data.node_groups:
        return bpy.data.node_groups[TRUTH]
    tree = bpy.data.node_groups.new(TRUTH, "ShaderNodeTree")
    for name in ("Albedo", "Emission"):
        tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketColor")
    for name in ("Roughness", "Metallic", "Material", "There"):
        tree.interface.new_socket(name, in_out="INPUT", socket_type="NodeSocketFloat")
    writer = NodeWriter(tree)
    inputs = writer.node("NodeGroupInput")
    nested = writer.attribute("gt_piece", "INSTANCER")
    values = {
        "gt_id": writer.attribute("gt_id", "INSTANCER"),
        "gt_one": writer.out(writer.node("ShaderNodeValue")),
        "gt_part": writer.attribute("gt_part"),
        "gt_piece": nested + writer.attribute("gt_piece") * writer.math("LESS_THAN", nested, 0.5),
        "gt_face": writer.attribute("gt_face"),
        "gt_normal": writer.geometry("True Normal"),
    }
    for name in ("Material", "Roughness", "Metallic", "Albedo", "Emission"):
        values[f"gt_{name.lower()}"] = writer.out(inputs, name)
    values["gt_one"].socket.default_value = 1.0
    there = writer.out(inputs, "There")
    for name, kind in AOVS.items():
        value = values[name] * there
        writer.node("ShaderNodeOutputAOV", {"Color" if kind == "COLOR" else "Value": value}, aov_name=name)
    return tree
