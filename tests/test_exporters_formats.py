"""What holds for every format: it is written whole or not at all, from what the dataset holds, and says what it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from formats_truth import copied, edit, export, generated, only_scene, twice, without

from wildfield.errors import UserError
from wildfield.exporters.formats import formats
from wildfield.progress import Progress, Task

GROWN = {"bop-models", "glb", "mjcf", "obj", "ply", "urdf", "usd"}
"""Formats that grow a scene again from its spec, which the one here has not."""
SCANNED = {"kitti-velodyne"}
"""Formats of what a LiDAR says, which is not here."""
PICTURES = sorted(set(formats) - GROWN - SCANNED)
ANY_CAMERA = {"coco", "coco-panoptic", "hdf5", "webdataset"}
ONE_DATASET = {"bop", "coco", "coco-panoptic", "eg3d", "ivid", "webdataset"}
NO_DEPTH = {"eg3d", "instant-ngp", "kitti", "nerf-synthetic", "euroc"}
"""Formats that say neither depth nor ids."""
LEFT_OUT = {
    "bop": ["mask"], "infinigen": ["Flow3D", "SurfaceNormal", "OcclusionBoundaries"], "middlebury": ["disp*.pfm"],
}  # fmt: skip
"""What a format could hold and the standard maps do not say."""
HEART = [
    ("kitti", "flow_forward"), ("sintel", "flow_forward"), ("sintel", "depth"), ("tum", "depth"), ("middlebury", "depth"),
    ("coco", "instance"), ("coco-panoptic", "class"), ("bop", "depth"), ("colmap", "depth"), ("ivid", "depth"),
]  # fmt: skip
"""Maps without which a format says nothing."""


@pytest.fixture(scope="module")
def standard(bpy: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of few maps: two frames of 64x64, as EG3D asks for squares."""
    return generated(
        tmp_path_factory.mktemp("standard") / "dataset",
        width=64,
        height=64,
        truth="small,class,flow_forward,occlusion_forward",
        tracks=0,
    )


@pytest.fixture(autouse=True)
def _h5py(request: pytest.FixtureRequest) -> None:
    if "name" in request.fixturenames and request.getfixturevalue("name") == "hdf5":
        pytest.importorskip("h5py")


