"""The cameras around an asset."""

import numpy as np
import pytest

from wildfield.procgen.cameras.orbit import FILL, orbit
from wildfield.procgen.scene_spec import CameraSpec, RenderSpec

CLOUD = np.random.default_rng(1).normal(size=(2000, 3)) * [1, 2, 3] + [5, 0, 2]


@pytest.mark.parametrize(("width", "height"), [(512, 512), (640, 360)])
def test_the_thing_fills_the_same_share_of_every_picture_and_is_never_cut(width, height):
    camera = CameraSpec(rig="orbit", views=25, field_of_view=40.0)
    placed = orbit(CLOUD, camera, RenderSpec(width=width, height=height))
    focal = 0.5 * width / np.tan(np.radians(20))
    for eye, rotation in zip(placed.eyes, placed.rotations, strict=True):
        local = (CLOUD - eye) @ rotation
        assert (local[:, 2] < 0).all()
        u, v = focal * local[:, 0] / -local[:, 2], focal * local[:, 1] / -local[:, 2]
        assert max(np.abs(u).max() / (width / 2), np.abs(v).max() / (height / 2)) == pytest.approx(FILL)


def test_cameras_look_at_the_middle_of_the_box_from_the_whole_band():
    placed = orbit(CLOUD, CameraSpec(rig="orbit", views=100, field_of_view=40.0), RenderSpec())
    middle = 0.5 * (CLOUD.min(0) + CLOUD.max(0))
    away = placed.eyes - middle
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    assert np.allclose(away, placed.rotations[:, :, 2])
    assert np.allclose(np.einsum("nij,nik->njk", placed.rotations, placed.rotations), np.eye(3), atol=1e-9)
    elevation = np.degrees(np.arcsin(away[:, 2]))
    assert -5 < elevation.min() < -4
    assert 58 < elevation.max() < 60
    azimuth = np.sort(np.degrees(np.arctan2(away[:, 1], away[:, 0])))
    assert np.diff(azimuth).max() < 10
