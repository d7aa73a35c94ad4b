"""Films: MP4 with H.264, which browsers, players and slides show. imageio-ffmpeg brings ffmpeg along."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from ..errors import UserError
from .files import replacing

QUALITY = "18"
"""x264's constant rate factor: 18 is nearly without visible loss."""
BT709 = ("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")
"""Colours are converted as players of HD expect; without a word they would guess by size."""


def write_film(path: Path, pictures: Iterable[np.ndarray], size: tuple[int, int], fps: float) -> None:
    """Write (height, width, 3) uint8 pictures of `size` (width, height), both even, whole or not at all.

    Raises UserError where ffmpeg fails.
    """
    import imageio_ffmpeg

    with replacing(path) as part:
        encoder = imageio_ffmpeg.write_frames(
            str(part), size, fps=fps, codec="libx264", quality=None, macro_block_size=2, ffmpeg_log_level="error",
            output_params=["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-crf", QUALITY, *BT709, "-movflags",
                           "+faststart", "-f", "mp4"],
        )  # fmt: skip
        try:
            encoder.send(None)
            for picture in pictures:
                encoder.send(np.ascontiguousarray(picture))
            encoder.close()
            if not part.is_file() or not part.stat().st_size:
                raise RuntimeError("it told why above")
        except (OSError, RuntimeError) as error:
            raise UserError(f"{path}: ffmpeg could not write this film ({str(error).strip().splitlines()[-1]})") from error
        finally:
            encoder.close()
