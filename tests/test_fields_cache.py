"""Pictures behind a bounded cache: the bound holds, the order is known, nothing that is learned depends on the size."""

from __future__ import annotations

import shutil
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from wildfield.fields.picture_cache import AHEAD, PictureCache
from wildfield.fields.turns import Turns


def test_every_epoch_has_every_view_once_in_an_order_of_its_own() -> None:
    turns = Turns(7, (3, 3))
    epochs = [[turns.at(step) for step in range(7 * epoch, 7 * epoch + 7)] for epoch in range(4)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len(set(map(tuple, epochs))) > 1
    assert [turns.at(step) for step in range(7)] == epochs[0], "an epoch long past is drawn again the same"


@pytest.mark.parametrize("step", [0, 3, 6, 7, 20])
def test_the_next_turn_of_each_view_is_the_first_that_a_search_finds(step: int) -> None:
    turns = Turns(7, (1, 3))
    found = [next(at for at in range(step, step + 14) if turns.at(at) == number) for number in range(7)]
    assert turns.next(step).tolist() == found


def test_ten_thousand_pictures_of_full_hd_stay_within_two_gibibytes() -> None:
    limit, size = 2 << 30, 4 * 1920 * 1080
    cache = PictureCache(lambda number: number, [size] * 10_000, Turns(10_000, (0, 3)), limit)
    cache.fill(0)
    filled = cache.bytes
    assert limit - size < filled <= limit
    for step in range(600):
        assert cache.take(step) == cache.turns.at(step)
        assert cache.bytes <= limit
    cache.close()


def test_a_cache_too_small_for_one_picture_holds_the_one_in_use() -> None:
    cache = PictureCache(lambda number: number, [100] * 5, Turns(5, (0, 3)), 10)
    for step in range(23):
        assert cache.take(step) == cache.turns.at(step)
        assert cache.bytes == 100
    cache.close()


def test_pictures_of_several_sizes_stay_within_the_bound() -> None:
    sizes = np.random.default_rng(1).integers(1, 40, 30).tolist()
    cache = PictureCache(lambda number: number, sizes, Turns(30, (0, 3)), 90)
    for step in range(200):
        assert cache.take(step) == cache.turns.at(step)
        assert cache.bytes <= 90
    cache.close()


def test_half_the_room_decodes_less_than_the_usual_least_recently_used() -> None:
    turns, room, steps = Turns(40, (2, 3)), 20, 400
    cache = PictureCache(lambda number: number, [1] * 40, turns, room)
    for step in range(steps):
        cache.take(step)
    cache.close()
    usual: OrderedDict[int, None] = OrderedDict()
    missed = 0
    for step in range(steps):
        number = turns.at(step)
        missed += number not in usual
        usual[number] = None
        usual.move_to_end(number)
        if len(usual) > room:
            usual.popitem(last=False)
    assert cache.decoded - AHEAD < 0.8 * missed


class TestTraining:
    """Real pictures behind a cache of two of them."""

    @pytest.fixture(autouse=True)
    def _scene(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("torch")
        pytest.importorskip("warp")
        from wildfield.fields.analytic import write_analytic_scene
        from wildfield.fields.splats import trainer

        self.folder = write_analytic_scene(tmp_path / "scene", views=16, size=32, points=600, samples=1)
        self.out = tmp_path / "field"
        self.small = lambda: monkeypatch.setattr(trainer, "MIB", 2 * 9 * 32 * 32)

    def train(self, out: str, resume: bool = False) -> bytes:
        from wildfield.fields.settings import TrainSettings
        from wildfield.fields.train import train
        from wildfield.progress import Progress

        settings = TrainSettings(steps=30, cap=300, threads=1, cache=1, resume=resume)
        train(self.folder, self.out.with_name(out), settings, Progress())
        return (self.out.with_name(out) / "splats.ply").read_bytes()

    def test_the_field_has_the_same_bits_with_room_for_all_pictures_and_for_two(self) -> None:
        whole = self.train("whole")
        self.small()
        assert self.train("small") == whole

    def test_a_picture_found_broken_on_the_way_is_one_line_and_the_training_goes_on_once_it_is_mended(self) -> None:
        from wildfield.errors import UserError
        from wildfield.fields.splats.checkpoint import read_checkpoint

        whole = self.train("whole")
        self.small()
        path = self.folder / f"frames/view_{5:03d}/rgb/0001.png"
        shutil.copy(path, self.out.with_name("kept.png"))
        path.write_bytes(path.read_bytes()[:-60])
        with pytest.raises(UserError, match=r"view_005/rgb/0001\.png: is missing or no whole picture"):
            self.train("field")
        assert 0 < read_checkpoint(self.out / "checkpoint.safetensors")[-1]["step"] < 13
        shutil.copy(self.out.with_name("kept.png"), path)
        assert self.train("field", resume=True) == whole
