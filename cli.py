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
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import UserError
from .progress import JsonProgress, Progress, TerminalProgress
from .version import VERSION

if TYPE_CHECKING:
    from .jobs.local import Outcome
    from .jobs.workers import Workers

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

Result = tuple[int, dict[str, Any]]
"""What a command returns: the exit code, and the values that --json prints."""


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

    _add_generate(command)
    merge = command(
        "merge",
        _merge,
        "make one dataset of the shards that several machines generated, after a proof of every file",
        "the shards are as they were; the same command goes on",
    )
    merge.add_argument("dataset", type=Path, help="folder that every `wildfield generate --shard` wrote into")
    verify = command("verify", _verify, "prove a dataset by its own geometry: exit code 1 where a check fails")
    verify.add_argument("dataset", type=Path, help="folder with dataset.json")
    upload = command(
        "upload",
        _upload,
        "send a dataset to a cloud; what is there already is not sent again",
        "what was sent is kept; the same command goes on",
    )
    upload.add_argument("dataset", type=Path, help="folder with dataset.json")
    upload.add_argument("url", help="where to, such as s3://bucket/folder or gs://bucket/folder")
    export = command("export", _export, "write a dataset in another tool's format")
    export.add_argument("dataset", type=Path, help="folder with dataset.json")
    export.add_argument(
        "--to", required=True, metavar="FORMAT", help="such as coco, kitti or colmap (wildfield list formats shows all)"
    )
    export.add_argument("out", type=Path, help="folder to write; must not exist or be empty")
    _add_textures(export)
    report = command("report", _report, "make one HTML file to look at, out of datasets and fields")
    report.add_argument("sources", type=Path, nargs="+", metavar="DATASET|FIELD", help="what to show, in this order")
    report.add_argument("out", type=Path, metavar="OUT.html", help="the file to write")
    _add_train(command)
    _add_render(command)
    view = command("view", _view, "show a field in the browser, with its cameras, and truth against field; Ctrl-C ends")
    view.add_argument("field", type=Path, help="folder that `wildfield train` wrote")
    view.add_argument("--scene", type=Path, help="scene folder with cameras and pictures (the one it was trained on)")
    view.add_argument("--port", type=int, help="where on this computer (8080, or the next that is free)")
    view.add_argument("--no-browser", action="store_true", help="open no browser, only print the address")
    _add_out_of_fields(command)
    asset = command("asset", _asset, "grow one plant or rock into a file")
    asset.add_argument("generator", help="such as oak; `wildfield list generators` shows all")
    asset.add_argument("--seed", type=int, default=0, help="which individual (0)")
    asset.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="values", help="a parameter, such as height=12"
    )
    endings = ".glb, .obj, .ply, .usdc, .usda, .usd, .usdz or .blend"
    asset.add_argument("--out", type=Path, required=True, metavar="FILE", help=f"file ending in {endings}")
    _add_textures(asset)
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
    return root


def _add_textures(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--textures",
        type=int,
        default=0,
        metavar="PIXELS",
        help="bake the materials into square textures of that side, such as 1024 (0: one colour a material)",
    )


