"""Fields: train, render, view, convert, mesh."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..errors import UserError
from ..fields.settings import DENSIFY, EXPOSURES, FIELDS, JOINS, RASTERIZERS, STARTS
from ..progress import Progress
from .shared import DONE, Command, Result, numbers, resolution

RASTERIZER = "what draws the splats (wildfield); gsplat where it is installed, on a machine with CUDA"


def add(command: Command) -> None:
    """Add these commands to the parser."""
    _add_train(command)
    _add_render(command)
    view = command("view", _view, "show a field in the browser, with its cameras, and truth against field; Ctrl-C ends")
    view.add_argument("field", type=Path, help="folder that `wildfield train` wrote")
    view.add_argument("--scene", type=Path, help="scene folder with cameras and pictures (the one it was trained on)")
    view.add_argument("--port", type=int, help="where on this computer (8080, or the next that is free)")
    view.add_argument("--no-browser", action="store_true", help="open no browser, only print the address")
    _add_out_of_fields(command)


def _add_train(command: Command) -> None:
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
    train.add_argument("--field", choices=FIELDS, default="splats", help="which kind of field (splats)")
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
        help="what computes (auto: an NVIDIA GPU where torch finds one, otherwise the CPU)",
    )
    train.add_argument(
        "--patience",
        type=int,
        metavar="POINTS",
        help="stop where so many of the curve's 40 points in a row bring no gain of PSNR on val views",
    )
    train.add_argument("--cache", type=int, metavar="MIB", help="most memory for decoded pictures (2048)")
    train.add_argument("--seed", type=int, default=0, help="seed of everything random in the training (0)")
    train.add_argument("--threads", type=int, help="CPU threads of the kernels (all cores)")
    train.add_argument("--resume", action="store_true", help="go on from the field's checkpoint")
    _add_splats(train.add_argument_group("with --field splats"))
    _add_planes(train.add_argument_group("with --field triplanes"))


def _add_planes(train: argparse._ArgumentGroup) -> None:
    train.add_argument(
        "--planes",
        choices=JOINS,
        default="product",
        help="how the features of three planes become those of a point (product); sum and mean are EG3D's",
    )
    train.add_argument(
        "--levels", metavar="SIDES", help="texels along the sides of planes (32,64,128; sum and mean 128; on CUDA up to 512)"
    )
    train.add_argument("--channels", type=int, default=8, help="features of a texel (8)")
    train.add_argument(
        "--bounds", metavar="X0,Y0,Z0,X1,Y1,Z1", help="the field's box in metres (around exact surfaces, or where cameras look)"
    )


def _add_splats(train: argparse._ArgumentGroup) -> None:
    train.add_argument("--cap", type=int, help="the most splats the field may have (30000)")
    train.add_argument(
        "--start",
        choices=STARTS,
        default="auto",
        help="where splats start: exact or other points of a PLY, COLMAP's points, or random places that the cameras see "
        "(auto: the first of them that the folder has)",
    )
    train.add_argument(
        "--densify",
        choices=DENSIFY,
        default="mcmc",
        help="how splats multiply: by Monte Carlo up to the cap, or where absolute gradients are large (mcmc)",
    )
    train.add_argument(
        "--exposure",
        choices=EXPOSURES,
        default="auto",
        help="whether each picture has an exposure and white balance of its own (auto: affine for photographs, none for "
        "rendered pictures and those with alpha)",
    )
    pull = "pull on {} (0.001 with mcmc, 0 with gradient)"
    train.add_argument("--opacity-weight", type=float, metavar="WEIGHT", help=pull.format("opacities"))
    train.add_argument("--scale-weight", type=float, metavar="WEIGHT", help=pull.format("the sizes of splats"))
    train.add_argument(
        "--antialias", action="store_true", help="Mip filters: right at other resolutions and distances than those learned"
    )
    train.add_argument("--rasterizer", choices=RASTERIZERS, default="wildfield", help=RASTERIZER)


def _add_render(command: Command) -> None:
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
        help="what computes (auto: an NVIDIA GPU where torch finds one, otherwise the CPU)",
    )
    render.add_argument("--rasterizer", choices=RASTERIZERS, default="wildfield", help=RASTERIZER)
    last = render.add_argument(
        "out",
        type=Path,
        help="folder for pictures, depth and scores.json, or for the pictures of a path; must not exist or be empty. "
        "A path may also be a FILE.mp4",
    )
    last.required = False  # nargs="?" would take nothing before the first option, and leave an OUT after it over
    render.add_argument("--out", type=Path, dest="named_out", metavar="OUT", help="the same, in place of it")


def _add_out_of_fields(command: Command) -> None:
    convert = command("convert", _convert, "write a field as splats of any format, or make a field of a file of splats")
    convert.add_argument(
        "source",
        type=Path,
        metavar="IN",
        help="a field's folder or file: .ply, .compressed.ply, .spz, .splat or .safetensors",
    )
    convert.add_argument(
        "out", type=Path, metavar="OUT", help="a file, whose ending tells the format, or a new folder, which becomes a field"
    )

    mesh = command("mesh", _mesh, "cut the surface that a field shows out as a mesh with colours")
    mesh.add_argument("field", type=Path, help="folder that `wildfield train` wrote, or a file of splats or tri-planes")
    mesh.add_argument("out", type=Path, metavar="OUT", help="file ending in .ply, .obj or .glb")
    mesh.add_argument("--voxel", type=float, metavar="METRES", help="how fine (a 200th of the surface's longest side)")
    mesh.add_argument("--scene", type=Path, help="folder whose cameras look at the field (the scene that it was trained on)")
    mesh.add_argument("--far", type=float, metavar="METRES", help="leave out what a camera sees beyond, as a sky (nothing)")


def _train(options: argparse.Namespace, progress: Progress) -> Result:
    from ..fields.settings import TrainSettings
    from ..fields.train import train

    names = (
        *("cap", "threads", "steps", "seconds", "start", "densify", "exposure"),
        *("opacity_weight", "scale_weight", "patience", "cache"),
    )
    named = {name: getattr(options, name) for name in names}
    if options.steps is None and options.seconds is None:
        named["seconds"] = 60.0
    named["levels"] = numbers("levels", options.levels, int)
    named["bounds"] = numbers("bounds", options.bounds, float)
    given = {key: value for key, value in named.items() if value is not None}
    settings = TrainSettings(
        field=options.field,
        device=options.device,
        seed=options.seed,
        resume=options.resume,
        antialias=options.antialias,
        rasterizer=options.rasterizer,
        planes=options.planes,
        channels=options.channels,
        **given,
    )
    return DONE, train(options.scene, options.out, settings, progress)


def _render(options: argparse.Namespace, progress: Progress) -> Result:
    from ..fields.render import render
    from ..fields.render_path import PathSettings, render_path

    out = options.out or options.named_out
    if out is None or (options.out and options.named_out):
        raise UserError("render writes into one place: give it last, or with --out")
    of_path = {"frames": options.frames, "fps": options.fps, "background": options.background}
    of_path["size"] = resolution(options.resolution) if options.resolution else None
    given = {key: value for key, value in of_path.items() if value is not None}
    if options.path is None:
        if given:
            flag = {"size": "resolution"}.get(next(iter(given)), next(iter(given)))
            raise UserError(f"--{flag} goes with --path only: views have the size and the number of their cameras")
        if options.scene is None:
            raise UserError("render needs --scene SCENE for its views, or --path orbit, tour or FILE.json")
        scores = render(
            options.field, options.scene, options.split or "test", out, options.device, progress, options.rasterizer
        )
        if not options.json:
            print(" ".join(f"{name} {value:.4g}" for name, value in scores["mean"].items()))
        return DONE, scores
    if options.split is not None:
        raise UserError("--split goes with the views of a scene, not with --path")
    along = PathSettings(options.path, **given)
    return DONE, render_path(options.field, options.scene, out, along, options.device, progress, options.rasterizer)


def _view(options: argparse.Namespace, progress: Progress) -> Result:
    from ..fields.viewer import view

    return DONE, view(options.field, options.scene, options.port, not options.no_browser, progress)


def _convert(options: argparse.Namespace, _progress: Progress) -> Result:
    from ..fields.convert import convert

    result = convert(options.source, options.out)
    if not options.json:
        print("{out}: {splats:,} splats of degree {degree}, {bytes:,} bytes from {bytes_in:,}".format(**result))
    return DONE, result


def _mesh(options: argparse.Namespace, progress: Progress) -> Result:
    from ..fields.mesh import mesh

    result = mesh(options.field, options.out, options.voxel, options.scene, options.far, progress)
    if not options.json:
        print("{out}: {triangles:,} triangles, voxels of {voxel:.3g} m".format(**result))
    return DONE, result
