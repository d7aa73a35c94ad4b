"""Infinigen's export, read by the rules of Infinigen's own loader and tools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from formats_truth import export, load, masks, without
from numpy.typing import NDArray

from wildfield.exporters.images import read_png


def infinigen_file(out: Path, kind: str, frame: int, suffix: str) -> Path:
    """get_frame_path of infinigen/tools/dataset_loader.py, for the first camera."""
    return out / "frames" / kind / "camera_0" / f"{kind}_0_0_{frame:04d}_0.{suffix}"


def recovered(path: Path) -> NDArray[Any]:
    """An id map by the rule of infinigen/tools/compress_masks.py."""
    with np.load(path) as parts:
        return parts["vals"][parts["indices"]].reshape(parts["shape"])


def test_infinigen_depth_warps_by_its_own_camera(truth_dataset: Path, tmp_path: Path) -> None:
    """K^-1, depth and T, as infinigen/tools/ground_truth/rigid_warp.py goes, reach the position of the dataset."""
    out, scene = export("infinigen", truth_dataset, tmp_path / "out")
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


def test_infinigen_normals_are_in_opengl_camera_axes(truth_dataset: Path, tmp_path: Path) -> None:
    out, scene = export("infinigen", truth_dataset, tmp_path / "out")
    frame = next(scene.frames())
    normal, valid = np.load(infinigen_file(out, "SurfaceNormal", 1, "npy")), frame.read("valid")
    assert normal.dtype == np.float32
    with np.load(infinigen_file(out, "camview", 1, "npz")) as view:
        opengl = view["T"][:3, :3] @ np.diag([1.0, -1.0, -1.0])
    assert np.allclose(normal @ opengl.T, frame.read("normal"), atol=1e-6)
    rays = frame.camera.intrinsics.directions() * [1, -1, -1]
    assert ((normal * rays).sum(-1)[valid] < 1e-6).all(), "a surface that is seen looks at the camera"


def test_infinigen_ids_name_their_objects_and_boxes(truth_dataset: Path, tmp_path: Path) -> None:
    out, scene = export("infinigen", truth_dataset, tmp_path / "out")
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


def test_infinigen_flow_is_that_of_every_frame_with_a_next_one(truth_dataset: Path, tmp_path: Path) -> None:
    """flow carries a pixel and its depth to the place and the depth of the moved point in the next frame."""
    out, scene = export("infinigen", truth_dataset, tmp_path / "out")
    first, last = scene.frames()
    flow, depth = (np.load(infinigen_file(out, kind, 1, "npy")) for kind in ("Flow3D", "Depth"))
    assert flow.dtype == np.float32 and np.array_equal(flow[..., :2], first.read("flow_forward"))
    expected = last.camera.project(first.read("position") + first.read("scene_flow_forward").astype(np.float64))[1]
    there = first.read("valid") & (first.read("occlusion_forward") != 3)
    assert np.abs((depth + flow[..., 2]) - expected)[there].max() < 1e-4
    seen = read_png(infinigen_file(out, "Flow3DMask", 1, "png"))
    assert np.array_equal(seen == 255, first.read("occlusion_forward") == 0)
    assert not infinigen_file(out, "Flow3D", last.number, "npy").exists()


def test_infinigen_flow_is_flat_where_the_motion_in_space_is_not_known(truth_dataset: Path, tmp_path: Path) -> None:
    out, scene = export("infinigen", without(truth_dataset, tmp_path / "dataset", "scene_flow_forward"), tmp_path / "out")
    assert np.array_equal(np.load(infinigen_file(out, "Flow", 1, "npy")), next(scene.frames()).read("flow_forward"))
    assert not (out / "frames" / "Flow3D").exists()
