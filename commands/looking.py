"""Single things and all that there is: asset, gallery, list, demo."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UserError
from ..progress import Progress
from .shared import DONE, Command, Result, add_textures, pairs

if TYPE_CHECKING:
    pass


def add(command: Command) -> None:
    """Add these commands to the parser."""
    asset = command("asset", _asset, "grow one plant or rock into a file")
    asset.add_argument("generator", help="such as oak; `wildfield list generators` shows all")
    asset.add_argument("--seed", type=int, default=0, help="which individual (0)")
    asset.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="values", help="a parameter, such as height=12"
    )
    endings = ".glb, .obj, .ply, .usdc, .usda, .usd, .usdz or .blend"
    asset.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"file ending in {endings}")
    add_textures(asset)
    gallery = command(
        "gallery", _gallery, "draw everything of a kind on sheets, to look at", "pictures that were drawn are kept"
    )
    gallery.add_argument("what", choices=("assets", "kinds", "materials"), help="of what")
    gallery.add_argument("out", type=Path, help="folder to write; a gallery that is there already is brought up to date")
    gallery.add_argument("--only", action="append", default=[], metavar="NAME", help="this one; may be repeated (all)")
    gallery.add_argument("--seeds", type=int, help="how many individuals, or scenes (6, materials 1)")
    gallery.add_argument("--seasons", metavar="NAMES", help="with commas: spring,summer,autumn,winter,dry (all)")
    gallery.add_argument(
        "--size", type=int, help="width of a picture in pixels (320, kinds 480); kinds are 16 to 9, others square"
    )
    gallery.add_argument("--samples", type=int, default=16, help="Cycles samples a pixel (16)")
    gallery.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="values", help="a parameter of all, such as age=1"
    )
    listing = command("list", _list, "show what there is")
    subjects = ("kinds", "generators", "materials", "parameters", "maps", "formats", "devices")
    listing.add_argument("what", choices=subjects, help="of what")
    listing.add_argument("name", nargs="?", help="for parameters: a kind, a generator or a material (lake)")
    listing.add_argument("--schema", action="store_true", help="parameters as JSON Schema")
    demo = command(
        "demo",
        _demo,
        "show the whole loop: a world, its truth, a trained splat and a report (about 6 minutes)",
        "the demo starts over at the next run",
    )
    demo.add_argument("out", type=Path, help="folder to write; a demo that is there already is replaced")


def _asset(options: argparse.Namespace, _progress: Progress) -> Result:
    from ..exporters.models.assets import write_asset

    write_asset(options.generator, options.seed, options.out, pairs(options.values), options.textures)
    return DONE, {"file": str(options.out)}


def _gallery(options: argparse.Namespace, progress: Progress) -> Result:
    from ..jobs.gallery import asset_gallery
    from ..jobs.kind_gallery import kind_gallery
    from ..jobs.material_gallery import material_gallery
    from ..procgen.compose import blender_version
    from ..procgen.plants.growth.season import SEASONS
    from ..procgen.registry import find

    blender_version()
    seeds = range({"materials": 1}.get(options.what, 6) if options.seeds is None else options.seeds)
    size = {"kinds": 480}.get(options.what, 320) if options.size is None else options.size
    for flag, value in (("seeds", len(seeds)), ("size", size), ("samples", options.samples)):
        if value < 1:
            raise UserError(f"--{flag} {value}: takes a whole number from 1")
    if options.seasons and options.what != "assets":
        raise UserError(f"gallery {options.what} takes no --seasons: its seeds draw all")
    drawn = (options.out, progress, options.only, seeds)
    if options.what == "materials":
        if options.values:
            raise UserError("gallery materials takes no --set: its seeds draw all")
        return DONE, material_gallery(*drawn, size, options.samples)
    if options.what == "kinds":
        return DONE, kind_gallery(*drawn, size, options.samples, pairs(options.values))
    seasons = [name.strip() for name in options.seasons.split(",")] if options.seasons else list(SEASONS)
    for name in seasons:
        find(name, dict.fromkeys(SEASONS), "season")
    return DONE, asset_gallery(*drawn, seasons, size, options.samples, pairs(options.values))


def _list(options: argparse.Namespace, _progress: Progress) -> Result:
    from ..jobs.catalogue import catalogue, table

    rows = catalogue(options.what, options.name, options.schema)
    if not options.json:
        print(json.dumps(rows, indent=1) if options.schema else table(rows))
    return DONE, {options.what: rows}


def _demo(options: argparse.Namespace, progress: Progress) -> Result:
    from ..jobs.demo import demo

    return DONE, demo(options.out, progress)
