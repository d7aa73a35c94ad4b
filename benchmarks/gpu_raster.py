"""The rasteriser on a GPU: against the float64 reference, against gsplat, and against what the card can do."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np
import torch

from wildfield.fields.cameras import Camera
from wildfield.fields.launch import CudaLauncher
from wildfield.fields.splats.gsplat_raster import rasterize_gsplat
from wildfield.fields.splats.kernels_project import SCREEN
from wildfield.fields.splats.raster import Raster
from wildfield.fields.splats.rasterize import Picture, Splats, rasterize, view_of
from wildfield.fields.splats.reference import rasterize_reference

SIZE = (1920, 1080)
COUNTS = (100_000, 1_000_000, 3_000_000)
LANES = 128
"""Float32 lanes of a multiprocessor, compute capability 8.6 to 12.0."""
TOUCH, CARRY = 20, 60
"""Instructions that decide whether a splat touches a pixel, and that carry a gradient back; counted in the source."""


def random_splats(count: int, device: str = "cuda") -> Splats:
    """Return splats strewn through a ball of about a metre, smaller where there are more of them, so that all cover alike."""
    rng = np.random.default_rng(0)
    size = 0.02 * (100_000 / count) ** (1 / 3)
    arrays = (
        rng.normal(size=(count, 3)) * 0.6, rng.normal(size=(count, 4)), np.exp(rng.normal(size=(count, 3)) * 0.5) * size,
        1 / (1 + np.exp(-2 * rng.normal(size=count))), rng.normal(size=(count, 3)), rng.normal(size=(count, 15, 3)) * 0.2,
    )  # fmt: skip
    return Splats(*(torch.from_numpy(array.astype(np.float32)).to(device).requires_grad_() for array in arrays))


def camera(width: int, height: int) -> Camera:
    pose = np.eye(4)
    pose[2, 3] = -3.5
    return Camera(width, height, 1.2 * height, 1.2 * height, width / 2, height / 2, pose)


def milliseconds(act: Callable[[], object], repeats: int = 20) -> float:
    """Return the median milliseconds on the device of `act`, warmed up."""
    for _ in range(3):
        act()
    times = []
    for _ in range(repeats):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        act()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return median(times)


def bandwidth() -> float:
    """Return bytes a second of a large copy, counting those read and those written."""
    source = torch.randn(1 << 29, device="cuda")
    target = torch.empty_like(source)
    return 2 * source.nbytes / (1e-3 * milliseconds(lambda: target.copy_(source)))


@dataclass
class Work:
    """What drawing takes at the least: pairs of tile and splat, and those up to which tiles are drawn."""

    count: int
    pairs: int
    drawn: int
    pixels: int

    def bytes_forward(self) -> int:
        """Splats once, their ellipses written and read, pairs written, sorted in two passes and placed, the picture."""
        return (
            self.count * (236 + 2 * (4 * SCREEN + 16) + 4 * 16 + 24)
            + self.pairs * (12 + 36 + 20)
            + self.drawn * 52
            + 20 * self.pixels
        )

    def bytes_backward(self) -> int:
        """Pairs read, their rows written and gathered, splats read, gradients zeroed and written."""
        return self.count * (236 + 4 * SCREEN + 16 + 2 * 236) + self.pairs * 84 + self.drawn * 52 + 40 * self.pixels

    def seconds_computing(self, instructions: int) -> float:
        """Of `instructions` for each pixel of a tile and each splat that is drawn there, on all lanes at full clock."""
        properties = torch.cuda.get_device_properties(0)
        rate = properties.multi_processor_count * LANES * 1e3 * properties.clock_rate
        return self.drawn * 256 * instructions / rate


def work(splats: Splats, view: Camera, launch: CudaLauncher) -> Work:
    """Count what a picture takes."""
    flat = Raster.apply(*splats, None, None, 3, view_of(view), launch)
    *_, starts, _ids, ends, _picture = flat.grad_fn.saved_tensors
    return Work(len(splats.means), int(starts[-1]), int((ends - starts[:-1]).sum()), view.width * view.height)


def loss_of(picture: Picture) -> torch.Tensor:
    return picture.colour.sum() + picture.alpha.sum() + picture.depth_sum.sum()


def backward_milliseconds(loss: torch.Tensor, splats: Splats) -> float:
    """Return the median milliseconds of the way back from `loss`."""
    return milliseconds(lambda: torch.autograd.grad(loss, splats, retain_graph=True))


def errors(draw: Callable[..., Picture], launch: CudaLauncher) -> str:
    """Return the relative errors of picture and of the worst gradient against float64."""
    view, splats = camera(200, 150), random_splats(3000)
    exact = Splats(*(tensor.detach().double().requires_grad_() for tensor in splats))
    pictures = draw(splats, 3, view, launch), rasterize_reference(exact, 3, view)
    layers = [torch.cat([p.colour, p.alpha[..., None], p.depth_sum[..., None]], -1) for p in pictures]
    apart = (layers[0] - layers[1]).abs()
    weights = torch.randn(layers[1].shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64).cuda()
    weights[(apart > 1e-3).any(-1)] = 0
    (layers[0] * weights.float()).sum().backward()
    (layers[1] * weights).sum().backward()
    worst = max(float((mine.grad - other.grad).norm() / other.grad.norm()) for mine, other in zip(splats, exact, strict=True))
    return f"{float(apart.detach().norm() / layers[1].detach().norm()):.1e}, {worst:.1e}"


def rasterizers() -> dict[str, Callable[..., Picture]]:
    """Return what draws, by column."""
    both = {"wildfield": rasterize}
    return both | {"gsplat": rasterize_gsplat} if importlib.util.find_spec("gsplat") else both


def rows() -> Iterator[tuple[str, ...]]:
    """Yield the table's rows."""
    launch, draws = CudaLauncher(torch.device("cuda", 0)), rasterizers()
    none = "not installed"
    found = {name: errors(draw, launch) for name, draw in draws.items()}
    yield "error of picture, of worst gradient, against float64", found["wildfield"], found.get("gsplat", none), ""
    speed = bandwidth()
    yield "copy, GB/s read and written", "", "", f"{speed / 1e9:.0f}"
    view = camera(*SIZE)
    for count in COUNTS:
        splats = random_splats(count)
        todo = work(splats, view, launch)
        forward, backward, memory = {}, {}, {}
        for name, draw in draws.items():
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()
            with torch.no_grad():
                forward[name] = milliseconds(lambda: draw(splats, 3, view, launch))  # noqa: B023
            backward[name] = backward_milliseconds(loss_of(draw(splats, 3, view, launch)), splats)
            memory[name] = torch.cuda.max_memory_allocated() / 2**30
        named = f"{count / 1e6:g} M splats, {todo.pairs / 1e6:.1f} M pairs, {todo.drawn / 1e6:.1f} M drawn"
        limits = (
            max(todo.bytes_forward() / speed, todo.seconds_computing(TOUCH)),
            max(todo.bytes_backward() / speed, todo.seconds_computing(TOUCH + CARRY)),
        )
        for what, table, limit in (("forward", forward, limits[0]), ("backward", backward, limits[1])):
            other = f"{table['gsplat']:.2f}" if "gsplat" in table else none
            yield f"{named}: {what}, ms", f"{table['wildfield']:.2f}", other, f"{1e3 * limit:.2f}"
        other = f"{1e3 / forward['gsplat']:.0f}, {memory['gsplat']:.2f}" if "gsplat" in forward else none
        yield f"{named}: frames/s, GiB", f"{1e3 / forward['wildfield']:.0f}, {memory['wildfield']:.2f}", other, ""


def print_kernels() -> None:
    """Print what each kernel of drawing 3 million splats and of the way back takes, by torch's profiler."""
    launch, splats, view = CudaLauncher(torch.device("cuda", 0)), random_splats(COUNTS[-1]), camera(*SIZE)
    print(work(splats, view, launch))
    for _ in range(3):
        torch.autograd.grad(loss_of(rasterize(splats, 3, view, launch)), splats)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
        torch.autograd.grad(loss_of(rasterize(splats, 3, view, launch)), splats)
        torch.cuda.synchronize()
    for event in sorted(profile.key_averages(), key=lambda event: -event.self_device_time_total)[:25]:
        print(f"{event.self_device_time_total / 1e3:8.3f} ms {event.count:4d} x {event.key[:90]}")
