"""What the exporters to simulators share: first cameras, OBJ files of surfaces, and numbers as their XML wants them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from ....procgen.materials.colours import representative_colour
from ...cameras import Camera
from ...models.bodies import Surroundings, surroundings_of
from ...models.colours import Paint
from ...reader import Scene
from .lenses import pinhole

MESHES = "meshes"
"""The folder of the OBJ files."""
GROUND = Paint("ground", "ground", representative_colour("ground"))
"""The land's."""
_OPENGL = np.diag([1.0, -1.0, -1.0])
"""Camera axes of OpenCV to x right, y up, z backward, and back."""


def told(scene: Scene, format_name: str) -> Surroundings:
    """Return a scene as a simulator takes it. Raises UserError for cameras that are no pinholes, and as `world_of` does."""
    cameras = {}
    for frame in scene.frames():
        if frame.camera_name not in cameras:
            pinhole(frame, format_name)
            cameras[frame.camera_name] = frame.camera
    return surroundings_of(scene, cameras)


def opengl_rotation(camera: Camera) -> NDArray[np.float64]:
    """Return the rotation (3, 3) of a camera to the world with axes x right, y up, z backward."""
    return camera.rotation @ _OPENGL


def write_surfaces(folder: Path, around: Surroundings) -> None:
    """Write every surface as an OBJ file under its name into `folder`: z up, metres, a hundredth of a millimetre fine."""
    folder.mkdir()
    for name, surface in around.surfaces.items():
        write_obj(folder / f"{name}.obj", surface.points, surface.triangles)


def write_obj(path: Path, points: NDArray[np.floating], triangles: NDArray[np.integer]) -> None:
    """Write points (V, 3) and triangles (T, 3) as an OBJ file."""
    with path.open("w", encoding="ascii") as file:
        file.write("v %.5f %.5f %.5f\n" * len(points) % tuple(points.ravel().tolist()))
        file.write("f %d %d %d\n" * len(triangles) % tuple((triangles + 1).ravel().tolist()))


def rgba(paint: Paint) -> str:
    """Return a paint's colour: sRGB, as viewers show it, and how opaque it is; water lets half of what is below through."""
    linear = np.array(paint.colour)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return numbers([*encoded.round(4), 0.5 if paint.material == "water" else 1.0])


def numbers(values: Iterable[float]) -> str:
    """Return numbers as an XML attribute, to a hundredth of a micrometre."""
    return " ".join(f"{value:.8f}".rstrip("0").rstrip(".") for value in values)


def write_xml(path: Path, root: ElementTree.Element) -> None:
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
