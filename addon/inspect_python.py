"""Tells what the Python that runs this file has for training: `python inspect_python.py`. The standard library alone.

It prints one line: `{"result": {"python": "3.11.4", "old": false, "packages": {"torch": "2.9.0"}, "missing": [], "cuda": ""}}`.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import platform
import sys

PACKAGES = {
    "torch": "torch",
    "warp": "warp-lang",
    "safetensors": "safetensors",
    "numpy": "numpy",
    "plyfile": "plyfile",
    "OpenEXR": "OpenEXR",
    "imageio": "imageio",
    "PIL": "pillow",
    "png": "pypng",
    "psutil": "psutil",
    "scipy": "scipy",
    "tqdm": "tqdm",
    "tomli_w": "tomli-w",
    "trimesh": "trimesh",
}
"""What training imports -> what pip calls it."""
OLDEST = (3, 11)


def inspect() -> dict[str, object]:
    """Import every package, since one that is installed may still be broken, and say what works."""
    found, missing = {}, []
    for module, package in PACKAGES.items():
        try:
            importlib.import_module(module)
            found[package] = importlib.metadata.version(package)
        except Exception:  # whatever a broken package raises, it cannot be used
            missing.append(package)
    cuda = ""
    if "torch" in found:
        import torch

        if torch.cuda.is_available():
            cuda = torch.cuda.get_device_name()
    version = platform.python_version()
    return {"python": version, "old": sys.version_info < OLDEST, "packages": found, "missing": missing, "cuda": cuda}


if __name__ == "__main__":
    print(json.dumps({"result": inspect()}))
