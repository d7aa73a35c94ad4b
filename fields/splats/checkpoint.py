"""The state of a splat training on disk: safetensors, whole or not there at all. Nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from ...errors import UserError
from ..tensor_file import save_tensors
from .model import NAMES

CHECKPOINT_FORMAT = 2
Tensors = dict[str, torch.Tensor]
Moments = dict[str, tuple[torch.Tensor, torch.Tensor]]


def write_checkpoint(
    path: Path,
    parameters: Tensors,
    moments: Moments,
    state: Tensors,
    notes: dict[str, Any],
) -> None:
    """Write parameters, Adam's moments, other tensors as `state`, and `notes` (JSON values: step, seconds, settings...).

    Random draws need no state: each is made from a stream named by seed and step.
    """
    tensors = dict(parameters)
    for name, (mean, square) in moments.items():
        tensors[f"{name}.mean"], tensors[f"{name}.square"] = mean, square
    tensors |= {f"state.{name}": values for name, values in state.items()}
    save_tensors(path, tensors, {"notes": json.dumps({"format": CHECKPOINT_FORMAT, **notes})})


def read_checkpoint(path: Path) -> tuple[Tensors, Moments, Tensors, dict[str, Any]]:
    """Return what `write_checkpoint` was given. Raises UserError where the file is missing, broken or of another format."""
    if not path.is_file():
        raise UserError(f"{path}: there is no checkpoint to resume from; train without --resume")
    try:
        with safe_open(str(path), framework="pt") as file:
            notes = json.loads((file.metadata() or {})["notes"])
            parameters = {name: file.get_tensor(name).clone() for name in NAMES}
            moments = {
                name: (file.get_tensor(f"{name}.mean").clone(), file.get_tensor(f"{name}.square").clone()) for name in NAMES
            }
            others = [name for name in file.keys() if name.startswith("state.")]  # noqa: SIM118, for it is no dictionary
            state = {name.removeprefix("state."): file.get_tensor(name).clone() for name in others}
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise UserError(f"{path}: is no whole checkpoint of a splat training ({error}); train without --resume") from error
    if notes.get("format") != CHECKPOINT_FORMAT:
        raise UserError(f"{path}: checkpoint format {notes.get('format')!r}, this version reads {CHECKPOINT_FORMAT}")
    return parameters, moments, state, notes
