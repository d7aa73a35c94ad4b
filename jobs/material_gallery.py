"""`wildfield gallery materials`: every material of the land from near by and from ten metres, on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..exporters.images import read_png, write_png
from ..procgen import registry
from ..procgen.rng import check_seed
from ..progress import Progress
from .gallery import open_gallery, page

_COLUMNS = 8


def material_gallery(
    out: Path,
    progress: Progress,
    names: Sequence[str] = (),
    seeds: Sequence[int] = range(1),
    size: int = 384,
    samples: int = 32,
) -> dict[str, Any]:
    """Draw every material of the land (or those of `names`) as the scenes of the seeds have it.

    `NAME.png` has near and far of each seed, `sheet.png` near (left) and far of the first seed of all, in the order of
    `registry.materials`. Tiles that are there already are kept where they were drawn alike. Raises UserError for unknown
    names, and where `out` holds something else.
    """
    from ..exporters.swatch import DISTANCES, swatches

    table = registry.materials()
    land = [entry.name for entry in table.values() if entry.family not in ("plant", "land")]
    chosen = [registry.find(name, table, "material").name for name in names] or land
    for seed in seeds:
        check_seed(seed)
    open_gallery(out, {"of": "materials", "size": size, "samples": samples})
    blocks = []
    with progress.task("Drawing the gallery", len(chosen) * len(seeds)) as task:
        for name in chosen:
            rows = []
            for seed in seeds:
                paths = {distance: out / "tiles" / f"{name}_{seed}_{distance}.png" for distance in DISTANCES}
                if not all(path.exists() for path in paths.values()):
                    for distance, picture in swatches(name, seed, size, samples).items():
                        write_png(paths[distance], picture)
                rows.append(np.concatenate([read_png(path) for path in paths.values()], 1))
                task.advance(1, f"{name} {seed}")
            write_png(out / f"{name}.png", np.concatenate(rows, 0))
            blocks.append(rows[0])
    columns = _COLUMNS // len(DISTANCES)
    blocks += [np.full_like(blocks[0], 255)] * (-len(blocks) % columns)
    lines = [np.concatenate(blocks[start : start + columns], 1) for start in range(0, len(blocks), columns)]
    write_png(out / "sheet.png", np.concatenate(lines, 0))
    index = out / "index.html"
    index.write_text(page({name: table[name].help for name in chosen}), encoding="utf-8")
    return {"gallery": str(index), "materials": chosen}
