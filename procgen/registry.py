"""What the product can make, by name: generators (plants, rocks), kinds of world, and materials.

A module announces what it offers with one decorator call; `load` imports the modules once. Nothing here imports bpy.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Protocol

import numpy as np

from ..errors import UserError, nearest
from .meshes import MeshData

Detail = Literal["near", "middle", "far"]


class Params(Protocol):
    """What a generator's frozen dataclass offers besides its fields: a draw of plausible values."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Params: ...


@dataclass(frozen=True)
class Generator:
    """One generator: `build(params, rng, detail)` returns a mesh that stands on z = 0 at the origin."""

    name: str
    class_name: str
    help: str
    params: type[Params]
    build: Callable[[Any, np.random.Generator, Detail], MeshData]


@dataclass(frozen=True)
class Kind:
    """One kind of world: `sample(seed)` draws a spec; `compose(spec, progress)` builds it in Blender (imports bpy).

    `rigs` are the camera rigs it takes, `sections` those of the spec that change what it shows.
    """

    name: str
    help: str
    sample: Callable[[int], Any]
    compose: Callable[..., Any]
    rigs: tuple[str, ...]
    sections: tuple[str, ...]


@dataclass(frozen=True)
class MaterialEntry:
    """One material: `build(writer)` lays its nodes and returns the `Surface` that `materials.get` finishes."""

    name: str
    help: str
    build: Callable[[Any], Any]


_generators: dict[str, Generator] = {}
_kinds: dict[str, Kind] = {}
_materials: dict[str, MaterialEntry] = {}

GENERATOR_MODULES = (
    "plants.conifer",
    "plants.broadleaf",
    "plants.fern",
    "plants.flower",
    "plants.grass",
    "plants.shrub",
    "terrain.rock",
)
KIND_MODULES = ("kinds.lake", "kinds.asset")
CLASSES = ("sky", "ground", "water", "conifer", "broadleaf", "shrub", "fern", "flower", "grass", "rock", "leaf")
"""Semantic classes; the index is the class id, the same in every scene and version: new ones go to the end."""
MATERIAL_MODULES = ("materials.ground", "materials.foliage", "materials.wood", "materials.stone", "materials.water")


def generator(name: str, class_name: str, help: str, params: type[Any]) -> Callable[[Any], Any]:
    """Register the decorated `build` function under `name`; `class_name` is its semantic class."""

    def register(build: Any) -> Any:
        _generators[name] = Generator(name, class_name, help, params, build)
        return build

    return register


def kind(
    name: str, help: str, sample: Callable[[int], Any], *, rigs: tuple[str, ...], sections: tuple[str, ...]
) -> Callable[[Any], Any]:
    """Register the decorated `compose` function as a kind of world."""

    def register(compose: Any) -> Any:
        _kinds[name] = Kind(name, help, sample, compose, rigs, sections)
        return compose

    return register


def material(name: str, help: str) -> Callable[[Any], Any]:
    """Register the decorated node-writing function as a material."""

    def register(build: Any) -> Any:
        _materials[name] = MaterialEntry(name, help, build)
        return build

    return register


def generators() -> dict[str, Generator]:
    """All generators, by name in alphabetical order."""
    _load(GENERATOR_MODULES)
    return dict(sorted(_generators.items()))


def kinds() -> dict[str, Kind]:
    """All kinds of world, by name in alphabetical order ("asset", one thing alone, is among them)."""
    _load(KIND_MODULES)
    return dict(sorted(_kinds.items()))


def materials() -> dict[str, MaterialEntry]:
    """All materials, by name in alphabetical order; a material's id in the truth is its place here, from 1."""
    _load(MATERIAL_MODULES)
    return dict(sorted(_materials.items()))


def find(name: str, table: dict[str, Any], what: str) -> Any:
    """Return `table[name]`. Raises UserError with the nearest name where it is not there."""
    if name not in table:
        raise UserError(f"unknown {what} {name!r}{nearest(name, table)} (there are: {', '.join(table)})")
    return table[name]


@cache
def _load(modules: tuple[str, ...]) -> None:
    package = re.sub(r"\.registry$", "", __name__)
    for module in modules:
        importlib.import_module(f"{package}.{module}")