def _add_generate(command: Callable[..., argparse.ArgumentParser]) -> None:
    generate = command(
        "generate",
        _generate,
        "build scenes and write them as a dataset with ground truth",
        "scenes that were finished are kept; the same command with --resume makes the rest",
    )
    generate.add_argument("out", type=Path, help="the dataset's folder; must not exist or be empty, unless --resume")
    what = generate.add_mutually_exclusive_group()
    what.add_argument("--kind", help="kind of world (lake; wildfield list kinds shows all)")
    what.add_argument("--asset", metavar="GENERATOR", help="one thing alone, seen from all around (wildfield list generators)")
    generate.add_argument(
        "--spec", type=Path, metavar="FILE.toml", help="values that replace what the kind draws from the seed"
    )
    generate.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="values",
        help="one value, such as terrain.relief=0.4; may be repeated (wildfield list parameters KIND)",
    )
    generate.add_argument("--seed", type=int, help="seed of the first scene (0)")
    generate.add_argument("--scenes", type=int, default=1, help="how many scenes, with consecutive seeds (1)")
    generate.add_argument("--frames", type=int, help="moments in time (1; 48 for rig turntable)")
    generate.add_argument(
        "--rig",
        help="mono, stereo, multiview or panorama for a world (mono); orbit, dome or turntable for one thing alone (orbit)",
    )
    generate.add_argument("--trajectory", help="how the camera of a world moves: stroll, walk, handheld or fly (stroll)")
    generate.add_argument("--projection", help="perspective, orthographic, fisheye or equisolid (perspective)")
    generate.add_argument("--views", type=int, help="cameras of an orbit or dome (48) or a multiview rig (6)")
    generate.add_argument(
        "--resolution",
        metavar="WxH",
        help="size of the pictures (960x540; 512x512 for --asset; 1024x512 for rig panorama; 720x720 for a fisheye)",
    )
    generate.add_argument("--samples", type=int, help="Cycles samples a pixel (16; 32 for --asset)")
    generate.add_argument(
        "--truth",
        metavar="MAPS",
        help="which maps: small, standard, motion, light, full, or names with commas: standard,normal (wildfield list maps)",
    )
    generate.add_argument("--flow-step", type=int, help="frames between which flow and occlusion lead (1)")
    generate.add_argument("--tracks", type=int, metavar="N", help="follow N surface points through all frames (0)")
    generate.add_argument("--imu-things", type=int, metavar="N", help="an IMU in each of the N largest things that move (0)")
    generate.add_argument(
        "--device",
        default="cpu",
        metavar="NAME",
        help="what renders the pictures: cpu, auto, optix, cuda, hip, metal or oneapi (cpu; wildfield list devices shows what "
        "is there); truth is always rendered on the CPU",
    )
    generate.add_argument(
        "--jobs",
        type=int,
        default=1,
        metavar="N",
        help="how many scenes are made at the same time, each in a process of its own if 2 or more (1)",
    )
    generate.add_argument("--only", type=int, help=argparse.SUPPRESS)
    generate.add_argument(
        "--shard",
        metavar="I/N",
        help="make only the I-th of N parts of the scenes, beside other processes that make the rest of the same dataset; "
        "wildfield merge makes it one",
    )
    generate.add_argument("--lidar", type=int, metavar="BEAMS", help="a spinning LiDAR on a world's first camera: 16, 64 (0)")
    generate.add_argument("--resume", action="store_true", help="go on with a dataset that was interrupted")


def _add_train(command: Callable[..., argparse.ArgumentParser]) -> None:
    train = command(
        "train",
        _train,
        "train a radiance field on one scene",
        "where training had begun, the same command with --resume goes on",
    )
    train.add_argument(
        "scene",
        type=Path,
        help="scene folder, such as DATASET/scenes/0, a dataset of one scene, or a folder of COLMAP, nerfstudio or NeRF",
    )
    train.add_argument("--field", choices=("splats",), default="splats", help="which kind of field (splats)")
    train.add_argument(
        "--out", type=Path, required=True, help="the field's folder; must not exist or be empty, unless --resume"
    )
    length = train.add_mutually_exclusive_group()
    length.add_argument("--seconds", type=float, help="train that long (60); how many steps that is depends on the machine")
    length.add_argument("--steps", type=int, help="train that many steps: the same bits again on the same kind of CPU")
    train.add_argument(
        "--device",
        choices=("cpu", "cuda", "auto"),
        default="auto",
        help="what computes (auto: the CPU, the only one in this version)",
    )
    train.add_argument("--cap", type=int, help="the most splats the field may have (30000)")
    train.add_argument("--seed", type=int, default=0, help="seed of everything random in the training (0)")
    train.add_argument("--threads", type=int, help="CPU threads of the rasteriser (all cores)")
    train.add_argument("--resume", action="store_true", help="go on from the field's checkpoint")


