"""Materials of the land: each builds, keeps its id, tells the truth, and is drawn anew by every seed."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wildfield.cli import DONE, main
from wildfield.errors import UserError
from wildfield.procgen import registry
from wildfield.procgen.materials.colours import LAND, representative_colour
from wildfield.procgen.materials.values import Varied, drawn, values_of, vary
from wildfield.procgen.spec import parameter, parameters, to_dict

LANDED = {name: entry for name, entry in registry.materials().items() if entry.family != "plant"}
FLAT = (0.2, 0.3, 0.05)


@dataclass(frozen=True)
class Amount(Varied):
    amount: float = parameter(0.25, "share of the second", low=0.0, high=1.0)


def truth_of(shader: Any, maps: tuple[str, ...] = ("albedo", "roughness", "emission", "metallic")) -> dict[str, Any]:
    """The mean of maps over a plate of one square metre whose material `shader(w)` writes, from a truth render."""
    import bpy

    from wildfield.exporters.render import render_truth, truth_settings
    from wildfield.exporters.swatch import look_from, studio
    from wildfield.procgen.nodes.truth import add_truth
    from wildfield.procgen.nodes.writer import NodeWriter

    built = studio("wet_shore", 1, 32)
    for item in list(built.scene.objects):
        if item.type == "MESH":
            bpy.data.objects.remove(item)
    data = bpy.data.meshes.new("plate")
    data.from_pydata([(-9, -9, 0), (9, -9, 0), (9, 9, 0), (-9, 9, 0)], [], [(0, 1, 2, 3)])
    made = bpy.data.materials.new("plate")
    if made.node_tree is None:
        made.use_nodes = True
    made.node_tree.nodes.clear()
    w = NodeWriter(made.node_tree)
    surface = shader(w)
    add_truth(w, 7, surface.albedo, surface.roughness, 1.0, surface.metallic, surface.emission)
    w.node("ShaderNodeOutputMaterial", {"Surface": surface.shader})
    data.materials.append(made)
    built.scene.collection.objects.link(bpy.data.objects.new("plate", data))
    look_from(built, "near")
    with tempfile.TemporaryDirectory() as scratch, truth_settings(built, {*maps, "material"}):
        passes = render_truth(built, built.cameras[0], Path(scratch))
    assert (passes["gt_material"] == 7).all()
    return {name: passes[f"gt_{name}"].reshape(32 * 32, -1)[:, :3].mean(0) for name in maps}


def test_there_are_thirty_and_more_of_every_family() -> None:
    families = [entry.family for entry in LANDED.values()]
    least = {"rock": 8, "sand": 3, "soil": 3, "snow": 3, "cover": 5, "lava": 3, "water": 5}
    assert all(families.count(family) >= number for family, number in least.items())
    assert len(families) - families.count("land") - families.count("stone") >= 30
    assert set(LAND) == set(LANDED)


@pytest.mark.parametrize("name", LANDED)
def test_a_material_builds_reads_all_its_parameters_and_tells_its_id(bpy: Any, name: str) -> None:
    from wildfield.procgen import materials

    made = materials.get(name)
    assert made is materials.get(name)
    (truth,) = [node for node in made.node_tree.nodes if node.type == "GROUP" and node.node_tree.name == "wildfield.truth"]
    assert truth.inputs["Material"].default_value == sorted(registry.materials()).index(name) + 1
    if LANDED[name].params:
        tree = bpy.data.node_groups[f"wildfield.values.{name}"]
        users = [item.node_tree for item in bpy.data.materials] + list(bpy.data.node_groups)
        nodes = [node for user in users for node in user.nodes if node.type == "GROUP" and node.node_tree == tree]
        read = {socket.name for node in nodes for socket in node.outputs if socket.is_linked}
        assert read == {item.path for item in parameters(LANDED[name].params)}


def test_two_seeds_draw_different_materials_and_one_seed_the_same(bpy: Any) -> None:
    from wildfield.procgen import materials

    materials.get("granite")
    for name, entry in LANDED.items():
        if entry.params:
            one, two = to_dict(drawn(name, 1)), to_dict(drawn(name, 2))
            assert one == to_dict(drawn(name, 1))
            assert all(one[key] != two[key] for key in one)
            assert all(item.low <= one[item.path] <= item.high for item in parameters(entry.params))
    nodes = bpy.data.node_groups["wildfield.values.granite"].nodes
    seen = []
    for seed in (1, 2, 1):
        vary(seed)
        seen.append({key: nodes[key].outputs[0].default_value for key in to_dict(drawn("granite", seed))})
    assert seen[0] == seen[2] != seen[1]
    assert seen[0] == pytest.approx(to_dict(drawn("granite", 1)), rel=1e-6)


def test_the_truth_of_a_flat_layer_is_what_it_was_made_of(bpy: Any) -> None:
    from wildfield.procgen.materials.layers import Layer, finish

    truth = truth_of(lambda w: finish(w, Layer(FLAT, 0.35, gloss=0.5, emission=(0.0, 2.0, 0.5))))
    assert np.allclose(truth["albedo"], FLAT, atol=1e-6)
    assert np.allclose(truth["roughness"], 0.35, atol=1e-6)
    assert np.allclose(truth["emission"], (0.0, 2.0, 0.5), atol=1e-6)
    assert np.allclose(truth["metallic"], 0.0)


@pytest.mark.parametrize(("factor", "expected"), [(0.0, (0.1, 0.1, 0.1)), (1.0, (0.5, 0.3, 0.1))])
def test_a_blend_is_the_lower_layer_at_none_and_the_upper_at_all(bpy: Any, factor: float, expected: tuple[float, ...]) -> None:
    from wildfield.procgen.materials.layers import Layer, blend, finish

    def shader(w: Any) -> Any:
        bumps = (w.noise(w.geometry("Position"), 3.0) - 0.5) * 0.08
        below, above = Layer((0.1, 0.1, 0.1), 0.9, bumps, 0.04), Layer((0.5, 0.3, 0.1), 0.4, bumps * -1.0, 0.04)
        return finish(w, blend(w, factor, below, above))

    assert np.allclose(truth_of(shader)["albedo"], expected, atol=1e-5)


def test_a_blend_by_half_fills_what_is_low_and_leaves_what_stands_out(bpy: Any) -> None:
    from wildfield.procgen.materials.layers import Layer, blend, finish

    def shader(height: float) -> Any:
        below, above = Layer((0.1, 0.1, 0.1), height=height, depth=0.05), Layer((0.5, 0.5, 0.5))
        return lambda w: finish(w, blend(w, 0.5, below, above))

    low, high = (truth_of(shader(height))["albedo"][0] for height in (-0.05, 0.05))
    assert low == pytest.approx(0.5, abs=1e-5) and high == pytest.approx(0.1, abs=1e-5)


def test_a_cover_mixes_the_truth_by_its_factor_and_values_reach_it(bpy: Any) -> None:
    from wildfield.procgen.materials.layers import Layer, cover, finish

    def shader(w: Any) -> Any:
        share = values_of(w, "test", Amount)("amount")
        return cover(w, share, finish(w, Layer((0.0, 0.4, 0.2), 0.9)), finish(w, Layer((0.4, 0.0, 0.2), 0.5)))

    truth = truth_of(shader)
    assert np.allclose(truth["albedo"], (0.1, 0.3, 0.2), atol=1e-5)
    assert np.allclose(truth["roughness"], 0.8, atol=1e-5)


def test_a_displaced_material_moves_fine_meshes_and_no_others(bpy: Any) -> None:
    from wildfield.exporters.render import render_truth, truth_settings
    from wildfield.exporters.swatch import look_from, studio
    from wildfield.procgen.materials.layers import FINE

    depths = []
    for fine in (1.0, 0.0):
        built = studio("basalt", 1, 48)
        for item in built.scene.objects:
            if item.type == "MESH" and FINE in item.data.attributes:
                values = np.full(len(item.data.vertices), fine, np.float32)
                item.data.attributes[FINE].data.foreach_set("value", values)
        look_from(built, "near")
        with tempfile.TemporaryDirectory() as scratch, truth_settings(built, {"material"}):
            depths.append(render_truth(built, built.cameras[0], Path(scratch))["Depth"].squeeze())
    moved = np.abs(depths[0] - depths[1])
    assert 0.002 < np.median(moved) < 0.3


@pytest.mark.parametrize("name", ["granite", "loam", "dune_sand", "fresh_snow", "lava_ropy"])
def test_the_colour_that_stands_for_a_material_is_its_mean_albedo(bpy: Any, name: str) -> None:
    from wildfield.procgen.materials.values import set_values

    entry = LANDED[name]

    def shader(w: Any) -> Any:
        set_values(name, entry.params())
        return entry.build(w)

    assert np.allclose(truth_of(shader, ("albedo",))["albedo"], representative_colour(name), rtol=0.25, atol=0.01)


def test_the_list_shows_families_and_parameters(capsys: Any) -> None:
    assert main(["list", "materials", "--json"]) == DONE
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["result"]["materials"]}
    assert rows["granite"]["family"] == "rock" and rows["granite"]["parameters"].split() == ["hue", "mica", "grain", "lichen"]
    assert main(["list", "parameters", "granite"]) == DONE
    assert "crystals" in capsys.readouterr().out


def test_the_gallery_writes_a_sheet_and_keeps_its_tiles(bpy: Any, tmp_path: Path) -> None:
    from wildfield.exporters.images import read_png
    from wildfield.jobs.material_gallery import material_gallery
    from wildfield.progress import Progress

    for _ in range(2):
        material_gallery(tmp_path / "g", Progress(), ["fresh_snow", "basalt"], range(1), 24, 1)
        tiles = sorted((tmp_path / "g" / "tiles").glob("*.png"))
        assert len(tiles) == 4
    snow, basalt = (read_png(tmp_path / "g" / f"{name}.png") for name in ("fresh_snow", "basalt"))
    assert snow.shape == (24, 48, 3) and snow.mean() > 1.5 * basalt.mean()
    assert (read_png(tmp_path / "g" / "sheet.png")[:, :48] == snow).all()
    with pytest.raises(UserError, match="granite"):
        material_gallery(tmp_path / "h", Progress(), ["granit"])
