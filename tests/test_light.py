"""Maps of light against what a lamp, a sky and a wall must give by formula, and against the picture that they split."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("bpy")

import bpy
import truth_scene

from wildfield.compat import has_denoiser
from wildfield.exporters.dataset import write_scene
from wildfield.exporters.layout import SETS, chosen
from wildfield.exporters.light import AMBIENT_REACH, MAPS_OF_LIGHT, PASSES, recomposed
from wildfield.exporters.reader import open_scene
from wildfield.exporters.render import beauty_settings, render_beauty
from wildfield.procgen.nodes.writer import NodeWriter
from wildfield.procgen.scene import BuiltScene

STILL: dict[str, Any] = {"moving": False, "frames": 1, "tracks": 0}
SUN, TILT = 3.0, math.cos(0.6) * math.cos(0.3)
"""Of the test scene's lamp: irradiance in W/m2, cosine to the vertical; its sky has radiance SKY from everywhere."""
SKY = 0.05
GROUND = np.array([0.3, 0.25, 0.1])


def rendered(built: BuiltScene, scratch: Path, maps: tuple[str, ...] = MAPS_OF_LIGHT) -> dict[str, Any]:
    with beauty_settings(built, maps):
        found = render_beauty(built, built.cameras[0], scratch, maps)
    return {name: values.astype(np.float64) for name, values in found.items()}


def bare_ground(samples: int) -> BuiltScene:
    """Nothing but the ground, 40 m wide, seen from above: 12 x 9 m of it, with the origin in the middle of the left edge."""
    built = truth_scene.build(width=48, height=36, samples=samples, instances=0, **STILL)
    for item in list(built.scene.objects):
        if item.type == "MESH" and item.name.split(".")[0] != "ground":
            bpy.data.objects.remove(item)
    view = built.cameras[0]
    view.data.type, view.data.ortho_scale = "ORTHO", 12.0
    view.location, view.rotation_euler = (6.0, 0.0, 20.0), (0.0, 0.0, 0.0)
    return built


def add_cloud(built: BuiltScene) -> None:
    """Put a cube of fog into the scene, in which light is scattered more than once."""
    fog = bpy.data.materials.new("fog")
    if fog.node_tree is None:
        fog.use_nodes = True
    fog.node_tree.nodes.clear()
    w = NodeWriter(fog.node_tree)
    w.node("ShaderNodeOutputMaterial", {"Volume": w.out(w.node("ShaderNodeVolumeScatter", {"Density": 0.2}))})
    cloud = bpy.data.objects.new("cloud", truth_scene.mesh("cloud", *truth_scene.cube(4.0), fog))
    cloud.location = (0.0, 2.0, 2.0)
    built.scene.collection.objects.link(cloud)
    built.scene.cycles.volume_bounces = 2


def test_a_plane_under_sun_and_sky_is_lit_as_lambert_says(tmp_path: Path) -> None:
    """The sun gives E cos / pi, a sky of radiance L gives L; a plane sees nothing of itself."""
    light = rendered(bare_ground(64), tmp_path)
    expected = SUN * TILT / math.pi + SKY
    assert np.abs(light["diffuse_direct"].mean((0, 1)) / expected - 1).max() < 2e-3
    assert np.abs(light["diffuse_color"] - GROUND).max() < 2e-4
    assert np.abs(light["rgb_noisy"].mean((0, 1)) / (GROUND * expected) - 1).max() < 2e-3
    assert light["ambient_occlusion"].min() == 1
    for name in set(PASSES) - {"diffuse_direct", "diffuse_color", "ambient_occlusion"}:
        assert not light[name].any(), name


