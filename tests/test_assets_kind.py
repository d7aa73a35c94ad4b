"""Kind "asset" in Blender: one thing, its cameras, and a picture that is neither black, nor burnt, nor cut."""

import dataclasses

import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.procgen import compose
from wildfield.procgen.scene_spec import AssetSpec, SceneSpec

bpy = pytest.importorskip("bpy")


def small(generator: str, seed: int = 3) -> SceneSpec:
    spec = compose.draw("asset", seed)
    return dataclasses.replace(
        spec,
        asset=AssetSpec(generator),
        camera=dataclasses.replace(spec.camera, views=5),
        render=dataclasses.replace(spec.render, width=96, height=96),
    )


def test_an_asset_scene_is_the_same_twice_and_says_what_stands_in_it():
    compose.clear()
    spec = small("fern")
    first, second = compose.compose(spec), compose.compose(spec)
    assert first.digests == second.digests
    assert first.camera_names == [f"view_{i:03d}" for i in range(5)]
    assert first.background_transparent
    assert list(first.frames) == [1]
    (thing,) = first.table.things.values()
    assert (thing.class_name, thing.generator) == ("fern", "fern")
    assert thing.parameters == first.spec.asset.parameters
    assert thing.parameters["length"] > 0
    assert np.array_equal(thing.matrix, np.eye(4))


def test_another_rig_than_orbit_is_an_error():
    spec = small("fern")
    with pytest.raises(UserError, match="takes orbit"):
        compose.compose(dataclasses.replace(spec, camera=dataclasses.replace(spec.camera, rig="mono")))


@pytest.mark.parametrize("generator", ["spruce", "daisy", "rock"])
def test_an_asset_is_well_exposed_and_stays_inside_the_picture(generator, tmp_path):
    compose.clear()
    built = compose.compose(small(generator))
    scene = built.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 4, False
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(tmp_path / "view.png")
    scene.camera = built.cameras[2]
    bpy.ops.render.render(write_still=True, scene=scene.name)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = np.array(image.pixels[:]).reshape(96, 96, 4)
    covered = pixels[..., 3] > 0.9
    border = np.ones((96, 96), bool)
    border[5:-5, 5:-5] = False
    assert not (pixels[..., 3][border] > 0).any()
    colours = pixels[covered][:, :3]
    assert 0.15 < np.median(colours) < 0.75
    assert (colours > 0.99).all(1).mean() < 0.02
