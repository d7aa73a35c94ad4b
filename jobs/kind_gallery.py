"""`wildfield gallery kinds`: the first picture of some seeds of every kind of world, on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..exporters.images import read_png, write_png
from ..procgen import compose, registry
from ..procgen.rng import check_seed
from ..procgen.spec import override
from ..progress import Progress
from .gallery import open_gallery, page


def kind_gallery(
    out: Path,
    progress: Progress,
    names: Sequence[str] = (),
    seeds: Sequence[int] = range(6),
    width: int = 480,
    samples: int = 16,
    values: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Draw the first picture of every kind of world (or those of `names`) for each seed, 16 to 9.

    `NAME.png` has those of one kind, `sheet.png` a row a kind. `values` override every spec. Tiles that are there already are
    kept where they were drawn alike. Raises UserError for unknown names, and where `out` holds something else.
    """
    from ..exporters.snapshot import snapshot

    table = registry.kinds()
    worlds = [name for name, entry in table.items() if entry.landscape]
    chosen = [registry.find(name, {kind: table[kind] for kind in worlds}, "kind of world").name for name in names] or worlds
    for seed in seeds:
        check_seed(seed)
    for name in chosen:
        override(compose.draw(name, seeds[0]), values or {}, "gallery")
    size = (width, round(width * 9 / 16))
    open_gallery(out, {"of": "kinds", "width": width, "samples": samples, "values": values or {}})
    lines = []
    with progress.task("Drawing the gallery", len(chosen) * len(seeds)) as task:
        for name in chosen:
            tiles = [out / "tiles" / f"{name}_{seed}.png" for seed in seeds]
            for seed, path in zip(seeds, tiles, strict=True):
                if not path.exists():
                    write_png(path, snapshot(name, seed, size, samples, values or {}))
                task.advance(1, f"{name} {seed}")
            lines.append(np.concatenate([read_png(path) for path in tiles], 1))
            write_png(out / f"{name}.png", lines[-1])
    write_png(out / "sheet.png", np.concatenate(lines, 0))
    index = out / "index.html"
    index.write_text(page({name: table[name].help for name in chosen}), encoding="utf-8")
    return {"gallery": str(index), "kinds": chosen}
