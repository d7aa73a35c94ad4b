"""What the product can make, by name: generators (plants, rocks), kinds of world, and materials.

A module announces what it offers with one decorator call; `load` imports the modules once. Nothing here imports bpy.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import UserError, nearest
from .meshes import MeshData
from .scene_spec import WORLD_RIGS

if TYPE_CHECKING:
    from .kinds.landscape import Landscape

Detail = Literal["near", "middle", "far"]


@dataclass(frozen=True)
class Generator:
    """One generator: `sample(rng)` draws its parameters; `build(params, rng, detail)` returns a mesh that stands on z = 0 at
    the origin. Those of one `family` are built by the same function; `seasonal` ones have a parameter `season`. `ranges` says
    what is drawn for each parameter that does not keep its default: a pair, a list to choose from, or one value.
    """

    name: str
    class_name: str
    help: str
    params: type[Any]
    sample: Callable[[np.random.Generator], Any]
    build: Callable[[Any, np.random.Generator, Detail], MeshData]
    family: str
    ranges: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seasonal(self) -> bool:
        return "season" in self.params.__dataclass_fields__


@dataclass(frozen=True)
class Kind:
    """One kind of world: `sample(seed)` draws a spec; `compose(spec, progress)` builds it in Blender (imports bpy).

    `rigs` are the camera rigs it takes, `sections` those of the spec that change what it shows; a `landscape` is what a world
    of land is composed from.
    """

    name: str
    help: str
    sample: Callable[[int], Any]
    compose: Callable[..., Any]
    rigs: tuple[str, ...]
    sections: tuple[str, ...]
    landscape: Landscape | None = None


@dataclass(frozen=True)
class MaterialEntry:
    """One material: `build(writer)` lays its nodes and returns the `Surface` that `materials.get` finishes.

    `params`, where it has any, is what differs from scene to scene (`materials.values.vary`). Families: rock, stone, sand,
    soil, snow, cover, lava and water; land is a whole landscape's, plant what grows.
    """

    name: str
    help: str
    build: Callable[[Any], Any]
    params: type[Any] | None = None
    family: str = "plant"


_generators: dict[str, Generator] = {}
_kinds: dict[str, Kind] = {}
_materials: dict[str, MaterialEntry] = {}

PLANT_ROOMS = tuple(f"plants.{room}" for room in ("trees", "shrubs", "herbs", "succulents", "cryptogams"))
"""Folders that hold the generators, one file a family, and what only these need."""
MATERIAL_ROOMS = ("materials", "materials.grounds")
"""Folders that hold materials: those of single layers and things, and the grounds of whole worlds."""


def add_generator(entry: Generator) -> None:
    """Register a generator. Raises ValueError where another one has its name."""
    if entry.name in _generators and _generators[entry.name].build is not entry.build:
        raise ValueError(f"two generators are named {entry.name!r}")
    _generators[entry.name] = entry


def kind(
    name: str, help: str, sample: Callable[[int], Any], *, rigs: tuple[str, ...], sections: tuple[str, ...]
) -> Callable[[Any], Any]:
    """Register the decorated `compose` function as a kind of world."""

    def register(compose: Any) -> Any:
        _kinds[name] = Kind(name, help, sample, compose, rigs, sections)
        return compose

    return register


def world(name: str, help: str, sample: Callable[[int], Any], landscape: Landscape, dry: bool = False) -> None:
    """Register a landscape as a kind of world; a `dry` one has no open water."""

    def compose(spec: Any, progress: Any) -> Any:
        from .kinds.landscape import compose

        return compose(landscape, spec, progress)

    sections = ("terrain", *(() if dry else ("water",)), "sky", "scatter", "wind", "camera", "lidar", "render")
    _kinds[name] = Kind(name, help, sample, compose, WORLD_RIGS, sections, landscape)


def material(name: str, help: str, params: type[Any] | None = None, family: str = "plant") -> Callable[[Any], Any]:
    """Register the decorated node-writing function as a material."""

    def register(build: Any) -> Any:
        _materials[name] = MaterialEntry(name, help, build, params, family)
        return build

    return register


def generators() -> dict[str, Generator]:
    """All generators, by name in alphabetical order."""
    _load(("terrain.rock", *_modules(PLANT_ROOMS)))
    return dict(sorted(_generators.items()))


def kinds() -> dict[str, Kind]:
    """All kinds of world, by name in alphabetical order ("asset", one thing alone, is among them)."""
    _load(_modules(("kinds",)))
    return dict(sorted(_kinds.items()))


def materials() -> dict[str, MaterialEntry]:
    """All materials, by name in alphabetical order; a material's id in the truth is its place here, from 1."""
    _load(_modules(MATERIAL_ROOMS))
    return dict(sorted(_materials.items()))


def find(name: str, table: dict[str, Any], what: str) -> Any:
    """Return `table[name]`. Raises UserError with the nearest name where it is not there."""
    if name not in table:
        raise UserError(f"unknown {what} {name!r}{nearest(name, table)} (there are: {', '.join(table)})")
    return table[name]


@cache
def _modules(rooms: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of every module in these folders."""
    root = Path(__file__).parent
    return tuple(
        f"{room}.{item.name}" for room in rooms for item in pkgutil.iter_modules([str(root.joinpath(*room.split(".")))])
    )


@cache
def _load(modules: tuple[str, ...]) -> None:
    package = re.sub(r"\.registry$", "", __name__)
    for module in modules:
        importlib.import_module(f"{package}.{module}")
