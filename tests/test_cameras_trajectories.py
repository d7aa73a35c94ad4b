"""Trajectories by themselves: axes, steps and tremor."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wildfield.procgen.cameras.trajectory import Look
from wildfield.procgen.cameras.walking import Stroll, handheld, walk
from wildfield.procgen.rng import stream


def path(speed: float = 1.2) -> Stroll:
    return Stroll(np.array([3.0, -2.0, 1.7]), np.array([0.6, 0.8, 0.05]), 0.4, -0.05, 0.012, speed, 12.0)


def test_a_look_has_right_handed_axes_and_blenders_euler_angles(bpy: Any) -> None:
    import mathutils

    rng = np.random.default_rng(5)
    look = Look(np.zeros((40, 3)), rng.uniform(-9, 9, 40), rng.uniform(-1.2, 1.2, 40), rng.uniform(-1.2, 1.2, 40))
    right, up, ahead = look.axes
    assert np.allclose(np.cross(right, up), -ahead)
    assert np.allclose(right[:, 2] * np.cos(look.roll), up[:, 2] * np.sin(look.roll))
    for index, angles in enumerate(look.euler):
        matrix = np.array(mathutils.Euler(angles).to_matrix())
        assert np.allclose(matrix, np.stack([right[index], up[index], -ahead[index]], -1), atol=1e-6)


def test_a_walk_bobs_at_its_cadence_and_keeps_to_the_path() -> None:
    frames = np.linspace(1, 61, 6000)
    walked, strolled = walk(path(), stream(4, "walk")), path()
    offset = walked.pose(frames)[0] - strolled.pose(frames)[0]
    assert 0.015 < np.abs(offset[:, 2]).max() < 0.03
    assert np.abs(offset).max() < 0.05
    steps = np.sum((offset[:-1, 2] < 0) & (offset[1:, 2] >= 0))
    assert steps / 5.0 == pytest.approx(1.8 * (1.2 / 1.3) ** 0.5, abs=0.25)


def test_tremor_is_smooth_small_and_inside_its_band() -> None:
    rate = 240
    frames = 1 + np.arange(60 * rate) * 12 / rate
    shaken = handheld(path(), stream(4, "hand")).pose(frames)[0] - path().pose(frames)[0]
    assert np.allclose(np.sqrt((shaken**2).mean(0)), 0.005, rtol=0.2)
    power = np.abs(np.fft.rfft(shaken * np.hanning(len(frames))[:, None], axis=0)) ** 2
    hertz = np.fft.rfftfreq(len(frames), 1 / rate)
    assert power[(hertz > 0.3) & (hertz < 9.2)].sum() > 0.999 * power.sum()
    again, other = (handheld(path(), stream(seed, "hand")).pose(frames[:9])[0] for seed in (4, 5))
    assert np.array_equal(again - path().pose(frames[:9])[0], shaken[:9])
    assert not np.allclose(other, again)
