"""The job on this machine: scene after scene in this process, or several at a time in processes of their own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..exporters.shards import Shard, ShardManifest
from ..progress import Progress
from .plan import Plan
from .workers import Workers

if TYPE_CHECKING:
    from ..exporters.devices import Device
    from ..exporters.manifest import SceneRecord


@dataclass
class Outcome:
    """What became of a job: seeds that are done, and by seed the reason of those that failed."""

    done: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0

    @classmethod
    def of(cls, records: Iterable[SceneRecord], seconds: float = 0.0) -> Outcome:
        outcome = cls(seconds=seconds)
        for record in records:
            if record.state == "done":
                outcome.done.append(record.seed)
            else:
                outcome.failed[record.seed] = record.reason or "no reason"
        return outcome


def generate(
    job: Plan,
    out: Path,
    resume: bool,
    progress: Progress,
    device: Device,
    shard: Shard | None = None,
    workers: Workers | None = None,
) -> Outcome:
    """Build and write every scene of the job, or of one shard of it, that is not yet done; `device` renders the pictures.

    A scene that fails is recorded with its reason and does not stop the job. `workers` make the scenes in processes of their
    own. Raises UserError where `out` is occupied or cannot be written, and where bpy is missing; then nothing is written.
    """
    from ..exporters.manifest import Manifest
    from ..procgen.compose import blender_version

    version = blender_version()

    started = time.monotonic()
    existed = out.exists()
    manifest = ShardManifest(out, job.job(), version, shard, job.seeds) if shard else Manifest(out, job.job(), version)
    manifest.open(resume)
    seeds = shard.of(job.seeds) if shard else job.seeds
    missing = [seed for seed in seeds if not manifest.is_done(seed)]
    try:
        with progress.task("Scenes", len(seeds)) as task:
            task.advance(len(seeds) - len(missing))
            made = workers.records(missing, out) if workers else _in_this_process(job, missing, out, progress, device)
            with closing(made):
                for record in made:
                    manifest.put(record)
                    task.advance(1, f"scene {record.seed} {record.state}")
    except UserError:
        if not existed and not manifest.records:
            manifest.discard()
        raise
    return Outcome.of((manifest.records[seed] for seed in seeds), round(time.monotonic() - started, 2))


def _in_this_process(
    job: Plan, seeds: Sequence[int], out: Path, progress: Progress, device: Device
) -> Generator[SceneRecord, None, None]:
    for seed in seeds:
        yield attempt(job, seed, out, progress, device)


def attempt(job: Plan, seed: int, out: Path, progress: Progress, device: Device) -> SceneRecord:
    """Build and write one scene in an emptied Blender file; whatever goes wrong inside it becomes the record's reason."""
    from ..exporters.dataset import write_scene
    from ..exporters.manifest import SceneRecord
    from ..procgen.compose import clear, compose

    started = time.monotonic()
    folder = out / "scenes" / str(seed)
    if folder.exists():  # left whole by a run that ended before it could be recorded, or not on record any more
        shutil.rmtree(folder)
    try:
        clear()
        return write_scene(compose(job.spec(seed), progress), folder, progress, device)
    except UserError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        return SceneRecord(seed, f"scenes/{seed}", "failed", " ".join(reason.split()), round(time.monotonic() - started, 3))
