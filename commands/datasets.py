"""Datasets: generate, merge, verify, upload, export, report."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import UserError
from ..progress import Progress
from .shared import DONE, FAILED, Command, Result, add_textures, pairs, resolution

if TYPE_CHECKING:
    from ..jobs.local import Outcome
    from ..jobs.workers import Workers


def add(command: Command) -> None:
    """Add these commands to the parser."""
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
    add_textures(export)
    report = command("report", _report, "make one HTML file to look at, out of datasets and fields")
    report.add_argument("sources", type=Path, nargs="+", metavar="DATASET|FIELD", help="what to show, in this order")
    report.add_argument("out", type=Path, metavar="OUT.html", help="the file to write")


def _add_generate(command: Command) -> None:
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


def _generate(options: argparse.Namespace, progress: Progress) -> Result:
    from ..exporters.devices import choose_device
    from ..exporters.shards import parse_shard
    from ..jobs.local import attempt, generate
    from ..jobs.plan import plan

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
        flags["render.width"], flags["render.height"] = resolution(options.resolution)
    named = {key: value for key, value in flags.items() if value is not None}
    job = plan(options.kind, options.asset, options.spec, pairs(options.values), named, options.seed, options.scenes)
    _refuse_idle(options, named | pairs(options.values), job.spec(job.seeds[0]))
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
    from ..addon.commands import in_blender
    from ..jobs.workers import Workers

    return Workers(options.jobs, lambda seed: in_blender([*options.arguments, "--device", device, "--only", str(seed)]))


def _merge(options: argparse.Namespace, progress: Progress) -> Result:
    from ..jobs.merge import merge

    return _told(merge(options.dataset, progress), options.dataset)


def _told(outcome: Outcome, dataset: Path, **more: Any) -> Result:
    """Say on stderr which scenes failed and why, and return the exit code and the result."""
    for seed, reason in outcome.failed.items():
        print(f"scene {seed} failed: {reason}", file=sys.stderr)
    result = {"dataset": str(dataset), "done": outcome.done, "failed": outcome.failed, "seconds": outcome.seconds, **more}
    return (FAILED if outcome.failed else DONE), result


def _refuse_idle(options: argparse.Namespace, named: dict[str, Any], spec: Any) -> None:
    """Raise UserError for a flag, or a value of --set, that would change nothing about the cameras."""
    from ..procgen.cameras.rules import idle

    for key, value in named.items():
        reason = idle(spec, key)
        if reason is not None:
            flag = key.rpartition(".")[2]
            said = f"--{flag} {value}" if getattr(options, flag, None) is not None else f"--set {key}={value}"
            raise UserError(f"{said}: {reason}")


def _verify(options: argparse.Namespace, progress: Progress) -> Result:
    from ..jobs.verify import table, verify

    checks = verify(options.dataset, progress)
    if not options.json:
        print(table(checks))
    broken = [check.name for check in checks if not check.ok]
    return (FAILED if broken else DONE), {"checks": [vars(check) for check in checks], "broken": broken}


def _upload(options: argparse.Namespace, progress: Progress) -> Result:
    from ..jobs.upload import upload

    sent = upload(options.dataset, options.url, progress)
    if not options.json:
        print(f"{sent.files} files sent, {sent.bytes / 1e6:.1f} MB; {sent.there_already} were there")
    return DONE, vars(sent)


def _export(options: argparse.Namespace, progress: Progress) -> Result:
    from ..exporters.formats import formats
    from ..procgen.registry import find

    find(options.to, formats, "format").write(options.dataset, options.out, progress, options.textures)
    return DONE, {"out": str(options.out), "format": options.to}


def _report(options: argparse.Namespace, progress: Progress) -> Result:
    from ..jobs.report import write_report

    write_report(options.sources, options.out, progress)
    return DONE, {"report": str(options.out)}
