"""What compose makes: the scene that Blender holds, and the object table that says what stands in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import bpy

    from .rigid import Motion
    from .scene_spec import SceneSpec

NOTHING = 0
"""The id, class and material of pixels where no surface was seen: the sky."""


@dataclass(frozen=True)
class Thing:
    """One row of the object table.

    `box` (2, 3) are local axis-aligned bounds in metres. `matrix` (4, 4) is local to world for what never moves and None for
    what does or is an instance: the exporter reads those from the evaluated scene at each frame. `deforms` says that it also
    changes its shape in time, so that no matrix tells where its points go.
    """

    id: int
    name: str
    class_name: str
    generator: str
    parameters: dict[str, Any]
    box: NDArray[np.float64]
    matrix: NDArray[np.float64] | None = None
    deforms: bool = False


@dataclass
class ObjectTable:
    """Rows by id. Ids start at 1 and stay below 2^24, which a float32 render pass holds exactly.

    `motions` are the closed forms after which things move rigidly, where there are any.
    """

    things: dict[int, Thing] = field(default_factory=dict)
    motions: list[Motion] = field(default_factory=list)

    def reserve(self, count: int) -> int:
        """Return the first of `count` free consecutive ids."""
        first = next(reversed(self.things), NOTHING) + 1
        if first + count > 2**24:
            raise ValueError(f"a scene holds at most {2**24 - 1} ids")
        return first

    def add(
        self,
        name: str,
        class_name: str,
        generator: str,
        parameters: dict[str, Any],
        box: NDArray[np.floating[Any]],
        matrix: NDArray[np.floating[Any]] | None = None,
        deforms: bool = False,
    ) -> int:
        """Add one row and return its id."""
        number = self.reserve(1)
        whole = None if matrix is None else np.asarray(matrix, np.float64)
        bounds = np.asarray(box, np.float64)
        self.things[number] = Thing(number, name, class_name, generator, parameters, bounds, whole, deforms)
        return number


@dataclass
class BuiltScene:
    """A scene ready to be rendered.

    `cameras` are in the order of `camera_names`; `frames` are what the dataset holds (the neighbours before and after can be
    evaluated too); `digests` are geometry hashes by mesh name, equal for equal seeds; `background_transparent` says that
    the pictures carry alpha. `imu` (M, 7) float64 is what `cameras.imu` makes, None where no camera moves. `rig` says how the
    cameras belong together (`name`, `projection` and what the rig has, in JSON's types), `light` what lights the scene:
    `sun_direction` (unit, world, to the sun), `sun_irradiance` (rgb, W/m2), `sky` in words, `exposure` in stops, and Blender's
    `view_transform` and `look`; of a world also the `lamp`, sun or moon, with `lamp_direction` and `lamp_irradiance`,
    `moon_direction`, `moon_phase`, `weather`, `haze_density` (1/m), `wetness` and `precipitation`.
    """

    spec: SceneSpec
    scene: bpy.types.Scene
    table: ObjectTable
    classes: tuple[str, ...]
    materials: tuple[str, ...]
    cameras: list[bpy.types.Object]
    camera_names: list[str]
    frames: range
    digests: dict[str, str]
    background_transparent: bool = False
    imu: NDArray[np.float64] | None = None
    rig: dict[str, Any] = field(default_factory=dict)
    light: dict[str, Any] = field(default_factory=dict)
