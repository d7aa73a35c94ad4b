"""The page of `wildfield view`: splats, cameras with their pictures that one flies to by a click, and truth against field.

Viser draws colour without its dependence on the direction; the field beside the truth is drawn by the field's own rasteriser.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from ..errors import UserError
from ..progress import Progress
from .cameras import Camera
from .comparison import Comparison, on_screen, wiped
from .drawing import Drawer
from .orbit import orbit, surround, up_direction
from .render import picture_name
from .scene import SPLITS, View
from .splats.cloud import SplatCloud
from .tour import through

MOST_CAMERAS = 300
"""Of more views every second, third and so on gets a camera in the scene."""
SPLIT_COLOURS = {"train": (120, 170, 70), "val": (230, 160, 60), "test": (220, 90, 70)}
FLIGHT, STEPS = 0.7, 28
"""Seconds and pictures of a flight to a camera."""
SH_BASE = 0.28209479177387814
TYPICAL, WIDEST = 0.02, 250.0
"""Viser stores covariances as 16-bit floats, so splats are handed over in a unit in which the middle one is so wide, and
those that would still not fit, 12,500 times as wide, are narrowed to this."""


class Page:
    """What the page shows and does. `server` is viser's; callbacks come from its threads."""

    def __init__(self, server: Any, drawer: Drawer, views: dict[str, list[View]], progress: Progress) -> None:
        self.server, self.comparison = server, Comparison(drawer)
        self.views = {_label(view, split): view for split in SPLITS for view in views.get(split, [])}
        self.frustums: dict[str, Any] = {}
        self._turn = threading.Lock()
        cameras = [view.camera for view in views.get("train", [])] or [view.camera for view in self.views.values()]
        server.scene.set_up_direction(tuple(up_direction(cameras)))
        self._add_splats(drawer.cloud)
        self._start(drawer.cloud, cameras)
        self._add_panel(drawer)
        self._add_cameras(views, progress)

    def _add_splats(self, cloud: SplatCloud) -> None:
        unit = TYPICAL / float(np.exp(np.clip(np.median(cloud.log_scales), -25, 25)))
        cloud = replace(cloud, log_scales=np.minimum(cloud.log_scales, np.float32(np.log(WIDEST / unit))))
        self.server.scene.add_gaussian_splats(
            "/splats",
            centers=cloud.means * np.float32(unit),
            covariances=(covariances(cloud) * unit**2).astype(np.float32),
            rgbs=np.clip(0.5 + SH_BASE * cloud.base, 0, 1),
            opacities=1 / (1 + np.exp(-cloud.opacity_logits[:, None])),
            scale=1 / unit,
        )

    def _start(self, cloud: SplatCloud, cameras: list[Camera]) -> None:
        """Place a new visitor: outside of cameras that stand around something, or where the first camera is."""
        start = orbit(cloud, cameras, cameras[0] if cameras else Camera(960, 540, 650, 650, 480, 270, np.eye(4)), 8)[0]
        around = surround(cameras)
        if around is not None:
            place, target = around[0] + 1.6 * (start.position - around[0]), around[0]
        else:
            camera = cameras[0] if cameras else start
            place, target = camera.position, camera.position + camera.camera_to_world[:3, 2]
        self.server.initial_camera.position = tuple(place)
        self.server.initial_camera.look_at = tuple(target)
        self.server.initial_camera.far = 1e5

    def _add_panel(self, drawer: Drawer) -> None:
        gui, about = self.server.gui, drawer.description
        gui.add_markdown(f"{len(drawer.cloud):,} splats, {about.get('steps', 0):,} steps in {about.get('seconds', 0):.0f} s")
        if not self.views:
            gui.add_markdown("Its scene is gone: `--scene FOLDER` brings cameras and pictures back.")
            return
        names = list(self.views)
        self.chosen = gui.add_dropdown("View", options=names, initial_value=names[0])
        self.share = gui.add_slider("Truth | field", min=0.0, max=1.0, step=0.01, initial_value=0.5)
        self.picture = gui.add_image(np.zeros((8, 8, 3), np.uint8), format="jpeg", jpeg_quality=92)
        self.note = gui.add_markdown("")
        fly = gui.add_button("Fly to this camera")
        self.cameras = gui.add_checkbox("Cameras", initial_value=True)
        self.chosen.on_update(lambda _: self.show())
        self.share.on_update(lambda _: self.show())
        fly.on_click(lambda event: self.fly(event.client, self.chosen.value))
        self.cameras.on_update(lambda _: self._show_cameras(self.cameras.value))
        self.show()

    def _add_cameras(self, views: dict[str, list[View]], progress: Progress) -> None:
        every = -(-len(self.views) // MOST_CAMERAS) if self.views else 1
        shown = [(split, view) for split in SPLITS for view in views.get(split, [])][::every]
        if not shown:
            return
        depth = _depth([view.camera for _, view in shown])
        with progress.task("Reading the pictures", len(shown)) as task:
            for number, (split, view) in enumerate(shown):
                camera = view.camera
                right, up = 0.5 * camera.width / camera.fl_y, 0.5 * camera.height / camera.fl_y
                size = depth * float(np.cbrt(right * up / 3))  # viser's scale is the cube root of a pyramid's volume
                handle = self.server.scene.add_camera_frustum(
                    f"/cameras/{number:04d}",
                    fov=2 * float(np.arctan(up)),
                    aspect=right / up,
                    scale=size,
                    thickness=0.02 * depth,
                    color=SPLIT_COLOURS[split],
                    image=_thumbnail(view),
                    wxyz=wxyz(camera.camera_to_world[:3, :3]),
                    position=camera.position,
                )
                name = _label(view, split)
                handle.on_click(lambda event, name=name: self.go(event.client, name))
                self.frustums[name] = handle
                task.advance(1)

    def show(self) -> None:
        """Draw the chosen view anew with the line where the slider stands."""
        with self._turn:
            name = self.chosen.value
            try:
                pair = self.comparison.pair(self.views[name])
            except UserError as error:
                self.note.content = str(error)
                return
            self.picture.image = wiped(pair, self.share.value)
            self.note.content = f"left of the line truth, right of it the field: **{pair.psnr:.2f} dB**"

    def go(self, client: Any, name: str) -> None:
        """Choose a view, which draws it, and fly there."""
        self.chosen.value = name
        self.fly(client, name)

    def fly(self, client: Any, name: str) -> None:
        """Move one visitor to a camera; the pyramid that then stands before the eye is hidden until the next flight."""
        if client is None:
            return
        camera, seen = self.views[name].camera, client.camera
        now = replace(camera, camera_to_world=_pose(seen))
        self._show_cameras(self.cameras.value)
        for step in through([now, camera], STEPS):
            with client.atomic():
                seen.wxyz = wxyz(step.camera_to_world[:3, :3])
                seen.position = step.position
            client.flush()
            time.sleep(FLIGHT / STEPS)
        seen.fov = 2 * float(np.arctan(0.5 * camera.height / camera.fl_y))
        if name in self.frustums:
            self.frustums[name].visible = False

    def _show_cameras(self, visible: bool) -> None:
        for handle in self.frustums.values():
            if handle.visible != visible:
                handle.visible = visible


def covariances(cloud: SplatCloud) -> np.ndarray:
    """Return the covariance (N, 3, 3) float64 of each splat, square metres."""
    axes = Rotation.from_quat(cloud.quaternions[:, [1, 2, 3, 0]]).as_matrix()
    wide = axes * np.exp(cloud.log_scales.astype(np.float64))[:, None, :]
    return wide @ wide.transpose(0, 2, 1)


def wxyz(rotation: np.ndarray) -> np.ndarray:
    """Return the quaternion (4,) as w, x, y, z of a rotation matrix (3, 3)."""
    return Rotation.from_matrix(rotation).as_quat()[[3, 0, 1, 2]]


def _pose(seen: Any) -> np.ndarray:
    """Return the pose (4, 4), OpenCV axes, of a visitor's camera."""
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_quat(np.asarray(seen.wxyz)[[1, 2, 3, 0]]).as_matrix()
    pose[:3, 3] = seen.position
    return pose


def _depth(cameras: list[Camera]) -> float:
    """Return how far in metres a camera's picture is drawn before it: a quarter of the middle distance to the next camera."""
    places = np.stack([camera.position for camera in cameras])
    distance = np.linalg.norm(places[:, None] - places[None], axis=-1)
    distance[distance == 0] = np.inf
    nearest = distance.min(0)
    apart = nearest[np.isfinite(nearest)]
    return 0.25 * float(np.median(apart)) if apart.size else 0.25


def _label(view: View, split: str) -> str:
    """Return a view's name for a person, such as "view_003_0001, test"."""
    return f"{picture_name(view.name)}, {split}"


def _thumbnail(view: View) -> np.ndarray:
    """Return a view's picture over white, (h, w, 3) uint8, at most 256 pixels on a side."""
    pixels = on_screen(view.read_colour(), 1, 256)
    if pixels.shape[2] == 3:
        return pixels
    alpha = pixels[..., 3:] / 255
    return np.round(pixels[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
