"""Draw a field along a camera path: numbered PNGs, or a film."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import UserError
from ..folders import whole_folder
from ..progress import Progress, Task
from .cameras import Camera
from .data import open_scene
from .drawing import Drawer, open_field
from .files import write_picture, writing
from .film import write_film
from .orbit import orbit
from .path_file import LARGEST, read_path, resized, write_path
from .requirements import require_device, require_learning, require_looking
from .scene import View
from .tour import sorted_stops, through

FRAMES = 120
MOST_FRAMES = 100_000
COLOURS = {"white": "#ffffff", "black": "#000000"}
DEFAULT_SIZE = (960, 540)
DEFAULT_ANGLE = 45.0
"""Degrees from top to bottom, where no camera of the scene tells of a lens."""


@dataclass(frozen=True)
class PathSettings:
    """What a person chooses about a path."""

    path: str
    """orbit, tour (through the training cameras), or a JSON file of poses."""
    frames: int | None = None
    """How many pictures; by default 120, and one for each pose of a file."""
    size: tuple[int, int] | None = None
    """Width and height in pixels; by default those of the poses or of the first training camera."""
    fps: float = 30.0
    background: str | None = None
    """transparent, white, black or #rrggbb; by default transparent in PNGs, white in a film."""

    def check(self, film: bool) -> None:
        """Raise UserError for the first setting that is out of range."""
        if self.frames is not None and not 1 <= self.frames <= MOST_FRAMES:
            raise UserError(f"--frames is {self.frames}: give 1 to {MOST_FRAMES}")
        if self.size is not None and not all(16 <= side <= LARGEST for side in self.size):
            raise UserError(f"--resolution is {self.size[0]}x{self.size[1]}: give 16 to {LARGEST} pixels on each side")
        if not 1 <= self.fps <= 240:
            raise UserError(f"--fps is {self.fps:g}: give 1 to 240 pictures a second")
        if film and self.background == "transparent":
            raise UserError("--background transparent: a film has none; write PNGs into a folder, or choose a colour")
        self.colour()

    def colour(self) -> np.ndarray | None:
        """Return the background (3,) of 0 to 1, None for transparent."""
        if self.background in (None, "transparent"):
            return None
        text = COLOURS.get(str(self.background), str(self.background))
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
            raise UserError(f"--background {self.background!r}: choose transparent, white, black or #rrggbb")
        return np.array([int(text[k : k + 2], 16) for k in (1, 3, 5)]) / 255


def render_path(
    field: Path,
    scene: Path | None,
    out: Path,
    settings: PathSettings,
    device: str,
    progress: Progress,
    rasterizer: str = "wildfield",
) -> dict[str, Any]:
    """Draw the field folder `field` along a path into `out`, and return how many pictures of what size.

    `out` is a film where its name ends in .mp4, otherwise a folder of 0001.png, ... (RGBA with straight alpha, RGB over a
    background) and transforms.json, the path itself. The training cameras, which an orbit keeps to and a tour goes
    through, are those of `scene`, by default the one that the field was trained on, as long as it is there.
    """
    film = out.suffix.lower() == ".mp4"
    settings.check(film)
    require_learning()
    require_device(device)
    if film:
        require_looking("imageio_ffmpeg", "a film needs")
        if out.is_dir():
            raise UserError(f"{out}: is a folder; name the .mp4 file to write")
    description = open_field(field)
    trained = _training_views(scene, Path(str(description.get("scene", ""))))
    with Drawer(field, rasterizer, device) as drawer:
        cameras = _cameras(drawer, settings, [view.camera for view in trained])
        width, height = settings.size or (cameras[0].width, cameras[0].height)
        if film:
            width, height = width - width % 2, height - height % 2
        cameras = [resized(camera, width, height) for camera in cameras]
        with progress.task("Rendering the path", len(cameras)) as task:
            if film:
                paper = settings.colour() if settings.background else np.ones(3)
                with writing(out.parent):
                    out.parent.mkdir(parents=True, exist_ok=True)
                write_film(out, _pictures(drawer, cameras, paper, task), (width, height), settings.fps)
            else:
                _write_folder(drawer, cameras, settings.colour(), out, task)
    return {"out": str(out), "frames": len(cameras), "width": width, "height": height}


def _training_views(scene: Path | None, of_field: Path) -> list[View]:
    """Return the training views of the scene that was named, or of the field's own where that is still there."""
    if scene is not None:
        return open_scene(scene).split("train")
    return open_scene(of_field).split("train") if of_field.is_dir() and of_field.is_absolute() else []


def _cameras(drawer: Drawer, settings: PathSettings, trained: list[Camera]) -> list[Camera]:
    """Return the cameras of the path."""
    width, height = DEFAULT_SIZE
    focal = 0.5 * height / np.tan(np.radians(0.5 * DEFAULT_ANGLE))
    lens = trained[0] if trained else Camera(width, height, focal, focal, width / 2, height / 2, np.eye(4))
    if settings.path == "orbit":
        lens = resized(lens, *settings.size) if settings.size else lens
        return orbit(drawer.cloud, trained, lens, settings.frames or FRAMES)
    if settings.path == "tour":
        if not trained:
            raise UserError("--path tour: the scene that the field was trained on is gone; name it with --scene")
        return through(sorted_stops(trained), settings.frames or FRAMES)
    poses = read_path(Path(settings.path), lens)
    return through(poses, settings.frames) if settings.frames else poses


def _pictures(drawer: Drawer, cameras: list[Camera], paper: np.ndarray | None, task: Task) -> Iterator[np.ndarray]:
    """Yield the pictures of `cameras`, uint8: (H, W, 3) over `paper` (3,), or (H, W, 4) with straight alpha."""
    for camera in cameras:
        layers, _ = drawer.draw(camera)
        colour, alpha = layers[..., :3], layers[..., 3:]
        if paper is None:
            colour = np.concatenate([colour / np.maximum(alpha, 1e-6), alpha], -1)
        else:
            colour = colour + (1 - alpha) * paper
        yield (np.clip(colour, 0, 1) * 255 + 0.5).astype(np.uint8)
        task.advance(1)


def _write_folder(drawer: Drawer, cameras: list[Camera], paper: np.ndarray | None, out: Path, task: Task) -> None:
    digits = max(4, len(str(len(cameras))))
    names = [f"{number:0{digits}d}.png" for number in range(1, len(cameras) + 1)]
    with writing(out), whole_folder(out) as part:
        for name, picture in zip(names, _pictures(drawer, cameras, paper, task), strict=True):
            write_picture(part / name, picture / 255)
        write_path(part / "transforms.json", cameras, names)
