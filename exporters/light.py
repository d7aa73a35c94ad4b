"""Light split by the path that it took to the camera: which passes of Cycles these maps are, how they add up to the picture.

A map is named after its pass. Where light left a surface by a closure (diffuse, glossy, transmission), the pass holds it over
the closure's colour: `diffuse_color * (diffuse_direct + diffuse_indirect)` is what that closure gives to the picture. Direct
light came from a lamp or the sky with no other surface between. Volumes, emission and the sky seen directly are added as they
are.

Passes: https://docs.blender.org/manual/en/latest/render/layers/passes.html (Cycles, Light)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

CLOSURES = ("diffuse", "glossy", "transmission")
PARTS = ("volume_direct", "volume_indirect", "emission_light", "environment")
"""Maps that are added to the picture as they are."""
SUMMANDS = (*(f"{closure}_{part}" for closure in CLOSURES for part in ("direct", "indirect", "color")), *PARTS)
"""Every map that `recomposed` needs."""
PASSES = {name: name.replace("_", " ").title() for name in (*SUMMANDS, "ambient_occlusion")} | {"emission_light": "Emission"}
"""Map -> pass of Cycles."""
MAPS_OF_LIGHT = ("rgb_noisy", *PASSES)
AMBIENT_REACH = 10.0
"""How far away a surface still hides the surroundings from the ambient occlusion, in metres."""
_LARGEST = float(np.finfo(np.float16).max)


def settings_of_passes(wanted: Collection[str], transparent: bool) -> tuple[str, ...]:
    """Return the `use_pass_` settings, without that beginning, of the passes that the `wanted` maps come from.

    Before a transparent background the sky is no part of the picture, so its pass is not asked for.
    """
    names = [name for name in PASSES if name in wanted and not (transparent and name == "environment")]
    return tuple({"emission_light": "emit"}.get(name, name) for name in names)


def light_maps(passes: Mapping[str, NDArray[Any]], wanted: Collection[str]) -> dict[str, NDArray[np.float16]]:
    """Return the `wanted` maps of light of a beauty render's passes (H, W, C), scene-linear, as they were traced.

    Only the picture is denoised. `rgb_noisy` is the picture before that, with premultiplied alpha where `passes` have it, and
    the environment is 0 where its pass was not rendered. Beyond the largest half float, 65504, values are cut off; so is
    ambient occlusion beyond 1, which Cycles gives where half-transparent surfaces lie before each other.
    """
    picture = passes.get("Noisy Image", passes["Combined"])
    found = {"rgb_noisy": picture}
    for name, title in PASSES.items():
        found[name] = passes[title] if title in passes else np.zeros_like(picture[..., :3])
    found["ambient_occlusion"] = np.minimum(found["ambient_occlusion"][..., 0], 1.0)
    return {name: np.minimum(found[name], _LARGEST).astype(np.float16) for name in MAPS_OF_LIGHT if name in wanted}


def recomposed(maps: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """Return the picture (H, W, 3) that the `SUMMANDS` add up to, scene-linear: `rgb_noisy` without its alpha."""
    light = {name: maps[name].astype(np.float64) for name in SUMMANDS}
    scattered = [light[f"{name}_color"] * (light[f"{name}_direct"] + light[f"{name}_indirect"]) for name in CLOSURES]
    return np.sum([*scattered, *(light[name] for name in PARTS)], axis=0)
