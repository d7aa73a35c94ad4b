"""The job on this machine: scene after scene in one process, each recorded as it ends."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..exporters.shards import Shard, ShardManifest
from ..progress import Progress
from .plan import Plan

if TYPE_CHECKING:
    from ..exporters.devices import Device
    from ..exporters.manifest import SceneRecord


@dataclass
class Outcome:
    """What became of a job: seeds that are done, and by seed the reason of those that failed."""

    done: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    seconds: float = 0.0


def generate(job: Plan, out: Path, resume: bool, progress: Progress, device: Device, shard: Shard | None = None) -> Outcome:
    """Build and write every scene of the job, or of one shard of it, that is not yet done; `device` renders the pictures.

    A scene that fails is recorded with its reason and does not stop the job. Raises UserError where `out` is occupied or
    cannot be written, and where bpy is missing; then nothing is written.
    """
    from ..exporters.manifest import Manifest
    from ..procgen.compose import blender_version

    version = blender_version()

    started = time.monotonic()
    existed = out.exists()
    manifest = ShardManifest(out, job.job(), version, shard, job.seeds) if shard else Manifest(out, job.job(), version)
    manifest.open(resume)
    seeds = shard.of(job.seeds) if shard else job.seeds
    outcome = Outcome()
    try:
        with progress.task("Scenes", len(seeds)) as task:
            for seed in seeds:
                if not manifest.is_done(seed):
                    manifest.put(_attempt(job, seed, out, progress, device))
                record = manifest.records[seed]
                if record.state == "done":
                    outcome.done.append(seed)
                else:
                    outcome.failed[seed] = record.reason or "no reason"
                task.advance(1, f"scene {seed} {record.state}")
    except UserError:
        if not existed and not manifest.records:
            manifest.discard()
        raise
    outcome.seconds = round(time.monotonic() - started, 2)
    return outcome


def _attempt(job: Plan, seed: int, out: Path, progress: Progress, device: Device) -> SceneRecord:
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
