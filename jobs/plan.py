"""What a job will make: which seeds, and the complete spec of each, checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..exporters.layout import chosen as chosen_maps
from ..procgen import registry
from ..procgen.cameras import rules
from ..procgen.compose import complete, draw
from ..procgen.rng import SEED_LIMIT, check_seed
from ..procgen.scene_spec import SceneSpec
from ..procgen.spec import flatten, override, parameters, read_toml


@dataclass(frozen=True)
class Plan:
    """Scenes of one kind with consecutive seeds.

    `layers` are (where it was said, values at dotted paths), laid in this order over what the kind draws from the seed.
    """

    kind: str
    seeds: range
    layers: tuple[tuple[str, dict[str, Any]], ...]

    def spec(self, seed: int) -> SceneSpec:
        """Return the complete spec of one scene."""
        spec = rules.started(draw(self.kind, seed), self.layers)
        for where, values in self.layers:
            spec = override(spec, values, where)
        return complete(spec)

    def job(self) -> dict[str, Any]:
        """What dataset.json records of the job, so that --resume can tell whether it is the same one (it may add seeds)."""
        return {"kind": self.kind, "values": {key: value for _, values in self.layers for key, value in values.items()}}


def plan(
    kind: str | None,
    asset: str | None,
    spec_file: Path | None,
    pairs: dict[str, str],
    flags: dict[str, Any],
    seed: int | None,
    scenes: int,
) -> Plan:
    """Make a plan from what the user said; later words win: the kind's own draw, the TOML file, --set, the flags.

    Raises UserError for whatever is unknown or out of range.
    """
    for key in ("kind", "seed"):
        if key in pairs:
            raise UserError(f"--set {key}={pairs[key]}: say --{key} {pairs[key]}")
    told = flatten(read_toml(spec_file), SceneSpec) if spec_file else {}
    chosen = ("asset" if asset else kind) or str(told.pop("kind", "lake"))
    first = told.pop("seed", 0) if seed is None else seed
    if scenes < 1:
        raise UserError(f"--scenes {scenes}: a job has at least 1 scene")
    check_seed(first)
    if first + scenes - 1 > SEED_LIMIT:
        raise UserError(f"--scenes {scenes}: from seed {first} on there are {SEED_LIMIT - first + 1}, up to {SEED_LIMIT}")
    told.pop("kind", None), told.pop("seed", None)
    named = {"asset.generator": asset} if asset else {}
    layers = [(str(spec_file), told), ("--set", dict(pairs)), ("the command line", named | flags)]
    _check_idle(chosen, pairs)
    made = Plan(chosen, range(first, first + scenes), tuple((where, values) for where, values in layers if values))
    _check_truth(made.spec(first))
    return made


def _check_truth(spec: SceneSpec) -> None:
    """Raise UserError for maps that the scene cannot have, and for a flow step or tracks where nothing moves."""
    still = spec.camera.rig in ("orbit", "dome")
    maps = chosen_maps(spec.render.truth, not still, spec.camera.rig == "stereo")
    if spec.render.flow_step > 1 and not any(item.needs == "motion" for item in maps):
        raise UserError(f"render.flow_step = {spec.render.flow_step}: no map of motion is written; leave it out")
    if spec.render.tracks and (still or spec.render.frames < 2):
        raise UserError(f"render.tracks = {spec.render.tracks}: points are followed through several frames (--frames)")


def _check_idle(kind: str, pairs: dict[str, str]) -> None:
    """Raise UserError for a --set that would change nothing in that kind of world, or is a parameter of its generator."""
    sections = registry.find(kind, registry.kinds(), "kind").sections
    known = [item.path for item in parameters(SceneSpec)]
    grown = {item.path for entry in registry.generators().values() for item in parameters(entry.params)}
    for key, value in pairs.items():
        section, dot, _ = key.partition(".")
        if kind == "asset" and key in grown:
            raise UserError(f"--set {key}={value}: unknown key {key!r}, did you mean 'asset.parameters.{key}'?")
        if dot and section not in sections and any(path.startswith(f"{section}.") for path in known):
            raise UserError(f"--set {key}={value}: kind {kind} has no {section}, it would change nothing; leave it out")
