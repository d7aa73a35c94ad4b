"""build.py: what it says where it cannot go on, and that it heals what was left half made."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(
    sys.version_info[:2] not in ((3, 11), (3, 13)), reason="build.py refuses this Python, which is Blender's own"
)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """build.py as a module that works in an empty folder, where every pip run is recorded and succeeds."""
    spec = importlib.util.spec_from_file_location("wildfield_build", ROOT / "build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path / ".venv"
    monkeypatch.setattr(module, "VENV", folder)
    monkeypatch.setattr(module, "STAMP", folder / "wildfield.json")
    monkeypatch.setattr(module, "PYTHON", folder / module.PYTHON.relative_to(ROOT / ".venv"))
    return module


@pytest.fixture
def installs(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(build, "pip", lambda *arguments: calls.append(arguments))
    return calls


def make_python(build: ModuleType, works: bool) -> None:
    build.PYTHON.parent.mkdir(parents=True, exist_ok=True)
    build.PYTHON.unlink(missing_ok=True)
    body = f'echo "{sys.version_info[0]}.{sys.version_info[1]}"' if works else "exit 1"
    build.PYTHON.write_text(f"#!/bin/sh\n{body}\n")
    build.PYTHON.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_setup_does_nothing_where_nothing_changed(build: ModuleType, installs: list[tuple[object, ...]]) -> None:
    make_python(build, works=True)
    build.setup([])
    assert len(installs) == 2
    build.setup([])
    assert len(installs) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_an_interrupted_installation_is_done_again(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    make_python(build, works=True)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "pip", stop)
    assert build.main(["setup"]) == 130
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(build, "pip", lambda *arguments: calls.append(arguments))
    assert build.main(["setup"]) == 0
    assert len(calls) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_a_half_made_environment_is_made_again(
    build: ModuleType, installs: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_python(build, works=False)
    (build.VENV / "rubbish").write_text("half")

    class Builder:
        def __init__(self, **_: object) -> None: ...

        def create(self, _folder: Path) -> None:
            make_python(build, works=True)

    monkeypatch.setattr(build.venv, "EnvBuilder", Builder)
    assert build.main(["setup"]) == 0
    assert not (build.VENV / "rubbish").exists()
    assert len(installs) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a shell script")
def test_no_network_is_one_clear_line(build: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    make_python(build, works=True)
    sign = "WARNING: Retrying: Failed to establish a new connection: [Errno 111]"
    build.PYTHON.write_text(
        f'#!/bin/sh\ncase "$*" in *pip\\ *) echo "{sign}" >&2; exit 1;; esac\necho {".".join(map(str, sys.version_info[:2]))}\n'
    )
    assert build.main(["setup"]) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1 and "package index cannot be reached" in message
    assert not build.STAMP.exists()


def test_a_python_without_a_bpy_wheel_is_one_clear_line(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build.sys, "version_info", (3, 10, 4))
    assert build.main(["demo"]) == 1
    assert capsys.readouterr().err == (
        "build.py: this is Python 3.10, but Blender's module needs Python 3.11 or 3.13: run `python3.11 build.py ...` instead\n"
    )


def test_an_unknown_command_names_the_known_ones(capfd: pytest.CaptureFixture[str]) -> None:
    code = subprocess.run([sys.executable, str(ROOT / "build.py"), "nonsense"], check=False).returncode
    assert code == 2
    assert "demo" in capfd.readouterr().err
