"""A LiDAR in Blender: a camera that sees a band all round, carried by the rig's first camera, scanned once a frame."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .cameras import Camera, opencv_to_opengl
from .layout import LIDAR_NAME
from .lidar import Lidar, Station, Sweep, measured, mounting, pose_of, returns
from .motion import Moment, Topology
from .render import render_truth
from .truth import Maps, surface_maps
from .visibility import View

if TYPE_CHECKING:
    import bpy

    from ..procgen.scene import BuiltScene

NEEDS = ("albedo", "material")
"""Maps that a truth render must be set up for."""


class Scanner:
    """The LiDAR of a scene. Inside `mounted` it can `scan`, at the scene's current frame; `sweep` then tells the returns."""

    def __init__(self, built: BuiltScene, first: Camera, name: str) -> None:
        """Fix it to the camera of that name, which at the first frame is `first`."""
        self.built, self.camera_name = built, name
        self.lidar = Lidar.of(built.spec.lidar)
        self.to_camera = mounting(first, built.spec.lidar.above)
        self.poses: dict[int, NDArray[np.float64]] = {}
        self._scans: dict[int, tuple[Camera, Maps]] = {}

    @contextmanager
    def mounted(self) -> Iterator[None]:
        """Have the sensor in the scene."""
        import bpy

        from ..compat import set_panoramic

        lens = bpy.data.cameras.new("wildfield.lidar")
        set_panoramic(lens, self.lidar.latitudes)
        self._item = bpy.data.objects.new("wildfield.lidar", lens)
        self.built.scene.collection.objects.link(self._item)
        try:
            yield
        finally:
            bpy.data.objects.remove(self._item)
            bpy.data.cameras.remove(lens)

    def stand(self, frame: int, carrier: Camera) -> None:
        """Note where the sensor is at a frame at which its camera is `carrier`."""
        self.poses[frame] = carrier.camera_to_world @ self.to_camera

    def scan(self, frame: int, scratch: Path, class_of: NDArray[np.uint32], stuff: Collection[int]) -> NDArray[np.uint32]:
        """Render what the beams meet, inside `truth_settings` for `NEEDS` too, and return the ids that are within its range."""
        camera = self._placed(self.lidar.camera(self.poses[frame]))
        self.poses[frame] = pose_of(camera)
        passes = render_truth(self.built, self._item, scratch, (self.lidar.steps, self.lidar.beams))
        maps = surface_maps(passes, camera, class_of, stuff, NEEDS)
        self._scans[frame] = camera, maps
        return np.unique(maps["instance"][maps["valid"] & (maps["depth"] <= self.lidar.range)])

    def sweep(self, frame: int, moments: Mapping[int, Moment], topologies: Mapping[int, Topology]) -> Sweep:
        """Return the returns of a frame, once; `moments` are those of the frame and of the two beside it."""
        spec, (camera, maps) = self.built.spec, self._scans.pop(frame)
        view = View(camera, moments[frame], *(maps[key] for key in ("instance", "piece", "face", "depth", "normal")))
        before, after = (Station(self.poses[frame + way], moments[frame + way]) for way in (-1, 1))
        found = returns(self.lidar, view, maps, (before, after), 1.0 / spec.render.frame_rate, topologies)
        return measured(self.lidar, found, spec.lidar.noise, spec.lidar.dropout, spec.seed, frame)

    def description(self, first: int) -> dict[str, Any]:
        """Return the content of lidar.json; frame `first` is time 0."""
        spec, rate = self.built.spec.lidar, self.built.spec.render.frame_rate
        return {
            "name": LIDAR_NAME, "camera": self.camera_name, "lidar_to_camera": self.to_camera.tolist(),
            **{key: getattr(spec, key) for key in ("beams", "steps", "lowest", "highest", "range", "noise", "dropout")},
            "frames": [
                {"frame": frame, "time_s": (frame - first) / rate, "lidar_to_world": pose.tolist()}
                for frame, pose in sorted(self.poses.items())
            ],
        }  # fmt: skip

    def _placed(self, camera: Camera) -> Camera:
        """Put the sensor there in Blender and return where it is then, in Blender's 32 bits."""
        from mathutils import Matrix

        self._item.matrix_world = Matrix(opencv_to_opengl(camera.camera_to_world).tolist())
        layer: bpy.types.ViewLayer = self.built.scene.view_layers[0]
        layer.update()
        matrix = np.array(self._item.evaluated_get(layer.depsgraph).matrix_world, np.float64)
        matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
        return Camera(camera.intrinsics, opencv_to_opengl(matrix))
