"""Falling things in Blender: instances with ids of their own, whose pose a node tree works out from the scene's time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ..meshes import MeshData
from ..nodes.objects import Named, Pose, instance_points, to_blender
from ..nodes.writer import NodeWriter
from ..rigid import Motion
from ..scene import ObjectTable, Thing
from .falling import Rows


def instance_falling(
    scene: bpy.types.Scene,
    name: str,
    class_name: str,
    meshes: Sequence[MeshData],
    fall: Rows,
    values: Mapping[str, NDArray[Any]],
    pose: Callable[[NodeWriter, Named], Pose],
    motion: Callable[[NDArray[np.int32]], Motion],
    table: ObjectTable,
) -> dict[str, str]:
    """Instance `meshes` where `fall` says, and return digests of the meshes and of the motion by name.

    `pose` lays the nodes of `motion`, made for the ids (N,), out of the attributes `values`, (N,) or (N, 3) each.
    """
    labels = [f"{name} {variant}" for variant in range(len(meshes))]
    prototypes = [bpy.data.objects.new(label, to_blender(mesh, label)) for label, mesh in zip(labels, meshes, strict=True)]
    boxes = [mesh.bounds.astype(np.float64) for mesh in meshes]
    first = table.reserve(len(fall))
    for number, variant in enumerate(fall.variant, first):
        table.things[number] = Thing(number, f"{name}.{number - first:05d}", class_name, name, {}, boxes[variant])
    ids = np.arange(first, first + len(fall), dtype=np.int32)
    instance_points(scene, name, prototypes, fall.rest, {**values, "id": ids}, pose)
    table.motions.append(motion(ids))
    digests = {label: mesh.digest() for label, mesh in zip(labels, meshes, strict=True)}
    return digests | {f"{name} motion": fall.digest()}
