"""Values that differ from scene to scene, and how they reach materials that are made once a file.

Each material that has parameters reads them from a node group of its own, which holds one number a parameter. `vary` draws
them all from a scene's seed and sets them; nothing is compiled again in Python, and every mesh sees the new values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from .. import registry
from ..rng import stream
from ..spec import parameters, to_dict

if TYPE_CHECKING:
    import bpy

    from ..nodes.writer import NodeWriter, Socket

Values = Callable[[str], "Socket"]
"""Gives the socket of a parameter by its name."""


class Varied:
    """A material's parameters: a frozen dataclass of numbers, each drawn evenly from its range."""

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Self:
        """Draw every parameter from its range, in the order of the source."""
        return cls(**{item.path: float(rng.uniform(cast(float, item.low), cast(float, item.high))) for item in parameters(cls)})


def drawn(name: str, seed: int) -> Any:
    """Return the parameters of the material of that name in the scene of that seed; None where it has none."""
    params = registry.find(name, registry.materials(), "material").params
    return None if params is None else params.sample(stream(seed, "material", name))


def vary(seed: int) -> None:
    """Set the parameters of all materials in the file to what the scene of that seed draws."""
    for name in registry.materials():
        set_values(name, drawn(name, seed))


def set_values(name: str, params: Any) -> None:
    """Set a material's parameters in the file; None leaves them."""
    from ..nodes import values

    if params is not None:
        values.set_values(_group(name, type(params)), to_dict(params))


def values_of(w: NodeWriter, name: str, params: type[Any]) -> Values:
    """Return the way to read a material's parameters in a node tree."""
    node = w.group(_group(name, params))
    return lambda key: w.out(node, key)


def _group(name: str, params: type[Any]) -> bpy.types.NodeTree:
    from ..nodes.values import value_group

    return value_group(f"wildfield.values.{name}", {item.path: float(item.default) for item in parameters(params)})
