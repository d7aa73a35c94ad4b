"""Writing safetensors files, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from .files import replacing


def save_tensors(path: Path, tensors: Mapping[str, torch.Tensor], metadata: dict[str, str]) -> None:
    """Write `tensors` of any device with `metadata`; an error of the file system is an OSError as everywhere."""
    with replacing(path) as part:
        try:
            save_file({name: values.detach().cpu().contiguous() for name, values in tensors.items()}, part, metadata)
        except SafetensorError as error:
            number = re.search(r"os error (\d+)", str(error))
            if number is None:
                raise
            raise OSError(int(number[1]), str(error)) from error
