"""Runs Warp kernels on CPU threads, as Warp itself launches a CPU kernel on the calling thread only; or on CUDA."""

from __future__ import annotations

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import torch
import warp as wp

from ..errors import UserError

BLOCK_THREADS = 256
"""Threads of a CUDA block: one for each pixel of a tile of 16 x 16."""
NO_DRIVER = "Could not find or load the NVIDIA CUDA driver"


def start_warp() -> None:
    """Start Warp without its greeting, and without its warning on stderr where there is no CUDA driver."""
    wp.config.log_level = wp.LOG_ERROR
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            wp.init()
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said.read().decode(errors="replace").splitlines():
                if NO_DRIVER not in line:
                    sys.stderr.write(line + "\n")


start_warp()

DESCRIPTOR = type(wp.empty(0, dtype=float, device="cpu").__ctype__())
"""What a kernel takes for an array: address, address of gradients, dimensions, shape, strides in bytes."""
WARP_TYPES = {torch.float32: wp.float32, torch.int32: wp.int32, torch.int64: wp.int64, torch.uint8: wp.uint8}


class Launcher:
    """A pool of `threads` threads that share each launch by ranges. Kernels take the first index of their range first.

    Results do not depend on the number of threads: no kernel here lets two indices write the same place.
    """

    def __init__(self, threads: int) -> None:
        if threads < 1:
            raise UserError(f"--threads is {threads}: give 1 or more")
        self.device = torch.device("cpu")
        self.threads = threads
        self._pool = ThreadPoolExecutor(threads, "kernels") if threads > 1 else None

    def __call__(self, kernel: wp.Kernel, count: int, *inputs: Any) -> None:
        """Run `kernel(first, *inputs)` for indices 0 to `count` and wait for the end."""
        if self._pool is None or count < 2 * self.threads:
            wp.launch(kernel, dim=count, inputs=(0, *inputs), device="cpu")
            return
        bounds = [count * k // self.threads for k in range(self.threads + 1)]
        runs = [
            self._pool.submit(wp.launch, kernel, dim=end - start, inputs=(start, *inputs), device="cpu")
            for start, end in pairwise(bounds)
        ]
        for run in runs:
            run.result()

    def tiles(self, kernel: wp.Kernel, count: int, *inputs: Any) -> None:
        """Run a kernel of `snippets` for `count` tiles."""
        self(kernel, count, *inputs)

    def spans(self, kernel: wp.Kernel, size: int, span: int, *inputs: Any) -> None:
        """Run a kernel of which an index does `span` of `size` numbers on a CPU."""
        self(kernel, -(-size // span), *inputs)

    def once(self, kernel: wp.Kernel, *inputs: Any) -> None:
        """Run a kernel that is one sequential pass."""
        wp.launch(kernel, dim=1, inputs=inputs, device="cpu")

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


class CudaLauncher:
    """Launches on a CUDA device, in the order of torch's stream there. No kernel waits for another thread's writes.

    Kernels return at once and run one after the other: the host goes on, and waits only where it reads what they wrote.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._name = str(device)
        self._known: dict[wp.Kernel, wp.Launch] = {}
        wp.set_stream(wp.stream_from_torch(torch.cuda.current_stream(device)), self._name)

    def __call__(self, kernel: wp.Kernel, count: int, *inputs: Any) -> None:
        """Run `kernel(0, *inputs)` for indices 0 to `count`. A launch is recorded once and only its numbers change after."""
        if not count:
            return
        known = self._known.get(kernel)
        if known is None:
            named: dict[str, Any] = {"device": self._name, "block_dim": BLOCK_THREADS, "record_cmd": True}
            known = self._known[kernel] = wp.launch(kernel, dim=count, inputs=(0, *inputs), **named)
        else:
            known.set_dim(count)
            plain: list[Any] = [value.__ctype__() if hasattr(value, "__ctype__") else value for value in (0, *inputs)]
            known.set_params_from_ctypes(plain)
        known.launch()

    def tiles(self, kernel: wp.Kernel, count: int, *inputs: Any) -> None:
        """Run a kernel of `snippets` with a block for each of `count` tiles."""
        self(kernel, count * BLOCK_THREADS, *inputs)

    def spans(self, kernel: wp.Kernel, size: int, span: int, *inputs: Any) -> None:
        """Run a kernel of which an index does `span` of `size` numbers on a CPU, and one here."""
        self(kernel, size, *inputs)

    def close(self) -> None:
        """End nothing: there are no threads."""


AnyLauncher = Launcher | CudaLauncher


def torch_device(name: str) -> torch.device:
    """Return what "cpu" or "cuda" name: the first CUDA device."""
    return torch.device(name, 0) if name == "cuda" else torch.device(name)


def launcher(device: torch.device, threads: int) -> Launcher | CudaLauncher:
    """Return what runs kernels on `device`; `threads` are those of a CPU."""
    return CudaLauncher(device) if device.type == "cuda" else Launcher(threads)


def as_warp(tensor: torch.Tensor, dtype: Any = None) -> Any:
    """Return a Warp view of a contiguous tensor; a vector `dtype` (vec3, vec4, vec4i) takes the last axis.

    On CUDA it is the bare descriptor that a kernel takes, which is made several times faster than a Warp array.
    """
    scalar = WARP_TYPES[tensor.dtype]
    if not tensor.is_contiguous():
        raise ValueError("kernels read contiguous tensors")
    if tensor.is_cuda:
        return _descriptor(tensor, dtype is not None)
    shape = tuple(tensor.shape)
    if dtype is None:
        dtype = scalar
    else:
        shape = shape[:-1]
    return wp.array(ptr=tensor.data_ptr(), dtype=dtype, shape=shape, device=str(tensor.device), copy=False)


def _descriptor(tensor: torch.Tensor, vectors: bool) -> Any:
    """Return what a kernel takes for a contiguous tensor; `vectors` lie along its last axis. It keeps nothing alive.

    That is safe, since torch hands memory on in the order of the stream that kernels run in.
    """
    step, shape, strides = tensor.element_size(), tuple(tensor.shape), tensor.stride()
    if vectors:
        shape, strides = shape[:-1], strides[:-1]
    return DESCRIPTOR(tensor.data_ptr(), 0, len(shape), shape, tuple(step * stride for stride in strides))
