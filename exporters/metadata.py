"""metadata.json and imu.csv: what a scene holds, its cameras' rig, its light, and the motion that a sensor would have felt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..procgen.classes import colour_of, group_of, is_stuff
from ..procgen.plants.anatomy.parts import PARTS
from ..version import DATASET_FORMAT
from .devices import Device
from .layout import Map

if TYPE_CHECKING:
    from ..procgen.scene import BuiltScene

IMU_COLUMNS = ("time_s", "gyro_x", "gyro_y", "gyro_z", "accel_x", "accel_y", "accel_z")


def metadata(built: BuiltScene, maps: Iterable[Map], device: Device) -> dict[str, Any]:
    """Return the content of metadata.json; `device` is what rendered the pictures."""
    render = built.spec.render
    return {
        "format": DATASET_FORMAT,
        "maps": [item.name for item in maps],
        "flow_step": render.flow_step,
        "frame_rate": render.frame_rate,
        "tracks": render.tracks,
        "imu_things": render.imu_things,
        "device": str(device),
        "lidar_beams": built.spec.lidar.beams,
        "rig": built.rig,
        "light": built.light,
        "parts": list(PARTS),
        "stuff": [name for name in built.classes if is_stuff(name)],
        "class_colours": [list(colour_of(name)) for name in built.classes],
        "class_groups": [group_of(name) for name in built.classes],
    }


def imu_text(samples: NDArray[np.float64]) -> str:
    """Return imu.csv of (M, 7) samples: seconds, angular velocity (rad/s) and specific force (m/s2) in camera axes."""
    rows = "\n".join(",".join(repr(float(value)) for value in row) for row in samples)
    return ",".join(IMU_COLUMNS) + "\n" + rows + "\n"
