"""The truth group: what every material tells the truth render, and the switch between beauty and truth.

Findings in docs/ground-truth.md: ids and surface properties leave Cycles as AOVs of a second render at 1 sample a pixel,
where nothing is averaged. `wildfield.mode` is one number that all materials see: 0 in the beauty render, 1 in the truth
render, where partly transparent surfaces become opaque, so that the first surface is the one that is reported.
"""

from __future__ import annotations

from typing import Literal

import bpy

from .writer import NodeWriter, Socket

AOVS: tuple[tuple[str, Literal["VALUE", "COLOR"]], ...] = (
    ("gt_id", "VALUE"),
    ("gt_material", "VALUE"),
    ("gt_one", "VALUE"),
    ("gt_roughness", "VALUE"),
    ("gt_albedo", "COLOR"),
    ("gt_normal", "COLOR"),
)
"""Name and type of each AOV. `gt_one` is 1 where one layer was seen and more where transparent layers were summed."""

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
) -> None:
    """Put the truth group into a material. `albedo` is the base colour before light, linear; `material_id` from 1.

    `there` is 1 where the surface is and 0 where it is cut out: Cycles sums AOVs over all layers that a ray passes.
    """
    writer.group(_truth_group(), Albedo=albedo, Roughness=roughness, Material=float(material_id), There=there)


def enable_aovs(layer: bpy.types.ViewLayer) -> None:
    """Add the AOVs to a view layer that has them not yet."""
    for name, kind in AOVS:
        if name not in layer.aovs:
            aov = layer.aovs.add()
            aov.name, aov.type = name, kind


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
    for name, kind in (
        ("Albedo", "NodeSocketColor"),
        ("Roughness", "NodeSocketFloat"),
        ("Material", "NodeSocketFloat"),
        ("There", "NodeSocketFloat"),
    ):
        tree.interface.new_socket(name, in_out="INPUT", socket_type=kind)
    writer = NodeWriter(tree)
    inputs = writer.node("NodeGroupInput")
    values = {
        "gt_id": writer.attribute("gt_id", "INSTANCER"),
        "gt_material": writer.out(inputs, "Material"),
        "gt_one": writer.out(writer.node("ShaderNodeValue")),
        "gt_roughness": writer.out(inputs, "Roughness"),
        "gt_albedo": writer.out(inputs, "Albedo"),
        "gt_normal": writer.geometry("True Normal"),
    }
    values["gt_one"].socket.default_value = 1.0
    there = writer.out(inputs, "There")
    for name, kind in AOVS:
        value = values[name] * there
        writer.node("ShaderNodeOutputAOV", {"Color" if kind == "COLOR" else "Value": value}, aov_name=name)
    return tree
