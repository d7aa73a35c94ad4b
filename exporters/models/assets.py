"""One plant or stone to a file: glTF, OBJ and PLY without Blender, USD through Pixar's library, and .blend through bpy.

The plain formats carry the colours of the faces: USD by face, the others by point; or textures, which Blender bakes
(`baking`): inside .glb and .usdz, beside .obj and USD files. A .blend file carries the materials themselves. glTF is y up, as
it asks for; the others keep z up. Units are metres.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from trimesh.exchange.obj import export_obj
from trimesh.exchange.ply import export_ply

from ...errors import UserError, nearest
from ...procgen import registry
from ...procgen.compose import asset_parameters, blender_version
from ...procgen.kinds.asset import asset_mesh
from ...procgen.meshes import MeshData, triangulated
from ...procgen.rng import check_seed
from ...procgen.spec import to_dict
from .baking.maps import Textured, check_size
from .colours import point_colours, srgb
from .glb_file import write_glb
from .obj_file import write_textured
from .scene_files import Shape, World
from .usd_file import write_mesh, write_package


def write_asset(generator: str, seed: int, out: Path, parameters: Mapping[str, Any], textures: int = 0) -> None:
    """Grow the asset of that seed and write it to `out`; the file appears whole, after what lies beside it, or not at all.

    `parameters` replace those drawn from the seed. The mesh is the one that kind "asset" shows for the same seed. `textures`
    is the side of the textures in pixels, 0 for none. Raises UserError for an unknown generator, parameter or file ending,
    for textures that the file cannot hold or without Blender, and where `out` cannot be written.
    """
    ending = out.suffix.lower()
    if ending not in WRITERS:
        raise UserError(f"{out}: unknown file ending {ending!r}{nearest(ending, WRITERS)}: it takes {', '.join(WRITERS)}")
    check_size(textures, ending in TEXTURED, f"{out}: a {ending} file", TEXTURED)
    registry.find(generator, registry.generators(), "generator")
    check_seed(seed)
    complete = to_dict(asset_parameters(generator, seed, dict(parameters)))
    mesh = asset_mesh(generator, complete, seed)
    look = _baked(mesh, generator, seed, textures) if textures else None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.stem}.", dir=out.parent) as folder:
            part = Path(folder) / out.name
            WRITERS[ending](mesh, generator, part) if look is None else TEXTURED[ending](look, generator, part)
            for path in sorted(Path(folder).rglob("*.*")):
                if path.is_file() and path != part:
                    target = out.parent / path.relative_to(folder)
                    target.parent.mkdir(exist_ok=True)
                    os.replace(path, target)
            os.replace(part, out)
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror or error}; choose another place or make room") from error


def _baked(mesh: MeshData, name: str, seed: int, size: int) -> Textured:
    """The mesh with textures, as kind "asset" shows it: dry, and in the shade of colour that Cycles gives an object `name`."""
    blender_version()
    from ...procgen.materials.values import vary
    from ...procgen.water.state import set_no_water
    from ...procgen.weather.wetness import set_wetness
    from .baking.shaders import instance_random
    from .baking.textures import textured

    set_no_water()
    set_wetness(0.0)
    vary(seed)
    return textured(mesh, size, instance_random(name))


def _write_glb(mesh: MeshData, name: str, path: Path) -> None:
    write_glb(path, World([_only(mesh, name)], {1: name}, {1: ""}))


def _only(mesh: MeshData, name: str, look: Textured | None = None) -> Shape:
    """The shape of one thing that stands at the origin."""
    return Shape(name, mesh, np.array([1]), np.eye(4)[None], look)


def _write_obj(mesh: MeshData, name: str, path: Path) -> None:
    path.write_text(f"o {name}\n" + export_obj(_coloured(mesh), include_color=True, header=None))


def _write_ply(mesh: MeshData, name: str, path: Path) -> None:
    path.write_bytes(export_ply(_coloured(mesh)))


def _write_blend(mesh: MeshData, name: str, path: Path) -> None:
    blender_version()
    import bpy

    from ...procgen.nodes.objects import to_blender

    item = bpy.data.objects.new(name, to_blender(mesh, name))
    item["gt_id"] = 1
    bpy.data.libraries.write(str(path), {item}, fake_user=True, compress=True)
    data = item.data
    bpy.data.objects.remove(item)
    bpy.data.meshes.remove(data)


def vertex_colours(mesh: MeshData) -> NDArray[np.uint8]:
    """Return the points' sRGB colours with alpha (P, 4)."""
    return np.pad(srgb(point_colours(mesh)), ((0, 0), (0, 1)), constant_values=255)


def _coloured(mesh: MeshData) -> trimesh.Trimesh:
    """The mesh in triangles with its vertex colours."""
    plain = triangulated(mesh)
    return trimesh.Trimesh(plain.points, plain.faces, vertex_colors=vertex_colours(plain), process=False)


WRITERS: dict[str, Callable[[MeshData, str, Path], None]] = {
    ".glb": _write_glb,
    ".obj": _write_obj,
    ".ply": _write_ply,
    ".blend": _write_blend,
    ".usdc": write_mesh,
    ".usda": write_mesh,
    ".usd": write_mesh,
    ".usdz": write_package,
}
"""What writes each file ending."""


TEXTURED: dict[str, Callable[[Textured, str, Path], None]] = {
    ".glb": lambda look, name, path: write_glb(path, World([_only(look.mesh, name, look)], {1: name}, {1: ""})),
    ".obj": write_textured,
    **dict.fromkeys((".usdc", ".usda", ".usd"), lambda look, name, path: write_mesh(look.mesh, name, path, look)),
    ".usdz": lambda look, name, path: write_package(look.mesh, name, path, look),
}
"""What writes each file ending that holds textures."""
