"""glb: a scene as one binary glTF file, every thing a node of its own, meshes shared between nodes (`glb_file`)."""

from __future__ import annotations

from pathlib import Path

from ...progress import Task
from ..models.glb_file import write_glb
from ..models.scene_files import world_of
from ..reader import Scene
from .exporter import Exporter, one_by_one


def write_scene(scene: Scene, folder: Path, task: Task, textures: int = 0) -> None:
    """Write scene.glb, with textures of that many pixels a side, 0 for none."""
    write_glb(folder / "scene.glb", world_of(scene, textures))
    task.advance(sum(1 for _ in scene.frames()), "scene.glb")


EXPORTER = Exporter("glb", "one glTF file a scene: a node for each thing, meshes shared", one_by_one(write_scene), write_scene)
