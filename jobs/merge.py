"""`wildfield merge`: the lists of all shards become one dataset.json, once every file of every scene has been proved."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..errors import UserError
from ..exporters.manifest import DATASET, Manifest, SceneRecord
from ..exporters.reader import Scene
from ..exporters.shards import SHARDS, ShardList, shard_lists
from ..progress import Progress
from .local import Outcome
from .verify.files import check_files
from .verify.laws import Worst

_MERGED = ".shards.merged"


def merge(root: Path, progress: Progress) -> Outcome:
    """Make one dataset of a folder's shards, the same files as an undivided run, and take the shards' lists away.

    Nothing but dataset.json and splits.json is written, and only when all shards are there, are of one job and version, have
    tried all their scenes, and every file has its checksum. It may be stopped anywhere and called again. Raises UserError
    that names what is missing or damaged and which shard to run again.
    """
    shutil.rmtree(root / _MERGED, ignore_errors=True)
    lists = list(shard_lists(root))
    if not lists:
        raise UserError(f"{root}: holds no list of a shard in {SHARDS}/; run wildfield generate with --shard first")
    _check_together(lists)
    with progress.task("Checking files", sum(len(item.records) for item in lists)) as task:
        for item in lists:
            for record in item.records.values():
                if record.state == "done":
                    _check_scene(root, item, record)
                task.advance(1, f"scene {record.seed}")
    manifest = Manifest(root, lists[0].content["job"], lists[0].content["blender"])
    if (root / DATASET).is_file():
        manifest.read_dataset()
    for item in lists:
        manifest.records |= item.records
    manifest.save()
    (root / SHARDS).rename(root / _MERGED)
    shutil.rmtree(root / _MERGED)
    records = [manifest.records[seed] for seed in sorted(manifest.records)]
    return Outcome.of(records)


def _check_together(lists: list[ShardList]) -> None:
    """Raise UserError where the lists are not all the shards of one job, or one is not at its end."""
    first = lists[0]
    for other in lists[1:]:
        if (other.shard.count, other.seeds) != (first.shard.count, first.seeds):
            raise UserError(f"{other.path}: divides another job than {first.path.name}; keep the lists of one job")
        for key in ("job", "generator", "blender"):
            ours, theirs = first.content.get(key), other.content.get(key)
            if ours != theirs:
                raise UserError(f"{other.path}: {key} is {theirs}, in {first.path.name} it is {ours}; make all shards alike")
    absent = sorted(set(range(1, first.shard.count + 1)) - {item.shard.index for item in lists})
    if absent:
        raise UserError(f"{first.path.parent}: shard {absent[0]}/{first.shard.count} is not there{_more(absent)}; run it first")
    for item in lists:
        missing = item.missing()
        if missing:
            raise UserError(
                f"{item.path}: shard {item.shard} has not tried seed {missing[0]}{_more(missing)}; run it again with --resume"
            )


def _check_scene(root: Path, item: ShardList, record: SceneRecord) -> None:
    worst = Worst(root)
    check_files(Scene(root / record.folder, record), worst)
    broken = next((check for check in worst.checks() if not check.ok), None)
    if broken is not None:
        raise UserError(
            f"{root / broken.file}: is missing, foreign or was changed ({broken.name}: no); delete {root / record.folder} and "
            f"run shard {item.shard} again with --resume"
        )


def _more(items: list[int]) -> str:
    return f" and {len(items) - 1} more" if len(items) > 1 else ""
