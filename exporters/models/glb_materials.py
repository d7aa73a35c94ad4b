"""Materials of a binary glTF file: metallic-roughness, of one colour or the points' colours, or textures as PNG inside.

Textures come with KHR_materials_specular: bark, stone and leaves mirror less than the 4 % that glTF takes for granted,
which would show them too pale. A reader that does not know the extension takes the 4 %.
"""

from __future__ import annotations

from typing import Any

from ...procgen.materials.colours import representative_colour, representative_roughness
from ..images import png_bytes
from .baking.maps import Maps

_LINEAR, _LINEAR_MIPMAPS, _CLAMP = 9729, 9987, 33071


class Materials:
    """The materials of a file, each added to its `content` and `binary` when it is first asked for."""

    def __init__(self, content: dict[str, Any], binary: bytearray) -> None:
        self.content, self.binary = content, binary
        self._known: dict[tuple[str, int | bool], int] = {}

    def index(self, name: str, maps: Maps | None, coloured: bool) -> int:
        """Return the number of a material: of the textures `maps`, `coloured` by the points, or of one colour."""
        key = (name, coloured if maps is None else id(maps))
        if key not in self._known:
            self._known[key] = len(self.content["materials"])
            self.content["materials"].append(_plain(name, coloured) if maps is None else self._textured(name, maps))
        return self._known[key]

    def _textured(self, name: str, maps: Maps) -> dict[str, Any]:
        colour = maps.colour if maps.cut else maps.colour[..., :3]
        pbr = {
            "baseColorTexture": self._texture(f"{name}_colour", png_bytes(colour)),
            "metallicRoughnessTexture": self._texture(f"{name}_surface", png_bytes(maps.surface)),
        }
        made: dict[str, Any] = {"name": name, "pbrMetallicRoughness": pbr, "doubleSided": True}
        if maps.normal is not None:
            made["normalTexture"] = self._texture(f"{name}_normal", png_bytes(maps.normal))
        if maps.cut:
            made |= {"alphaMode": "MASK", "alphaCutoff": 0.5}
        self.content["extensionsUsed"] = ["KHR_materials_specular"]
        return made | {"extensions": {"KHR_materials_specular": {"specularFactor": maps.specular}}}

    def _texture(self, name: str, png: bytes) -> dict[str, int]:
        """Put a picture into the buffer and return the reference to its texture."""
        for key in ("images", "textures"):
            self.content.setdefault(key, [])
        self.content["samplers"] = [
            {"magFilter": _LINEAR, "minFilter": _LINEAR_MIPMAPS, "wrapS": _CLAMP, "wrapT": _CLAMP},
        ]
        views = self.content["bufferViews"]
        views.append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(png)})
        self.binary.extend(png + bytes(-len(png) % 4))
        self.content["images"].append({"name": name, "bufferView": len(views) - 1, "mimeType": "image/png"})
        self.content["textures"].append({"sampler": 0, "source": len(self.content["images"]) - 1})
        return {"index": len(self.content["textures"]) - 1}


def _plain(name: str, coloured: bool) -> dict[str, Any]:
    pbr = {
        "baseColorFactor": [1.0, 1.0, 1.0, 1.0] if coloured else [*representative_colour(name), 1.0],
        "metallicFactor": 0.0,
        "roughnessFactor": representative_roughness(name),
    }
    return {"name": name, "pbrMetallicRoughness": pbr, "doubleSided": True}
