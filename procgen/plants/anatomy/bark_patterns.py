"""How bark cracks: heights, 0 in a furrow to 1 on a ridge, over the coordinates of the attribute `bark` (m).

Each pattern is one formula that `bark` reads on arrays, to move a trunk's points, and `materials.wood` writes as nodes, for
colour and bump: a furrow is dark where it is deep. Cracks are the lines where a noise crosses its mean: they wander, meet and
part, and leave closed plates between them. Sizes after Vaucher, "Tree Bark" (2003).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias


class Writer(Protocol):
    """What a pattern asks for: a `NodeWriter`, whose values are sockets, or an `ArrayWriter`, whose values are arrays."""

    def math(self, operation: str, a: Any, b: Any = 0.0, /) -> Any: ...

    def vector_math(self, operation: str, a: Any, b: Sequence[float], /) -> Any: ...

    def smoothstep(self, low: float, high: float, value: Any, /) -> Any: ...

    def separate(self, vector: Any, /) -> tuple[Any, Any, Any]: ...

    def noise(self, vector: Any, scale: float, detail: int, roughness: float = 0.55, /) -> Any: ...


Pattern: TypeAlias = Callable[[Writer, Any], Any]
"""`(writer, place) -> height`: sockets of a NodeWriter, or arrays (N, 3) -> (N,) of an ArrayWriter."""


def _crack(w: Writer, place: Any, scale: float, stretch: float, shift: float = 0.0) -> Any:
    """The distance from a crack, about 0..0.3; cracks are 1 / `scale` m apart and 1 / `stretch` times as long."""
    grain = w.vector_math("ADD", _stretched(w, place, stretch), (shift, shift, shift))
    return w.math("ABSOLUTE", w.noise(grain, scale, 1, 0.4) - 0.5)


def _stretched(w: Writer, place: Any, stretch: float) -> Any:
    return w.vector_math("MULTIPLY", place, (1, 1, stretch))


def _courses(w: Writer, place: Any, rate: float, waves: float, scale: float, stretch: float) -> Any:
    """0..1 through each of `rate` courses a metre, which lie around the trunk and wave by up to about `waves` courses."""
    _, _, along = w.separate(place)
    return w.math("FRACT", along * rate + 3.0 * waves * w.noise(_stretched(w, place, stretch), scale, 1, 0.5))


def furrowed(w: Writer, place: Any) -> Any:
    """Interlacing ridges along the trunk, broken across here and there."""
    furrows = w.math("MINIMUM", _crack(w, place, 15.0, 0.12), _crack(w, place, 19.0, 0.16, 3.7) * 1.3)
    ridges = w.smoothstep(0.0, 0.10, furrows)
    breaks = w.smoothstep(0.0, 0.05, _crack(w, place, 21.0, 0.7, 7.9))
    return ridges * (0.72 + 0.28 * breaks)


def plated(w: Writer, place: Any) -> Any:
    """Thick plates, higher than wide, that lie at different heights, with gaps between them."""
    upright = w.math("MINIMUM", _crack(w, place, 8.0, 0.14), _crack(w, place, 9.5, 0.2, 3.7) * 1.4)
    level = w.math("ABSOLUTE", _courses(w, place, 5.5, 0.8, 8.0, 0.25) - 0.5) * 0.9
    strength = 0.03 + 0.10 * w.smoothstep(0.35, 0.65, w.noise(place, 7.0, 0))
    gaps = w.math("MINIMUM", w.smoothstep(0.012, 0.075, upright), w.smoothstep(0.15, 1.0, level / strength))
    lift = w.smoothstep(0.3, 0.7, w.noise(_stretched(w, place, 0.5), 13.0, 1, 0.6))
    return gaps * (0.55 + 0.45 * lift)


def scaly(w: Writer, place: Any) -> Any:
    """Small scales, each loose at its lower edge and lying on the next."""
    course = _courses(w, place, 17.0, 1.2, 11.0, 0.5)
    scales = w.smoothstep(0.0, 0.16, course) * (1.0 - 0.6 * course)
    edges = w.smoothstep(0.0, 0.07, _crack(w, place, 17.0, 0.45, 3.7))
    return scales * (0.3 + 0.7 * edges) * (0.55 + 0.9 * w.noise(place, 21.0, 1, 0.6))


def papery(w: Writer, place: Any) -> Any:
    """Thin sheets that end in steps around the trunk; 0 in the rough dark patches where it has split."""
    sheets = w.smoothstep(0.3, 0.7, w.noise(_stretched(w, place, 5.0), 3.0, 1, 0.5))
    split = w.smoothstep(0.63, 0.69, w.noise(_stretched(w, place, 0.55), 5.0, 1, 0.55))
    return (0.7 + 0.3 * sheets) * (1.0 - split * (1.0 - 0.45 * w.smoothstep(0.01, 0.06, _crack(w, place, 26.0, 0.4))))


def smooth(w: Writer, place: Any) -> Any:
    """Flutes along the trunk, as of muscles, and fine wrinkles around it."""
    flutes = w.smoothstep(0.3, 0.7, w.noise(_stretched(w, place, 0.22), 4.0, 0))
    wrinkles = w.smoothstep(0.3, 0.7, w.noise(_stretched(w, place, 6.0), 4.0, 1, 0.5))
    return 0.72 * flutes + 0.28 * wrinkles


def fibrous(w: Writer, place: Any) -> Any:
    """Rings of leaf scars: each base stands out where it was cut, and thins upward into the next."""
    base = _courses(w, place, 15.0, 0.53, 4.0, 0.6)
    return w.smoothstep(0.0, 0.22, base) * (1.0 - 0.75 * base)


@dataclass(frozen=True)
class Bark:
    """A kind of bark: its `pattern`, the `depth` m from furrow to ridge on a grown trunk, and the size `around` and `along`
    it, m, of the faces that can show it.
    """

    pattern: Pattern
    depth: float
    around: float
    along: float


BARKS = {
    "furrowed": Bark(furrowed, 0.026, 0.015, 0.075),
    "plated": Bark(plated, 0.022, 0.022, 0.042),
    "scaly": Bark(scaly, 0.009, 0.018, 0.045),
    "papery": Bark(papery, 0.010, 0.026, 0.038),
    "smooth": Bark(smooth, 0.012, 0.034, 0.038),
    "fibrous": Bark(fibrous, 0.014, 0.050, 0.0165),
}
"""By the name of the material without `bark_`."""
