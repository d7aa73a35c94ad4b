"""Materials: each a function that lays nodes and returns a `Surface`; `get` finishes it with truth and aerial perspective."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import bpy

    from ..nodes.writer import Socket


@dataclass(frozen=True)
class Surface:
    """What a material's function returns.

    `shader` is its closure; `albedo` the base colour before light (linear); `roughness` 0..1; `opacity` where it is cut out:
    soft in the beauty render, cut at one half in the truth render; `displacement` a displacement vector in metres; `metallic`
    0..1; `emission` the radiance that it sends out, linear.
    """

    shader: Socket
    albedo: Socket | tuple[float, float, float]
    roughness: Socket | float = 0.8
    opacity: Socket | None = None
    displacement: Socket | None = None
    metallic: Socket | float = 0.0
    emission: Socket | tuple[float, float, float] = (0.0, 0.0, 0.0)


def get(name: str) -> bpy.types.Material:
    """Return the material of that name, made once a file. Raises UserError for an unknown name."""
    import bpy

    from .. import registry
    from ..nodes.haze import add_haze
    from ..nodes.truth import add_truth, truth_mode
    from ..nodes.writer import NodeWriter

    full = f"wildfield.{name}"
    if full in bpy.data.materials:
        return bpy.data.materials[full]
    table = registry.materials()
    entry = registry.find(name, table, "material")
    made = bpy.data.materials.new(full)
    if made.node_tree is None:
        made.use_nodes = True
    made.node_tree.nodes.clear()
    # The haze is an emission; Cycles would take every face of every instance for a lamp (2 GB, 3 CPU-s and noise).
    made.cycles.emission_sampling = "NONE"
    w = NodeWriter(made.node_tree)
    surface = entry.build(w)
    if surface.displacement is not None:
        made.displacement_method = "DISPLACEMENT"
    shader = add_haze(w, surface.shader)
    cut: Socket | float = 1.0
    if surface.opacity is not None:
        cut = w.math("GREATER_THAN", surface.opacity, 0.5)
        mode = truth_mode(w)
        visible = surface.opacity * (1.0 - mode) + cut * mode
        shader = w.mix_shader(visible, w.shader("Transparent"), shader)
    add_truth(w, list(table).index(name) + 1, surface.albedo, surface.roughness, cut, surface.metallic, surface.emission)
    w.node("ShaderNodeOutputMaterial", {"Surface": shader, "Displacement": surface.displacement})
    return made
