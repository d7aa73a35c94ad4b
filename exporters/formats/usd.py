"""usd: a scene as one binary USD stage, every thing a prim of its own, meshes instanced (`usd_file`)."""

from __future__ import annotations

from pathlib import Path

from ...progress import Task
from ..models.scene_files import world_of
from ..models.usd_file import need_usd, write_world
from ..reader import Scene
from .exporter import Exporter, one_by_one


def write_scene(scene: Scene, folder: Path, task: Task, textures: int = 0) -> None:
    """Write scene.usdc, with textures of that many pixels a side beside it, 0 for none."""
    need_usd()
    write_world(world_of(scene, textures), folder / "scene.usdc")
    task.advance(sum(1 for _ in scene.frames()), "scene.usdc")


EXPORTER = Exporter(
    "usd", "one USD stage a scene: a prim for each thing, meshes instanced", one_by_one(write_scene), write_scene
)
