"""`wildfield gallery`: sheets that show everything of a kind at once, to judge by eye.

A sheet is a folder: `tiles/` with one picture each, which are kept when the gallery is made again, `NAME.png` with all of one
generator, and `index.html` with everything.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import UserError
from ..exporters.images import read_png, write_png
from ..procgen import compose, registry
from ..procgen.plants.growth.season import SEASONS
from ..procgen.rng import check_seed
from ..progress import Progress


@dataclass(frozen=True)
class AssetTile:
    """One picture: a generator's individual, in a season ("" where it knows none), whole or from near by."""

    generator: str
    seed: int
    season: str
    close: bool

    @property
    def label(self) -> str:
        return " ".join(filter(None, [self.generator, str(self.seed), self.season, "close" if self.close else ""]))

    @property
    def file(self) -> str:
        return self.label.replace(" ", "_") + ".png"


def asset_gallery(
    out: Path,
    progress: Progress,
    names: Sequence[str] = (),
    seeds: Sequence[int] = range(6),
    seasons: Sequence[str] = SEASONS,
    size: int = 320,
    samples: int = 16,
    values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Draw every generator (or those of `names`): a row of individuals for each season that matters, and one from near by.

    `values` are parameters for all of them. Tiles that are there already are kept where they were drawn alike. Raises
    UserError for unknown names, and where `out` holds something else.
    """
    from ..exporters.portrait import portrait

    table = registry.generators()
    chosen = [registry.find(name, table, "generator").name for name in names] or list(table)
    for seed in seeds:
        check_seed(seed)
    for name in chosen:
        compose.asset_parameters(name, seeds[0], values or {})
    settings = {"size": size, "samples": samples, "values": values or {}}
    open_gallery(out, settings)
    rows = {name: _rows(table[name], seeds, seasons) for name in chosen}
    with progress.task("Drawing the gallery", sum(len(row) for block in rows.values() for row in block)) as task:
        for name, block in rows.items():
            for tile in (tile for row in block for tile in row):
                path = out / "tiles" / tile.file
                if not path.exists():
                    parameters = dict(values or {}) | ({"season": tile.season} if tile.season else {})
                    write_png(path, portrait(name, tile.seed, parameters, size, samples, tile.close))
                task.advance(1, tile.label)
            write_png(out / f"{name}.png", _sheet(out, block, size))
    index = out / "index.html"
    index.write_text(page({name: table[name].help for name in chosen}), encoding="utf-8")
    return {"gallery": str(index), "generators": chosen}


def open_gallery(out: Path, settings: dict[str, Any]) -> None:
    """Make the folder; tiles that were drawn with other settings are deleted, anything else is an error."""
    record = out / "gallery.json"
    if out.exists() and any(out.iterdir()) and not record.exists():
        raise UserError(f"{out}: holds something that is no gallery; choose another folder")
    (out / "tiles").mkdir(parents=True, exist_ok=True)
    text = json.dumps(settings, sort_keys=True)
    if not record.exists() or record.read_text() != text:
        for tile in (out / "tiles").glob("*.png"):
            tile.unlink()
        record.write_text(text)


def _rows(entry: registry.Generator, seeds: Sequence[int], seasons: Sequence[str]) -> list[list[AssetTile]]:
    """One row a season, and a last one from near by."""
    shown = list(seasons) if entry.seasonal else [""]
    rows = [[AssetTile(entry.name, seed, season, False) for seed in seeds] for season in shown]
    near = "summer" if "summer" in shown else shown[0]
    return [*rows, [AssetTile(entry.name, seed, near, True) for seed in seeds]]


def _sheet(out: Path, rows: list[list[AssetTile]], size: int) -> NDArray[np.uint8]:
    pictures = [[read_png(out / "tiles" / tile.file) for tile in row] for row in rows]
    return np.concatenate([np.concatenate(row, 1) for row in pictures], 0).reshape(len(rows) * size, -1, 3)


def page(helps: dict[str, str]) -> str:
    blocks = [
        f'<h2>{html.escape(name)}</h2><p>{html.escape(text)}</p><img src="{html.escape(name)}.png" alt="{html.escape(name)}">'
        for name, text in helps.items()
    ]
    style = "body{font:16px system-ui;margin:2em;background:#f4f5f6}img{max-width:100%}h2{margin:1.5em 0 0}"
    return f"<!doctype html><meta charset=utf-8><title>Wildfield gallery</title><style>{style}</style>{''.join(blocks)}\n"
