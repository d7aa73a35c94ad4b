"""Parts of a dataset that other processes, on other machines, are making: each keeps its own list of scenes.

    DATASET/scenes/<seed>/        every scene belongs to one shard
    DATASET/shards/2-of-8.json    the scenes of one shard, with state and checksums, as dataset.json has them

No file is written by two shards, so they need no lock, and folders from several disks can be laid one over the other.
`wildfield merge` makes dataset.json of the lists when all are whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..version import DATASET_FORMAT, VERSION
from .manifest import DATASET, SPLIT_FILE, Manifest, SceneRecord, check_format, read_json, understood, write_json

SHARDS, SCENES = "shards", "scenes"


@dataclass(frozen=True)
class Shard:
    """The `index`-th, from 1, of `count` parts: every `count`-th seed, so that long and short scenes are dealt out alike."""

    index: int
    count: int

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def of(self, seeds: range) -> range:
        """Return the part's own seeds."""
        return seeds[self.index - 1 :: self.count]

    def file(self, root: Path) -> Path:
        """Return where the part's list is kept."""
        return root / SHARDS / f"{self.index}-of-{self.count}.json"


def parse_shard(text: str, scenes: int) -> Shard:
    """Read "2/8" of a job of so many scenes. Raises UserError for what is no part of it."""
    index, slash, count = text.partition("/")
    if not (slash and index.isdigit() and count.isdigit() and 1 <= int(index) <= int(count)):
        raise UserError(f"--shard {text}: write it as I/N with I from 1 to N, such as 2/8")
    if int(count) > scenes:
        raise UserError(f"--shard {text}: a job of {scenes} scenes (--scenes) has at most {scenes} shards")
    return Shard(int(index), int(count))


@dataclass(frozen=True)
class ShardList:
    """What one file of shards/ holds: `seeds` are those of the whole job."""

    path: Path
    shard: Shard
    seeds: range
    content: dict[str, Any]
    records: dict[int, SceneRecord]

    @classmethod
    def read(cls, path: Path) -> ShardList:
        """Read a file of shards/. Raises UserError where it is damaged or of another format."""
        content = read_json(path)
        check_format(path, content)
        with understood(path):
            said = content["shard"]
            shard = Shard(int(said["index"]), int(said["count"]))
            seeds = range(int(said["first_seed"]), int(said["first_seed"]) + int(said["scenes"]))
            records = {item["seed"]: SceneRecord(**item) for item in content["scenes"]}
            return cls(path, shard, seeds, content, records)

    def missing(self) -> list[int]:
        """Return the seeds of this shard that were not tried yet."""
        return [seed for seed in self.shard.of(self.seeds) if seed not in self.records]


def shard_lists(root: Path) -> Iterator[ShardList]:
    """Read the lists of all shards that have begun."""
    for path in sorted((root / SHARDS).glob("*-of-*.json")):
        yield ShardList.read(path)


class ShardManifest(Manifest):
    """The list of one shard's scenes. Scenes that dataset.json has from an earlier merge are not made again."""

    def __init__(self, root: Path, job: dict[str, Any], blender: str, shard: Shard, seeds: range) -> None:
        super().__init__(root, job, blender)
        self.shard, self.seeds = shard, seeds

    def begin(self, resume: bool) -> None:
        path = self.shard.file(self.root)
        if self.root.exists():
            self._check_surroundings(resume)
        if (self.root / DATASET).is_file():
            self.read_dataset()
            own = self.shard.of(self.seeds)
            self.records = {seed: record for seed, record in self.records.items() if seed in own}
        if path.is_file():
            self.records |= ShardList.read(path).records
        self.forget_incomplete()
        path.parent.mkdir(parents=True, exist_ok=True)
        self.save()

    def save(self) -> None:
        first, scenes = self.seeds.start, len(self.seeds)
        content = {
            "format": DATASET_FORMAT,
            "generator": f"wildfield {VERSION}",
            "blender": self.blender,
            "job": self.job,
            "shard": asdict(self.shard) | {"first_seed": first, "scenes": scenes},
            "scenes": [asdict(self.records[seed]) for seed in sorted(self.records)],
        }
        write_json(self.shard.file(self.root), content)

    def discard(self) -> None:
        """Take back this shard's list and no file of another shard."""
        self.shard.file(self.root).unlink(missing_ok=True)
        for folder in (self.root / SHARDS, self.root / SCENES, self.root):
            with suppress(OSError):  # another shard is at work in it
                folder.rmdir()

    def _check_surroundings(self, resume: bool) -> None:
        strange = {path.name for path in self.root.iterdir()} - {SHARDS, SCENES, DATASET, SPLIT_FILE}
        strange = {name for name in strange if not name.startswith(".")}
        if strange:
            raise UserError(f"{self.root}: holds {sorted(strange)[0]}, which is of no dataset; choose another folder")
        if not resume and (self.root / DATASET).exists():
            raise UserError(f"{self.root}: holds a dataset already; choose another folder or give --resume")
        if not resume and self.shard.file(self.root).exists():
            raise UserError(f"{self.root}: shard {self.shard} has begun already; choose another folder or give --resume")
        for other in shard_lists(self.root):
            if (other.content.get("job"), other.shard.count, other.seeds) != (self.job, self.shard.count, self.seeds):
                raise UserError(
                    f"{other.path}: is of another job ({other.content.get('job')}, {len(other.seeds)} scenes from seed "
                    f"{other.seeds.start}, {other.shard.count} shards); say the same words in every shard"
                )
