"""What the beauty render computes on: the CPU, or the GPUs that Cycles finds through its preferences.

A device is no part of the spec: it changes the noise of the picture and nothing of the world, so `metadata.json` records it
and `--resume` may change it. Truth is rendered on the CPU whatever is chosen here: its ids and positions are held against the
scene bit by bit, and GPUs contract and reorder float arithmetic each in its own way.

Cycles keeps its devices in the preferences of its add-on, `compute_device_type` and a list whose entries have `type` and
`use` (scripts/addons_core/cycles/properties.py); drivers are only asked when the list is refreshed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..errors import UserError, nearest
from ..procgen.compose import blender_version
from .quiet import silent_stdout

CHOICES = ("cpu", "auto", "optix", "cuda", "hip", "metal", "oneapi")
"""What may be asked for. `auto` takes the first of those after it that is there, else the CPU."""
_GPU = CHOICES[2:]


@dataclass(frozen=True)
class Device:
    """One of `CHOICES` but auto, and the cards that it stands for: none for the CPU."""

    name: str
    cards: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(self.cards)})" if self.cards else self.name


CPU = Device("cpu")


def choose_device(wanted: str) -> Device:
    """Return the device of that name. Raises UserError where there is none, which says what there is."""
    if wanted == CPU.name:
        return CPU
    if wanted not in CHOICES:
        raise UserError(f"--device {wanted}: there is no such device{nearest(wanted, CHOICES)}; choose of {', '.join(CHOICES)}")
    present = {name: Device(name, cards) for name, cards in found_devices().items() if cards}
    if wanted == "auto":
        return next((present[name] for name in _GPU if name in present), CPU)
    if wanted not in present:
        there = ", ".join(str(device) for device in present.values())
        raise UserError(f"--device {wanted}: Cycles finds none here; there is {f'cpu, {there}' if there else 'only cpu'}")
    return present[wanted]


def found_devices() -> dict[str, tuple[str, ...]]:
    """Ask the drivers, and return the cards of every kind of GPU that this Blender was built for. It may take seconds."""
    settings = cycles_preferences()
    with silent_stdout():
        settings.refresh_devices()
    kinds = [kind for kind, *_ in settings.get_device_types(None) if kind != "NONE"]
    entries = {kind.lower(): settings.get_devices_for_type(kind) for kind in kinds}
    return {name: tuple(item.name for item in entries[name] if item.type == name.upper()) for name in _GPU if name in entries}


def device_settings(cycles: Any, device: Device) -> list[tuple[Any, str, Any]]:
    """Return what lets a scene with the settings `cycles` render on a device alone, as (owner, name, value) in order."""
    if device == CPU:
        return [(cycles, "device", "CPU")]
    settings, kind = cycles_preferences(), device.name.upper()
    used = [(entry, "use", entry.type == kind) for entry in settings.devices]
    return [(settings, "compute_device_type", kind), *used, (cycles, "device", "GPU")]


def cycles_preferences() -> Any:
    """Return the preferences of Blender's Cycles add-on. Raises UserError where it is switched off."""
    blender_version()
    import bpy

    entry = bpy.context.preferences.addons.get("cycles")
    if entry is None:
        raise UserError("Cycles is switched off in this Blender: tick Cycles Render Engine in Preferences, Add-ons")
    return entry.preferences
