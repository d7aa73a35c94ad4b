"""The worker process: progress arrives, failures are one line, cancelling reaches children, it dies with its parent."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wildfield.addon import worker

SAYS = """
import json, sys
print("a library's chatter")
for step in range(5):
    print(json.dumps({"progress": step / 4, "task": "Counting", "text": f"step {step}", "psnr": 20.0 + step}), flush=True)
print(json.dumps({"result": {"field": "there"}}))
"""
FAILS = """
import sys
print("warning: something", file=sys.stderr)
print("wildfield: scene.toml: unknown key 'sed', did you mean 'seed'?", file=sys.stderr)
sys.exit(2)
"""
WITH_CHILD = """
import json, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(json.dumps({"child": child.pid}), flush=True)
"""
DEAF = WITH_CHILD + "time.sleep(600)"
LISTENS = WITH_CHILD + "sys.stdin.read(); print(json.dumps({'saved': True}), flush=True)"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "worker.log"


def started(script: str, log: Path) -> worker.Job:
    return worker.start("test", [sys.executable, "-c", script], log, dict(os.environ))


def wait(job: worker.Job, until: str = "", seconds: float = 20.0) -> worker.Job:
    """Poll until the job ended, or until it has told the value `until`."""
    deadline = time.monotonic() + seconds
    while job.is_active and until not in job.values:
        assert time.monotonic() < deadline, f"{job.state}: {job.log.read_text()}"
        job.poll()
        time.sleep(0.02)
    return job


def is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    return status.is_file() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def wait_for_death(pid: int, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        assert time.monotonic() < deadline, f"process {pid} lives on"
        time.sleep(0.05)


def test_progress_and_result_arrive_and_chatter_goes_to_the_log(log: Path) -> None:
    job = wait(started(SAYS, log))
    assert (job.state, job.progress, job.task, job.text) == ("done", 1.0, "Counting", "step 4")
    assert job.values == {"psnr": 24.0}
    assert job.result == {"field": "there"}
    assert "chatter" in log.read_text()


def test_a_failure_is_told_by_the_last_line_of_the_log(log: Path) -> None:
    job = wait(started(FAILS, log))
    assert job.state == "failed"
    assert job.error == "scene.toml: unknown key 'sed', did you mean 'seed'?"
    assert "warning: something" in log.read_text()


def test_a_program_that_is_not_there_is_an_error_at_once(log: Path) -> None:
    with pytest.raises(OSError, match="no-such-python"):
        worker.start("test", ["/no-such-python"], log, {})


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_a_cancelled_worker_that_listens_may_save_and_its_children_end_too(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "KILL_AFTER_SECONDS", 1.0)
    job = wait(started(LISTENS, log), until="child")
    job.cancel()
    assert job.state == "stopping"
    wait(job)
    assert job.state == "cancelled"
    assert job.values["saved"] is True
    wait_for_death(job.values["child"])


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_a_cancelled_worker_that_does_not_listen_is_killed_with_its_children(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "KILL_AFTER_SECONDS", 0.3)
    job = wait(started(DEAF, log), until="child")
    job.cancel()
    wait(job)
    assert job.state == "cancelled"
    wait_for_death(job.values["child"])


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_the_command_line_ends_when_the_program_that_reads_it_is_killed(tmp_path: Path) -> None:
    """A stand-in for Blender starts the real command line as its worker, and is killed without a chance to tidy up."""
    launch = Path(worker.__file__).with_name("launch.py")
    parent = """
import subprocess, sys, time
job = subprocess.Popen([sys.executable, "-c", SCRIPT], stdin=subprocess.PIPE)
print(job.pid, flush=True)
time.sleep(600)
"""
    script = f"""
import runpy, sys, time
runpy.run_path({str(launch)!r})
from wildfield import cli
from wildfield.commands import looking
looking._list = lambda options, progress: time.sleep(600)
cli.main(["list", "kinds", "--progress", "json"])
"""
    code = f"SCRIPT = {script!r}\n{parent}"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=tmp_path) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        time.sleep(1.0)
        assert is_alive(pid)
        process.kill()
        wait_for_death(pid, 5.0)


def test_the_launcher_runs_this_copy_whatever_its_folder_is_called(tmp_path: Path) -> None:
    copy, checkout = tmp_path / "some other name", Path(worker.__file__).parent.parent
    (copy / "addon").mkdir(parents=True)
    for name in ("__init__.py", "cli.py", "errors.py", "progress.py", "version.py", "addon/launch.py"):
        shutil.copy(checkout / name, copy / name)
    for room in ("commands", "fields"):
        shutil.copytree(checkout / room, copy / room)
    launch = copy / "addon" / "launch.py"
    done = subprocess.run([sys.executable, str(launch), "--version"], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("wildfield ")


def test_the_command_line_ends_well_while_the_pipe_to_its_parent_is_open(log: Path) -> None:
    launch = Path(worker.__file__).with_name("launch.py")
    command = [sys.executable, str(launch), "list", "kinds", "--progress", "json", "--json"]
    packages = os.environ.get("WILDFIELD_TEST_PACKAGES", "")  # what the tests inside a real Blender bring along
    job = wait(worker.start("test", command, log, {**os.environ, "PYTHONPATH": packages}))
    assert job.state == "done", job.error
    assert "lake" in [row["name"] for row in job.result["kinds"]]
