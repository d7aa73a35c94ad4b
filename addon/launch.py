"""Runs the command line of this very copy of Wildfield: `python launch.py ...`, `blender -b -P launch.py -- ...`.

The worker's Python may have no Wildfield installed, or another version of it, and the folder of this one may have any name:
so the package is loaded by its place. This file is run by its path, in another process; its top imports nothing of the package.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def load() -> None:
    """Make this copy importable as `wildfield`; child processes that import this file by its path get it too."""
    if "wildfield" in sys.modules:
        return
    spec = importlib.util.spec_from_file_location("wildfield", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["wildfield"] = module
    spec.loader.exec_module(module)


def main() -> int:
    """Run `wildfield.cli.main` with the arguments after "--" (inside Blender) or all of them."""
    from wildfield.cli import main as wildfield

    words = sys.argv[1:]
    return wildfield(words[words.index("--") + 1 :] if "bpy" in sys.modules and "--" in words else words)


load()
if __name__ == "__main__":
    sys.exit(main())
