"""Tests see the checkout as the package `wildfield`, whatever its folder is called, and Blender's GPU without a display."""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

if "bpy" not in sys.modules:  # inside Blender it is too late: whoever starts it sets this
    os.environ.setdefault("BLENDER_USER_RESOURCES", tempfile.mkdtemp(prefix="wildfield-test-"))

sys.path.insert(0, str(Path(__file__).parent))  # tests share the modules beside them

if "wildfield" not in sys.modules:
    _spec = importlib.util.spec_from_file_location("wildfield", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert _spec is not None and _spec.loader is not None
    sys.modules["wildfield"] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(sys.modules["wildfield"])


@pytest.fixture(scope="session")
def bpy() -> Any:
    """Blender's Python module, or a skip where there is none."""
    return pytest.importorskip("bpy")


@pytest.fixture(scope="session")
def gpu(bpy: Any) -> Iterator[Any]:
    """Blender's gpu module with a context."""
    from wildfield.addon.viewport_fields import free
    from wildfield.compat import prepare_gpu

    prepare_gpu()
    import gpu

    yield gpu
    free()


@pytest.fixture
def addon(bpy: Any) -> Iterator[Any]:
    """A fresh empty file with the add-on enabled; yields Blender's module."""
    import wildfield

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    entry = bpy.context.preferences.addons.new()
    entry.module = "wildfield"
    wildfield.register()
    yield bpy
    wildfield.unregister()
    bpy.context.preferences.addons.remove(entry)


@pytest.fixture(scope="session")
def truth_dataset(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished dataset of one small moving scene with a LiDAR, two frames of 160x120; read it, never change it."""
    from truth_scene import build

    from wildfield.exporters.dataset import write_scene
    from wildfield.exporters.manifest import Manifest
    from wildfield.procgen.scene_spec import LidarSpec

    root = tmp_path_factory.mktemp("truth") / "dataset"
    manifest = Manifest.start(root, {"kind": "test"}, bpy.app.version_string)
    lidar = LidarSpec(beams=32, steps=512, lowest=-40, highest=8, range=60)
    manifest.put(write_scene(build(lidar=lidar), root / "scenes" / "7"))
    return root
