"""Workers: what one of them tells, what is left of a crash, and that none outlives the job."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from test_jobs_shards import contents

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.errors import UserError
from wildfield.exporters.manifest import SceneRecord
from wildfield.jobs.workers import Workers

RECORD = SceneRecord(4, "scenes/4", "done", None, 1.0, {"a.png": "00"})
TELL = f"print({json.dumps({'result': {'record': asdict(RECORD)}})!r})"
CRASH = "import os, signal, sys; print('about to die', file=sys.stderr, flush=True); os.kill(os.getpid(), signal.SIGSEGV)"


def python(code: str) -> Callable[[int], Sequence[str]]:
    return lambda _seed: [sys.executable, "-c", code]


def test_a_worker_s_record_is_taken_as_it_is(tmp_path: Path) -> None:
    chatter = "print('{\"progress\": 0.5}'); print('Blender 5.0'); print('[1]');"
    assert list(Workers(2, python(chatter + TELL)).records([4], tmp_path)) == [RECORD]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process by no signal")
def test_a_crash_is_tried_once_more(tmp_path: Path) -> None:
    mark, part = tmp_path / "tried", tmp_path / "scenes" / ".4.part"
    part.mkdir(parents=True)
    code = f"import pathlib; mark = pathlib.Path({str(mark)!r})\nif not mark.exists():\n mark.touch(); {CRASH}\n{TELL}"
    assert list(Workers(1, python(code)).records([4], tmp_path)) == [RECORD]
    assert not part.exists(), "what the crash left is tidied up"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process by no signal")
def test_a_scene_that_crashes_twice_fails_and_the_others_are_made(tmp_path: Path) -> None:
    def command(seed: int) -> Sequence[str]:
        return [sys.executable, "-c", CRASH if seed == 5 else TELL]

    records = {record.seed: record for record in Workers(2, command).records([4, 5], tmp_path)}
    assert records[4] == RECORD
    assert records[5].state == "failed"
    assert records[5].reason == "its process ended with SIGSEGV (about to die), 2 times"


def test_what_the_user_has_to_mend_stops_the_job(tmp_path: Path) -> None:
    full = 'import sys; print(\'{"error": "the disk is full", "code": 2}\'); sys.exit(2)'
    with pytest.raises(UserError, match="the disk is full"):
        list(Workers(2, python(full)).records([4, 5, 6], tmp_path))


def test_workers_end_with_the_job(tmp_path: Path) -> None:
    def command(seed: int) -> Sequence[str]:
        mark = tmp_path / f"{seed}.ended"
        waits = f"import sys, pathlib; sys.stdin.read(); pathlib.Path({str(mark)!r}).touch()"
        return [sys.executable, "-c", TELL if seed == 4 else waits]

    workers, started = Workers(2, command), time.monotonic()
    with closing(workers.records([4, 5, 6, 7], tmp_path)) as records:
        assert next(records) == RECORD
        time.sleep(0.5)
    assert time.monotonic() - started < 12.0
    assert not workers._running
    assert not (tmp_path / "7.ended").exists(), "what had not begun does not begin"


def test_several_processes_make_the_dataset_that_one_makes(bpy: Any, tmp_path: Path) -> None:
    if bpy.app.binary_path:
        pytest.skip("a Blender that is started from the tests lacks the packages that they bring along")
    words = ["--asset", "rock", "--views", "3", "--resolution", "32x32", "--samples", "1", "--truth", "small", "--scenes", "3"]
    assert main(["generate", str(tmp_path / "one"), *words]) == DONE
    assert main(["generate", str(tmp_path / "two"), *words, "--jobs", "2"]) == DONE
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert main(["generate", str(tmp_path / "two"), *words, "--jobs", "2"]) == BAD_INPUT, "without --resume"
    (tmp_path / "two" / "scenes" / "1" / "points.ply").unlink()
    assert main(["generate", str(tmp_path / "two"), *words, "--jobs", "2", "--resume"]) == DONE
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
