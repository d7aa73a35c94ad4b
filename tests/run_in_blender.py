"""Runs the tests inside a real Blender:

    blender -b --factory-startup --python-exit-code 1 -P tests/run_in_blender.py -- [PYTEST ARGS]

Pytest must be in Blender's Python. Packages that Blender lacks (plyfile, pypng, ...) are looked for in the folder that the
environment variable WILDFIELD_TEST_PACKAGES names. Set BLENDER_USER_RESOURCES to an empty folder, so that none of
your settings count.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

packages = os.environ.get("WILDFIELD_TEST_PACKAGES", "")
if packages:
    sys.path.append(packages)
# The processes that tests start must find the packages, and the checkout by its name whatever its folder is called.
named = Path(tempfile.mkdtemp(prefix="wildfield-test-"))
(named / "wildfield").symlink_to(ROOT, target_is_directory=True)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(named), packages)))
sys.dont_write_bytecode = True

import pytest  # noqa: E402

arguments = sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else []
os.chdir(ROOT)
code = pytest.main(["-p", "no:cacheprovider", *(arguments or ["tests"])])
sys.stdout.flush()
sys.stderr.flush()
if code:
    raise SystemExit(int(code))
