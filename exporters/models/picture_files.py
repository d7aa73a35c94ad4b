"""Textures as PNG files in a folder beside a model, for formats that name their pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..images import write_png
from .baking.maps import Maps

Pictures = dict[str, NDArray[np.uint8]]


def pictures_folder(model: Path) -> Path:
    """Return the folder of a model file's pictures."""
    return model.with_name(f"{model.stem}_textures")


def packed(maps: Maps) -> Pictures:
    """Return `colour`, with opacity where some is cut out, `surface` (green roughness, blue metallic), and `normal` if any."""
    pictures = {"colour": maps.colour if maps.cut else maps.colour[..., :3], "surface": maps.surface}
    return pictures if maps.normal is None else pictures | {"normal": maps.normal}


def apart(maps: Maps) -> Pictures:
    """Return `colour`, `roughness` and `metallic`, `opacity` where some is cut out, and `normal` if any: a number a picture."""
    pictures = {"colour": maps.colour[..., :3], "roughness": maps.surface[..., 1], "metallic": maps.surface[..., 2]}
    if maps.cut:
        pictures["opacity"] = maps.colour[..., 3]
    return pictures if maps.normal is None else pictures | {"normal": maps.normal}


def write_pictures(name: str, pictures: Pictures, folder: Path) -> dict[str, str]:
    """Write the pictures of a material into `folder`, made where it is missing; return their paths as seen from beside it."""
    folder.mkdir(exist_ok=True)
    files = {key: f"{name}_{key}.png" for key in pictures}
    for key, pixels in pictures.items():
        write_png(folder / files[key], pixels)
    return {key: f"{folder.name}/{file}" for key, file in files.items()}


class PictureFolder:
    """The folder of a model's pictures, in which meshes with the same textures share their files."""

    def __init__(self, model: Path) -> None:
        self.path = pictures_folder(model)
        self._written: dict[int, dict[str, str]] = {}
        self._names: dict[str, int] = {}

    def files(self, name: str, maps: Maps) -> dict[str, str]:
        """Return the paths of the `packed` pictures as seen from the model; they are written at the first call."""
        if id(maps) not in self._written:
            count = self._names[name] = self._names.get(name, 0) + 1
            unique = name if count == 1 else f"{name}_{count}"
            self._written[id(maps)] = write_pictures(unique, packed(maps), self.path)
        return self._written[id(maps)]
