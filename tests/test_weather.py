"""The sky against almanacs and photometry, wetness against Lekner and Dorf, what falls against its closed form."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np
import pytest

from wildfield.exporters.poses import read_poses
from wildfield.procgen.cameras.view import Optics, View
from wildfield.procgen.classes import CLASSES
from wildfield.procgen.compose import draw
from wildfield.procgen.rng import stream
from wildfield.procgen.scene_spec import WEATHERS, RenderSpec, SceneSpec, SkySpec
from wildfield.procgen.weather.air import air_of
from wildfield.procgen.weather.celestial import equatorial, moon_place, sun_longitude, sun_place
from wildfield.procgen.weather.climate import (
    DRY_WEATHER,
    INLAND_WEATHER,
    MOUNTAIN_WEATHER,
    POLAR_WEATHER,
    SEA_WEATHER,
    draw_weather,
)
from wildfield.procgen.weather.moonlight import lit_from, moon_magnitude, moon_share
from wildfield.procgen.weather.precipitation import RAIN, SNOW, Precipitating, precipitate

VIEW = View(np.array([[3.0, -2.0, 1.7]]), np.array([0.4]), np.array([0.0]), Optics(1.05, 0.63, 960, 540), 1.7)
WIND = (0.6, 0.8)


def test_the_sun_stands_where_the_almanac_says() -> None:
    """Meeus, "Astronomical Algorithms", example 25.a: 1992 October 13, 0 h, declination -7.785 degrees."""
    _, declination = equatorial(sun_longitude(287, 0.0))
    assert declination == pytest.approx(-7.785, abs=0.05)
    assert equatorial(sun_longitude(173, 2.0))[1] == pytest.approx(23.44, abs=0.01)
    assert sun_longitude(80, 7.6) == pytest.approx(360.0, abs=0.05) or sun_longitude(80, 7.6) == pytest.approx(0.0, abs=0.05)


def test_the_sun_of_an_afternoon_in_colorado_is_that_of_nrels_algorithm() -> None:
    """Reda and Andreas, "Solar Position Algorithm", table A5.1: 2003 October 17, hour angle 11.106, zenith angle 50.112,
    azimuth 194.340 degrees, refraction 0.02; 19:30 UT, 1385.31 days or three tropical years and 289.59 days after J2000."""
    hour = 12.0 + 11.106 / 15.0
    place = sun_place(hour, 290.586 - (hour - 12.0) / 24.0, 39.742)
    assert place.elevation == pytest.approx(90.0 - 50.112 - 0.02, abs=0.01)
    assert place.azimuth % 360.0 == pytest.approx(194.340, abs=0.01)


@pytest.mark.parametrize("latitude", [-90.0, -33.0, 0.0, 47.0, 66.0, 90.0])
def test_the_sun_is_highest_at_noon_and_as_high_as_latitude_and_season_say(latitude: float) -> None:
    for day in (1, 100, 172, 290):
        declination = equatorial(sun_longitude(day, 12.0))[1]
        assert sun_place(12.0, day, latitude).elevation == pytest.approx(90.0 - abs(latitude - declination), abs=1e-6)
        heights = [sun_place(hour, day, latitude).elevation for hour in np.linspace(0, 24, 49)]
        assert np.argmax(heights) in range(22, 27) or np.ptp(heights) < 0.5


def test_at_the_equinox_the_sun_rises_in_the_east_and_sets_in_the_west() -> None:
    rise, fall = sun_place(6.0, 80, 47.0), sun_place(18.0, 80, 47.0)
    assert (rise.elevation, fall.elevation) == (pytest.approx(0, abs=0.3), pytest.approx(0, abs=0.3))
    assert (rise.azimuth, fall.azimuth) == (pytest.approx(90, abs=0.3), pytest.approx(-90, abs=0.3))


def test_a_full_moon_is_up_where_the_sun_will_be_in_half_a_year_and_twelve_hours() -> None:
    moon = moon_place(0.0, 355, 47.0, 0.5)
    summer = sun_place(12.0, 172, 47.0)
    assert moon.elevation == pytest.approx(summer.elevation, abs=0.5)
    assert moon.direction @ sun_place(0.0, 355, 47.0).direction == pytest.approx(-1.0, abs=1e-4)
    new = moon_place(15.0, 200, 47.0, 0.0)
    assert new.direction @ sun_place(15.0, 200, 47.0).direction == pytest.approx(1.0, abs=1e-9)


def test_moonlight_follows_the_phase() -> None:
    """A full moon is 14 magnitudes below the sun; a half moon is a tenth of it, not a half: it is seen by its shadows."""
    assert moon_magnitude(0.5) == -12.73
    assert moon_share(0.5) == pytest.approx(10 ** (-0.4 * 14.01))
    assert moon_share(0.25) / moon_share(0.5) == pytest.approx(0.09, abs=0.01)
    assert moon_share(0.25) == pytest.approx(moon_share(0.75))
    assert moon_share(0.0) < 1e-3 * moon_share(0.5)


@pytest.mark.parametrize("phase", [0.0, 0.1, 0.25, 0.42, 0.5, 0.8])
def test_the_lit_share_of_the_moons_disc_is_that_of_its_phase(phase: float) -> None:
    """(1 + cos a) / 2 with the phase angle a, over the disc as it is drawn: a sphere lit from where `lit_from` says."""
    to_moon = np.array([0.36, 0.48, 0.8])
    lit = lit_from(to_moon, np.array([0.8, -0.6, 0.0]), phase)
    assert np.linalg.norm(lit) == pytest.approx(1.0)
    right = np.cross(to_moon, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, to_moon)
    a, b = np.meshgrid(np.linspace(-1, 1, 401), np.linspace(-1, 1, 401))
    on = a * a + b * b < 1
    normal = a[on, None] * right + b[on, None] * up - np.sqrt(1 - a[on] ** 2 - b[on] ** 2)[:, None] * to_moon
    assert (normal @ lit > 1e-9).mean() == pytest.approx((1 - np.cos(2 * np.pi * phase)) / 2, abs=0.01)


def test_the_sun_fades_through_golden_hour_and_gives_way_to_the_moon() -> None:
    def at(elevation: float) -> Any:
        return air_of(SkySpec(sun_elevation=elevation), 0.3)

    noon, golden, dusk, night = at(60.0), at(4.0), at(-4.0), at(-20.0)
    assert golden.light[0] / golden.light[2] > 2 * noon.light[0] / noon.light[2]
    assert dusk.sun.max() == 0
    assert (noon.lamp, golden.lamp, night.lamp) == ("sun", "sun", "moon")
    assert night.light[2] > night.light[0] > 0
    levels = [at(elevation).exposure for elevation in (60, 20, 5, 0, -6)]
    assert levels == sorted(levels)


def test_the_clock_and_the_angles_give_the_same_light_where_they_say_the_same() -> None:
    clock = SkySpec(sun="clock", hour=9.5, day_of_year=120, latitude=52.0)
    place = sun_place(9.5, 120, 52.0)
    angles = SkySpec(sun_elevation=place.elevation, sun_azimuth=(place.azimuth - 30.0 + 180.0) % 360.0 - 180.0)
    a, b = air_of(clock, np.radians(30.0)), air_of(angles, np.radians(30.0))
    for name in ("to_lamp", "light", "horizon"):
        assert getattr(a, name) == pytest.approx(getattr(b, name))
    assert a.exposure == pytest.approx(b.exposure)


@pytest.mark.parametrize("elevation", [-60.0, -9.0, 0.0, 12.0, 85.0])
@pytest.mark.parametrize("weather", WEATHERS)
def test_every_weather_has_light_at_every_hour(weather: str, elevation: float) -> None:
    for phase, haze, falls in ((0.0, 0.0, 0.0), (0.5, 1.0, 1.0)):
        sky = SkySpec(weather=weather, sun_elevation=elevation, moon_phase=phase, haze=haze, precipitation=falls)
        air = air_of(sky, 1.0)
        assert np.isfinite([*air.light, *air.horizon, *air.zenith, air.exposure]).all()
        assert air.horizon.min() > 0
        assert abs(air.exposure) < 6
        assert np.linalg.norm(air.to_lamp) == pytest.approx(1.0)


def test_a_closed_sky_is_softer_and_hazier_than_an_open_one_and_rain_wets() -> None:
    air = {weather: air_of(SkySpec(weather=weather), 0.0) for weather in WEATHERS}
    for weather in ("overcast", "fog", "rain", "snow"):
        assert air[weather].light.max() < 0.05 * air["clear"].light.max()
        assert air[weather].climate.haze_density > air["clear"].climate.haze_density
        assert air[weather].climate.closed
    assert 3.9 / air["fog"].climate.haze_density < 500 < 3.9 / air["rain"].climate.haze_density
    assert air["clear"].climate.wetness == 0 < 0.7 < air["rain"].climate.wetness


@pytest.mark.parametrize("shares", [INLAND_WEATHER, SEA_WEATHER, MOUNTAIN_WEATHER, POLAR_WEATHER, DRY_WEATHER])
def test_weathers_are_drawn_as_often_as_their_shares_say(shares: dict[str, int]) -> None:
    drawn = [draw_weather(SkySpec(), shares, stream(seed, "test", "weather")) for seed in range(2000)]
    hours = ((-90, 0, "night"), (0, 10, "golden hour"))
    named = Counter(next((name for low, high, name in hours if low <= sky.sun_elevation < high), sky.weather) for sky in drawn)
    assert sum(shares.values()) == 100
    assert set(named) == set(shares)
    for name, percent in shares.items():
        assert named[name] / 2000 == pytest.approx(percent / 100, abs=4 * np.sqrt(percent / 100 / 2000))


def test_where_snow_falls_the_land_is_white() -> None:
    falls = [
        spec for kind in ("alpine", "arctic") for spec in (draw(kind, seed) for seed in range(60)) if spec.sky.weather == "snow"
    ]
    assert {spec.kind for spec in falls} == {"alpine", "arctic"}
    assert all(spec.scatter.snow_line == -500 for spec in falls)


@pytest.fixture(scope="module", params=[RAIN, SNOW], ids=["rain", "snow"])
def falling(request: Any, bpy: Any) -> Any:
    """A shower alone in a scene, its motion and the kind."""
    from wildfield.procgen.nodes.objects import Wind
    from wildfield.procgen.scene import BuiltScene, ObjectTable
    from wildfield.procgen.weather.precipitation_nodes import lay

    bpy.ops.wm.read_factory_settings(use_empty=True)
    fall = precipitate(request.param, VIEW, level, 0.2, WIND, 0.5, 1.0, stream(3, "shower"))
    scene, table = bpy.data.scenes.new("shower"), ObjectTable()
    lay(scene, request.param, fall, table, Wind(WIND, 0.4, 24.0))
    spec = dataclasses.replace(SceneSpec(), render=RenderSpec(frame_rate=24.0))
    return request.param, fall, BuiltScene(spec, scene, table, CLASSES, (), [], [], range(1, 3), {})


def level(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.full(np.shape(x), 0.5, np.float32)


def test_blender_has_drops_and_flakes_where_their_closed_form_says_and_none_that_have_landed(falling: Any) -> None:
    kind, fall, built = falling
    motion = built.table.motions[0]
    assert isinstance(motion, Precipitating)
    assert len(fall) > 200
    assert {thing.class_name for thing in built.table.things.values()} == {kind.class_name}
    before = None
    for frame in (1, 12, 13):
        built.scene.frame_set(frame)
        poses, seconds = read_poses(built), np.array([frame / 24.0])
        there, matrices = poses.find(motion.ids)
        assert (there == motion.exists(np.arange(len(fall)), seconds)[:, 0]).all()
        origins, rotations = motion.pose(np.arange(len(fall)), seconds)
        scales = np.linalg.norm(matrices[:, :3, :3], axis=1)[:, None]
        assert np.abs(origins[:, 0] - matrices[:, :3, 3])[there].max() < 1e-4
        assert np.abs(rotations[:, 0] - matrices[:, :3, :3] / scales)[there].max() < 1e-4
        floats = fall.places(np.maximum(fall.landing - np.float32(frame / 24.0), 0))
        assert origins[there, 0] == pytest.approx(floats[there], abs=1e-4)
        if frame == 13:
            both = before[0] & there
            way = (matrices[:, :3, 3] - before[1][:, :3, 3])[both]
            swing = np.abs(fall.swing[both]).max(1) * fall.rate[both] / 24.0
            assert (np.abs(way - fall.velocity[both] / 24.0).max(1) < swing + 1e-4).all()
        before = there, matrices


def test_a_streak_of_rain_lies_along_its_way() -> None:
    fall = precipitate(RAIN, VIEW, level, 0.2, WIND, 0.7, 1.0, stream(3, "shower"))
    _, rotations = Precipitating(np.arange(len(fall), dtype=np.int32), fall).pose(np.arange(len(fall)), np.zeros(1))
    way = fall.velocity / np.linalg.norm(fall.velocity, axis=1, keepdims=True)
    assert -rotations[:, 0, :, 2] == pytest.approx(way, abs=1e-5)


def test_nothing_falls_into_the_eye_and_no_rain_is_no_drop() -> None:
    for kind in (RAIN, SNOW):
        fall = precipitate(kind, VIEW, level, 1.0, WIND, 1.0, 2.0, stream(4, "shower"))
        for left in np.linspace(0, 2, 41):
            apart = np.linalg.norm(fall.places(np.full(len(fall), left)) - VIEW.eyes[0], axis=1)
            assert (apart[fall.landing > left] > 0.5 * kind.clear).all()
        assert len(precipitate(kind, VIEW, level, 0.0, WIND, 1.0, 2.0, stream(4, "shower"))) == 0


def test_wet_surfaces_are_as_dark_as_lekner_and_dorf_say(bpy: Any) -> None:
    """Their diffuse limit, albedo A to 0.98 (1 - p) A / (1 - p A) with p = 0.47, read back by Cycles' emission."""
    from wildfield.procgen.nodes.writer import NodeWriter
    from wildfield.procgen.weather.wetness import set_wetness, soaked, wetness

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(scene.camera)
    world = bpy.data.worlds.new("wet")
    if world.node_tree is None:
        world.use_nodes = True
    world.node_tree.nodes.clear()
    w = NodeWriter(world.node_tree)
    dry = w.combine(0.1, 0.3, 0.6)
    w.node("ShaderNodeOutputWorld", {"Surface": w.out(w.node("ShaderNodeBackground", {"Color": soaked(w, dry, wetness(w))}))})
    scene.world = world
    albedo = np.array([0.1, 0.3, 0.6])
    wet = 0.98 * 0.53 * albedo / (1 - 0.47 * albedo)
    for amount in (0.0, 0.4, 1.0):
        set_wetness(amount)
        assert shown(bpy, scene) == pytest.approx(albedo + amount * (wet - albedo), rel=2e-3)


def shown(bpy: Any, scene: Any) -> np.ndarray:
    """Return the colour (3,) of the middle of a picture, linear."""
    import tempfile
    from pathlib import Path

    from wildfield.exporters.images import read_exr

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shown.exr"
        scene.render.image_settings.file_format, scene.render.filepath = "OPEN_EXR", str(path)
        scene.render.image_settings.color_depth = "32"
        bpy.ops.render.render(write_still=True, scene=scene.name)
        channels = read_exr(path)
    return np.array([channels[name][4, 4] for name in "RGB"])
