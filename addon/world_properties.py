"""The world that the panel describes: what to make, its seed, and every parameter of its spec."""

from __future__ import annotations

from functools import cache
from typing import Any

import bpy

from ..errors import UserError
from ..jobs.plan import plan
from ..procgen import registry
from ..procgen.scene_spec import SceneSpec
from ..procgen.spec import parameters, to_dict
from .spec_properties import make_group, pinned, show, unpin

ASSET = "asset."
"""What a single thing's identifier starts with: `asset.spruce`."""
WORLD_SECTIONS = ("terrain", "water", "sky", "scatter", "wind", "lidar")
PICTURE_SECTIONS = ("camera", "render")
QUALITIES = {
    "DRAFT": (
        "Draft",
        "Coarse land and noisy pictures, for a quick look",
        {"terrain.resolution": 384, "render.samples": 4},
    ),
    "GOOD": ("Good", "The land and the samples that the kind draws by itself", {}),
    "FINE": (
        "Fine",
        "Finer land and cleaner pictures, several times slower",
        {"terrain.resolution": 2048, "render.samples": 64},
    ),
}


@cache
def section_classes() -> dict[str, type]:
    """Return a PropertyGroup class for each section of the spec but the asset's."""
    groups: dict[str, type] = {}
    for name in (*WORLD_SECTIONS, *PICTURE_SECTIONS):
        items = [item for item in parameters(SceneSpec) if item.path.startswith(f"{name}.")]
        groups[name] = make_group(f"Wildfield{name.title()}", items, lambda group: redraw(world_of(group)))
    return groups


@cache
def asset_classes() -> dict[str, type]:
    """Return a PropertyGroup class for each generator's own parameters."""
    return {
        name: make_group(
            f"WildfieldAsset{name.title().replace('_', '')}",
            list(parameters(entry.params)),
            lambda group: redraw(world_of(group)),
        )
        for name, entry in registry.generators().items()
    }


def world_of(group: Any) -> Any:
    """Return the world that a group of parameters belongs to."""
    return group.id_data.wildfield


def subjects() -> list[tuple[str, str, str]]:
    """Return what can be made, as items of an enum under two headings."""

    def item(key: str, entry: Any) -> tuple[str, str, str]:
        return key, entry.name.replace("_", " ").title(), entry.help[0].upper() + entry.help[1:]

    worlds = [item(name, entry) for name, entry in registry.kinds().items() if name != "asset"]
    single = [item(ASSET + name, entry) for name, entry in registry.generators().items()]
    return [("", "Worlds", ""), *worlds, ("", "Single Assets", ""), *single]


def words(world: Any) -> dict[str, Any]:
    """Return what was set by hand, at dotted paths: what `--set` would say on the command line."""
    preset = dict(QUALITIES[world.quality][2])
    values = {f"{name}.{key}": value for name in sections(world) for key, value in pinned(getattr(world, name)).items()}
    if world.generator:
        group = getattr(world.assets, world.generator)
        values |= {f"asset.parameters.{key}": value for key, value in pinned(group).items()}
        preset.pop("terrain.resolution", None)
    return preset | values


def sections(world: Any) -> tuple[str, ...]:
    """Return the sections of the spec that matter for what the world shows."""
    return PICTURE_SECTIONS if world.generator else (*WORLD_SECTIONS, *PICTURE_SECTIONS)


def spec_of(world: Any) -> SceneSpec:
    """Return the complete spec. Raises UserError where the kind refuses a combination of values."""
    kind, asset = (None, world.generator) if world.generator else (world.subject, None)
    return plan(kind, asset, None, {}, words(world), world.seed, 1).spec(world.seed)


def redraw(world: Any) -> None:
    """Show the values that the seed draws in every parameter that is not pinned; `world.problem` says why that failed."""
    try:
        spec = spec_of(world)
    except UserError as error:
        world.problem, world.is_shown = str(error), True
        return
    world.problem, world.is_shown = "", True
    for name in (*WORLD_SECTIONS, *PICTURE_SECTIONS):
        show(getattr(world, name), to_dict(getattr(spec, name)))
    if world.generator:
        show(getattr(world.assets, world.generator), spec.asset.parameters)


def show_later() -> None:
    """Have the seeds' values worked out outside of a panel's drawing, where nothing may be written."""
    if not bpy.app.timers.is_registered(_show_all):
        bpy.app.timers.register(_show_all, first_interval=0.0)


def _show_all() -> None:
    for scene in bpy.data.scenes:
        if not scene.wildfield.is_shown:
            redraw(scene.wildfield)


def unpin_all(world: Any) -> None:
    """Let the seed decide on everything again."""
    for name in sections(world):
        unpin(getattr(world, name))
    if world.generator:
        unpin(getattr(world.assets, world.generator))
    redraw(world)


def copy(source: Any, target: Any) -> None:
    """Make `target` (another scene's world) describe the same as `source`."""
    for key in ("subject", "seed", "quality"):
        setattr(target, key, getattr(source, key))
    groups = [(getattr(source, name), getattr(target, name)) for name in (*WORLD_SECTIONS, *PICTURE_SECTIONS)]
    groups += [(getattr(source.assets, name), getattr(target.assets, name)) for name in asset_classes()]
    for old, new in groups:
        for key, value in pinned(old).items():
            setattr(new, key, value)
    redraw(target)


def _world_class() -> type:
    changed = {"update": lambda self, _context: redraw(self)}
    annotations: dict[str, Any] = {
        "subject": bpy.props.EnumProperty(
            name="Make", description="A whole world, or one thing alone", items=subjects(), default="lake", **changed
        ),
        "seed": bpy.props.IntProperty(
            name="Seed",
            description="The same seed makes the same world, to the last bit",
            min=0,
            max=2**31 - 1,
            **changed,
        ),
        "quality": bpy.props.EnumProperty(
            name="Quality",
            description="How fine the land and the pictures are",
            items=[(key, name, text) for key, (name, text, _) in QUALITIES.items()],
            default="GOOD",
            **changed,
        ),
        "problem": bpy.props.StringProperty(),
        "is_shown": bpy.props.BoolProperty(description="The seed's values have been worked out"),
        "assets": bpy.props.PointerProperty(type=_assets_class()),
    }
    for name, group in section_classes().items():
        annotations[name] = bpy.props.PointerProperty(type=group)
    generator = property(
        lambda self: self.subject.removeprefix(ASSET) if self.subject.startswith(ASSET) else "",
        doc="The generator of a single asset, or an empty text for a world.",
    )
    body = {"__annotations__": annotations, "__doc__": "What the panel describes.", "generator": generator}
    return type("WildfieldWorld", (bpy.types.PropertyGroup,), body)


@cache
def _assets_class() -> type:
    annotations = {name: bpy.props.PointerProperty(type=group) for name, group in asset_classes().items()}
    body = {"__annotations__": annotations, "__doc__": "The parameters of every single asset."}
    return type("WildfieldAssets", (bpy.types.PropertyGroup,), body)


@cache
def _classes() -> tuple[type, ...]:
    parts = (*section_classes().values(), *asset_classes().values(), _assets_class())
    return (*parts, _world_class())


def register() -> None:
    for cls in _classes():
        bpy.utils.register_class(cls)
    bpy.types.Scene.wildfield = bpy.props.PointerProperty(type=_classes()[-1])


def unregister() -> None:
    if bpy.app.timers.is_registered(_show_all):
        bpy.app.timers.unregister(_show_all)
    del bpy.types.Scene.wildfield
    for cls in reversed(_classes()):
        bpy.utils.unregister_class(cls)
