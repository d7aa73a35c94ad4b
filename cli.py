"""`wildfield ...`: one `main(argv) -> int` for the console, for `blender -b --command wildfield ...` and for tests.

Exit codes: 0 done, 1 something failed and is on record (a scene, a check), 2 bad input and nothing written, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from .commands import datasets, learning, looking
from .commands.shared import BAD_INPUT, DONE, FAILED, INTERRUPTED, Result
from .errors import UserError
from .progress import JsonProgress, Progress, TerminalProgress
from .version import VERSION

__all__ = ["BAD_INPUT", "DONE", "FAILED", "INTERRUPTED", "console", "main"]


class Parser(argparse.ArgumentParser):
    """argparse whose errors are ours: one line, exit code 2."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message} ({self.prog} --help shows how)")


def console() -> None:
    """The `wildfield` command."""
    sys.exit(main(sys.argv[1:]))


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; every error a user can mend ends in one line on stderr."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    as_json = "--json" in arguments
    if not arguments:
        parser().print_help(sys.stderr)
        return BAD_INPUT
    stopped = "nothing was written"
    try:
        options = parser().parse_args(arguments)
        as_json = options.json
        stopped, options.arguments = options.stopped, arguments
        progress = _progress(options.progress)
        with _stops_cleanly(options.progress == "json"):
            code, result = options.run(options, progress)
    except UserError as error:
        return _stop(BAD_INPUT, str(error), as_json)
    except KeyboardInterrupt:
        return _stop(INTERRUPTED, f"stopped; {stopped}", as_json)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _stop(BAD_INPUT, f"{where}{error.strerror or error}", as_json)
    if as_json:
        print(json.dumps({"result": _finite(result)}, allow_nan=False), flush=True)
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    root = Parser(prog="wildfield", description="Natural worlds from a seed, exact ground truth, and fields trained on them.")
    root.add_argument("--version", action="version", version=f"wildfield {VERSION}")
    commands = root.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)

    def command(
        name: str,
        run: Callable[[argparse.Namespace, Progress], Result],
        help: str,
        stopped: str = "nothing was written",  # what Ctrl-C leaves
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        added.set_defaults(run=run, stopped=stopped)
        added.add_argument("--json", action="store_true", help="print the result as one line of JSON, last on stdout")
        choices = ("auto", "bar", "json", "none")
        added.add_argument(
            "--progress", choices=choices, default="auto", help="how to show progress (auto: a bar on a terminal)"
        )
        return added

    for group in (datasets, learning, looking):
        group.add(command)
    return root


def _progress(choice: str) -> Progress:
    if choice == "json":
        return JsonProgress()
    if choice == "bar" or (choice == "auto" and sys.stderr.isatty()):
        return TerminalProgress()
    return Progress()


def _finite(value: Any) -> Any:
    """Return the value with null for numbers that JSON does not have: infinity, and what is no number."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _stop(code: int, message: str, as_json: bool) -> int:
    line = " ".join(message.split())
    print(f"wildfield: {line}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": line, "code": code}), flush=True)
    return code


class _stops_cleanly:
    """While a command runs, SIGTERM is taken as Ctrl-C; so is the end of a parent that reads our JSON lines through a pipe.

    Ctrl-C is heard even where the shell told us to ignore it, as scripts do for what `&` starts: SIGTERM would be lost too.
    """

    def __init__(self, watch_parent: bool) -> None:
        self.watch_parent = watch_parent
        self.previous: dict[signal.Signals, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self.previous[signal.SIGTERM] = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
            if signal.getsignal(signal.SIGINT) in (None, signal.SIG_IGN):  # None: `blender -b`, which would end at once
                self.previous[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.watch_parent and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            threading.Thread(target=self._wait_for_parent, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        for number, handler in self.previous.items():
            if handler is not None:
                signal.signal(number, handler)

    @staticmethod
    def _wait_for_parent() -> None:
        while os.read(sys.stdin.fileno(), 4096):  # a buffered read would hold a lock that Python's shutdown dies of
            pass
        if hasattr(signal, "pthread_kill"):  # wakes a main thread that sleeps or waits; raise_signal would not
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            signal.raise_signal(signal.SIGINT)
        time.sleep(10.0)
        if hasattr(os, "killpg") and os.getpgrp() == os.getpid():  # a worker leads a group of its own: end its children too
            os.killpg(0, signal.SIGKILL)
        os._exit(INTERRUPTED)


if __name__ == "__main__":
    console()
