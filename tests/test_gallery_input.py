"""What galleries refuse, before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from wildfield.cli import BAD_INPUT, main


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["kinds", "--only", "asset"], "kind of world"),
        (["kinds", "--only", "lake", "--set", "terrain.reliev=1"], "terrain.relief"),
        (["kinds", "--seasons", "winter"], "--seasons"),
        (["assets", "--only", "oak", "--set", "heigth=3"], "height"),
        (["materials", "--only", "granit"], "granite"),
        (["materials", "--set", "tone=1"], "--set"),
    ],
)
def test_a_wrong_word_is_one_line_and_leaves_no_folder(
    bpy: object, words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    what, *more = words
    assert main(["gallery", what, str(tmp_path / "out"), *more]) == BAD_INPUT
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert not (tmp_path / "out").exists()
