"""Specs: what a user may write, and what he is told when it is wrong."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from wildfield.errors import UserError
from wildfield.procgen.classes import CLASSES
from wildfield.procgen.registry import generators
from wildfield.procgen.rng import stream
from wildfield.procgen.scene_spec import SceneSpec
from wildfield.procgen.spec import from_dict, json_schema, override, parameters, read_toml, to_dict, to_toml

PARAMETERS = list(parameters(SceneSpec))


def test_toml_out_and_in_again_gives_an_equal_spec(tmp_path: Path) -> None:
    spec = override(SceneSpec(), {"terrain.relief": 0.123456789, "seed": 7, "asset.parameters": {"height": 3.5}}, "here")
    (tmp_path / "a.toml").write_text(to_toml(spec))
    assert from_dict(SceneSpec, read_toml(tmp_path / "a.toml"), "a.toml") == spec


def test_every_parameter_has_words_and_a_default_inside_its_range() -> None:
    for item in PARAMETERS:
        assert len(item.help) > 5, item.path
        override(SceneSpec(), {item.path: item.default}, "default")


def test_json_schema_accepts_defaults_and_refuses_what_we_refuse() -> None:
    schema = json_schema(SceneSpec, "scene")
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(to_dict(SceneSpec()), schema)
    wrong = to_dict(SceneSpec())
    wrong["terrain"]["relief"] = 7.0
    with pytest.raises(jsonschema.ValidationError, match="7"):
        jsonschema.validate(wrong, schema)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"terrain.relif": 0.4}, ("'terrain.relif'", "terrain.relief")),
        ({"terrain.relief": 4}, ("terrain.relief = 4", "0 to 1")),
        ({"terrain.relief": "steep"}, ("terrain.relief = 'steep'", "0 to 1")),
        ({"terrain.relief": float("nan")}, ("terrain.relief", "0 to 1")),
        ({"camera.rig": "stero"}, ("did you mean 'stereo'", "mono | stereo | multiview")),
        ({"render.width": 3.5}, ("render.width = 3.5", "16 to 8192 px")),
        ({"render.denoise": "maybe"}, ("true | false",)),
        ({"asset.parameters": "tall"}, ("asset.parameters", "a table")),
        ({"nonsense": 1}, ("'nonsense'",)),
    ],
)
def test_mistakes_name_the_key_the_range_and_the_nearest_key(values: dict[str, object], words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        override(SceneSpec(), values, "there.toml")
    assert str(caught.value).startswith("there.toml: ")
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_text_values_are_read_as_the_parameters_type() -> None:
    spec = override(SceneSpec(), {"terrain.relief": "0.4", "render.denoise": "no", "render.width": "640"}, "--set")
    assert (spec.terrain.relief, spec.render.denoise, spec.render.width) == (0.4, False, 640)


def test_a_broken_toml_file_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[terrain]\nrelief = = 4\n")
    with pytest.raises(UserError, match=r"a\.toml.*line 2"):
        read_toml(tmp_path / "a.toml")
    with pytest.raises(UserError, match=r"none\.toml: cannot be read"):
        read_toml(tmp_path / "none.toml")


def test_specs_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SceneSpec().seed = 3  # type: ignore[misc]


def test_toml_is_valid_for_the_standard_reader() -> None:
    assert tomllib.loads(to_toml(SceneSpec()))["terrain"]["relief"] == SceneSpec().terrain.relief


def test_streams_are_equal_in_another_process_and_differ_by_name() -> None:
    code = "from wildfield.procgen.rng import stream; print(stream(7, 'a', 3).random())"
    there = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert there == stream(7, "a", 3).random()
    draws = [stream(7, "a", 3).random(4), stream(7, "a", 4).random(4), stream(8, "a", 3).random(4), stream(7, "b", 3).random(4)]
    assert len({tuple(draw) for draw in draws}) == 4
    assert abs(np.corrcoef(stream(1, "x").random(4096), stream(1, "y").random(4096))[0, 1]) < 0.06


def test_every_generator_s_class_has_an_id_of_its_own() -> None:
    assert len(set(CLASSES)) == len(CLASSES)
    assert {entry.class_name for entry in generators().values()} <= set(CLASSES)
