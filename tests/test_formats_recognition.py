"""COCO's exports: what pycocotools and panopticapi's rules read back is the truth of the dataset."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from formats_truth import box, countable, decoded, edit, export, load, only_scene, twice, without

from wildfield.errors import UserError
from wildfield.exporters.formats.shared.regions import regions
from wildfield.exporters.formats.shared.rle import label_runs, mask_runs, packed, runs_mask
from wildfield.exporters.images import read_png
from wildfield.procgen.classes import group_of


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


def test_coco_decodes_to_the_instance_map(truth_dataset: Path, tmp_path: Path) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    out, scene = export("coco", truth_dataset, tmp_path / "out")
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


def test_coco_carries_what_is_hidden(truth_dataset: Path, tmp_path: Path) -> None:
    mask_reader = pytest.importorskip("pycocotools.mask")
    out, scene = export("coco", truth_dataset, tmp_path / "out")
    frame = next(scene.frames())
    things = {row["id"]: row for row in frame.things()}
    annotations = {row["instance_id"]: row for row in load(out / "annotations" / "instances.json")["annotations"][::-1]}
    known = 0
    for number in countable(scene, frame):
        thing, row = things[number], annotations[number]
        assert row["truncated"] == thing["truncated"]
        if "mask_amodal" not in thing:
            assert not {"occlusion", "amodal_bbox", "amodal_segmentation"} & row.keys()
            continue
        x0, y0, x1, y1 = thing["box_amodal"]
        assert np.array_equal(mask_reader.decode(row["amodal_segmentation"]), decoded(thing["mask_amodal"]))
        assert row["amodal_bbox"] == [x0, y0, x1 - x0, y1 - y0]
        assert row["occlusion"] == pytest.approx(1 - row["area"] / thing["amodal_pixels"], abs=1e-5)
        known += 1
    assert known > 20


def test_coco_truth_against_itself_has_an_average_precision_of_one(truth_dataset: Path, tmp_path: Path) -> None:
    coco, evaluation = pytest.importorskip("pycocotools.coco"), pytest.importorskip("pycocotools.cocoeval")
    out, _ = export("coco", truth_dataset, tmp_path / "out")
    reader = coco.COCO(str(out / "annotations" / "instances.json"))
    keys = ("image_id", "category_id", "segmentation", "bbox")
    results = reader.loadRes([{key: row[key] for key in keys} | {"score": 1.0} for row in reader.dataset["annotations"]])
    for kind in ("segm", "bbox"):
        judge = evaluation.COCOeval(reader, results, kind)
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
        assert judge.stats[:3] == pytest.approx([1, 1, 1])


def test_coco_without_things_has_what_is_seen(truth_dataset: Path, tmp_path: Path) -> None:
    whole = load(export("coco", truth_dataset, tmp_path / "whole")[0] / "annotations" / "instances.json")
    dataset = without(truth_dataset, tmp_path / "dataset", "things")
    seen = load(export("coco", dataset, tmp_path / "seen")[0] / "annotations" / "instances.json")
    extra = {"occlusion", "truncated", "amodal_bbox", "amodal_segmentation"}
    assert not any(extra & row.keys() for row in seen["annotations"])
    assert seen["annotations"] == [
        {key: value for key, value in row.items() if key not in extra} for row in whole["annotations"]
    ]


@pytest.mark.parametrize(("name", "file"), [("coco", "annotations/instances.json"), ("coco-panoptic", "panoptic.json")])
def test_scenes_are_one_dataset(name: str, file: str, truth_dataset: Path, tmp_path: Path) -> None:
    one = load(export(name, truth_dataset, tmp_path / "one")[0] / file)
    both = load(export(name, twice(truth_dataset, tmp_path / "dataset"), tmp_path / "both")[0] / file)
    assert both["categories"] == one["categories"]
    assert [row["id"] for row in both["images"]] == [1, 2, 3, 4]
    assert [row["file_name"] for row in both["images"]] == [
        "7_main_0001.png", "7_main_0002.png", "11_main_0001.png", "11_main_0002.png",
    ]  # fmt: skip
    assert [row["scene"] for row in both["images"]] == ["7", "7", "11", "11"]
    assert sorted(path.name for path in (tmp_path / "both" / "images").iterdir()) == sorted(
        row["file_name"] for row in both["images"]
    )
    half = len(one["annotations"])
    assert both["annotations"][:half] == one["annotations"]
    changed = {"id", "image_id", "file_name"}
    for first, second in zip(one["annotations"], both["annotations"][half:], strict=True):
        assert second["image_id"] == first["image_id"] + 2
        assert name == "coco-panoptic" or second["id"] == first["id"] + half
        assert all(second[key] == first[key] for key in first.keys() - changed)


def test_scenes_of_other_classes_are_no_one_dataset(truth_dataset: Path, tmp_path: Path) -> None:
    dataset = twice(truth_dataset, tmp_path / "dataset")
    edit(dataset / "scenes" / "11" / "objects.json", {"classes": ["sky", "ground", "card", "rock", "shrub", "water"]})
    with pytest.raises(UserError, match=r"scenes/11: has other classes than .*scenes/7"):
        export("coco", dataset, tmp_path / "out")


def test_panoptic_segments_cover_every_pixel_once(truth_dataset: Path, tmp_path: Path) -> None:
    """By panopticapi's rules: id = r + 256 g + 65536 b, and the PNG and segments_info name the same ids."""
    out, scene = export("coco-panoptic", truth_dataset, tmp_path / "out")
    content = load(out / "panoptic.json")
    categories = {row["id"]: row for row in content["categories"]}
    assert [row["color"] for row in content["categories"]] == scene.metadata["class_colours"]
    assert [row["supercategory"] for row in content["categories"]] == [group_of(name) for name in scene.classes]
    assert [row["name"] for row in content["categories"] if not row["isthing"]] == ["sky", "ground", "water"]
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


def test_panoptic_segments_are_cocos_instances(truth_dataset: Path, tmp_path: Path) -> None:
    mask_reader = pytest.importorskip("pycocotools.mask")
    out, _ = export("coco-panoptic", truth_dataset, tmp_path / "panoptic")
    instances = load(export("coco", truth_dataset, tmp_path / "coco")[0] / "annotations" / "instances.json")
    segments = load(out / "panoptic.json")
    assert segments["images"] == instances["images"]
    ids = {row["image_id"]: read_png(out / "panoptic" / row["file_name"]) @ [1, 256, 65536] for row in segments["annotations"]}
    for row in instances["annotations"]:
        mask = np.asfortranarray(ids[row["image_id"]] == row["instance_id"]).astype(np.uint8)
        assert mask_reader.iou([mask_reader.encode(mask)], [row["segmentation"]], [0]) == [[1.0]]


def test_a_transparent_background_is_no_segment(truth_dataset: Path, tmp_path: Path) -> None:
    dataset = without(truth_dataset, tmp_path / "dataset", "things")
    folder = only_scene(dataset).folder
    described = only_scene(dataset).transforms["wildfield"]
    edit(folder / "transforms.json", {"wildfield": described | {"background": "transparent"}})
    out, scene = export("coco-panoptic", dataset, tmp_path / "out")
    for row, frame in zip(load(out / "panoptic.json")["annotations"], scene.frames(), strict=True):
        ids = read_png(out / "panoptic" / row["file_name"]) @ [1, 256, 65536]
        assert np.array_equal(ids == 0, ~frame.read("valid"))
        assert {item["id"] for item in row["segments_info"]} == set(np.unique(ids).tolist()) - {0}
