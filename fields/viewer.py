"""`wildfield view`: a server on this computer that shows a field in the browser until Ctrl-C. Viser serves and draws.

It listens on 127.0.0.1 alone, and viser's button that would share the page over the internet is hidden.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import socket
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..progress import Progress
from .data import open_scene
from .drawing import Drawer
from .requirements import require_learning, require_looking
from .scene import View

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 8080, 20
"""The first of the ports that are tried where none is named, and how many."""


def view(field: Path, scene: Path | None, port: int | None, browse: bool, progress: Progress) -> dict[str, Any]:
    """Show the field folder `field` until Ctrl-C, print the address once the page can be opened, and return it in the end.

    Cameras are those of `scene`, by default of the folder that the field was trained on as long as that is there. With
    `browse` the person's browser is opened. Raises UserError where something is missing or the port is taken.
    """
    require_learning()
    require_looking("viser", "looking at a field in the browser needs")
    free = _free_port(port)
    with Drawer(field) as drawer:
        views = _views(scene, Path(str(drawer.description.get("scene", ""))))

        from .viewer_page import Page

        with _server(free) as server:
            Page(server, drawer, views, progress)
            address = f"http://{HOST}:{server.get_port()}"
            print(f"{field} is at {address} (Ctrl-C ends)", flush=True)
            if browse:
                webbrowser.open(address)
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    time.sleep(0.5)
    return {"address": address}


def _views(scene: Path | None, of_field: Path) -> dict[str, list[View]]:
    """Return the views by split, each view once; without a scene none."""
    if scene is None and not (of_field.is_absolute() and of_field.is_dir()):
        return {}
    views, known = {}, set()
    for split, all_of_it in open_scene(scene or of_field).views.items():
        views[split] = [view for view in all_of_it if view.name not in known]
        known |= {view.name for view in all_of_it}
    return views


def _free_port(wanted: int | None) -> int:
    """Return a port that nobody listens on: `wanted`, or the first from `FIRST_PORT` on."""
    if wanted is not None and not 1 <= wanted <= 65535:
        raise UserError(f"--port {wanted}: give 1 to 65535")
    for port in [wanted] if wanted is not None else range(FIRST_PORT, FIRST_PORT + PORTS):
        with socket.socket() as trial:
            if os.name == "posix":  # a port that was left a moment ago is free; on Windows this would take a used one
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
            return port
    if wanted is not None:
        raise UserError(f"--port {wanted}: is in use or not allowed; choose another, or leave it out")
    raise UserError(f"ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are in use; give a free one with --port")


@contextmanager
def _server(port: int) -> Iterator[Any]:
    """Run viser without its greeting, and without a traceback for every visitor who leaves in the middle of a word."""
    import viser

    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    with contextlib.redirect_stdout(io.StringIO()):
        server = viser.ViserServer(host=HOST, port=port, label="Wildfield", verbose=False)
    try:
        server.gui.configure_theme(dark_mode=True, show_logo=False, show_share_button=False, control_width="large")
        yield server
    finally:
        with contextlib.redirect_stdout(io.StringIO()):
            server.stop()
