"""Sets Wildfield up and runs it, with nothing but Python and pip.

    python3 build.py demo              a world, its ground truth, a trained splat, and out/demo/report.html (about 6 minutes)
    python3 build.py test [ARGS]       the tests (pytest; ARGS go to it)
    python3 build.py wildfield ARGS    any wildfield command, such as `generate out/lake --kind lake`
    python3 build.py extension         the Blender extension as a validated zip in dist/
    python3 build.py setup             only makes .venv; every command above does this first where something changed

This file uses the standard library alone. The versions it installs are pinned in constraints/.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / "wildfield.json"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
VERSIONS = ((3, 11), (3, 13))
"""The Python versions that bpy has wheels for."""
NO_NETWORK = (
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "Name or service not known",
    "getaddrinfo failed",
    "Network is unreachable",
    "Connection refused",
    "Max retries exceeded",
    "ReadTimeoutError",
    "ConnectTimeoutError",
    "ProxyError",
)


class BuildError(Exception):
    """What stops the build, as one line for the user."""


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    commands: dict[str, Callable[[list[str]], int]] = {
        "setup": setup,
        "demo": demo,
        "test": test,
        "wildfield": wildfield,
        "extension": extension,
    }
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in commands:
        print(f"build.py: unknown command {name!r}: use one of {', '.join(commands)}", file=sys.stderr)
        return 2
    try:
        check_python()
        return commands[name](rest)
    except BuildError as error:
        print(f"build.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("build.py: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def check_python() -> None:
    """Refuse a Python that bpy has no wheel for."""
    if sys.version_info[:2] in VERSIONS:
        return
    wanted = " or ".join(f"{major}.{minor}" for major, minor in VERSIONS)
    have = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise BuildError(
        f"this is Python {have}, but Blender's module needs Python {wanted}: run `python3.11 build.py ...` instead"
    )


def setup(_arguments: list[str]) -> int:
    """Make .venv what the constraints say; do nothing where it already is."""
    wanted = fingerprint()
    if PYTHON.exists() and STAMP.exists() and json.loads(STAMP.read_text() or "{}") == wanted:
        return 0
    STAMP.unlink(missing_ok=True)
    if not environment_works():
        print("Making .venv", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        try:
            venv.EnvBuilder(with_pip=True, symlinks=os.name != "nt").create(VENV)
        except (OSError, subprocess.CalledProcessError) as error:
            raise BuildError(f".venv could not be made (Debian and Ubuntu need the package python3-venv): {error}") from error
    print("Installing Blender's module, torch and what the tests need (once; some minutes)", flush=True)
    constraints = constraints_file()
    # torch first and by its exact version: asked for as somebody's dependency, pip would weigh every newer build.
    pip("install", "--constraint", constraints, "torch")
    pip("install", "--constraint", constraints, "--editable", f"{ROOT}[blender,learn,splats,formats,cloud,dev,readers]")
    STAMP.write_text(json.dumps(wanted, indent=1) + "\n")
    return 0


def demo(arguments: list[str]) -> int:
    """Run the whole loop and leave a report to look at."""
    return wildfield(["demo", str(ROOT / "out" / "demo"), *arguments])


def test(arguments: list[str]) -> int:
    """Run the tests on the bpy wheel, all of them in several processes of up to 3 GB each."""
    setup([])
    processes = [] if arguments else ["-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile"]
    return run(PYTHON, "-m", "pytest", *processes, *arguments, cwd=ROOT)


def wildfield(arguments: list[str]) -> int:
    """Run a wildfield command from the folder the user stands in."""
    setup([])
    return run(PYTHON, "-m", "wildfield.cli", *arguments)


def extension(arguments: list[str]) -> int:
    """Build the extension's zip and let Blender's own tool validate it."""
    setup([])
    return run(PYTHON, ROOT / "tools" / "extension.py", *arguments, cwd=ROOT)


def run(*command: object, cwd: Path | None = None) -> int:
    """Run a command in the foreground; its Ctrl-C is its own affair."""
    process = subprocess.Popen([str(part) for part in command], cwd=cwd)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def constraints_file() -> Path:
    """The pinned versions for this Python."""
    return ROOT / "constraints" / f"python{sys.version_info[0]}.{sys.version_info[1]}.txt"


def fingerprint() -> dict[str, str]:
    """What .venv depends on: when this changes, it is brought up to date."""
    sources = (ROOT / "pyproject.toml", constraints_file(), ROOT / "version.py")
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    return {"inputs": digest, "python": sys.version, "platform": sysconfig.get_platform(), "root": str(ROOT)}


def environment_works() -> bool:
    """Whether .venv has a Python of this version with a pip that starts: a half-made one has not."""
    if not PYTHON.exists():
        return False
    check = "import sys, pip; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", check], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.strip() == "{}.{}".format(*sys.version_info)


def pip(*arguments: object) -> None:
    """Run pip with its progress on the screen; its errors come back as one line."""
    command = [PYTHON, "-m", "pip", "--disable-pip-version-check", *arguments, "--quiet", "--progress-bar", "on"]
    with tempfile.TemporaryFile("w+") as errors:
        if subprocess.run([str(part) for part in command], stderr=errors, check=False).returncode == 0:
            return
        errors.seek(0)
        text = errors.read()
    if any(sign in text for sign in NO_NETWORK):
        raise BuildError("the package index cannot be reached: check the network and run the same command again")
    if "No space left on device" in text:
        raise BuildError(f"the disk is full: .venv needs about 4 GB below {ROOT}")
    lines = [line for line in text.splitlines() if line.startswith("ERROR")] or text.splitlines()[-1:] or ["no output"]
    raise BuildError(f"pip could not install the packages: {lines[-1].removeprefix('ERROR: ')}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
