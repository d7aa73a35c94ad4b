"""Ground truth as pictures for people: depth, flow, normals and ids as 8-bit rgb, and PNG data for a web page."""

from __future__ import annotations

import base64
import io

import numpy as np
import png
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""(H, W, 3) or (H, W, 4) 8-bit, sRGB-encoded."""

BACKGROUND = 26
"""The grey of pixels without a surface."""

# Turbo's polynomial: R. Du after A. Mikhailov, "Turbo, an improved rainbow colormap for visualization", Google AI blog, 2019.
_TURBO = np.array(
    [
        [0.13572138, 4.61539260, -42.66032258, 132.13108234, -152.94239396, 59.28637943],
        [0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604],
        [0.10667330, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973],
    ]
)

# Steps between the six corner hues of the Middlebury wheel: S. Baker et al., "A database and evaluation methodology for
# optical flow", IJCV 92, 2011. They are spaced by how well people tell the hues apart.
_WHEEL_CORNERS = np.array([[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 255, 255], [0, 0, 255], [255, 0, 255]], float)
_WHEEL_STEPS = (15, 6, 4, 11, 13, 6)


def turbo(values: NDArray[np.floating]) -> Picture:
    """Return the Turbo colours (..., 3) of values in 0..1 (blue is low, red is high)."""
    x = np.clip(values, 0.0, 1.0)[..., None]
    powers = np.concatenate([x**k for k in range(6)], axis=-1)
    return np.round(np.clip(powers @ _TURBO.T, 0, 1) * 255).astype(np.uint8)


def depth_range(depth: NDArray[np.float32], valid: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the nearest and farthest depth worth a colour, in metres: the 0.5th and 99.5th percentile."""
    if not valid.any():
        return 1.0, 2.0
    low, high = np.percentile(depth[valid], (0.5, 99.5))
    return max(float(low), 1e-3), max(float(high), float(low) * 1.001, 2e-3)


def depth_picture(depth: NDArray[np.float32], valid: NDArray[np.bool_], near: float, far: float) -> Picture:
    """Colour (H, W) planar depth by its logarithm: red is near, blue is far."""
    safe = np.clip(np.where(valid, depth, far), near, far)
    share = np.log(safe / near) / np.log(far / near)
    return _masked(turbo(1.0 - share), valid)


def flow_wheel() -> NDArray[np.float64]:
    """The (55, 3) hues of the Middlebury colour wheel, 0..255, beginning at red."""
    hues = []
    for corner, steps in enumerate(_WHEEL_STEPS):
        start, end = _WHEEL_CORNERS[corner], _WHEEL_CORNERS[(corner + 1) % 6]
        share = np.arange(steps)[:, None] / steps
        hues.append(start + (end - start) * share)
    return np.concatenate(hues)


def flow_picture(flow: NDArray[np.float32], longest: float) -> Picture:
    """Colour (H, W, 2) flow in pixels (x right, y down): hue is the direction, saturation the length over `longest`."""
    wheel = flow_wheel()
    u, v = flow[..., 0] / longest, flow[..., 1] / longest
    length = np.minimum(np.hypot(u, v), 1.0)[..., None]
    place = (np.arctan2(-v, -u) / np.pi + 1.0) / 2.0 * len(wheel) % len(wheel)
    low = np.floor(place).astype(int)
    share = (place - low)[..., None]
    hue = wheel[low] * (1 - share) + wheel[(low + 1) % len(wheel)] * share
    return np.round(255.0 - length * (255.0 - hue)).astype(np.uint8)


def wheel_picture(size: int) -> Picture:
    """The legend of `flow_picture`: a disc whose colours are those of a flow from its centre, (size, size, 4)."""
    y, x = (np.mgrid[:size, :size] + 0.5) / size * 2 - 1
    disc = flow_picture(np.stack([x, y], -1).astype(np.float32), 1.0)
    alpha = np.where(np.hypot(x, y) <= 1.0, 255, 0).astype(np.uint8)
    return np.concatenate([disc, alpha[..., None]], axis=-1)


def normal_picture(normal: NDArray[np.float32], valid: NDArray[np.bool_]) -> Picture:
    """Colour (H, W, 3) unit normals: -1..1 of x, y, z to 0..255 of red, green, blue."""
    return _masked(np.round((np.clip(normal, -1, 1) * 0.5 + 0.5) * 255).astype(np.uint8), valid)


def linear_picture(colour: NDArray[np.float32]) -> Picture:
    """Encode (H, W, 3) linear colour in 0..1 as sRGB (IEC 61966-2-1)."""
    linear = np.clip(colour, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, 1 / 2.4) - 0.055)
    return np.round(encoded * 255).astype(np.uint8)


def id_colours(ids: NDArray[np.integer]) -> Picture:
    """Return a bright colour (..., 3) for every id, the same in every picture; 0 is the background."""
    number = ids.astype(np.uint64)
    golden = (number * np.uint64(2654435769)) % np.uint64(2**32)  # Knuth's multiplicative hash
    hue = golden.astype(np.float64)[..., None] / 2**32 * 6.0
    value = 0.62 + 0.38 * ((number * np.uint64(40503)) % np.uint64(65536)).astype(np.float64) / 65536
    offset = np.abs((hue - np.array([0.0, 2.0, 4.0]) + 3.0) % 6.0 - 3.0)  # how far from pure red, green and blue
    rgb = np.clip(2.0 - offset, 0.0, 1.0)
    picture = np.round((0.25 + 0.75 * rgb) * value[..., None] * 255).astype(np.uint8)
    return np.where((ids == 0)[..., None], np.uint8(BACKGROUND), picture)


def table_picture(values: NDArray[np.integer], table: NDArray[np.uint8]) -> Picture:
    """Look (H, W) small numbers up in a table of colours (N, 3)."""
    return table[np.minimum(values, len(table) - 1)]


def share_picture(share: NDArray[np.floating], valid: NDArray[np.bool_]) -> Picture:
    """A number in 0..1 as grey."""
    grey = np.round(np.clip(share, 0, 1) * 255).astype(np.uint8)
    return _masked(np.repeat(grey[..., None], 3, axis=-1), valid)


def mask_picture(mask: NDArray[np.bool_]) -> Picture:
    """A mask as white on black."""
    return np.repeat(np.where(mask, 255, 0).astype(np.uint8)[..., None], 3, axis=-1)


def smaller(picture: Picture, width: int) -> Picture:
    """Shrink a picture to at most `width` pixels by averaging whole blocks."""
    factor = -(-picture.shape[1] // width)
    if factor == 1:
        return picture
    rows, columns = picture.shape[0] // factor * factor, picture.shape[1] // factor * factor
    blocks = picture[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor, -1)
    return np.round(blocks.mean(axis=(1, 3))).astype(np.uint8)


def data_uri(picture: Picture) -> str:
    """The picture as a PNG in a `data:` address, for a page that needs no other file."""
    stream = io.BytesIO()
    height, width, channels = picture.shape
    writer = png.Writer(width, height, greyscale=False, alpha=channels == 4, bitdepth=8, compression=9)
    writer.write(stream, picture.reshape(height, -1))
    return "data:image/png;base64," + base64.b64encode(stream.getvalue()).decode("ascii")


def _masked(picture: Picture, valid: NDArray[np.bool_]) -> Picture:
    return np.where(valid[..., None], picture, np.uint8(BACKGROUND))
