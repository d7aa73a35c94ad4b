"""The rasteriser's CUDA code where there is no GPU: compiled, run by the threads of a CPU; and where there is one, on it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
wp = pytest.importorskip("warp")

from cuda_on_threads import ARRAYS, run_block  # noqa: E402
from raster_oracle import camera, cloud, degenerate, layers, parallel_camera, same_as_the_reference  # noqa: E402

from wildfield.fields.analytic import write_analytic_scene  # noqa: E402
from wildfield.fields.launch import CudaLauncher, Launcher, as_warp  # noqa: E402
from wildfield.fields.settings import TrainSettings  # noqa: E402
from wildfield.fields.splats import (  # noqa: E402
    kernels_absolute,
    kernels_optimise,
    kernels_pairs,
    kernels_project,
    kernels_project_backward,
    kernels_raster,
    kernels_similarity_grid,
    kernels_surface,
    snippets_cuda,
)
from wildfield.fields.splats.binning import binned, sorted_lists  # noqa: E402
from wildfield.fields.splats.rasterize import Splats, rasterize  # noqa: E402
from wildfield.fields.train import train  # noqa: E402
from wildfield.fields.triplanes import kernels_blend, kernels_march  # noqa: E402
from wildfield.progress import Progress  # noqa: E402

CARDS = {80: "A100", 90: "H100", 120: "RTX 50"}
THREADED = ("starts", "ids", "screen", "normals", "picture", "ends", "gradient", "rows")


@pytest.mark.skipif(wp.get_cuda_toolkit_version() is None, reason="Warp without NVRTC, as on macOS")
@pytest.mark.parametrize("arch", CARDS)
def test_the_kernels_compile_to_ptx_with_shared_memory_and_shuffles(arch: int, tmp_path: Path) -> None:
    blending = (kernels_raster, kernels_surface, kernels_absolute)
    whole = (kernels_project, kernels_project_backward, kernels_pairs, kernels_optimise, kernels_similarity_grid)
    planes = (kernels_march, kernels_blend)
    for module in (*blending, *whole, *planes):
        (path,) = wp.compile_aot_module(module, arch=arch, module_dir=tmp_path, use_ptx=True)
        text = Path(path).read_text()
        assert f".target sm_{arch}" in text
        if module in blending:
            assert all(word in text for word in (".shared", "shfl.sync.bfly", "vote.sync.any", "bar"))


def test_sorting_all_pairs_lists_the_same_splats_for_each_tile_as_dealing_them() -> None:
    rng = np.random.default_rng(0)
    low = rng.integers(0, 7, (200, 2))
    high = low + rng.integers(0, 4, (200, 2))
    tiles = torch.from_numpy(np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1).astype(np.int32))
    tiles[(tiles[:, 1] == tiles[:, 0]) | (tiles[:, 3] == tiles[:, 2])] = 0
    screen = torch.zeros(200, kernels_project.SCREEN)
    screen[:, 9] = torch.from_numpy(rng.integers(1, 30, 200) / 7)  # many depths are equal
    launch = Launcher(1)
    dealt, sorted_ = binned(launch, tiles, screen, 10, 10), sorted_lists(launch, tiles, screen, 10, 10)
    assert torch.equal(dealt.starts, sorted_.starts)
    assert torch.equal(dealt.ids, sorted_.ids)
    for splat in range(200):
        count = int((tiles[splat, 1] - tiles[splat, 0]) * (tiles[splat, 3] - tiles[splat, 2]))
        mine, theirs = (lists.places[lists.offsets[splat] :][:count] for lists in (dealt, sorted_))
        assert torch.equal(mine, theirs) or not count


def test_a_thread_for_each_sum_gathers_what_one_for_each_splat_does() -> None:
    launch, rng = Launcher(1), np.random.default_rng(0)
    low = rng.integers(0, 7, (200, 2))
    high = low + rng.integers(1, 4, (200, 2))
    tiles = torch.from_numpy(np.stack([low[:, 0], high[:, 0], low[:, 1], high[:, 1]], 1).astype(np.int32))
    screen = torch.from_numpy(rng.uniform(1, 5, (200, kernels_project.SCREEN)).astype(np.float32))
    lists = sorted_lists(launch, tiles, screen, 10, 10)
    rows = torch.from_numpy(rng.normal(size=(len(lists.ids), 10)).astype(np.float32))
    ends = (lists.starts[:-1] + lists.starts[1:]) // 2  # tiles are closed half way
    one, other = torch.zeros(200, 10), torch.full((200, 10), 9.0)
    parts = (as_warp(tiles, wp.vec4i), as_warp(lists.offsets), as_warp(lists.places), 10, as_warp(ends), as_warp(rows))
    launch(kernels_raster.gather, 200, as_warp(lists.order), *parts, as_warp(one))
    launch(kernels_pairs.gather_columns, 2000, 10, *parts, as_warp(other))
    assert one.any()
    assert torch.equal(one, other)


@pytest.mark.skipif(shutil.which("g++") is None, reason="no g++")
def test_a_block_of_threads_draws_and_carries_back_what_the_cpu_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[Any]] = {}
    launch = wp.launch

    def noted(kernel: wp.Kernel, dim: int, inputs: tuple[Any, ...], device: str) -> None:
        launch(kernel, dim=dim, inputs=inputs, device=device)
        seen[kernel.key] = [dim, *(value.numpy().copy() if hasattr(value, "numpy") else value for value in inputs)]

    monkeypatch.setattr(wp, "launch", noted)
    leaves = Splats(*(tensor.requires_grad_() for tensor in cloud(40, size=0.2)))
    picture = layers(rasterize(leaves, 3, camera(20, 18), Launcher(1), surface=True))
    (picture * torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))).sum().backward()
    tiles, _, turn, columns, width, height, *rest = seen["blend_surface_backward"]
    on_cpu = {"turn": turn, **dict(zip(THREADED, rest, strict=True))}
    settings = kernels_surface.SETTINGS
    drawn = {name: on_cpu[name].copy() for name in ARRAYS} | {"picture": np.full_like(on_cpu["picture"], 9)}
    for name, snippet in (("forward", snippets_cuda.BLEND_CUDA), ("backward", snippets_cuda.BACKWARD_CUDA)):
        (tmp_path / name).mkdir()
        run_block(settings + snippet, tmp_path / name, tiles, columns, width, height, drawn)
    for name in ("picture", "rows"):
        assert np.linalg.norm(drawn[name] - on_cpu[name]) < 1e-5 * np.linalg.norm(on_cpu[name]), name


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("surface", [False, True])
def test_pictures_and_gradients_on_cuda_are_those_of_the_cpu(surface: bool) -> None:
    splats, view, results = cloud(3000), camera(150, 110), []
    weights = torch.randn(110, 150, 9 if surface else 5, generator=torch.Generator().manual_seed(1))
    weights[..., 5:6] = 0  # roundings choose which splat is the median
    for launch in (Launcher(2), CudaLauncher(torch.device("cuda:0"))):
        leaves = Splats(*(tensor.clone().to(launch.device).requires_grad_() for tensor in splats))
        drawn = layers(rasterize(leaves, 3, view, launch, surface))
        (drawn * weights.to(launch.device)).sum().backward()
        results.append([(drawn.detach().cpu() * weights), *(leaf.grad.cpu() for leaf in leaves)])
    for mine, theirs in zip(*results, strict=True):
        assert (mine - theirs).norm() < 3e-3 * mine.norm()  # the CPU's exponential is a polynomial


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("splats", [cloud(300), degenerate()])
@pytest.mark.parametrize(("surface", "antialias"), [(False, False), (True, False), (False, True)])
def test_pictures_and_gradients_on_cuda_are_those_of_the_reference(splats: Splats, surface: bool, antialias: bool) -> None:
    launch = CudaLauncher(torch.device("cuda:0"))
    for view in (camera(), parallel_camera()):
        same_as_the_reference(splats, 3, view, surface, antialias, launch)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("growth", ["mcmc", "gradient"])
def test_two_trainings_on_cuda_are_the_same_and_as_good_as_on_the_cpu(growth: str, tmp_path: Path) -> None:
    scene = write_analytic_scene(tmp_path / "scene", views=16, size=64)
    scores, bits = [], []
    for number, device in enumerate(("cuda", "cuda", "cpu")):
        settings = TrainSettings(steps=400, cap=3000, device=device, densify=growth)
        field = train(scene, tmp_path / str(number), settings, Progress())
        scores.append(field["scores"]["val"]["psnr"])
        bits.append((tmp_path / str(number) / "splats.ply").read_bytes())
    assert scores[0] > scores[2] - 0.5
    assert growth == "gradient" or bits[0] == bits[1]