def _add_render(command: Callable[..., argparse.ArgumentParser]) -> None:
    render = command(
        "render", _render, "render a field from the cameras of a scene and score it against the truth, or along a path"
    )
    render.add_argument("field", type=Path, help="folder that `wildfield train` wrote")
    render.add_argument(
        "--scene",
        type=Path,
        help="scene folder, such as DATASET/scenes/0, or a dataset of one scene (along a path: the field's own)",
    )
    render.add_argument("--split", choices=("train", "val", "test"), help="which views (test)")
    render.add_argument(
        "--path",
        metavar="orbit|tour|FILE.json",
        help="instead of the scene's views: once around the field, smoothly through its training cameras, or through the "
        "poses of a file like transforms.json or nerfstudio's camera_path.json",
    )
    render.add_argument("--frames", type=int, help="pictures of the path (120; of a file one for each pose)")
    render.add_argument("--fps", type=float, help="pictures a second of a film (30)")
    render.add_argument("--resolution", metavar="WxH", help="size of the path's pictures (that of the training cameras)")
    render.add_argument(
        "--background",
        metavar="COLOUR",
        help="behind the path: transparent, white, black or #rrggbb (PNG transparent, film white)",
    )
    render.add_argument(
        "--device",
        choices=("cpu", "cuda", "auto"),
        default="auto",
        help="what computes (auto: the CPU, the only one in this version)",
    )
    last = render.add_argument(
        "out",
        type=Path,
        help="folder for pictures, depth and scores.json, or for the pictures of a path; must not exist or be empty. "
        "A path may also be a FILE.mp4",
    )
    last.required = False  # nargs="?" would take nothing before the first option, and leave an OUT after it over
    render.add_argument("--out", type=Path, dest="named_out", metavar="OUT", help="the same, in place of it")


def _add_out_of_fields(command: Callable[..., argparse.ArgumentParser]) -> None:
    convert = command("convert", _convert, "write a field in another format of splats, or make a field of such a file")
    convert.add_argument(
        "source", type=Path, metavar="IN", help="a field's folder, or a file: .ply, .compressed.ply, .spz or .splat"
    )
    convert.add_argument(
        "out", type=Path, metavar="OUT", help="a file, whose ending tells the format, or a new folder, which becomes a field"
    )

    mesh = command("mesh", _mesh, "cut the surface that a field shows out as a mesh with colours")
    mesh.add_argument("field", type=Path, help="folder that `wildfield train` wrote, or a file of splats")
    mesh.add_argument("out", type=Path, metavar="OUT", help="file ending in .ply, .obj or .glb")
    mesh.add_argument("--voxel", type=float, metavar="METRES", help="how fine (a 200th of the surface's longest side)")
    mesh.add_argument("--scene", type=Path, help="folder whose cameras look at the field (the scene that it was trained on)")
    mesh.add_argument("--far", type=float, metavar="METRES", help="leave out what a camera sees beyond, as a sky (nothing)")


def _generate(options: argparse.Namespace, progress: Progress) -> Result:
    from .exporters.devices import choose_device
    from .exporters.shards import parse_shard
    from .jobs.local import attempt, generate
    from .jobs.plan import plan

    flags: dict[str, Any] = {
        "render.frames": options.frames,
        "camera.rig": options.rig,
        "camera.views": options.views,
        "camera.trajectory": options.trajectory,
        "camera.projection": options.projection,
        "render.samples": options.samples,
        "render.truth": options.truth,
        "render.flow_step": options.flow_step,
        "render.tracks": options.tracks,
        "render.imu_things": options.imu_things,
        "lidar.beams": options.lidar,
    }
    if options.resolution is not None:
        flags["render.width"], flags["render.height"] = _resolution(options.resolution)
    named = {key: value for key, value in flags.items() if value is not None}
    job = plan(options.kind, options.asset, options.spec, _pairs(options.values), named, options.seed, options.scenes)
    _refuse_idle(options, named | _pairs(options.values), job.spec(job.seeds[0]))
    shard = parse_shard(options.shard, options.scenes) if options.shard else None
    device = choose_device(options.device)
    if options.device == "auto":
        print(f"pictures render on {device}", file=sys.stderr, flush=True)
    if options.only is not None:
        return DONE, {"record": vars(attempt(job, options.only, options.out, progress, device))}
    workers = _workers(options, device.name)
    outcome = generate(job, options.out, options.resume, progress, device, shard, workers)
    return _told(outcome, options.out, device=str(device))


