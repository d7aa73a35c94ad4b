"""BOP's export: poses, masks and depth lead back to the truth of the dataset by the formulas of BOP's own description."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from formats_truth import Mask, box, countable, decoded, export, load, twice, without

from wildfield.errors import UserError
from wildfield.exporters.formats.shared.bop_objects import polar
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import Frame, Scene


def test_polar_parts_multiply_to_the_matrix_and_turn_only() -> None:
    rng = np.random.default_rng(11)
    for matrix in rng.normal(size=(20, 3, 3)):
        rotation, stretch = polar(matrix)
        assert np.allclose(rotation @ stretch, matrix) and np.allclose(stretch, stretch.T)
        assert np.allclose(rotation @ rotation.T, np.eye(3)) and np.linalg.det(rotation) == pytest.approx(1)
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned *= np.linalg.det(turned)
    assert np.allclose(polar(0.7 * turned)[1], 0.7 * np.eye(3))


def rigid(scene: Scene, frame: Frame) -> dict[int, Mask]:
    """Masks of the things that BOP has poses of."""
    return {number: mask for number, mask in countable(scene, frame).items() if not scene.objects[number]["deforms"]}


def bop_images(dataset: Path, out: Path) -> tuple[Path, Scene, list[Frame]]:
    out, scene = export("bop", dataset, out)
    return out / "train_pbr" / "000007", scene, list(scene.frames())


def test_bop_poses_carry_a_things_points_to_the_pixels_that_show_them(truth_dataset: Path, tmp_path: Path) -> None:
    """P_m2i = K [R_m2c, t_m2c] of bop_datasets_format.md, with the model point found through the matrix of objects.json."""
    images, scene, frames = bop_images(truth_dataset, tmp_path / "out")
    models, shapes = (load(tmp_path / "out" / name) for name in ("models/models_info.json", "dataset_info.json"))
    checked = 0
    for (key, rows), frame in zip(load(images / "scene_gt.json").items(), frames, strict=True):
        k = np.array(load(images / "scene_camera.json")[key]["cam_K"]).reshape(3, 3)
        seen, position = rigid(scene, frame), frame.read("position").astype(np.float64)
        assert [row["instance_id"] for row in rows] == sorted(seen)
        poses = scene.poses(frame.number)
        for row in rows:
            (matrix,) = poses.find(np.array([row["instance_id"]]))[1]
            assert str(row["obj_id"]) in models
            stretch = np.array(shapes["objects"][str(row["obj_id"])]["stretch"])
            y, x = np.nonzero(seen[row["instance_id"]])
            local = np.linalg.solve(matrix, np.c_[position[y, x], np.ones(len(x))].T)[:3]
            middle = np.mean(scene.objects[row["instance_id"]]["box"], 0)
            model = stretch @ (local - middle[:, None]) * 1000
            rotation = np.array(row["cam_R_m2c"]).reshape(3, 3)
            assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-6)
            u, v, w = k @ (rotation @ model + np.array(row["cam_t_m2c"])[:, None])
            assert np.abs(u / w - x).max() < 0.02 and np.abs(v / w - y).max() < 0.02
            checked += len(x)
    assert checked > 1000


def test_bop_objects_are_shared_by_what_is_alike(truth_dataset: Path, tmp_path: Path) -> None:
    images, scene, _ = bop_images(truth_dataset, tmp_path / "out")
    models = load(tmp_path / "out" / "models" / "models_info.json")
    first, second = load(images / "scene_gt.json").values()
    numbers = {row["instance_id"]: row["obj_id"] for row in first}
    assert all(numbers[row["instance_id"]] == row["obj_id"] for row in second if row["instance_id"] in numbers)
    by_name = {scene.objects[number]["name"]: models[str(kind)] for number, kind in numbers.items()}
    assert by_name["cube"] == pytest.approx(
        {"diameter": 2000 * 3**0.5} | {f"min_{axis}": -1000 for axis in "xyz"} | {f"size_{axis}": 2000 for axis in "xyz"}
    )
    ids = {scene.objects[number]["name"]: kind for number, kind in numbers.items()}
    assert ids["cube"] == ids["rock"] != ids["card"]
    sizes = {model["size_x"] for name, model in by_name.items() if name.startswith("shrub")}
    assert len(sizes) > 10 and min(sizes) >= 1400 and max(sizes) <= 2600


def test_bop_depth_is_read_by_opencv_in_millimetres(truth_dataset: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    images, _, frames = bop_images(truth_dataset, tmp_path / "out")
    camera = load(tmp_path / "out" / "camera.json")
    for number, frame in enumerate(frames):
        row = load(images / "scene_camera.json")[str(number)]
        depth = cv2.imread(str(images / "depth" / f"{number:06d}.png"), cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16 and row["depth_scale"] == camera["depth_scale"]
        assert np.abs(depth * row["depth_scale"] / 1000 - frame.read("depth")).max() <= row["depth_scale"] / 2000 + 1e-6
        assert frame.camera.to_camera(np.ones(3)) * 1000 == pytest.approx(
            np.array(row["cam_R_w2c"]).reshape(3, 3) @ np.full(3, 1000) + row["cam_t_w2c"]
        )


def test_bop_masks_and_their_numbers_agree(truth_dataset: Path, tmp_path: Path) -> None:
    images, scene, frames = bop_images(truth_dataset, tmp_path / "out")
    known = 0
    for number, frame in enumerate(frames):
        depth, seen, rows = frame.read("depth"), rigid(scene, frame), {row["id"]: row for row in frame.things()}
        truth, numbers = (load(images / f"{name}.json")[str(number)] for name in ("scene_gt", "scene_gt_info"))
        for index, (row, info) in enumerate(zip(truth, numbers, strict=True)):
            name, thing = f"{number:06d}_{index:06d}.png", rows[row["instance_id"]]
            visible = read_png(images / "mask_visib" / name)
            assert np.array_equal(visible, 255 * seen[row["instance_id"]])
            assert info["px_count_visib"] == (visible > 0).sum() and info["bbox_visib"] == spanned(box(visible > 0))
            if "mask_amodal" not in thing:
                assert not (images / "mask" / name).exists() and info["visib_fract"] == info["px_count_valid"] == -1
                continue
            whole = read_png(images / "mask" / name)
            assert np.array_equal(whole, 255 * decoded(thing["mask_amodal"]))
            assert info["px_count_all"] == (whole > 0).sum() >= info["px_count_visib"]
            assert info["px_count_valid"] == (depth[whole > 0] > 0).sum()
            assert info["visib_fract"] == info["px_count_visib"] / info["px_count_all"]
            x, y, across, down = info["bbox_obj"]
            x0, y0, x1, y1 = thing["box_amodal"]
            assert x <= x0 < x + 1 and y <= y0 < y + 1 and x + across < x1 <= x + across + 1 and y + down < y1 <= y + down + 1
            known += 1
    assert known > 50


def spanned(edges: list[int]) -> list[int]:
    """[x, y, last x - x, last y - y] of [x0, y0, x1, y1]."""
    return [edges[0], edges[1], edges[2] - 1 - edges[0], edges[3] - 1 - edges[1]]


def test_bop_in_cocos_format_has_the_visible_masks_by_object(truth_dataset: Path, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    images, _, _ = bop_images(truth_dataset, tmp_path / "out")
    reader = coco.COCO(str(images / "scene_gt_coco.json"))
    for key, rows in load(images / "scene_gt.json").items():
        assert (images / reader.imgs[int(key)]["file_name"]).is_file()
        for index, (row, found) in enumerate(zip(rows, reader.loadAnns(reader.getAnnIds(int(key))), strict=True)):
            assert (found["category_id"], found["instance_id"]) == (row["obj_id"], row["instance_id"])
            mask = read_png(images / "mask_visib" / f"{int(key):06d}_{index:06d}.png")
            assert np.array_equal(reader.annToMask(found) * 255, mask)


def test_bop_has_no_pose_of_what_deforms(truth_dataset: Path, tmp_path: Path) -> None:
    images, scene, frames = bop_images(truth_dataset, tmp_path / "out")
    for rows, frame in zip(load(images / "scene_gt.json").values(), frames, strict=True):
        assert [row["instance_id"] for row in rows] == sorted(rigid(scene, frame))
        assert len(rows) < len(countable(scene, frame)), "two nests deform"


def test_bop_says_where_hidden_parts_are_not_known(truth_dataset: Path, tmp_path: Path) -> None:
    images, _, _ = bop_images(without(truth_dataset, tmp_path / "dataset", "things"), tmp_path / "out")
    assert not (images / "mask").exists()
    info = load(images / "scene_gt_info.json")["0"][0]
    assert (info["px_count_all"], info["visib_fract"], info["bbox_obj"]) == (-1, -1, [-1] * 4) and info["px_count_visib"] > 0


def test_bop_scenes_share_the_objects_that_are_alike(truth_dataset: Path, tmp_path: Path) -> None:
    one, both = tmp_path / "one", tmp_path / "both"
    export("bop", truth_dataset, one)
    export("bop", twice(truth_dataset, tmp_path / "dataset"), both)
    assert sorted(path.name for path in (both / "train_pbr").iterdir()) == ["000007", "000011"]
    for name in ("models/models_info.json", "dataset_info.json", "camera.json"):
        assert load(both / name) == load(one / name)
    for name in ("scene_gt", "scene_gt_info", "scene_camera"):
        expected = load(one / "train_pbr" / "000007" / f"{name}.json")
        assert all(load(both / "train_pbr" / seed / f"{name}.json") == expected for seed in ("000007", "000011"))


@pytest.mark.parametrize("generator", ["rock", "fern"])
def test_a_models_mesh_under_its_pose_covers_the_visible_mask(bpy: object, tmp_path: Path, generator: str) -> None:
    """One thing alone hides nothing of itself: rays meet its mesh where mask_visib says so, and at that depth."""
    import ray_caster
    import trimesh

    from wildfield.cli import DONE, main

    words = ["--asset", generator, "--seed", "3", "--views", "4", "--resolution", "40x40", "--samples", "1"]
    assert main(["generate", str(tmp_path / "dataset"), *words, "--truth", "standard,things", "--progress", "none"]) == DONE
    out, scene = export("bop-models", tmp_path / "dataset", tmp_path / "out")
    images, (info,) = out / "train_pbr" / "000003", load(out / "models" / "models_info.json").values()
    mesh = trimesh.load_mesh(out / "models" / "obj_000001.ply", process=False)
    points = np.asarray(mesh.vertices, np.float64)
    assert np.ptp(points, axis=0) == pytest.approx([info[f"size_{axis}"] for axis in "xyz"], rel=1e-6)
    assert points.min(0) == pytest.approx([info[f"min_{axis}"] for axis in "xyz"], rel=1e-6)
    assert info["diameter"] <= np.linalg.norm(np.ptp(points, axis=0)) + 1e-3
    corners = np.stack(
        [points[points[:, axis].argmin()] for axis in range(3)] + [points[points[:, axis].argmax()] for axis in range(3)]
    )
    assert info["diameter"] >= np.linalg.norm(corners[:, None] - corners[None], axis=-1).max() - 1e-3
    for key, ((row,), camera) in enumerate(
        zip(load(images / "scene_gt.json").values(), load(images / "scene_camera.json").values(), strict=True)
    ):
        placed = points @ np.array(row["cam_R_m2c"]).reshape(3, 3).T + row["cam_t_m2c"]
        faces = np.asarray(mesh.faces)
        nothing = np.full((len(faces), 3, 2), np.nan)
        geometry = ray_caster.Geometry(placed, faces, np.ones(len(faces), int), nothing)
        v, u = (grid.ravel() for grid in np.mgrid[0:40, 0:40])
        rays = np.stack([u, v, np.ones_like(u)], -1) @ np.linalg.inv(np.array(camera["cam_K"]).reshape(3, 3)).T
        depth = ray_caster.cast(geometry, np.zeros(3), rays)[0].reshape(40, 40)
        visible = read_png(images / "mask_visib" / f"{key:06d}_000000.png") > 0
        assert visible.sum() > 50 and (np.isfinite(depth) != visible).mean() < 0.003
        both = visible & np.isfinite(depth)
        shown = list(scene.frames())[key].read("depth") * 1000
        assert np.percentile(np.abs(depth - shown)[both], 98) < 1e-4 * info["diameter"] + camera["depth_scale"]


def test_a_dataset_whose_world_does_not_grow_again_says_so_in_one_line(truth_dataset: Path, tmp_path: Path) -> None:
    """The scene of the tests is built by hand: what its scene.toml describes is another one."""
    from wildfield.exporters.formats.shared import bop_models

    def refuse(scene: Scene) -> None:
        raise UserError(f"{scene.folder / 'scene.toml'}: grows into another scene than the dataset shows")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bop_models, "world_of", refuse)
        with pytest.raises(UserError, match="another scene"):
            export("bop-models", truth_dataset, tmp_path / "out")
    assert not (tmp_path / "out").exists()
