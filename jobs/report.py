"""`wildfield report`: one self-contained HTML file out of datasets and fields, for looking before believing."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template
from typing import Any

from ..errors import UserError
from ..progress import Progress
from ..version import VERSION

TEMPLATE = Path(__file__).with_name("report.html")


def write_report(sources: Sequence[Path], out: Path, progress: Progress) -> None:
    """Write the report of the sources (datasets and fields, in that order) to `out`, whole or not at all.

    Raises UserError where a source is neither, or is damaged, and where `out` cannot be written.
    """
    from .report_dataset import dataset_section
    from .report_field import field_section

    if out.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"{out}: a report is one .html file: give its name last")
    if out.is_dir():
        raise UserError(f"{out}: is a folder; name the .html file to write")
    sections = []
    with progress.task("Writing the report", len(sources)) as task:
        for source in sources:
            if (source / "dataset.json").is_file():
                sections.append(dataset_section(source))
            elif (source / "field.json").is_file():
                sections.append(field_section(source))
            else:
                raise UserError(f"{source}: is neither a dataset (dataset.json) nor a field (field.json)")
            task.advance(1, source.name)
    names = ", ".join(source.name for source in sources)
    page = Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=f"Wildfield: {html.escape(names)}",
        subtitle=f"Made by wildfield {VERSION}. Click a picture to see its pixels.",
        body="\n".join(sections),
    )
    _write_whole(out, page)


def element(tag: str, *children: str, **attributes: Any) -> str:
    """Return an HTML element; `children` are HTML already, attribute values are escaped (`class_` stands for class)."""
    words = "".join(f' {key.rstrip("_").replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f"<{tag}{words}>{''.join(children)}</{tag}>"


def picture(uri: str, **attributes: Any) -> str:
    """Return an image element."""
    words = "".join(f' {key.replace("_", "-")}="{html.escape(str(value))}"' for key, value in attributes.items())
    return f'<img src="{uri}"{words}>'


def numbers(pairs: Iterable[tuple[str, str]]) -> str:
    """Return a row of (label, value) tiles."""
    tiles = [
        element("div", element("b", html.escape(value)), element("span", html.escape(label)), class_="number")
        for label, value in pairs
    ]
    return element("div", *tiles, class_="numbers")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; numbers stand to the right."""
    lines = [element("tr", *[element("th", html.escape(cell)) for cell in head])]
    for row in rows:
        cells = [
            element("td", html.escape(f"{cell:.4g}" if isinstance(cell, float) else str(cell)), class_=_side(cell))
            for cell in row
        ]
        lines.append(element("tr", *cells))
    return element("table", *lines)


def _side(cell: object) -> str:
    return "right" if isinstance(cell, int | float) else "left"


def _write_whole(out: Path, page: str) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_text(page, encoding="utf-8")
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror}; choose another place or make room") from error
