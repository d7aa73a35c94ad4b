"""A headless Chromium that the tests drive over the DevTools protocol: open a page, click, look at it."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

PROGRAM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0",
    "--no-first-run",
    # Only this computer can be reached: a page that needs another one fails, and the test with it.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


class Page:
    """One tab; `requested` are the addresses that it asked for."""

    def __init__(self, socket: Any) -> None:
        self.requested: list[str] = []
        self._socket, self._numbers = socket, itertools.count(1)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send one command and return its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=60))
            if message.get("method") in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                told = message["params"]
                self.requested.append(told.get("url") or told["request"]["url"])
            if message.get("id") == number:
                assert "error" not in message, message
                return dict(message["result"])

    def evaluate(self, script: str) -> Any:
        """Return the value of an expression of JavaScript."""
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait_for(self, script: str, seconds: float = 60) -> Any:
        """Return the value of `script` once it is true."""
        ends = time.monotonic() + seconds
        while not (value := self.evaluate(script)):
            assert time.monotonic() < ends, f"{script} did not become true"
            time.sleep(0.2)
        return value

    def click(self, x: float, y: float) -> None:
        """Press and release the left button there, in pixels from the upper left."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            button = {} if kind == "mouseMoved" else {"button": "left", "clickCount": 1}
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **button)
            time.sleep(0.1)

    def picture(self, path: Path) -> np.ndarray:
        """Write what is seen to `path`, and return it as (H, W, 3) uint8."""
        import imageio.v3 as iio

        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
        return np.asarray(iio.imread(path))[..., :3]


@contextmanager
def open_page(address: str, profile: Path, size: tuple[int, int] = (1280, 800)) -> Iterator[Page]:
    """Open a browser of `size` at `address`, with its files in `profile`, and close it in the end."""
    from websockets.sync.client import connect

    assert PROGRAM is not None
    arguments = [PROGRAM, *FLAGS, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}", "about:blank"]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        port = _port(profile / "DevToolsActivePort")
        with connect(_tab(port), max_size=None) as socket:
            page = Page(socket)
            for method in ("Network.enable", "Page.enable", "Runtime.enable"):
                page.call(method)
            page.call("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1, mobile=False)
            page.call("Page.navigate", url=address)
            yield page
    finally:
        process.terminate()
        process.wait(20)


def _port(file: Path, seconds: float = 60) -> int:
    """Return the port that Chromium says it listens on."""
    ends = time.monotonic() + seconds
    while not file.is_file() or "\n" not in file.read_text():
        assert time.monotonic() < ends, "Chromium did not start"
        time.sleep(0.1)
    return int(file.read_text().splitlines()[0])


def _tab(port: int) -> str:
    """Return the address of the first tab's socket."""
    from urllib.request import urlopen

    with urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
        tabs = json.load(answer)
    return str(next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"))
