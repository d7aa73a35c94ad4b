"""`planes.safetensors`: a tri-plane field on disk. Nothing is unpickled, nothing is read that is not as long as it should be.

The header's metadata has one entry, "wildfield", a JSON object: `format`, `planes` (product, sum, mean or concat), `levels`,
`channels`, `units`, `low` and `high` (corners of the box, metres), `bent`, `cells` (voxels along x, y, z), `step` (metres),
`near` and `growth`. Tensors: `planes` (numbers,) float16, level after level (plane, row, column, channel); the decoder's
weights float32, (in, out), by the names of `decoder.decoder_shapes`; `sky` (3, 32, 64) float32 in a bent space; and
`occupied`, the voxels that may hold anything: bits, the highest first, in C order, deflated (zlib).
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from ...errors import UserError
from ..cameras import FARTHEST
from ..tensor_file import save_tensors
from .decoder import decoder_shapes
from .lookup import JOINS, Layout
from .march import Pace
from .model import Model
from .occupancy import Grid
from .sky import HEIGHT, WIDTH
from .space import Space

FILE = "planes.safetensors"
"""The file of a field folder that holds the field itself."""
FILE_FORMAT = 1
LARGEST_LEVEL, MOST_LEVELS, MOST_CHANNELS, MOST_UNITS, MOST_CELLS = 4096, 8, 64, 256, 512
"""Larger fields are refused."""


def write_field(path: Path, model: Model) -> None:
    """Write the field."""
    layout, space, grid = model.layout, model.space, model.grid
    notes = {
        "format": FILE_FORMAT, "planes": layout.join, "levels": list(layout.sizes), "channels": layout.channels,
        "units": model.parameters["hidden"].shape[1], "low": space.low.tolist(), "high": space.high.tolist(),
        "bent": space.bent,
        "cells": list(grid.cells.shape), "step": model.pace.step, "near": model.pace.near, "growth": model.pace.growth,
    }  # fmt: skip
    bits = zlib.compress(np.packbits(grid.cells.cpu().numpy() > 0).tobytes(), 6)
    planes = model.parameters["planes"].detach().half()
    rest = {name: values for name, values in model.parameters.items() if name != "planes"}
    occupied = torch.from_numpy(np.frombuffer(bits, np.uint8).copy())
    save_tensors(path, {"planes": planes, **rest, "occupied": occupied}, {"wildfield": json.dumps(notes)})


def read_field(path: Path, device: torch.device) -> Model:
    """Return the field in a file. Raises UserError where it is missing, damaged, or not what its header says."""
    try:
        with safe_open(str(path), framework="pt") as file:
            notes = json.loads((file.metadata() or {})["wildfield"])
            if not isinstance(notes, dict) or notes.get("format") != FILE_FORMAT:
                raise ValueError(f"its format is not {FILE_FORMAT}")
            layout, shape, space, pace = _described(notes)
            wanted = _wanted(layout, int(notes["units"]), space.bent)
            for name, (kind, size) in wanted.items():
                part = file.get_slice(name)
                if part.get_dtype() != kind or (size is not None and tuple(part.get_shape()) != size):
                    raise ValueError(f"{name} is {part.get_dtype()} {part.get_shape()}")
            if len(file.get_slice("occupied").get_shape()) != 1:
                raise ValueError("occupied is no list of bytes")
            tensors = {name: file.get_tensor(name).clone() for name in wanted}
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise UserError(f"{path}: is missing or no whole field of tri-planes ({error}); train the field again") from error
    cells = _unpacked(path, tensors.pop("occupied"), shape)
    parameters = {name: values.float() for name, values in tensors.items()}
    broken = [name for name, values in parameters.items() if not (values.abs() < FARTHEST).all()]
    if broken:
        raise UserError(f"{path}: {', '.join(broken)} hold numbers that are not finite or too large; train the field again")
    on_device = {name: values.to(device) for name, values in parameters.items()}
    return Model(layout, space, Grid(cells.to(device)), pace, on_device)


def _described(notes: dict[str, Any]) -> tuple[Layout, tuple[int, int, int], Space, Pace]:
    """Return what the header tells, checked before anything of its size is read. Raises ValueError."""
    sizes, channels, units = tuple(map(int, notes["levels"])), int(notes["channels"]), int(notes["units"])
    x, y, z = map(int, notes["cells"])
    within = 1 <= len(sizes) <= MOST_LEVELS and all(2 <= size <= LARGEST_LEVEL for size in sizes)
    within &= 1 <= channels <= MOST_CHANNELS and 1 <= units <= MOST_UNITS and all(1 <= n <= MOST_CELLS for n in (x, y, z))
    low, high = np.array(notes["low"], np.float64), np.array(notes["high"], np.float64)
    numbers = [float(notes[name]) for name in ("step", "near", "growth")]
    box = low.shape == high.shape == (3,) and (np.abs([low, high]) < FARTHEST).all() and (high > low).all()
    if not (within and box and notes["planes"] in JOINS and np.isfinite(numbers).all() and numbers[0] > 0):
        raise ValueError("its header describes no field of a size that is read")
    if numbers[0] < 1e-4 * float((high - low).max()) or (notes["bent"] and not (numbers[1] > 0 and numbers[2] >= 1e-4)):
        raise ValueError("its steps along rays are absurdly small")
    return Layout(sizes, channels, str(notes["planes"])), (x, y, z), Space(low, high, bool(notes["bent"])), Pace(*numbers)


def _wanted(layout: Layout, units: int, bent: bool) -> dict[str, tuple[str, tuple[int, ...] | None]]:
    """Return the type and the shape that each tensor of the file must have; None where any length will do."""
    wanted: dict[str, tuple[str, tuple[int, ...] | None]] = {
        "planes": ("F16", (layout.numbers,)),
        "occupied": ("U8", None),
    }
    wanted |= {name: ("F32", shape) for name, shape in decoder_shapes(layout.width, units).items()}
    return wanted | ({"sky": ("F32", (3, HEIGHT, WIDTH))} if bent else {})


def _unpacked(path: Path, bits: torch.Tensor, shape: tuple[int, int, int]) -> torch.Tensor:
    """Return the voxels `shape` uint8 of deflated bits; no more is inflated than there should be."""
    count = int(np.prod(shape))
    size = -(-count // 8)
    try:
        engine = zlib.decompressobj()
        plain = engine.decompress(bits.numpy().tobytes(), size)
        whole = len(plain) == size and engine.decompress(engine.unconsumed_tail, 1) == b"" and engine.eof
    except zlib.error:
        whole = False
    if not whole:
        raise UserError(f"{path}: its voxels are damaged; train the field again")
    return torch.from_numpy(np.unpackbits(np.frombuffer(plain, np.uint8), count=count).reshape(shape))