@pytest.mark.parametrize("name", PICTURES)
def test_the_standard_maps_are_enough_for_every_format(name: str, standard: Path, tmp_path: Path) -> None:
    out, _ = export(name, standard, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert size(out) > 0
    for pattern in LEFT_OUT.get(name, ()):
        assert not list(out.rglob(pattern)), f"{pattern} is in no standard map"


@pytest.mark.parametrize("name", PICTURES)
def test_progress_ends_where_it_was_said_to_end(name: str, standard: Path, tmp_path: Path) -> None:
    seen: list[Task] = []

    class Watching(Progress):
        def _show(self, task: Task, last: bool) -> None:
            seen.append(task)

    formats[name].write(standard, tmp_path / "out", Watching())
    assert seen[-1].total == 2 and seen[-1].done == pytest.approx(2)


@pytest.mark.parametrize("name", PICTURES)
def test_scenes_lie_in_folders_of_their_own_or_are_one_dataset(name: str, standard: Path, tmp_path: Path) -> None:
    one, _ = export(name, standard, tmp_path / "one")
    both, _ = export(name, twice(standard, tmp_path / "dataset"), tmp_path / "both")
    if name in ONE_DATASET:
        assert folders(both) == folders(one)
        assert size(both) > 1.5 * size(one)
    else:
        assert folders(both) == {"7", "11"}
        assert all(files(both / seed) == files(one) for seed in ("7", "11"))


@pytest.mark.parametrize("name", sorted(formats))
def test_an_export_never_overwrites(name: str, standard: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty"):
        export(name, standard, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_failed_export_leaves_nothing(name: str, standard: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Task, "advance", fail)
    with pytest.raises(KeyboardInterrupt):
        export(name, standard, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("damage", ["cut", "gone"])
@pytest.mark.parametrize("name", PICTURES)
def test_a_damaged_picture_is_named_and_not_exported(name: str, damage: str, standard: Path, tmp_path: Path) -> None:
    dataset = copied(standard, tmp_path / "dataset")
    spoil(next(dataset.rglob("rgb/0001.png")), damage)
    with pytest.raises(UserError, match=r"rgb/0001.png: (cannot be read|is damaged|is truncated)"):
        export(name, dataset, tmp_path / "out")
    assert [item.name for item in tmp_path.iterdir()] == ["dataset"]


@pytest.mark.parametrize("damage", ["cut", "gone"])
@pytest.mark.parametrize("name", ["colmap", "colmap-binary", "instant-ngp", "nerfstudio"])
def test_damaged_points_are_named_and_not_exported(name: str, damage: str, standard: Path, tmp_path: Path) -> None:
    dataset = copied(standard, tmp_path / "dataset")
    spoil(next(dataset.rglob("points.ply")), damage)
    with pytest.raises(UserError, match=r"points.ply: (cannot be read|is damaged)"):
        export(name, dataset, tmp_path / "out")
    assert [item.name for item in tmp_path.iterdir()] == ["dataset"]


@pytest.mark.parametrize("name", sorted(set(PICTURES) - NO_DEPTH))
def test_a_map_that_is_gone_is_an_error_and_not_left_out(name: str, standard: Path, tmp_path: Path) -> None:
    dataset = copied(standard, tmp_path / "dataset")
    for lost in ("depth", "instance"):
        next(dataset.rglob(f"{lost}/0002.exr")).unlink()
    with pytest.raises(UserError, match=r"(depth|instance)/0002.exr: cannot be read"):
        export(name, dataset, tmp_path / "out")


@pytest.mark.parametrize("file", ["transforms.json", "camera.json", "dataset.json", "metadata.json"])
def test_json_of_another_shape_is_named(file: str, standard: Path, tmp_path: Path) -> None:
    dataset = copied(standard, tmp_path / "dataset")
    next(dataset.rglob(file)).write_text('{"format": 2, "scenes": null, "frames": null}')
    with pytest.raises(UserError, match=f"{file}: does not hold what wildfield writes there"):
        export("coco" if file == "metadata.json" else "nerfstudio", dataset, tmp_path / "out")


BENT = {"brown": [-0.1, 0.01, 0.001, 0.002, 0.0], "fisheye": [0.0] * 4, "equisolid": []}
KNOWS = {
    "nerfstudio": ("equirectangular", "brown", "fisheye"),
    "instant-ngp": ("brown",),
    "colmap": ("brown", "fisheye"),
    "colmap-binary": ("brown", "fisheye"),
}


@pytest.mark.parametrize("model", ["orthographic", "equirectangular", *BENT])
@pytest.mark.parametrize("name", PICTURES)
def test_a_camera_that_a_format_cannot_express_is_refused(name: str, model: str, standard: Path, tmp_path: Path) -> None:
    dataset = copied(standard, tmp_path / "dataset")
    edit(next(dataset.rglob("camera.json")), {"model": model, "distortion": BENT.get(model, []), "half_angle": 1.5})
    if name in ANY_CAMERA or model in KNOWS.get(name, ()):
        export(name, dataset, tmp_path / "out")
    else:
        said = (
            f"camera 'main' is {model}, and {name.removesuffix('-binary')} knows pinhole .*only; export to webdataset or hdf5"
        )
        with pytest.raises(UserError, match=said):
            export(name, dataset, tmp_path / "out")
        assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("name", "lacking"), HEART)
def test_a_map_that_is_the_heart_of_a_format_is_named_with_what_makes_it(
    name: str, lacking: str, standard: Path, tmp_path: Path
) -> None:
    dataset = without(standard, tmp_path / "dataset", lacking)
    with pytest.raises(UserError, match=f"made without {lacking}; generate with --truth standard,{lacking}"):
        export(name, dataset, tmp_path / "out")
    assert [item.name for item in tmp_path.iterdir()] == ["dataset"]


@pytest.mark.parametrize(
    "name", sorted({"eg3d", "hdf5", "infinigen", "instant-ngp", "nerf-synthetic", "nerfstudio", "webdataset"})
)
def test_pictures_alone_are_enough_where_a_format_is_of_pictures(name: str, standard: Path, tmp_path: Path) -> None:
    others = set(only_scene(standard).metadata["maps"]) - {"rgb"}
    out, _ = export(name, without(standard, tmp_path / "dataset", *others), tmp_path / "out")
    assert files(out)


def test_an_empty_folder_that_is_there_is_filled(standard: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    inode = (tmp_path / "out").stat().st_ino
    export("colmap", standard, tmp_path / "out")
    assert folders(tmp_path / "out") == {"images", "sparse"}
    assert (tmp_path / "out").stat().st_ino == inode, "it may be a disk that is mounted there"


def spoil(path: Path, damage: str) -> None:
    """Cut a file in half, or take it away."""
    whole = path.read_bytes()
    path.unlink() if damage == "gone" else path.write_bytes(whole[: len(whole) // 2])


def folders(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()}


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def size(root: Path) -> int:
    return sum((root / name).stat().st_size for name in files(root))
