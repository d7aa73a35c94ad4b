"""The state of a tri-plane training on disk: safetensors, whole or not there at all. Nothing is unpickled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from ...errors import UserError
from ..tensor_file import save_tensors

CHECKPOINT = "checkpoint.safetensors"
CHECKPOINT_FORMAT = 1
KIND = "triplanes"
Tensors = dict[str, torch.Tensor]


def write_checkpoint(path: Path, tensors: Tensors, notes: dict[str, Any]) -> None:
    """Write tensors and `notes` (JSON values: step, seconds...). Random draws need no state: seed and step name each."""
    save_tensors(path, tensors, {"notes": json.dumps({"format": CHECKPOINT_FORMAT, "kind": KIND, **notes})})


def read_checkpoint(path: Path, shapes: dict[str, torch.Size]) -> tuple[Tensors, dict[str, Any]]:
    """Return what `write_checkpoint` was given.

    Raises UserError where the file is missing, broken, of another format, or has not the tensors of these `shapes`.
    """
    if not path.is_file():
        raise UserError(f"{path}: there is no checkpoint to resume from; train without --resume")
    try:
        with safe_open(str(path), framework="pt") as file:
            notes = json.loads((file.metadata() or {})["notes"])
            if not isinstance(notes, dict) or (notes.get("format"), notes.get("kind")) != (CHECKPOINT_FORMAT, KIND):
                raise ValueError(f"it is not of format {CHECKPOINT_FORMAT} for tri-planes")
            other = [name for name, shape in shapes.items() if tuple(file.get_slice(name).get_shape()) != tuple(shape)]
            tensors = {} if other else {name: file.get_tensor(name).clone() for name in shapes}
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise UserError(f"{path}: is no whole checkpoint of a tri-plane training ({error}); train without --resume") from error
    if other:
        raise UserError(f"{path}: {', '.join(other)} have another shape: scene or settings changed; train without --resume")
    return tensors, notes
