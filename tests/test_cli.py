"""The command line: what a newcomer types, and what he is told when it is wrong."""

from __future__ import annotations

import argparse
import importlib.util
import json
import signal
from pathlib import Path

import pytest

from wildfield.cli import BAD_INPUT, DONE, main, parser

LEARNS = importlib.util.find_spec("torch") is not None
COMMANDS = ("generate", "merge", "verify", "upload", "export", "report", "train", "render", "asset", "list", "demo")


def _arguments(command: str) -> list[argparse.Action]:
    (commands,) = [action for action in parser()._actions if isinstance(action.choices, dict)]
    return commands.choices[command]._actions


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_json(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "--json" in text and "--progress" in text
    assert all(action.help for action in _arguments(command)), "every argument says what it is for"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["generate"], ("out", "--help")),
        (["generat", "x"], ("invalid choice", "generate")),
        (["generate", "OUT", "--kind", "lak"], ("unknown kind 'lak'", "did you mean 'lake'")),
        (["generate", "OUT", "--asset", "sprce"], ("unknown generator", "did you mean 'spruce'")),
        (["generate", "OUT", "--set", "terrain.relif=0.4"], ("--set: unknown key 'terrain.relif'", "terrain.relief")),
        (["generate", "OUT", "--set", "terrain.relief=4"], ("terrain.relief = '4'", "0 to 1")),
        (["generate", "OUT", "--set", "terrain.relief"], ("KEY=VALUE",)),
        (["generate", "OUT", "--set", "seed=4"], ("--seed 4",)),
        (["generate", "OUT", "--resolution", "big"], ("WIDTHxHEIGHT",)),
        (["generate", "OUT", "--resolution", "4x4"], ("render.width = 4", "16 to 8192")),
        (["generate", "OUT", "--shard", "3/2", "--scenes", "4"], ("--shard 3/2", "from 1 to N")),
        (["generate", "OUT", "--shard", "2/5", "--scenes", "4"], ("--shard 2/5", "at most 4 shards")),
        (["generate", "OUT", "--jobs", "0"], ("--jobs 0",)),
        (["merge", "DATASET"], ("DATASET", "--shard")),
        (["generate", "OUT", "--scenes", "0"], ("--scenes 0",)),
        (["generate", "OUT", "--seed", "-1"], ("seed -1",)),
        (["generate", "OUT", "--rig", "octopus"], ("camera.rig = 'octopus'", "mono | stereo | multiview")),
        (["generate", "OUT", "--rig", "orbit"], ("camera.rig = 'orbit' is not allowed for kind lake", "mono | stereo")),
        (["generate", "OUT", "--asset", "rock", "--rig", "mono"], ("kind asset: it takes orbit",)),
        (["generate", "OUT", "--views", "4"], ("--views 4: rig mono has none",)),
        (["generate", "OUT", "--trajectory", "run"], ("camera.trajectory = 'run'", "stroll | walk | fly | handheld")),
        (["generate", "OUT", "--asset", "rock", "--trajectory", "walk"], ("--trajectory walk: rig orbit does not use it",)),
        (["generate", "OUT", "--rig", "multiview", "--set", "camera.speed=2"], ("--set camera.speed=2: rig multiview",)),
        (["generate", "OUT", "--rig", "stereo", "--projection", "orthographic"], ("camera.projection", "stereo")),
        (["generate", "OUT", "--rig", "panorama", "--resolution", "640x360"], ("640x360", "twice as wide as high")),
        (["generate", "OUT", "--asset", "rock", "--frames", "3"], ("nothing moves in an orbit",)),
        (["generate", "OUT", "--asset", "rock", "--set", "terrain.relief=0"], ("kind asset has no terrain",)),
        (["generate", "OUT", "--set", "asset.parameters.size=3"], ("kind lake has no asset",)),
        (["generate", "OUT", "--asset", "rock", "--set", "size=3"], ("did you mean 'asset.parameters.size'?",)),
        (["generate", "OUT", "--scenes", "5", "--seed", "2147483645"], ("from seed 2147483645 on there are 3",)),
        (["asset", "rock", "--seed", "-1", "--out", "a.glb"], ("seed -1",)),
        (["list", "kinds", "--schema"], ("'--schema'",)),
        (["generate", "OUT", "--spec", "none.toml"], ("none.toml", "cannot be read")),
        (["generate", "OUT", "--kind", "lake", "--asset", "fern"], ("not allowed with",)),
        (["export", "DATASET", "--to", "nerfstudi", "OUT"], ("unknown format", "nerfstudio")),
        (["verify", "DATASET"], ("DATASET",)),
        (["upload", "DATASET", "s3://bucket/folder"], ("DATASET", "is no dataset")),
        (["report", "DATASET", "OUT.html"], ("DATASET", "neither a dataset")),
        (["train", "SCENE", "--out", "OUT"], ("SCENE",) if LEARNS else ("torch", "wildfield[learn]")),
        (["asset", "fern", "--out", "a.stl"], (".glb",)),
        (["list", "parameters", "lak"], ("did you mean 'lake'",)),
        (["list", "kinds", "x"], ("no further word",)),
    ],
)
def test_bad_input_is_one_clear_line_and_nothing_is_written(
    arguments: list[str],
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("wildfield: ") and told.err.count("\n") == 1
    assert all(word in told.err for word in words), told.err
    assert list(tmp_path.iterdir()) == []


def test_a_syntax_error_in_a_spec_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text("[terrain\nrelief=1\n")
    assert main(["generate", str(tmp_path / "out"), "--spec", str(tmp_path / "a.toml")]) == BAD_INPUT
    assert "a.toml: is not valid TOML" in (message := capsys.readouterr().err) and "line 1" in message
    assert not (tmp_path / "out").exists()


def test_a_key_of_a_spec_file_is_named_with_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text("[terrain]\nrelif = 0.4\n")
    assert main(["generate", str(tmp_path / "out"), "--spec", str(tmp_path / "a.toml")]) == BAD_INPUT
    assert "a.toml: unknown key 'terrain.relif', did you mean 'terrain.relief'?" in capsys.readouterr().err


def test_no_words_show_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == BAD_INPUT
    told = capsys.readouterr()
    assert told.out == "" and all(command in told.err for command in COMMANDS)


def test_the_largest_seed_is_taken() -> None:
    from wildfield.jobs.plan import plan

    made = plan("lake", None, None, {}, {}, 2**31 - 2, 2)
    assert [made.spec(seed).seed for seed in made.seeds] == [2**31 - 2, 2**31 - 1]


def test_parameters_of_a_kind_are_those_that_change_it(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, has, lacks in (("asset", "asset.generator", "terrain.relief"), ("lake", "terrain.relief", "asset.generator")):
        assert main(["list", "parameters", kind, "--json"]) == DONE
        keys = [row["key"] for row in json.loads(capsys.readouterr().out)["result"]["parameters"]]
        assert has in keys and lacks not in keys and "camera.rig" in keys


def test_a_result_without_end_is_json_still(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("wildfield.jobs.catalogue.catalogue", lambda *_: [{"psnr": float("inf"), "worst": float("nan")}])
    assert main(["list", "kinds", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out, parse_constant=lambda word: pytest.fail(word))
    assert told["result"]["kinds"] == [{"psnr": None, "worst": None}]


def test_ctrl_c_says_what_is_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("wildfield.jobs.catalogue.catalogue", stop)
    assert main(["list", "kinds"]) == 130
    assert capsys.readouterr().err == "wildfield: stopped; nothing was written\n"


def test_sigterm_ends_what_a_script_started_in_the_background(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell without job control tells such a process to ignore SIGINT."""
    monkeypatch.setattr("wildfield.jobs.catalogue.catalogue", lambda *_: signal.raise_signal(signal.SIGTERM))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert main(["list", "kinds"]) == 130
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_occupied_folder_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    assert main(["generate", str(tmp_path), "--kind", "lake"]) == BAD_INPUT
    assert "not empty" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_errors_come_as_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "parameters", "lak", "--json"]) == BAD_INPUT
    assert json.loads(capsys.readouterr().out) == {"error": json.loads(json.dumps(_message("lak"))), "code": BAD_INPUT}


def _message(name: str) -> str:
    from wildfield.errors import UserError
    from wildfield.jobs.catalogue import catalogue

    with pytest.raises(UserError) as caught:
        catalogue("parameters", name, False)
    return str(caught.value)


@pytest.mark.parametrize("what", ["kinds", "generators", "materials", "formats"])
def test_list_shows_names_with_help(what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", what, "--json"]) == DONE
    rows = json.loads(capsys.readouterr().out)["result"][what]
    assert len(rows) >= 2 and all(row["name"] and len(row["help"]) > 5 for row in rows)


def test_list_parameters_shows_unit_range_and_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "parameters", "lake"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    relief = next(line for line in lines if line.startswith("terrain.relief "))
    assert "0 to 1" in relief and "mountains" in relief
    assert main(["list", "parameters", "fern", "--schema"]) == DONE
    assert json.loads(capsys.readouterr().out)["type"] == "object"


def test_ctrl_c_waits_until_blender_has_started() -> None:
    from wildfield.procgen.compose import _uninterrupted

    started: list[bool] = []

    def start() -> None:
        with _uninterrupted():
            signal.raise_signal(signal.SIGINT)
            started.append(True)

    with pytest.raises(KeyboardInterrupt):
        start()
    assert started
