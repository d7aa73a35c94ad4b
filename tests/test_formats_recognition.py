"""Exports for recognition: what pycocotools, OpenCV and the rules of each layout read back is the truth of the dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wildfield.exporters.formats import formats
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
