"""A field into any format of splats, or a foreign file of splats into a field folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import UserError
from ..folders import whole_folder
from .drawing import Drawer
from .files import write_json, writing
from .kinds import KINDS, located
from .splats.cloud import SplatCloud
from .splats.formats import SPLATS, format_of, read_any
from .splats.ply import write_splats
from .train import FIELD_FORMAT


def convert(source: Path, out: Path) -> dict[str, Any]:
    """Write the splats of `source`, a field folder or a file, to `out`, and return what there is to say about it.

    Of tri-planes they are sampled from the surface.

    The ending of `out` tells the format; without one it becomes a field folder, that `wildfield render` draws. `out` is
    whole or as it was. Raises UserError for a source that cannot be read or an `out` that cannot be written.
    """
    kind, found = located(source)
    if out.suffix:
        form = format_of(out)
        if out.is_dir():
            raise UserError(f"{out}: is a folder; choose the name of a file, or a folder without an ending")
    cloud = read_any(found) if kind is KINDS["splats"] else _as_splats(found)
    result: dict[str, Any] = {"out": str(out), "splats": len(cloud), "degree": cloud.degree, "bytes_in": found.stat().st_size}
    if out.suffix:
        with writing(out):
            out.parent.mkdir(parents=True, exist_ok=True)
            form.write(out, cloud)
        return result | {"degree": min(cloud.degree, form.degree), "bytes": out.stat().st_size}
    with writing(out), whole_folder(out) as part:
        write_splats(part / SPLATS, cloud)
        write_json(part / "field.json", _described(found, len(cloud)))
    return result | {"bytes": (out / SPLATS).stat().st_size}


def _as_splats(file: Path) -> SplatCloud:
    """Return the surface of a field of another kind as splats."""
    with Drawer(file) as drawer:
        cloud = drawer.cloud
    if not len(cloud):
        raise UserError(f"{file}: has no surface yet; train it longer")
    return cloud


def _described(source: Path, splats: int) -> dict[str, Any]:
    """Return what field.json says of a field that another program trained."""
    unknown = {"steps": 0, "seconds": 0.0, "scores": {"val": {"psnr": None}}, "curve": []}
    return {"format": FIELD_FORMAT, "type": "splats", "source": str(source.resolve()), "splats": splats, **unknown}