def _workers(options: argparse.Namespace, device: str) -> Workers | None:
    """Return what runs this same command for one scene at a time, or None where this process makes them."""
    if options.jobs < 1:
        raise UserError(f"--jobs {options.jobs}: at least 1 process makes the scenes")
    if options.jobs == 1:
        return None
    from .addon.commands import in_blender
    from .jobs.workers import Workers

    return Workers(options.jobs, lambda seed: in_blender([*options.arguments, "--device", device, "--only", str(seed)]))


def _merge(options: argparse.Namespace, progress: Progress) -> Result:
    from .jobs.merge import merge

    return _told(merge(options.dataset, progress), options.dataset)


def _told(outcome: Outcome, dataset: Path, **more: Any) -> Result:
    """Say on stderr which scenes failed and why, and return the exit code and the result."""
    for seed, reason in outcome.failed.items():
        print(f"scene {seed} failed: {reason}", file=sys.stderr)
    result = {"dataset": str(dataset), "done": outcome.done, "failed": outcome.failed, "seconds": outcome.seconds, **more}
    return (FAILED if outcome.failed else DONE), result


def _refuse_idle(options: argparse.Namespace, named: dict[str, Any], spec: Any) -> None:
    """Raise UserError for a flag, or a value of --set, that would change nothing about the cameras."""
    from .procgen.cameras.rules import idle

    for key, value in named.items():
        reason = idle(spec, key)
        if reason is not None:
            flag = key.rpartition(".")[2]
            said = f"--{flag} {value}" if getattr(options, flag, None) is not None else f"--set {key}={value}"
            raise UserError(f"{said}: {reason}")


def _verify(options: argparse.Namespace, progress: Progress) -> Result:
    from .jobs.verify import table, verify

    checks = verify(options.dataset, progress)
    if not options.json:
        print(table(checks))
    broken = [check.name for check in checks if not check.ok]
    return (FAILED if broken else DONE), {"checks": [vars(check) for check in checks], "broken": broken}


def _upload(options: argparse.Namespace, progress: Progress) -> Result:
    from .jobs.upload import upload

    sent = upload(options.dataset, options.url, progress)
    if not options.json:
        print(f"{sent.files} files sent, {sent.bytes / 1e6:.1f} MB; {sent.there_already} were there")
    return DONE, vars(sent)


def _export(options: argparse.Namespace, progress: Progress) -> Result:
    from .exporters.formats import formats
    from .procgen.registry import find

    find(options.to, formats, "format").write(options.dataset, options.out, progress, options.textures)
    return DONE, {"out": str(options.out), "format": options.to}


def _report(options: argparse.Namespace, progress: Progress) -> Result:
    from .jobs.report import write_report

    write_report(options.sources, options.out, progress)
    return DONE, {"report": str(options.out)}


def _train(options: argparse.Namespace, progress: Progress) -> Result:
    from .fields.settings import TrainSettings
    from .fields.train import train

    named = {"cap": options.cap, "threads": options.threads, "steps": options.steps, "seconds": options.seconds}
    if options.steps is None and options.seconds is None:
        named["seconds"] = 60.0
    given = {key: value for key, value in named.items() if value is not None}
    settings = TrainSettings(field=options.field, device=options.device, seed=options.seed, resume=options.resume, **given)
    return DONE, train(options.scene, options.out, settings, progress)