@pytest.mark.parametrize("given", [AMBIENT_REACH, 3.0], ids=["as set", "whatever the world says"])
def test_ambient_occlusion_beside_a_wall_is_the_segment_that_it_cuts_off(tmp_path: Path, given: float) -> None:
    """Nusselt's analogue: from x before a wall, its points within the reach R fill the unit disc's segment beyond x / R."""
    built = bare_ground(256)
    built.scene.world.light_settings.distance = given
    corners = [(0, -30, 0), (0, 30, 0), (0, 30, 30), (0, -30, 30)]
    wall = bpy.data.objects.new("wall", truth_scene.mesh("wall", corners, [(0, 1, 2, 3)], bpy.data.materials["ground"]))
    built.scene.collection.objects.link(wall)
    found = rendered(built, tmp_path, ("ambient_occlusion",))["ambient_occlusion"].mean(0)
    cut = np.minimum((np.arange(48) + 0.5) / 4 / AMBIENT_REACH, 1.0)
    expected = 1 - (np.arccos(cut) - cut * np.sqrt(1 - cut * cut)) / math.pi
    assert np.abs(found - expected)[1:].max() < 0.01
    assert built.scene.world.light_settings.distance == pytest.approx(given)


@pytest.mark.parametrize("transparent", [False, True], ids=["sky", "transparent"])
@pytest.mark.parametrize("denoise", [False, True], ids=["noisy", "denoised"])
def test_light_of_every_path_adds_up_to_the_picture(tmp_path: Path, transparent: bool, denoise: bool) -> None:
    built = truth_scene.build(width=64, height=48, samples=16, instances=20, denoise=denoise, transparent=transparent, **STILL)
    truth_scene.shine()
    add_cloud(built)
    light = rendered(built, tmp_path, (*MAPS_OF_LIGHT, "rgb_linear"))
    noisy = light["rgb_noisy"][..., :3]
    assert light["rgb_noisy"].shape == light["rgb_linear"].shape == (48, 64, 4 if transparent else 3)
    assert (light["rgb_noisy"] == light["rgb_linear"]).all() == (not (denoise and has_denoiser()))
    off = np.abs(recomposed(light) - noisy) / (noisy + 0.01)
    assert np.percentile(off, 99) < 1.5e-3
    for name in PASSES:
        assert light[name].any() == (name != "environment" or not transparent), name
    assert light["ambient_occlusion"].max() <= 1
    glow = light["emission_light"]
    assert np.allclose(glow[..., 1:], glow[..., :1] * [0.5, 0.2], rtol=2e-3, atol=1e-6)
    assert 1.0 < glow.max() <= 2.0
    if not transparent:
        assert light["environment"][0, 0] == pytest.approx(SKY, rel=1e-3)


@pytest.mark.parametrize("transparent", [False, True], ids=["sky", "transparent"])
def test_a_picture_is_the_same_whether_its_light_is_split_or_not(tmp_path: Path, transparent: bool) -> None:
    pictures = []
    for truth in ("small,rgb_linear", "light,rgb_linear"):
        built = truth_scene.build(48, 36, samples=2, instances=8, truth=truth, denoise=True, transparent=transparent, **STILL)
        record = write_scene(built, tmp_path / truth)
        pictures.append({path: digest for path, digest in record.files.items() if "rgb/" in path or "rgb_linear/" in path})
    assert pictures[0] == pictures[1]
    (frame,) = open_scene(tmp_path / "light,rgb_linear").frames()
    assert frame.scene.metadata["maps"] == [item.name for item in chosen("light,rgb_linear", False, False)]
    assert frame.read("ambient_occlusion").shape == (36, 48)
    assert frame.read("diffuse_direct").shape == (36, 48, 3)
    assert frame.read("rgb_noisy").dtype == np.float16


def test_one_map_of_light_asks_for_its_pass_alone() -> None:
    built = bare_ground(1)
    with beauty_settings(built, ("glossy_color", "rgb")):
        layer = built.scene.view_layers[0]
        asked = {name for owner in (layer, layer.cycles) for name in owner.bl_rna.properties.keys() if name[:9] == "use_pass_"}  # noqa: SIM118
        on = {name for name in asked if getattr(layer, name, False) or getattr(layer.cycles, name, False)}
    assert on == {"use_pass_combined", "use_pass_glossy_color"}


def test_light_is_a_set_of_its_own_and_no_part_of_the_others() -> None:
    assert set(MAPS_OF_LIGHT) < set(SETS["light"])
    for name in ("small", "standard", "motion", "full"):
        assert not set(MAPS_OF_LIGHT) & set(SETS[name])
    assert {item.name for item in chosen("full,light")} == set(SETS["full"]) | set(SETS["light"])
