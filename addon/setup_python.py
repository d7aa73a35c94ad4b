"""Makes a Python for training: `python setup_python.py FOLDER PACKAGE...` creates a virtual environment and installs into it.

It is run by its path, in another process, with the standard library alone, and says how far it is in JSON lines.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
import venv
from pathlib import Path


def say(progress: float, text: str) -> None:
    print(json.dumps({"progress": progress, "task": "Setting up", "text": text}), flush=True)


def main(folder: Path, packages: list[str]) -> int:
    """Create `folder`, install `packages`, print {"result": {"python": path}}; return pip's exit code."""
    say(0.02, "making the environment")
    try:
        venv.EnvBuilder(with_pip=True, clear=True).create(folder)
    except (OSError, subprocess.CalledProcessError, SystemExit):  # Debian's venv without ensurepip exits
        traceback.print_exc()
        print(
            json.dumps({"error": f"{sys.executable} cannot make an environment: it may lack venv or room: see the log"}),
            flush=True,
        )
        return 1
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    for done, package in enumerate(packages):
        say(0.05 + 0.95 * done / len(packages), f"installing {package}")
        command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-q", package]
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False).returncode
        if code:
            print(json.dumps({"error": f"{package} could not be installed: the log says why"}), flush=True)
            return code
    print(json.dumps({"result": {"python": str(python)}}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