def _render(options: argparse.Namespace, progress: Progress) -> Result:
    from .fields.render import render
    from .fields.render_path import PathSettings, render_path

    out = options.out or options.named_out
    if out is None or (options.out and options.named_out):
        raise UserError("render writes into one place: give it last, or with --out")
    of_path = {"frames": options.frames, "fps": options.fps, "background": options.background}
    of_path["size"] = _resolution(options.resolution) if options.resolution else None
    given = {key: value for key, value in of_path.items() if value is not None}
    if options.path is None:
        if given:
            flag = {"size": "resolution"}.get(next(iter(given)), next(iter(given)))
            raise UserError(f"--{flag} goes with --path only: views have the size and the number of their cameras")
        if options.scene is None:
            raise UserError("render needs --scene SCENE for its views, or --path orbit, tour or FILE.json")
        scores = render(options.field, options.scene, options.split or "test", out, options.device, progress)
        if not options.json:
            print(" ".join(f"{name} {value:.4g}" for name, value in scores["mean"].items()))
        return DONE, scores
    if options.split is not None:
        raise UserError("--split goes with the views of a scene, not with --path")
    return DONE, render_path(options.field, options.scene, out, PathSettings(options.path, **given), options.device, progress)


def _view(options: argparse.Namespace, progress: Progress) -> Result:
    from .fields.viewer import view

    return DONE, view(options.field, options.scene, options.port, not options.no_browser, progress)


def _convert(options: argparse.Namespace, _progress: Progress) -> Result:
    from .fields.convert import convert

    result = convert(options.source, options.out)
    if not options.json:
        print("{out}: {splats:,} splats of degree {degree}, {bytes:,} bytes from {bytes_in:,}".format(**result))
    return DONE, result


def _mesh(options: argparse.Namespace, progress: Progress) -> Result:
    from .fields.mesh import mesh

    result = mesh(options.field, options.out, options.voxel, options.scene, options.far, progress)
    if not options.json:
        print("{out}: {triangles:,} triangles, voxels of {voxel:.3g} m".format(**result))
    return DONE, result


def _asset(options: argparse.Namespace, _progress: Progress) -> Result:
    from .exporters.models.assets import write_asset

    write_asset(options.generator, options.seed, options.out, _pairs(options.values), options.textures)
    return DONE, {"file": str(options.out)}


def _gallery(options: argparse.Namespace, progress: Progress) -> Result:
    from .jobs.gallery import asset_gallery
    from .jobs.kind_gallery import kind_gallery
    from .jobs.material_gallery import material_gallery
    from .procgen.compose import blender_version
    from .procgen.plants.growth.season import SEASONS
    from .procgen.registry import find

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
        return DONE, kind_gallery(*drawn, size, options.samples, _pairs(options.values))
    seasons = [name.strip() for name in options.seasons.split(",")] if options.seasons else list(SEASONS)
    for name in seasons:
        find(name, dict.fromkeys(SEASONS), "season")
    return DONE, asset_gallery(*drawn, seasons, size, options.samples, _pairs(options.values))


def _list(options: argparse.Namespace, _progress: Progress) -> Result:
    from .jobs.catalogue import catalogue, table

    rows = catalogue(options.what, options.name, options.schema)
    if not options.json:
        print(json.dumps(rows, indent=1) if options.schema else table(rows))
    return DONE, {options.what: rows}


def _demo(options: argparse.Namespace, progress: Progress) -> Result:
    from .jobs.demo import demo

    return DONE, demo(options.out, progress)


def _resolution(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise UserError(f"--resolution {text!r}: write it as WIDTHxHEIGHT, such as 960x540")
    return int(width), int(height)


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals):
            raise UserError(f"--set {text!r}: write it as KEY=VALUE, such as terrain.relief=0.4")
        pairs[key.strip()] = value.strip()
    return pairs


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
    """While a command runs, SIGTERM is taken as Ctrl-C; so is the end of a parent that reads our JSON lines through a pipe."""

    def __init__(self, watch_parent: bool) -> None:
        self.watch_parent = watch_parent
        self.previous: Any = None

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self.previous = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
            if signal.getsignal(signal.SIGINT) is None:  # in `blender -b`, whose own handler would end the process at once
                signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.watch_parent and stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
            threading.Thread(target=self._wait_for_parent, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        if self.previous is not None:
            signal.signal(signal.SIGTERM, self.previous)

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
