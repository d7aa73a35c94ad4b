"""Exports for recognition: what pycocotools, OpenCV and the rules of each layout read back is the truth of the dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wildfield.exporters.formats import formats, infinigen
from wildfield.exporters.formats.bop_objects import polar
from wildfield.exporters.formats.regions import regions
from wildfield.exporters.formats.rle import label_runs, mask_runs, packed, runs_mask
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import Frame, Scene, open_dataset

STUFF = ["sky", "ground", "water"]
COLOURS = [[10 * number, 20 + number, 200] for number in range(6)]


def grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask and its right and lower neighbours: a stand-in for the part of a thing that is hidden."""
    more = mask.copy()
    more[:, 1:] |= mask[:, :-1]
    more[1:] |= mask[:-1]
    return more


@pytest.fixture(scope="module")
def dataset(truth_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The truth dataset with metadata.json and `things` whose amodal masks are the visible ones, grown."""
    root = tmp_path_factory.mktemp("recognition") / "dataset"
    shutil.copytree(truth_dataset, root)
    (scene,) = open_dataset(root).scenes
    (scene.folder / "metadata.json").write_text(json.dumps({"format": 2, "stuff": STUFF, "class_colours": COLOURS}))
    for frame in scene.frames():
        path = scene.folder / "frames" / frame.camera_name / "things" / f"{frame.number:04d}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({"format": 2, "things": [thing_row(*item) for item in masks(frame).items()]}))
    return root


def masks(frame: Frame) -> dict[int, NDArray[np.bool_]]:
    """The visible mask of every id of a frame, one comparison each."""
    instance = frame.read("instance")
    return {int(number): instance == number for number in np.unique(instance) if number}


def box(mask: NDArray[np.bool_]) -> list[int]:
    """[x0, y0, x1, y1] of a mask, edges."""
    y, x = np.nonzero(mask)
    return [int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1]


def thing_row(number: int, mask: NDArray[np.bool_]) -> dict[str, Any]:
    whole = grown(mask)
    size = [int(side) for side in mask.shape]
    return {
        "id": number, "visible_pixels": int(mask.sum()), "box_visible": box(mask), "box_amodal": box(whole),
        "amodal_pixels": int(whole.sum()), "occlusion": 1 - mask.sum() / whole.sum(), "truncated": False,
        "mask_amodal": {"size": size, "counts": mask_runs(whole).tolist()},
    }  # fmt: skip


def export(name: str, dataset: Path, out: Path) -> tuple[Path, Scene]:
    formats[name].write(dataset, out)
    return out, open_dataset(dataset).scenes[0]


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def countable(scene: Scene, frame: Frame) -> dict[int, NDArray[np.bool_]]:
    return {number: mask for number, mask in masks(frame).items() if scene.objects[number]["class"] not in STUFF}


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (37, 21), (500, 300)])
def test_runs_are_packed_as_pycocotools_packs_them(size: tuple[int, int], share: float) -> None:
    reader = pytest.importorskip("pycocotools.mask")
    mask = np.random.default_rng(3).random(size) < share
    text = packed(mask_runs(mask))
    assert text == reader.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"].decode()
    assert np.array_equal(reader.decode({"size": list(size), "counts": text}), mask)


def test_the_runs_of_all_labels_are_those_of_each_mask() -> None:
    labels = np.random.default_rng(5).integers(0, 9, (40, 30)).repeat(3, 0).astype(np.uint32)
    found = label_runs(labels)
    assert list(found) == np.unique(labels).tolist()
    for label, counts in found.items():
        assert np.array_equal(runs_mask(counts, *labels.shape), labels == label)


def test_regions_have_the_areas_and_boxes_of_their_masks() -> None:
    labels = np.zeros((50, 70), np.int64)
    labels[3:9, 60:70], labels[40:, :2], labels[20, 20] = 7, 900, 2**24 - 1
    for region in regions(labels, labels % 5):
        mask = labels == region.id
        assert (region.area, region.box, region.category) == (mask.sum(), box(mask), region.id % 5)
    assert [region.id for region in regions(labels, labels)] == [7, 900, 2**24 - 1]


def test_coco_decodes_to_the_instance_map(dataset: Path, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    out, scene = export("coco", dataset, tmp_path / "out")
    reader = coco.COCO(str(out / "annotations" / "instances.json"))
    assert [row["name"] for row in reader.loadCats(reader.getCatIds())] == ["card", "rock", "shrub"]
    for image, frame in zip(reader.dataset["images"], scene.frames(), strict=True):
        assert np.array_equal(read_png(out / "images" / image["file_name"]), frame.read("rgb"))
        found = {row["instance_id"]: row for row in reader.loadAnns(reader.getAnnIds(image["id"]))}
        expected = countable(scene, frame)
        assert found.keys() == expected.keys() and len(found) > 20
        for number, mask in expected.items():
            row = found[number]
            x0, y0, x1, y1 = box(mask)
            assert np.array_equal(reader.annToMask(row), mask)
            assert (row["area"], row["bbox"], row["iscrowd"]) == (mask.sum(), [x0, y0, x1 - x0, y1 - y0], 0)
            assert scene.classes[row["category_id"]] == scene.objects[number]["class"]


def test_coco_carries_what_is_hidden(dataset: Path, tmp_path: Path) -> None:
    mask_reader = pytest.importorskip("pycocotools.mask")
    out, scene = export("coco", dataset, tmp_path / "out")
    expected = countable(scene, next(scene.frames()))
    for row in load(out / "annotations" / "instances.json")["annotations"][: len(expected)]:
        whole = grown(expected[row["instance_id"]])
        assert np.array_equal(mask_reader.decode(row["amodal_segmentation"]), whole)
        assert row["amodal_bbox"] == mask_reader.toBbox(row["amodal_segmentation"]).tolist()
        assert row["occlusion"] == pytest.approx(1 - row["area"] / whole.sum())


def test_coco_truth_against_itself_has_an_average_precision_of_one(dataset: Path, tmp_path: Path) -> None:
    coco, evaluation = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    out, _ = export("coco", dataset, tmp_path / "out")
    reader = coco.COCO(str(out / "annotations" / "instances.json"))
    keys = ("image_id", "category_id", "segmentation", "bbox")
    results = reader.loadRes([{key: row[key] for key in keys} | {"score": 1.0} for row in reader.dataset["annotations"]])
    for kind in ("segm", "bbox"):
        judge = evaluation.COCOeval(reader, results, kind)
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
        assert judge.stats[:3] == pytest.approx([1, 1, 1])


def test_without_metadata_every_class_but_the_sky_is_countable(truth_dataset: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(truth_dataset, dataset)
    for extra in (*dataset.rglob("metadata.json"), *dataset.rglob("things/*.json")):
        extra.unlink()
    out, scene = export("coco", dataset, tmp_path / "out")
    content = load(out / "annotations" / "instances.json")
    assert [row["name"] for row in content["categories"]] == scene.classes[1:]
    first = [row["instance_id"] for row in content["annotations"] if row["image_id"] == 1]
    assert first == sorted(masks(next(scene.frames())))
    assert not {"occlusion", "amodal_bbox", "amodal_segmentation"} & content["annotations"][0].keys()


def test_panoptic_segments_cover_every_pixel_once(dataset: Path, tmp_path: Path) -> None:
    """By panopticapi's rules: id = r + 256 g + 65536 b, and the PNG and segments_info name the same ids."""
    out, scene = export("coco-panoptic", dataset, tmp_path / "out")
    content = load(out / "panoptic.json")
    categories = {row["id"]: row for row in content["categories"]}
    assert [row["color"] for row in content["categories"]] == COLOURS
    assert [row["name"] for row in content["categories"] if not row["isthing"]] == STUFF
    for row, frame in zip(content["annotations"], scene.frames(), strict=True):
        colour = read_png(out / "panoptic" / row["file_name"]).astype(np.int64)
        ids, classes, instance = colour @ [1, 256, 65536], frame.read("class"), frame.read("instance")
        info = {item["id"]: item for item in row["segments_info"]}
        assert len(info) == len(row["segments_info"]) and set(info) == set(np.unique(ids).tolist()) and 0 not in info
        for number, item in info.items():
            mask = ids == number
            x0, y0, x1, y1 = box(mask)
            assert (item["area"], item["bbox"], item["iscrowd"]) == (mask.sum(), [x0, y0, x1 - x0, y1 - y0], 0)
            assert (classes[mask] == item["category_id"]).all()
            if categories[item["category_id"]]["isthing"]:
                assert np.array_equal(instance == number, mask)
            else:
                assert np.array_equal(classes == item["category_id"], mask)


def test_panoptic_segments_are_cocos_instances(dataset: Path, tmp_path: Path) -> None:
    mask_reader = pytest.importorskip("pycocotools.mask")
    out, _ = export("coco-panoptic", dataset, tmp_path / "panoptic")
    instances = load(export("coco", dataset, tmp_path / "coco")[0] / "annotations" / "instances.json")
    segments = load(out / "panoptic.json")
    assert segments["images"] == instances["images"]
    ids = {row["image_id"]: read_png(out / "panoptic" / row["file_name"]) @ [1, 256, 65536] for row in segments["annotations"]}
    for row in instances["annotations"]:
        mask = np.asfortranarray(ids[row["image_id"]] == row["instance_id"]).astype(np.uint8)
        assert mask_reader.iou([mask_reader.encode(mask)], [row["segmentation"]], [0]) == [[1.0]]


def test_polar_parts_multiply_to_the_matrix_and_turn_only() -> None:
    rng = np.random.default_rng(11)
    for matrix in rng.normal(size=(20, 3, 3)):
        rotation, stretch = polar(matrix)
        assert np.allclose(rotation @ stretch, matrix) and np.allclose(stretch, stretch.T)
        assert np.allclose(rotation @ rotation.T, np.eye(3)) and np.linalg.det(rotation) == pytest.approx(1)
    turned = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turned *= np.linalg.det(turned)
    assert np.allclose(polar(0.7 * turned)[1], 0.7 * np.eye(3))


def bop_images(dataset: Path, out: Path) -> tuple[Path, Scene, list[Frame]]:
    out, scene = export("bop", dataset, out)
    return out / "train_pbr" / "000007", scene, list(scene.frames())


def test_bop_poses_carry_a_things_points_to_the_pixels_that_show_them(dataset: Path, tmp_path: Path) -> None:
    """P_m2i = K [R_m2c, t_m2c] of bop_datasets_format.md, with the model point found through the matrix of objects.json."""
    images, scene, frames = bop_images(dataset, tmp_path / "out")
    models, shapes = (load(tmp_path / "out" / name) for name in ("models/models_info.json", "dataset_info.json"))
    checked = 0
    for (key, rows), frame in zip(load(images / "scene_gt.json").items(), frames, strict=True):
        k = np.array(load(images / "scene_camera.json")[key]["cam_K"]).reshape(3, 3)
        seen, position = countable(scene, frame), frame.read("position").astype(np.float64)
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


def test_bop_objects_are_shared_by_what_is_alike(dataset: Path, tmp_path: Path) -> None:
    images, scene, _ = bop_images(dataset, tmp_path / "out")
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


def test_bop_depth_is_read_by_opencv_in_millimetres(dataset: Path, tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    images, _, frames = bop_images(dataset, tmp_path / "out")
    camera = load(tmp_path / "out" / "camera.json")
    for number, frame in enumerate(frames):
        row = load(images / "scene_camera.json")[str(number)]
        depth = cv2.imread(str(images / "depth" / f"{number:06d}.png"), cv2.IMREAD_UNCHANGED)
        assert depth.dtype == np.uint16 and row["depth_scale"] == camera["depth_scale"]
        assert np.abs(depth * row["depth_scale"] / 1000 - frame.read("depth")).max() <= row["depth_scale"] / 2000 + 1e-6
        assert frame.camera.to_camera(np.ones(3)) * 1000 == pytest.approx(
            np.array(row["cam_R_w2c"]).reshape(3, 3) @ np.full(3, 1000) + row["cam_t_w2c"]
        )


def test_bop_masks_and_their_numbers_agree(dataset: Path, tmp_path: Path) -> None:
    images, scene, frames = bop_images(dataset, tmp_path / "out")
    for number, frame in enumerate(frames):
        depth, seen = frame.read("depth"), countable(scene, frame)
        truth, numbers = (load(images / f"{name}.json")[str(number)] for name in ("scene_gt", "scene_gt_info"))
        for index, (row, info) in enumerate(zip(truth, numbers, strict=True)):
            visible = read_png(images / "mask_visib" / f"{number:06d}_{index:06d}.png")
            whole = read_png(images / "mask" / f"{number:06d}_{index:06d}.png")
            assert np.array_equal(visible, 255 * seen[row["instance_id"]])
            assert np.array_equal(whole, 255 * grown(visible > 0))
            assert info["px_count_visib"] == (visible > 0).sum() and info["px_count_all"] == (whole > 0).sum()
            assert info["px_count_valid"] == (depth[whole > 0] > 0).sum()
            assert info["visib_fract"] == info["px_count_visib"] / info["px_count_all"]
            for name, mask in (("bbox_visib", visible > 0), ("bbox_obj", whole > 0)):
                y, x = np.nonzero(mask)
                assert info[name] == [x.min(), y.min(), x.max() - x.min(), y.max() - y.min()]


def test_bop_says_where_hidden_parts_are_not_known(truth_dataset: Path, tmp_path: Path) -> None:
    dataset = tmp_path / "dataset"
    shutil.copytree(truth_dataset, dataset)
    for extra in dataset.rglob("things/*.json"):
        extra.unlink()
    images, _, _ = bop_images(dataset, tmp_path / "out")
    assert not (images / "mask").exists()
    info = load(images / "scene_gt_info.json")["0"][0]
    assert (info["px_count_all"], info["visib_fract"], info["bbox_obj"]) == (-1, -1, [-1] * 4) and info["px_count_visib"] > 0


def infinigen_file(out: Path, kind: str, frame: int, suffix: str) -> Path:
    """get_frame_path of infinigen/tools/dataset_loader.py, for the first camera."""
    return out / "frames" / kind / "camera_0" / f"{kind}_0_0_{frame:04d}_0.{suffix}"


def recovered(path: Path) -> NDArray[Any]:
    """An id map by the rule of infinigen/tools/compress_masks.py."""
    with np.load(path) as parts:
        return parts["vals"][parts["indices"]].reshape(parts["shape"])


def test_infinigen_depth_warps_by_its_own_camera(dataset: Path, tmp_path: Path) -> None:
    """K^-1, depth and T, as infinigen/tools/ground_truth/rigid_warp.py goes, reach the position of the dataset."""
    out, scene = export("infinigen", dataset, tmp_path / "out")
    for frame in scene.frames():
        with np.load(infinigen_file(out, "camview", frame.number, "npz")) as view:
            k, pose, size = view["K"], view["T"], view["HW"]
        depth = np.load(infinigen_file(out, "Depth", frame.number, "npy"))
        assert depth.dtype == np.float32 and depth.shape == tuple(size)
        valid = frame.read("valid")
        assert (depth[~valid] == 1e10).all() and np.array_equal(depth[valid], frame.read("depth")[valid])
        y, x = np.nonzero(valid)
        rays = np.linalg.inv(k) @ np.stack([x + 0.5, y + 0.5, np.ones(len(x))])
        world = pose[:3, :3] @ (rays * depth[valid]) + pose[:3, 3:]
        assert np.abs(world.T - frame.read("position")[valid]).max() < 1e-3
        assert np.array_equal(read_png(infinigen_file(out, "Image", frame.number, "png")), frame.read("rgb"))


def test_infinigen_normals_are_in_opengl_camera_axes(dataset: Path, tmp_path: Path) -> None:
    out, scene = export("infinigen", dataset, tmp_path / "out")
    frame = next(scene.frames())
    normal, valid = np.load(infinigen_file(out, "SurfaceNormal", 1, "npy")), frame.read("valid")
    assert normal.dtype == np.float32
    with np.load(infinigen_file(out, "camview", 1, "npz")) as view:
        opengl = view["T"][:3, :3] @ np.diag([1.0, -1.0, -1.0])
    assert np.allclose(normal @ opengl.T, frame.read("normal"), atol=1e-6)
    rays = frame.camera.intrinsics.directions() * [1, -1, -1]
    assert ((normal * rays).sum(-1)[valid] < 1e-6).all(), "a surface that is seen looks at the camera"


def test_infinigen_ids_name_their_objects_and_boxes(dataset: Path, tmp_path: Path) -> None:
    out, scene = export("infinigen", dataset, tmp_path / "out")
    tags = load(out / "fine" / "MaskTag.json")
    for frame in scene.frames():
        segments = recovered(infinigen_file(out, "ObjectSegmentation", frame.number, "npz"))
        parts = recovered(infinigen_file(out, "InstanceSegmentation", frame.number, "npz"))
        tag = recovered(infinigen_file(out, "TagSegmentation", frame.number, "npz"))
        assert (segments.dtype, parts.dtype, tag.dtype) == (np.int32, np.int32, np.int64)
        assert np.array_equal(segments, frame.read("instance")) and np.array_equal(tag, frame.read("class"))
        assert parts.shape == (*segments.shape, 3)
        rows = load(infinigen_file(out, "Objects", frame.number, "json"))
        assert sorted(row["object_index"] for row in rows) == sorted(masks(frame))
        for row in rows:
            assert (parts[segments == row["object_index"]] == row["instance_ids"][0]).all()
            assert (tag[segments == row["object_index"]] == row["tags"][0]).all() and row["tags"][0] in tags.values()
            thing = scene.objects[row["object_index"]]
            assert [row["min"], row["max"]] == thing["box"] and row["name"] == thing["name"]
            known, matrices = scene.poses(frame.number).find(np.array([row["object_index"]]))
            assert known.all() and np.array_equal(row["model_matrices"], matrices)


def test_infinigen_flow_is_that_of_every_frame_with_a_next_one(dataset: Path, tmp_path: Path) -> None:
    out, scene = export("infinigen", dataset, tmp_path / "out")
    first, last = scene.frames()
    kind = "Flow3D" if (out / "frames" / "Flow3D").is_dir() else "Flow"
    flow = np.load(infinigen_file(out, kind, 1, "npy"))
    assert np.array_equal(flow[..., :2], first.read("flow_forward"))
    seen = read_png(infinigen_file(out, "Flow3DMask", 1, "png"))
    assert np.array_equal(seen == 255, first.read("occlusion_forward") == 0)
    assert not infinigen_file(out, kind, last.number, "npy").exists()


def test_infinigen_flow_has_the_change_of_depth(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A world that moves by a constant and a camera that moves: depth + change is the depth of the moved point there."""
    moved = np.full((120, 160, 3), [0.3, -0.2, 0.1], np.float32)
    added, has, read = "scene_flow_forward", infinigen.has, Frame.read
    monkeypatch.setattr(infinigen, "has", lambda frame, name: name == added or has(frame, name))
    monkeypatch.setattr(Frame, "read", lambda frame, name: moved if name == added else read(frame, name))
    out, scene = export("infinigen", dataset, tmp_path / "out")
    first, last = scene.frames()
    flow = np.load(infinigen_file(out, "Flow3D", 1, "npy"))
    depth = np.load(infinigen_file(out, "Depth", 1, "npy"))
    expected = last.camera.project(first.read("position") + moved)[1]
    assert flow.dtype == np.float32 and flow.shape == (120, 160, 3)
    assert np.allclose((depth + flow[..., 2])[first.read("valid")], expected[first.read("valid")], atol=1e-5)
