"""Species: rows of a family's table that say in which range each parameter lies; each row is a generator of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np

from ...meshes import MeshData
from ...registry import Detail, Generator, add_generator
from ...spec import parameter
from .season import SEASONS

Range = Any
"""A pair of numbers from which one is drawn evenly, whole where both are; a list of which one is chosen; or a value."""
Build = Callable[[Any, np.random.Generator, Detail], MeshData]
Function = TypeVar("Function", bound=Build)


@dataclass(frozen=True)
class Living:
    """What every plant has. A family's `Params` begin with these."""

    age: float = parameter(0.6, "0 is a sapling, 1 is old", low=0, high=1)
    vigour: float = parameter(0.8, "health: below a half it has gaps, dead wood and pale leaves", low=0, high=1)


@dataclass(frozen=True)
class Seasonal(Living):
    """What every plant has that looks different through the year."""

    season: str = parameter("summer", "time of the year, or a drought", choices=SEASONS)


@dataclass(frozen=True)
class Species:
    """One row: the class is called as the generator is."""

    name: str
    help: str
    ranges: dict[str, Range]

    def sample(self, params: type[Any], rng: np.random.Generator) -> Any:
        """Draw parameters, one draw a field in the order of the class, so that a new row changes no other."""
        drawn = {}
        for item in fields(params):
            luck = float(rng.random())
            if item.name in self.ranges:
                drawn[item.name] = _drawn(self.ranges[item.name], luck)
        return params(**drawn)


def species(name: str, help: str, **ranges: Range) -> Species:
    """Return a row of a family's table; `ranges` by the names of its parameters, the others keep their defaults."""
    return Species(name, help, {"age": (0.4, 0.9), "vigour": (0.6, 1.0)} | ranges)


def redrawn(params: Any, ranges: Mapping[str, Range], rng: np.random.Generator) -> Any:
    """Return parameters of an individual with those that `ranges` names drawn anew: its habit in another place."""
    return replace(params, **{name: _drawn(choice, float(rng.random())) for name, choice in ranges.items()})


def family(name: str, params: type[Any], rows: Iterable[Species]) -> Callable[[Function], Function]:
    """Register the decorated `build(params, rng, detail)` as the generator of every species of a family."""

    def register(build: Function) -> Function:
        for row in rows:
            add_generator(Generator(row.name, row.name, row.help, params, _sampler(row, params), build, name, row.ranges))
        return build

    return register


def _sampler(row: Species, params: type[Any]) -> Callable[[np.random.Generator], Any]:
    return lambda rng: row.sample(params, rng)


def _drawn(choice: Range, luck: float) -> Any:
    if isinstance(choice, list):
        return choice[int(luck * len(choice))]
    if not isinstance(choice, tuple):
        return choice
    low, high = choice
    if isinstance(low, int) and isinstance(high, int):
        return low + int(luck * (high - low + 1))
    return round(low + luck * (high - low), 6)
