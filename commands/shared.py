"""What all commands share: exit codes, what a command returns, and how words on the command line are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ..errors import UserError

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

Result = tuple[int, dict[str, Any]]
"""What a command returns: the exit code, and the values that --json prints."""
Command = Callable[..., argparse.ArgumentParser]
"""Adds a command to the parser: of its name, what runs it, its help, and what Ctrl-C leaves."""


def add_textures(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--textures",
        type=int,
        default=0,
        metavar="PIXELS",
        help="bake the materials into square textures of that side, such as 1024 (0: one colour a material)",
    )


def resolution(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise UserError(f"--resolution {text!r}: write it as WIDTHxHEIGHT, such as 960x540")
    return int(width), int(height)


def numbers(option: str, text: str | None, kind: Callable[[str], Any]) -> tuple[Any, ...] | None:
    """Return what `--option 1,2,3` names, each as `kind`; None where it was not given."""
    if text is None:
        return None
    try:
        return tuple(kind(part) for part in text.split(","))
    except ValueError as error:
        raise UserError(f"--{option} {text!r}: write it as numbers with commas between them") from error


def pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UserError(f"--set {text!r}: write it as KEY=VALUE, such as terrain.relief=0.4")
        pairs[key.strip()] = value.strip()
    return pairs
