"""COCO's exports: what pycocotools and panopticapi's rules read back is the truth of the dataset."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from recognition_truth import COLOURS, STUFF, box, countable, export, grown, load, masks, with_things, without_things

from wildfield.errors import UserError
from wildfield.exporters.formats.shared.frames import pinhole
from wildfield.exporters.formats.shared.regions import regions
from wildfield.exporters.formats.shared.rle import label_runs, mask_runs, packed, runs_mask
from wildfield.exporters.images import read_png
from wildfield.exporters.reader import Frame


@pytest.fixture(scope="module")
def dataset(truth_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_things(truth_dataset, tmp_path_factory.mktemp("recognition") / "dataset")


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
    out, scene = export("coco", without_things(truth_dataset, tmp_path / "dataset"), tmp_path / "out")
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


def test_a_transparent_background_is_no_segment(dataset: Path, tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(dataset, copy)
    path = next(copy.rglob("transforms.json"))
    content = load(path)
    content["wildfield"]["background"] = "transparent"
    path.write_text(json.dumps(content))
    out, scene = export("coco-panoptic", copy, tmp_path / "out")
    for row, frame in zip(load(out / "panoptic.json")["annotations"], scene.frames(), strict=True):
        ids = read_png(out / "panoptic" / row["file_name"]) @ [1, 256, 65536]
        assert np.array_equal(ids == 0, ~frame.read("valid"))
        assert {item["id"] for item in row["segments_info"]} == set(np.unique(ids).tolist()) - {0}


@pytest.mark.parametrize(("name", "lacking"), [("coco", "instance"), ("coco-panoptic", "class"), ("bop", "depth")])
def test_a_map_that_is_not_there_is_named_with_its_remedy(name: str, lacking: str, dataset: Path, tmp_path: Path) -> None:
    copy = tmp_path / "dataset"
    shutil.copytree(dataset, copy)
    next(copy.rglob(f"{lacking}/0002.exr")).unlink()
    with pytest.raises(UserError, match=f"holds no {lacking} of main/0002; generate it again with --truth {lacking}"):
        export(name, copy, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["dataset"]


def test_a_camera_that_a_format_cannot_express_is_named() -> None:
    panorama: Any = SimpleNamespace(
        name="sky/0001", camera=SimpleNamespace(intrinsics=SimpleNamespace(model="equirectangular"))
    )
    with pytest.raises(UserError, match="bop knows pinhole cameras, and sky/0001 is equirectangular"):
        pinhole(cast(Frame, panorama), "bop")
