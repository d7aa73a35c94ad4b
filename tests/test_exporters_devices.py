"""Which device renders the pictures: what is chosen, what is refused, and that truth stays on the CPU."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("bpy")

from wildfield.cli import BAD_INPUT, DONE, main
from wildfield.errors import UserError
from wildfield.exporters import devices
from wildfield.exporters.devices import CPU, Device, choose_device, device_settings, found_devices


class Preferences:
    """Cycles' preferences on a machine with the cards named, as (kind, name)."""

    compute_device_type = "NONE"

    def __init__(self, *cards: tuple[str, str]) -> None:
        self.there = [SimpleNamespace(type=kind, name=name, use=kind != "CPU") for kind, name in [*cards, ("CPU", "A CPU")]]
        self.devices: list[Any] = []

    def get_device_types(self, _context: Any) -> list[tuple[str, str, str, int]]:
        return [(kind, kind, "", number) for number, kind in enumerate(("NONE", "CUDA", "OPTIX", "HIP"))]

    def refresh_devices(self) -> None:
        self.devices = self.there

    def get_devices_for_type(self, kind: str) -> list[Any]:
        return [entry for entry in self.devices if entry.type in (kind, "CPU")]


def has(monkeypatch: pytest.MonkeyPatch, *cards: tuple[str, str]) -> Preferences:
    preferences = Preferences(*cards)
    monkeypatch.setattr(devices, "cycles_preferences", lambda: preferences)
    return preferences


@pytest.mark.parametrize(
    ("cards", "expected"),
    [
        ([], CPU),
        ([("CUDA", "H100")], Device("cuda", ("H100",))),
        ([("CUDA", "A"), ("CUDA", "B"), ("OPTIX", "A"), ("OPTIX", "B")], Device("optix", ("A", "B"))),
        ([("HIP", "RX")], Device("hip", ("RX",))),
    ],
)
def test_auto_takes_the_best_that_is_there(
    cards: list[tuple[str, str]], expected: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(monkeypatch, *cards)
    assert choose_device("auto") == expected


def test_a_missing_device_is_refused_with_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    has(monkeypatch, ("CUDA", "H100"))
    with pytest.raises(UserError, match=r"--device hip: .*there is cpu, cuda \(H100\)"):
        choose_device("hip")
    with pytest.raises(UserError, match="did you mean 'cuda'"):
        choose_device("cud")


def test_only_the_cards_of_the_chosen_kind_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    preferences = has(monkeypatch, ("CUDA", "A"), ("OPTIX", "A"))
    cycles = SimpleNamespace(device="CPU")
    for owner, name, value in device_settings(cycles, choose_device("cuda")):
        setattr(owner, name, value)
    assert (preferences.compute_device_type, cycles.device) == ("CUDA", "GPU")
    assert [(entry.type, entry.use) for entry in preferences.devices] == [("CUDA", True), ("OPTIX", False), ("CPU", False)]


def test_the_preferences_and_the_scene_are_left_as_they_were_and_truth_stays_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import truth_scene

    from wildfield.exporters.render import beauty_settings, truth_settings

    preferences = has(monkeypatch, ("CUDA", "A"))
    built = truth_scene.build(width=48, height=36, samples=1, instances=8)
    built.scene.cycles.device = "GPU"
    with beauty_settings(built, device=choose_device("cuda")):
        assert (preferences.compute_device_type, built.scene.cycles.device) == ("CUDA", "GPU")
    assert preferences.compute_device_type == "NONE"
    assert [entry.use for entry in preferences.devices] == [True, False]
    with truth_settings(built, ()):
        assert built.scene.cycles.device == "CPU"
    assert built.scene.cycles.device == "GPU"


def test_blender_itself_answers() -> None:
    found = found_devices()
    assert "cuda" in found or "metal" in found
    there = [name for name, cards in found.items() if cards]
    assert choose_device("auto").name == (there or ["cpu"])[0]
    for name in set(devices.CHOICES) - {"cpu", "auto", *there}:
        with pytest.raises(UserError, match=f"--device {name}: Cycles finds none here"):
            choose_device(name)


def test_a_missing_device_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = next(name for name in reversed(devices.CHOICES) if name != "cpu" and not found_devices().get(name))
    assert main(["generate", str(tmp_path / "out"), "--asset", "rock", "--device", missing]) == BAD_INPUT
    assert f"--device {missing}: Cycles finds none here" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_auto_says_what_renders_and_the_scene_records_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["--asset", "rock", "--views", "3", "--resolution", "16x16", "--samples", "1", "--truth", "small"]
    assert main(["generate", str(tmp_path / "out"), *words, "--device", "auto", "--json"]) == DONE
    told = capfd.readouterr()
    device = json.loads(told.out.splitlines()[-1])["result"]["device"]
    assert f"pictures render on {device}\n" in told.err
    assert json.loads((tmp_path / "out/scenes/0/metadata.json").read_text())["device"] == device


def test_the_list_shows_what_there_is_and_nothing_else_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "devices", "--json"]) == DONE
    rows = json.loads(capfd.readouterr().out)["result"]["devices"]
    assert rows[0] == {"name": "cpu", "help": "always there"} and len(rows) >= 2
