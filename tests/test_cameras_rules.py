"""What each rig takes, starts from and refuses."""

from __future__ import annotations

from typing import Any

import pytest

from wildfield.errors import UserError
from wildfield.jobs.plan import plan
from wildfield.procgen import compose
from wildfield.procgen.cameras.rules import USES, idle
from wildfield.procgen.scene_spec import ASSET_RIGS, RIGS, WORLD_RIGS, CameraSpec, SceneSpec
from wildfield.procgen.spec import override


def test_every_rig_belongs_to_a_kind_and_uses_known_parameters() -> None:
    assert set(USES) == set(RIGS) == {*WORLD_RIGS, *ASSET_RIGS}
    fields = set(CameraSpec.__dataclass_fields__)
    assert {name for names in USES.values() for name in names} == fields - {"rig"}


@pytest.mark.parametrize(
    ("kind", "rig_name", "key", "value"),
    [
        ("lake", "panorama", "render.width", 1024),
        ("lake", "multiview", "camera.views", 6),
        ("asset", "turntable", "render.frames", 48),
        ("asset", "dome", "camera.views", 48),
    ],
)
def test_a_rig_starts_from_values_that_suit_it_until_others_are_said(kind: str, rig_name: str, key: str, value: int) -> None:
    def made(pairs: dict[str, str]) -> int:
        spec: Any = plan(kind, None, None, pairs, {"camera.rig": rig_name}, 0, 1).spec(0)
        section, name = key.split(".")
        return getattr(getattr(spec, section), name)

    assert made({}) == value
    twice = {"render.width": "2048", "render.height": "1024"} if key.startswith("render.w") else {key: str(2 * value)}
    assert made(twice) == 2 * value


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("lake", {"camera.rig": "stereo", "camera.projection": "orthographic"}, ("projection", "orbit | dome | turntable")),
        ("lake", {"camera.rig": "panorama"}, ("960x540", "twice as wide")),
        ("lake", {"camera.rig": "dome"}, ("mono | stereo | multiview | panorama",)),
        ("asset", {"camera.rig": "multiview"}, ("orbit | dome | turntable",)),
        ("asset", {"camera.projection": "orthographic", "camera.zoom": 2.0}, ("zoom", "no focal length")),
        ("asset", {"camera.projection": "fisheye"}, ("projection", "mono or multiview")),
        ("lake", {"camera.rig": "stereo", "camera.projection": "equisolid"}, ("projection", "not for stereo")),
        ("lake", {"camera.rig": "stereo", "camera.k1": -0.1}, ("stereo has no lens distortion",)),
        ("lake", {"camera.projection": "fisheye", "camera.zoom": 2.0}, ("zoom", "a fisheye does not zoom")),
        ("lake", {"camera.k1": -0.1, "camera.zoom": 2.0}, ("zoom", "distortion does not zoom")),
        ("lake", {"camera.k2": 0.1, "render.f_stop": 2.8}, ("f_stop", "sharp everywhere")),
        ("lake", {"camera.k1": -1.0}, ("camera.k1 = -1", "folds the picture")),
        ("asset", {"lidar.beams": 64}, ("lidar.beams = 64", "choose a world")),
        ("lake", {"lidar.beams": 1}, ("at least 2 beams",)),
        ("lake", {"lidar.beams": 8, "lidar.lowest": 10.0, "lidar.highest": 5.0}, ("lidar.lowest", "10 to 5")),
        ("lake", {"lidar.beams": 4, "lidar.highest": 85.0}, ("straight up", "more beams")),
    ],
)
def test_cameras_that_cannot_be_are_refused(kind: str, values: dict[str, Any], words: tuple[str, ...]) -> None:
    with pytest.raises(UserError) as caught:
        compose.complete(override(compose.draw(kind, 0), values, "test"))
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("rig_name", "key", "more", "word"),
    [
        ("mono", "camera.baseline", {}, "does not use it"),
        ("mono", "camera.views", {}, "--frames"),
        ("multiview", "camera.trajectory", {}, "does not use it"),
        ("panorama", "camera.field_of_view", {}, "does not use it"),
        ("panorama", "camera.zoom", {"render.frames": 5}, "does not use it"),
        ("mono", "camera.zoom", {}, "--frames"),
        ("dome", "render.frames", {"render.frames": 5}, "nothing moves in a dome"),
        ("orbit", "camera.field_of_view", {"camera.projection": "orthographic"}, "ortho_width"),
        ("orbit", "camera.ortho_width", {}, "camera.projection=orthographic"),
        ("mono", "camera.fisheye_angle", {}, "camera.projection=fisheye"),
        ("mono", "camera.trajectory", {"camera.projection": "orthographic"}, "flies straight"),
        ("mono", "camera.k1", {"camera.projection": "orthographic"}, "orthographic has no such distortion"),
        ("mono", "camera.field_of_view", {"camera.projection": "fisheye"}, "fisheye_angle"),
        ("mono", "camera.k4", {}, "it has k1, k2, p1, p2, k3"),
        ("mono", "camera.p1", {"camera.projection": "fisheye"}, "it has k1, k2, k3, k4"),
        ("mono", "camera.k1", {"camera.projection": "equisolid"}, "equisolid has no such distortion"),
        ("stereo", "camera.k1", {}, "does not use it"),
        ("mono", "lidar.noise", {}, "--lidar 64"),
    ],
)
def test_what_would_change_nothing_is_told(rig_name: str, key: str, more: dict[str, Any], word: str) -> None:
    reason = idle(override(SceneSpec(), {"camera.rig": rig_name} | more, "test"), key)
    assert reason is not None and word in reason


def test_a_used_parameter_is_not_idle() -> None:
    spec = override(SceneSpec(), {"camera.rig": "stereo", "camera.zoom": 2.0, "render.frames": 4}, "test")
    assert all(idle(spec, f"camera.{name}") is None for name in USES["stereo"])
