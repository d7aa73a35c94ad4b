"""`wildfield view` in a real browser: its picture against our rasteriser, clicks, the slider, its end, and what it refuses."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlparse

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("warp")
pytest.importorskip("scipy")
import chromium

from wildfield.cli import BAD_INPUT, main
from wildfield.fields import requirements
from wildfield.fields.analytic import write_analytic_scene
from wildfield.fields.comparison import Comparison, Pair, on_screen, wiped
from wildfield.fields.data import open_scene
from wildfield.fields.drawing import Drawer
from wildfield.fields.path_file import resized
from wildfield.fields.settings import TrainSettings
from wildfield.fields.splats.ply import read_splats
from wildfield.fields.train import train
from wildfield.fields.viewer import _free_port, _server, _views
from wildfield.progress import Progress

HERE = Path(__file__).parent
COMMAND = "import sys; sys.path.insert(0, sys.argv.pop(1)); import conftest; from wildfield.cli import console; console()"
WIDTH, HEIGHT, PANEL = 1280, 800, 400


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_analytic_scene(tmp_path_factory.mktemp("view") / "scene", views=16, size=64, points=3000)


@pytest.fixture(scope="module")
def field(scene: Path) -> Path:
    out = scene.parent / "field"
    train(scene, out, TrainSettings(steps=60, cap=900, threads=1), Progress())
    return out


@pytest.fixture
def shown(field: Path, scene: Path) -> Iterator[tuple[Any, Any, str]]:
    """The page, the server and the address of a field that is being shown in this process."""
    pytest.importorskip("viser")
    from wildfield.fields.viewer_page import Page

    with Drawer(field) as drawer, _server(_free_port(None)) as server:
        yield Page(server, drawer, _views(scene, Path()), Progress()), server, f"http://127.0.0.1:{server.get_port()}"


needs_browser = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium is here")


def settled(what: Any, seconds: float = 60) -> Any:
    """Return what `what` returns once that is true."""
    ends = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < ends
        time.sleep(0.1)
    return value


@needs_browser
def test_the_browser_shows_the_field_flies_to_a_clicked_camera_and_wipes_to_the_truth(
    shown: tuple[Any, Any, str], field: Path, tmp_path: Path
) -> None:
    page, server, address = shown
    with chromium.open_page(address, tmp_path / "profile", (WIDTH, HEIGHT)) as browser:
        browser.wait_for("document.querySelectorAll('canvas').length && document.body.innerText.includes('dB')")
        client = settled(lambda: next(iter(server.get_clients().values()), None))
        settled(lambda: client.camera.update_timestamp)
        browser.wait_for("document.body.innerText.includes('900 splats')")
        settled(lambda: len(np.unique(browser.picture(tmp_path / "before.png")[:, :800].reshape(-1, 3), axis=0)) > 2000)

        name, x, y = nearest_camera(page, client)
        browser.click(x, y)
        settled(lambda: page.chosen.value == name)
        camera = page.views[name].camera
        settled(lambda: np.abs(client.camera.position - camera.position).max() < 1e-3)
        page.cameras.value = False
        settled(lambda: client.camera.fov == pytest.approx(2 * np.arctan(0.5 * camera.height / camera.fl_y)))
        with Drawer(field) as drawer:
            layers, _ = drawer.draw(resized(camera, WIDTH, HEIGHT))
        seen = np.s_[160:, 0 : WIDTH - PANEL]  # below viser's word about software rendering, left of the panel

        def difference() -> float:
            after = browser.picture(tmp_path / "after.png").astype(np.float64)
            background = after[HEIGHT - 5, 5]
            drawn = layers[..., :3] * 255 + (1 - layers[..., 3:]) * background
            assert np.abs(drawn[seen] - background).mean() > 8
            return float(np.abs(after[seen] - drawn[seen]).mean())

        settled(lambda: difference() < 3)

        handle = "document.querySelector('[role=slider]').getBoundingClientRect()"
        left, top = browser.evaluate(f"{handle}.left"), browser.evaluate(f"{handle}.top")
        browser.click(left - 70, top + 5)
        settled(lambda: page.share.value < 0.4)
        assert all(urlparse(asked).hostname in ("127.0.0.1", None) for asked in browser.requested), browser.requested


def nearest_camera(page: Any, client: Any) -> tuple[str, float, float]:
    """Return the label of the camera nearest to the visitor's eye, and the pixel where the middle of its picture is."""
    from wildfield.fields.viewer_page import _pose

    pose, focal = _pose(client.camera), 0.5 * HEIGHT / np.tan(0.5 * client.camera.fov)
    found = []
    for name, handle in page.frustums.items():
        camera = page.views[name].camera
        depth = handle.scale / np.cbrt((0.5 * camera.height / camera.fl_y) ** 2 / 3)
        middle = camera.position + depth * camera.camera_to_world[:3, 2]
        x, y, z = pose[:3, :3].T @ (middle - pose[:3, 3])
        place = WIDTH / 2 + focal * x / z, HEIGHT / 2 + focal * y / z
        if z > 0 and 20 < place[0] < WIDTH - PANEL - 20 and 160 < place[1] < HEIGHT - 20:
            found.append((z, name, *place))
    return min(found)[1:]


