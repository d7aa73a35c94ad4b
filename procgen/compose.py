"""From a spec to a scene in Blender."""

from __future__ import annotations

import dataclasses
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..progress import Progress
from . import registry
from .cameras import rules
from .materials.values import vary
from .rng import stream
from .scene_spec import SceneSpec
from .spec import from_dict, to_dict

if TYPE_CHECKING:
    from .scene import BuiltScene


def draw(kind: str, seed: int) -> SceneSpec:
    """Draw a spec of that kind from the seed. Raises UserError for an unknown kind."""
    entry = registry.find(kind, registry.kinds(), "kind")
    return dataclasses.replace(entry.sample(seed), kind=kind, seed=seed)


def complete(spec: SceneSpec) -> SceneSpec:
    """Check what the spec names, and fill in what is drawn from the seed, so that the spec says everything."""
    rigs = registry.find(spec.kind, registry.kinds(), "kind").rigs
    if spec.camera.rig not in rigs:
        raise UserError(f"camera.rig = {spec.camera.rig!r} is not allowed for kind {spec.kind}: it takes {' | '.join(rigs)}")
    rules.check(spec)
    if spec.kind != "asset":
        return spec
    parameters = asset_parameters(spec.asset.generator, spec.seed, spec.asset.parameters)
    return dataclasses.replace(spec, asset=dataclasses.replace(spec.asset, parameters=to_dict(parameters)))


def asset_parameters(generator: str, seed: int, named: dict[str, Any]) -> Any:
    """Return a generator's parameters: drawn from the seed, with `named` ones replaced. Raises UserError as `from_dict`."""
    entry = registry.find(generator, registry.generators(), "generator")
    drawn = to_dict(entry.sample(stream(seed, "asset", generator, "parameters")))
    return from_dict(entry.params, drawn | named, f"generator {generator}")


def compose(spec: SceneSpec, progress: Progress | None = None) -> BuiltScene:
    """Build the scene in the open Blender file, as a new Blender scene, and return it with its object table.

    Raises UserError where bpy is not there and where the spec is wrong.
    """
    blender_version()
    whole = complete(spec)
    vary(whole.seed)
    return registry.kinds()[whole.kind].compose(whole, progress or Progress())


def blender_version() -> str:
    """Return Blender's version. Raises UserError where bpy is not there, which says how to get it."""
    try:
        with _uninterrupted():
            import bpy
    except ImportError as error:
        message = "this needs Blender's Python module: pip install 'wildfield[blender]', or run inside Blender"
        raise UserError(f"{message} ({error})") from error
    return bpy.app.version_string


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back: Blender dies of an interruption while it starts."""
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    noted: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: noted.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if noted:
        raise KeyboardInterrupt


def clear() -> None:
    """Empty the open Blender file, for a process that builds one scene after another.

    Not by `read_factory_settings`: that switches the extension off under us, and deletes its packages from the user's disk.
    """
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
