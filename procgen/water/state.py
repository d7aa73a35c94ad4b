"""What the materials must know of the water: one node group of named values that water and wet ground share.

Lengths in metres, `seconds` follows the frame, `wind_x` and `wind_y` are the direction that waves travel in.
"""

from __future__ import annotations

from ..nodes.objects import Wind
from ..nodes.values import set_values, value_group
from ..nodes.writer import NodeWriter, Socket
from ..scene_spec import WaterSpec

GROUP = "wildfield.water"
_VALUES = {"level": 0.0, "seconds": 0.0, "attenuation": 1.0, "waves": 0.3, "wind_x": 0.0, "wind_y": 1.0}


def set_water(water: WaterSpec, wind: Wind) -> None:
    """Set the file's water: how clear it is, how high the waves, where they go and how fast time runs."""
    tree = value_group(GROUP, _VALUES)
    x, y = wind.direction
    attenuation = 0.35 * 9.0**water.turbidity
    set_values(tree, {"level": 0.0, "attenuation": attenuation, "waves": water.waves, "wind_x": x, "wind_y": y})
    path = 'nodes["seconds"].outputs[0].default_value'
    tree.driver_remove(path)
    # Only the frame and a constant: Blender runs such a driver without leave to execute scripts.
    tree.driver_add(path).driver.expression = f"frame / {wind.frame_rate!r}"


def set_no_water() -> None:
    """Let the file have no water, so that nothing in it is wet."""
    set_values(value_group(GROUP, _VALUES), {"level": -1e4})


def water_value(writer: NodeWriter, name: str) -> Socket:
    """Return one of the values: level (m, height of the surface), seconds, attenuation (1/m), waves (0..1), wind_x, wind_y."""
    return writer.out(writer.group(value_group(GROUP, _VALUES)), name)