def test_covariances_are_those_of_the_rasterisers_rotations(field: Path) -> None:
    pytest.importorskip("viser")
    torch = pytest.importorskip("torch")
    from wildfield.fields.splats.reference import rotations
    from wildfield.fields.viewer_page import covariances

    cloud = read_splats(field / "splats.ply")
    axes = rotations(torch.from_numpy(cloud.quaternions)).numpy().astype(np.float64)
    squares = np.exp(2 * cloud.log_scales.astype(np.float64))
    exact = np.einsum("nij,nj,nkj->nik", axes, squares, axes)
    assert covariances(cloud) == pytest.approx(exact, rel=1e-4, abs=1e-6 * np.abs(exact).max())


def test_splats_a_million_times_as_wide_as_the_others_fit_into_visers_16_bit_floats(field: Path) -> None:
    pytest.importorskip("viser")
    from wildfield.fields.viewer_page import Page, covariances

    cloud = read_splats(field / "splats.ply")
    exact = covariances(cloud)
    scales = cloud.log_scales.copy()
    scales[:3] += np.log(1e6).astype(np.float32)
    given: dict[str, Any] = {}
    server = SimpleNamespace(scene=SimpleNamespace(add_gaussian_splats=lambda _, **arrays: given.update(arrays)))
    Page._add_splats(SimpleNamespace(server=server), replace(cloud, log_scales=scales))
    stored = given["covariances"].astype(np.float16)
    assert np.isfinite(stored).all()
    wide = exact[3:].trace(axis1=1, axis2=2)
    back = stored[3:].astype(np.float64).trace(axis1=1, axis2=2) * given["scale"] ** 2
    assert np.median(np.abs(back / wide - 1)) < 1e-3
    assert given["centers"] * given["scale"] == pytest.approx(cloud.means, rel=1e-5, abs=1e-6)


def test_a_comparison_has_truth_left_of_its_line_and_the_field_right_of_it(field: Path, scene: Path) -> None:
    view = open_scene(scene).split("test")[0]
    with Drawer(field) as drawer:
        pair = Comparison(drawer).pair(view)
    pixels = view.read_colour() / 255
    truth = pixels[..., :3] * pixels[..., 3:] + 1 - pixels[..., 3:]
    assert np.abs(pair.truth / 255 - truth).max() < 0.01
    error = np.mean((pair.truth / 255 - pair.drawn / 255) ** 2)
    assert -10 * np.log10(error) == pytest.approx(pair.psnr, abs=0.1)
    assert (wiped(pair, 1) == on_screen(pair.truth)).all() and (wiped(pair, 0) == on_screen(pair.drawn)).all()
    half = wiped(pair, 0.5)
    middle = half.shape[1] // 2
    assert (half[:, : middle - 1] == on_screen(pair.truth)[:, : middle - 1]).all()
    assert (half[:, middle + 1 :] == on_screen(pair.drawn)[:, middle + 1 :]).all()


@pytest.mark.parametrize(("size", "shape"), [((64, 48), (384, 512)), ((4000, 3000), (750, 1000)), ((700, 100), (100, 700))])
def test_pictures_are_brought_to_the_size_of_a_screen(size: tuple[int, int], shape: tuple[int, int]) -> None:
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    assert wiped(Pair(picture, picture, 100.0), 0.0).shape == (*shape, 3)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_control_c_ends_the_command_cleanly_and_it_listens_on_this_computer_alone(field: Path) -> None:
    pytest.importorskip("viser")
    port = _free_port(None)
    arguments = [sys.executable, "-c", COMMAND, str(HERE), "view", str(field), "--no-browser", "--port", str(port)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None and process.stderr is not None
        line = process.stdout.readline()
        assert re.fullmatch(rf".* is at http://127\.0\.0\.1:{port} \(Ctrl-C ends\)\n", line)
        socket.create_connection(("127.0.0.1", port), 10).close()
        table = Path("/proc/net/tcp")
        if table.exists():
            listening = {row.split()[1] for row in table.read_text().splitlines()[1:] if row.split()[3] == "0A"}
            assert [place for place in listening if place.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]
        assert main(["view", str(field), "--no-browser", "--port", str(port)]) == BAD_INPUT
        process.send_signal(signal.SIGINT)
        out, told = process.communicate(timeout=60)
        assert process.returncode == 0
        assert out == ""
        assert "Traceback" not in told and "Error" not in told
    finally:
        process.kill()


@pytest.mark.parametrize(("arguments", "words"), [(["--port", "0"], "--port 0"), (["--port", "70000"], "--port 70000")])
def test_a_port_that_cannot_be_is_refused(
    field: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    pytest.importorskip("viser")
    assert main(["view", str(field), "--no-browser", *arguments]) == BAD_INPUT
    told = capsys.readouterr().err
    assert words in told and told.count("\n") == 1


def test_without_viser_the_command_says_what_to_install(
    field: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(requirements.importlib.util, "find_spec", lambda name: None if name == "viser" else name)
    assert main(["view", str(field), "--no-browser"]) == BAD_INPUT
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "needs viser" in told and "wildfield[view]" in told
