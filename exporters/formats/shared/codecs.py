"""Flow, disparity and depth as the bytes of other people's files: .flo, .pfm and 16-bit PNG.

Sources: .flo from S. Baker et al., "A database and evaluation methodology for optical flow", IJCV 92, 2011, and its flow-code
(also Sintel's); 16-bit flow and disparity from the readme of KITTI's 2015 devkit; PFM from P. Debevec's description.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import png
from numpy.typing import NDArray

TAG = b"PIEH"
"""What .flo and Sintel's .dpt and .cam begin with: 202021.25 as a little-endian float32."""


def encode_flo(flow: NDArray[np.floating[Any]]) -> bytes:
    """Return a .flo file of (H, W, 2) flow in pixels, x right and y down: tag, width, height, then u and v of every pixel.

    Sintel's .dpt is the same of (H, W) depth in metres.
    """
    height, width = flow.shape[:2]
    return TAG + struct.pack("<ii", width, height) + flow.astype("<f4").tobytes()


def encode_pfm(values: NDArray[np.floating[Any]]) -> bytes:
    """Return a one-channel PFM of (H, W) values: rows from the bottom up, the negative scale says little-endian."""
    height, width = values.shape
    return f"Pf\n{width} {height}\n-1.0\n".encode() + np.flipud(values).astype("<f4").tobytes()


def encode_png16(pixels: NDArray[np.uint16]) -> bytes:
    """Return a 16-bit PNG of (H, W) grey or (H, W, 3) RGB."""
    height, width = pixels.shape[:2]
    stream = io.BytesIO()
    writer = png.Writer(width, height, greyscale=pixels.ndim == 2, bitdepth=16)
    writer.write_packed(stream, (row.tobytes() for row in pixels.astype(">u2").reshape(height, -1)))
    return stream.getvalue()


def encode_kitti_flow(flow: NDArray[np.floating[Any]], valid: NDArray[np.bool_]) -> bytes:
    """Return KITTI's flow PNG of (H, W, 2) pixels: 64 u + 2^15, 64 v + 2^15, valid 0 | 1.

    It reaches from -512 to 512 pixels in steps of 1/64; what is longer is written as not valid.
    """
    code = np.rint(flow.astype(np.float64) * 64 + 2**15)
    fits = valid & ((code >= 0) & (code < 2**16)).all(-1)
    return encode_png16(np.dstack([np.where(fits[..., None], code, 0), fits]).astype(np.uint16))


def encode_kitti_disparity(disparity: NDArray[np.floating[Any]], valid: NDArray[np.bool_]) -> bytes:
    """Return KITTI's disparity PNG of (H, W) pixels: 256 d, 0 where not valid.

    It reaches below 256 pixels in steps of 1/256; what is nearer is written as not valid.
    """
    code = np.rint(disparity.astype(np.float64) * 256)
    fits = valid & (disparity > 0) & (code < 2**16)
    return encode_png16(np.where(fits, np.maximum(code, 1), 0).astype(np.uint16))


def encode_sintel_disparity(disparity: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Return Sintel's disparity picture (H, W, 3) of (H, W) pixels, d = 4 R + G / 2^6 + B / 2^14, at most 1024 pixels."""
    code = np.clip(np.floor(disparity.astype(np.float64) * 2**14), 0, 2**24 - 1).astype(np.uint32)
    return np.stack([code >> 16, code >> 8 & 255, code & 255], -1).astype(np.uint8)
