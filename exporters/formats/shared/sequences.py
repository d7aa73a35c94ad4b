"""Which picture of a moving camera follows which, and which is its other eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...manifest import understood
from ...reader import Frame, Scene


@dataclass(frozen=True)
class Sequences:
    """Pictures of a scene by camera and frame number, and how many frames the forward flow reaches."""

    cameras: dict[str, dict[int, Frame]]
    flow_step: int

    @classmethod
    def of(cls, scene: Scene) -> Sequences:
        """Sort the pictures of a scene."""
        cameras: dict[str, dict[int, Frame]] = {}
        for frame in scene.frames():
            cameras.setdefault(frame.camera_name, {})[frame.number] = frame
        with understood(scene.folder / "metadata.json"):
            return cls(cameras, int(scene.metadata["flow_step"]))

    @property
    def count(self) -> int:
        """How many pictures there are."""
        return sum(map(len, self.cameras.values()))

    def following(self, frame: Frame) -> Frame | None:
        """Return the picture that the forward flow of this one leads to, None where the sequence ends before it."""
        return self.cameras[frame.camera_name].get(frame.number + self.flow_step)

    def right_of(self, frame: Frame) -> Frame | None:
        """Return the right picture of a stereo rig's left one, None for all others."""
        return self.cameras.get("right", {}).get(frame.number) if frame.camera_name == "left" else None

    def left_or_alone(self) -> Iterator[Frame]:
        """Yield the pictures that are not the right one of a stereo rig's pair."""
        for name, frames in self.cameras.items():
            partners = self.cameras.get("left", {}) if name == "right" else {}
            yield from (frame for number, frame in frames.items() if number not in partners)
