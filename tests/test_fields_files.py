"""Fields on disk and scenes read from it: round trips, somebody else's reader, and broken files in one line each."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from plyfile import PlyData, PlyElement

from wildfield.errors import UserError
from wildfield.fields.cameras import Camera
from wildfield.fields.splats.ply import SplatCloud, read_splats, write_splats


def cloud(count: int = 20) -> SplatCloud:
    rng = np.random.default_rng(1)

    def draw(*shape: int) -> np.ndarray:
        return rng.standard_normal((count, *shape)).astype(np.float32)

    return SplatCloud(draw(3), draw(4), draw(3), draw(), draw(3), draw(15, 3))


def same(one: SplatCloud, other: SplatCloud) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in SplatCloud.__dataclass_fields__)


def test_splats_survive_the_ply_file_to_the_bit(tmp_path: Path) -> None:
    write_splats(tmp_path / "splats.ply", cloud())
    assert same(read_splats(tmp_path / "splats.ply"), cloud())


def test_the_ply_has_the_columns_of_the_original_in_their_order_with_channels_apart(tmp_path: Path) -> None:
    write_splats(tmp_path / "splats.ply", cloud())
    rows = PlyData.read(str(tmp_path / "splats.ply"))["vertex"].data
    assert rows.dtype.names == (
        "x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2", *(f"f_rest_{k}" for k in range(45)),
        "opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3",
    )  # fmt: skip
    assert np.array_equal(rows["f_rest_14"], cloud().rest[:, 14, 0])
    assert np.array_equal(rows["f_rest_15"], cloud().rest[:, 0, 1])
    assert np.array_equal(rows["f_rest_44"], cloud().rest[:, 14, 2])


@pytest.mark.parametrize(("degree", "text", "order"), [(0, True, "="), (1, False, ">"), (2, False, "<"), (3, True, "=")])
def test_plys_of_other_programs_are_read(tmp_path: Path, degree: int, text: bool, order: str) -> None:
    whole, bands = cloud(), (degree + 1) ** 2 - 1
    write_splats(tmp_path / "whole.ply", whole)
    rows = PlyData.read(str(tmp_path / "whole.ply"))["vertex"].data
    kept = [name for name in rows.dtype.names if not name.startswith(("n", "f_rest"))]
    foreign = np.empty(len(rows), [(name, "f8") for name in kept] + [(f"f_rest_{k}", "f8") for k in range(3 * bands)])
    for name in kept:
        foreign[name] = rows[name]
    for k in range(3 * bands):
        foreign[f"f_rest_{k}"] = whole.rest[:, k % bands, k // bands]
    foreign["opacity"][0] = np.inf
    PlyData([PlyElement.describe(foreign, "vertex")], text=text, byte_order=order).write(str(tmp_path / "foreign.ply"))
    read = read_splats(tmp_path / "foreign.ply")
    assert np.allclose(read.means, whole.means)
    assert np.allclose(read.rest[:, :bands], whole.rest[:, :bands])
    assert not read.rest[:, bands:].any()
    assert 1 / (1 + np.exp(-read.opacity_logits[0])) == pytest.approx(1)


def broken_plys(folder: Path) -> dict[str, bytes]:
    write_splats(folder / "whole.ply", cloud())
    whole = (folder / "whole.ply").read_bytes()
    rows = PlyData.read(str(folder / "whole.ply"))["vertex"].data.copy()
    rows["x"][3] = np.nan
    PlyData([PlyElement.describe(rows, "vertex")]).write(str(folder / "nan.ply"))
    return {
        "empty": b"",
        "picture": b"\x89PNG\r\n\x1a\n" + bytes(100),
        "truncated": whole[:-100],
        "header only": whole[:200],
        "count that is a lie": whole.replace(b"vertex 20", b"vertex 99999999999999"),
        "mesh": b"ply\nformat ascii 1.0\nelement vertex 1\n"
        + b"".join(b"property float %c\n" % axis for axis in b"xyz")
        + b"end_header\n0 0 0\n",
        "no vertices": b"ply\nformat ascii 1.0\nelement face 0\nproperty float x\nend_header\n",
        "not finite": (folder / "nan.ply").read_bytes(),
        "odd bands": whole.replace(b"property float f_rest_44", b"property float g_rest_44"),
    }


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "picture",
        "truncated",
        "header only",
        "count that is a lie",
        "mesh",
        "no vertices",
        "not finite",
        "odd bands",
    ],
)
def test_a_broken_ply_is_one_line_that_names_the_file(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "broken.ply"
    path.write_bytes(broken_plys(tmp_path)[kind])
    with pytest.raises(UserError) as caught:
        read_splats(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_ply_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.ply"):
        read_splats(tmp_path / "nothing.ply")


def test_the_reader_of_splats_imports_neither_torch_nor_warp() -> None:
    conftest = Path(__file__).parent
    code = (
        f"import sys; sys.path.insert(0, {str(conftest)!r}); import conftest; import wildfield.fields.splats.ply, "
        "wildfield.fields.train, wildfield.fields.render, wildfield.fields.settings; "
        "print(sorted({'torch', 'warp', 'bpy', 'imageio'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_the_camera_of_an_opengl_matrix_sees_what_it_should() -> None:
    """A camera 4 m up that looks down on the origin: the origin is in the middle of the picture at planar depth 4."""
    opengl = np.eye(4)
    opengl[2, 3] = 4
    camera = Camera.from_opengl(opengl, (40, 30), (50, 50, 20, 15))
    assert np.allclose(camera.world_to_camera @ [0, 0, 0, 1], [0, 0, 4, 1])
    assert np.allclose(camera.world_to_camera @ [0, 1, 0, 1], [0, -1, 4, 1]), "up in OpenGL is up in the picture"
    point = camera.position + 4 * camera.directions()[15, 20]
    assert np.allclose(point, [0.04, -0.04, 0]), "half a pixel right of and under the middle"


class TestScene:
    """Scene folders that cannot be trained on end in one line that says where and what."""

    @pytest.fixture(autouse=True)
    def _scene(self, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
        from wildfield.fields.analytic import write_analytic_scene

        pytest.importorskip("imageio")
        self.folder = write_analytic_scene(tmp_path / "scene", views=9, size=24, points=300, samples=1)

    def refused(self, words: str) -> None:
        from wildfield.fields.data import open_scene

        def read_all() -> None:
            scene = open_scene(self.folder)
            for view in scene.split("train"):
                view.read_colour()
                view.read_depth()
            scene.read_points()

        with pytest.raises(UserError, match=words) as caught:
            read_all()
        assert "\n" not in str(caught.value)

    def edit(self, **changes: object) -> None:
        path = self.folder / "transforms.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    def test_no_folder(self) -> None:
        self.folder = self.folder / "nowhere"
        self.refused("no such scene folder")

    def test_a_dataset_in_place_of_its_scene(self) -> None:
        (self.folder / "scenes").mkdir()
        shutil.move(self.folder / "frames", self.folder / "scenes/7")
        shutil.move(self.folder / "transforms.json", self.folder / "scenes/7/transforms.json")
        shutil.copytree(self.folder / "scenes/7", self.folder / "scenes/8")
        self.refused("has no transforms.json but 2 scenes; choose .*scenes/7 or another")

    def test_a_dataset_of_one_scene_stands_for_that_scene(self) -> None:
        from wildfield.fields.data import open_scene

        shutil.copytree(self.folder, self.folder.parent / "dataset/scenes/7")
        assert open_scene(self.folder.parent / "dataset").folder == self.folder.parent / "dataset/scenes/7"

    def test_transforms_that_are_no_json(self) -> None:
        (self.folder / "transforms.json").write_text('{"frames": [')
        self.refused("not whole JSON")

    def test_no_frames(self) -> None:
        self.edit(frames=[])
        self.refused("has no frames")

    def test_no_training_views(self) -> None:
        self.edit(train_filenames=[])
        self.refused("no train views")

    def test_a_split_that_names_an_unknown_view(self) -> None:
        self.edit(val_filenames=["frames/nobody.png"])
        self.refused("val_filenames names 'frames/nobody.png'")

    def test_lens_distortion(self) -> None:
        self.edit(k1=0.1)
        self.refused("lens distortion")

    def test_a_camera_without_a_focal_length(self) -> None:
        self.edit(fl_x=None)
        self.refused("no number")

    def test_a_truncated_picture(self) -> None:
        path = self.folder / "frames/view_001/rgb/0001.png"
        path.write_bytes(path.read_bytes()[:100])
        self.refused("view_001/rgb/0001.png: is missing or no whole picture")

    def test_a_missing_picture(self) -> None:
        (self.folder / "frames/view_002/rgb/0001.png").unlink()
        self.refused("view_002/rgb/0001.png: is missing or no whole picture")

    def test_a_truncated_depth(self) -> None:
        path = self.folder / "frames/view_001/depth/0001.exr"
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        self.refused("view_001/depth/0001.exr: is missing or no whole EXR")

    def test_a_picture_of_another_size_than_its_camera(self) -> None:
        self.edit(w=48)
        self.refused("24 x 24 pixels, its camera 48 x 24")

    def test_points_that_are_no_ply(self) -> None:
        (self.folder / "points.ply").write_bytes(b"hello")
        self.refused("points.ply: is missing or no whole PLY")

    def test_without_listed_splits_every_eighth_view_is_held_out(self) -> None:
        from wildfield.fields.data import open_scene

        path = self.folder / "transforms.json"
        content = json.loads(path.read_text())
        path.write_text(json.dumps({key: value for key, value in content.items() if not key.endswith("filenames")}))
        views = open_scene(self.folder).views
        assert [len(views[split]) for split in ("train", "val", "test")] == [8, 1, 1]
        assert not set(views["train"]) & set(views["test"])
