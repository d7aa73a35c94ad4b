"""gsplat as the second rasteriser: what it is asked, answered as its documentation says; and itself, with CUDA."""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("warp")

from raster_oracle import camera, cloud, layers, parallel_camera  # noqa: E402

from wildfield.cli import BAD_INPUT, main  # noqa: E402
from wildfield.errors import UserError  # noqa: E402
from wildfield.fields.cameras import Camera  # noqa: E402
from wildfield.fields.launch import Launcher  # noqa: E402
from wildfield.fields.splats import gsplat_raster  # noqa: E402
from wildfield.fields.splats.rasterize import Picture, Splats, rasterize, view_of  # noqa: E402
from wildfield.fields.splats.reference import rasterize_reference  # noqa: E402


def answering(
    means: torch.Tensor, quats: torch.Tensor, scales: torch.Tensor, opacities: torch.Tensor, colors: torch.Tensor,
    viewmats: torch.Tensor, Ks: torch.Tensor, width: int, height: int, eps2d: float, sh_degree: int, packed: bool,
    render_mode: str, rasterize_mode: str,
) -> tuple[torch.Tensor, torch.Tensor, dict[str, Any]]:  # fmt: skip
    """`gsplat.rasterization` by our reference: N splats, one camera in batches of 1, accumulated depth as fourth channel."""
    assert (render_mode, packed) == ("RGB+D", False)
    assert eps2d == pytest.approx({"classic": 0.3, "antialiased": 0.1}[rasterize_mode])
    (k,), (pose,) = Ks.tolist(), viewmats.double().numpy()
    view = Camera(width, height, k[0][0], k[1][1], k[0][2], k[1][2], np.linalg.inv(pose))
    splats = Splats(means, quats, scales, opacities, colors[:, 0], colors[:, 1:])
    picture = rasterize_reference(splats, sh_degree, view, antialias=rasterize_mode == "antialiased")
    return torch.cat([picture.colour, picture.depth_sum[..., None]], -1)[None], picture.alpha[None, ..., None], {}


def gradients(draw: Any, antialias: bool) -> tuple[Picture, list[torch.Tensor]]:
    leaves = Splats(*(tensor.clone().requires_grad_() for tensor in cloud(200)))
    picture = draw(leaves, 2, view_of(camera(), antialias), Launcher(1))
    drawn = layers(picture)
    (drawn * torch.randn(drawn.shape, generator=torch.Generator().manual_seed(0))).sum().backward()
    return picture, [leaf.grad for leaf in leaves if leaf.grad is not None]


def assert_same(antialias: bool) -> None:
    (ours, our_gradients), (other, other_gradients) = (
        gradients(draw, antialias) for draw in (rasterize, gsplat_raster.rasterize_gsplat)
    )
    assert (layers(ours) - layers(other)).abs().mean() < 1e-3
    for mine, theirs in zip(our_gradients, other_gradients, strict=True):
        assert (mine - theirs).norm() < 1e-2 * mine.norm()


@pytest.mark.parametrize("antialias", [False, True])
def test_gsplat_is_asked_in_its_own_terms(antialias: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("gsplat")
    monkeypatch.setattr(module, "rasterization", answering, raising=False)
    module.__spec__ = importlib.machinery.ModuleSpec("gsplat", None)
    monkeypatch.setitem(sys.modules, "gsplat", module)
    monkeypatch.setattr(gsplat_raster, "CARD", "cpu")
    assert_same(antialias)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("antialias", [False, True])
def test_gsplat_draws_the_same_pictures_within_a_thousandth(antialias: bool) -> None:
    pytest.importorskip("gsplat")
    assert_same(antialias)


def test_where_gsplat_cannot_be_used_one_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="no median depth, normals or parallel views"):
        gsplat_raster.rasterize_gsplat(cloud(3), 0, parallel_camera(), None)
    from wildfield.fields.analytic import write_analytic_scene

    scene = write_analytic_scene(tmp_path / "scene", views=8, size=16, points=50, samples=1)
    for flags, words in (([], "--rasterizer gsplat: "), (["--densify", "gradient"], "grows by --densify mcmc alone")):
        if not flags and torch.cuda.is_available():
            continue
        command = ["train", str(scene), "--out", str(tmp_path / "field"), "--steps", "1", "--rasterizer", "gsplat", *flags]
        assert main(command) == BAD_INPUT
        said = capsys.readouterr().err
        assert words in said and said.count("\n") == 1
        assert not (tmp_path / "field").exists()
