"""The complete description of a scene: the sections of a spec, their units, ranges and defaults."""

from __future__ import annotations

from dataclasses import dataclass

from .spec import parameter, section

WORLD_RIGS = ("mono", "stereo", "multiview", "panorama")
ASSET_RIGS = ("orbit", "dome", "turntable")
SEASONS = ("spring", "summer", "autumn", "winter", "dry")
RIGS = (*WORLD_RIGS, *ASSET_RIGS)
TRAJECTORIES = ("stroll", "walk", "fly", "handheld")
FISHEYES = ("fisheye", "equisolid")
WEATHERS = ("clear", "broken", "overcast", "fog", "rain", "snow")
PROJECTIONS = ("perspective", "orthographic", *FISHEYES)


@dataclass(frozen=True)
class TerrainSpec:
    """The shape of the land."""

    size: float = parameter(2600.0, "side of the square of land that is shaped", unit="m", low=400, high=6000)
    relief: float = parameter(0.55, "how high the mountains stand: 0 is gentle hills, 1 is alpine", low=0, high=1)
    ruggedness: float = parameter(0.5, "how sharp ridges are, against rounded hills", low=0, high=1)
    erosion: float = parameter(0.6, "how long water and frost have worked on the land", low=0, high=1)
    shore_height: float = parameter(1.4, "height of the near bank above the water", unit="m", low=0.2, high=10)
    sand: float = parameter(0.4, "share of a desert that dunes cover, and of a coast that is beach", low=0, high=1)
    resolution: int = parameter(1024, "samples along a side of the eroded height map", low=128, high=4096)


@dataclass(frozen=True)
class WaterSpec:
    """The lake."""

    extent: float = parameter(0.5, "size of the lake, from a pond to most of the valley", low=0, high=1)
    waves: float = parameter(0.3, "height of the waves: 0 is a mirror", low=0, high=1)
    turbidity: float = parameter(0.35, "how soon the ground is lost from sight under water", low=0, high=1)


@dataclass(frozen=True)
class SkySpec:
    """Light and air."""

    weather: str = parameter(
        "broken",
        "clear: no clouds; broken: as many as sky.clouds says; overcast: a grey layer; fog; rain on wet ground; snow: it falls",
        choices=WEATHERS,
    )
    sun: str = parameter(
        "angles",
        "angles: sun and moon stand where elevations and azimuths say; clock: hour, day and latitude say where, +y is north",
        choices=("angles", "clock"),
    )
    sun_elevation: float = parameter(
        24.0, "height of the sun above the horizon; below -6 it is night, with sun = angles", unit="degrees", low=-60, high=85
    )
    sun_azimuth: float = parameter(
        -110.0, "where the sun stands, clockwise from the view, with sun = angles", unit="degrees", low=-180, high=180
    )
    hour: float = parameter(15.0, "true solar time, at 12 the sun is highest, with sun = clock", unit="h", low=0, high=24)
    day_of_year: float = parameter(172.0, "from 1, the first of January, with sun = clock", unit="days", low=1, high=366)
    latitude: float = parameter(47.0, "north of the equator, with sun = clock", unit="degrees", low=-90, high=90)
    moon_phase: float = parameter(0.42, "age of the moon: 0 new, 0.25 waxing half, 0.5 full, 0.75 waning half", low=0, high=1)
    moon_elevation: float = parameter(
        32.0, "height of the moon above the horizon, with sun = angles", unit="degrees", low=-60, high=85
    )
    moon_azimuth: float = parameter(
        55.0, "where the moon stands, clockwise from the view, with sun = angles", unit="degrees", low=-180, high=180
    )
    clouds: float = parameter(0.35, "share of the sky that clouds cover in broken weather", low=0, high=1)
    haze: float = parameter(0.35, "aerial perspective: how soon distance fades; in fog how thick it is", low=0, high=1)
    precipitation: float = parameter(0.5, "how hard it rains or snows, in such weather", low=0, high=1)
    wetness: float = parameter(0.0, "how wet the ground is from rain that is over; in rain it is wetter", low=0, high=1)
    exposure: float = parameter(0.0, "exposure correction", unit="stops", low=-4, high=4)


@dataclass(frozen=True)
class ScatterSpec:
    """What grows and lies on the land."""

    trees: float = parameter(0.55, "how densely trees stand", low=0, high=1)
    tree_line: float = parameter(140.0, "height where the forest ends", unit="m", low=0, high=3000)
    snow_line: float = parameter(240.0, "height above which snow lies on gentle ground", unit="m", low=-500, high=3000)
    season: str = parameter("summer", "season of all that grows", choices=SEASONS)
    conifers: float = parameter(0.65, "share of conifers among the trees", low=0, high=1)
    autumn: float = parameter(0.25, "share of broadleaf trees that have turned already, in summer", low=0, high=1)
    falling_leaves: float = parameter(0.4, "how many leaves are in the air where trees are in autumn colour", low=0, high=1)
    grass: float = parameter(0.7, "how dense the grass is near the camera", low=0, high=1)
    undergrowth: float = parameter(0.5, "ferns, flowers and shrubs", low=0, high=1)
    litter: float = parameter(0.6, "leaves, needles, twigs and cones on the ground under trees", low=0, high=1)
    rocks: float = parameter(0.5, "stones on the ground and along the shore", low=0, high=1)


@dataclass(frozen=True)
class WindSpec:
    """What moves the plants."""

    strength: float = parameter(0.35, "from still air to a storm", low=0, high=1)
    direction: float = parameter(60.0, "where the wind blows to, clockwise from the view", unit="degrees", low=-180, high=180)
    moving_faces: int = parameter(
        600_000,
        "faces of the plants that look largest whose boughs and leaves move by themselves; the others lean as wholes",
        low=0,
        high=20_000_000,
    )


@dataclass(frozen=True)
class AssetSpec:
    """One thing alone, for kind "asset"."""

    generator: str = parameter("oak", "which generator makes it (wildfield list generators)")
    parameters: dict[str, float] = parameter({}, "the generator's own parameters; those not named are drawn from the seed")


@dataclass(frozen=True)
class CameraSpec:
    """The cameras and how they move."""

    rig: str = parameter(
        "mono",
        "mono: one moving camera; stereo: two side by side; multiview: many on an arc that look at one place; panorama: one "
        "that sees all around; orbit: many around one thing; dome: over it, at one distance; turntable: one that goes around",
        choices=RIGS,
    )
    trajectory: str = parameter(
        "stroll",
        "stroll: a smooth path; walk: with steps; handheld: with the tremor of a hand; fly: rises over the land, faster",
        choices=TRAJECTORIES,
    )
    projection: str = parameter(
        "perspective",
        "perspective: a pinhole; orthographic: parallel rays, of a world straight down from a flight; fisheye: equidistant, a "
        "circle in the picture; equisolid: a fisheye that keeps areas",
        choices=PROJECTIONS,
    )
    ortho_width: float = parameter(
        0.0, "width of an orthographic picture; 0 is what one thing needs, and 120 m of a world", unit="m", low=0, high=1000
    )
    views: int = parameter(48, "cameras of an orbit or dome (48) or a multiview rig (6)", low=2, high=2000)
    field_of_view: float = parameter(60.0, "horizontal angle of view", unit="degrees", low=10, high=120)
    fisheye_angle: float = parameter(180.0, "what a fisheye sees across its image circle", unit="degrees", low=60, high=220)
    k1: float = parameter(0.0, "OpenCV's radial distortion, of a fisheye its polynomial's; below 0 is a barrel", low=-2, high=2)
    k2: float = parameter(0.0, "its second coefficient", low=-2, high=2)
    k3: float = parameter(0.0, "its third coefficient", low=-2, high=2)
    k4: float = parameter(0.0, "its fourth coefficient, of a fisheye alone", low=-2, high=2)
    p1: float = parameter(0.0, "OpenCV's tangential distortion, downwards", low=-0.2, high=0.2)
    p2: float = parameter(0.0, "OpenCV's tangential distortion, to the right", low=-0.2, high=0.2)
    zoom: float = parameter(1.0, "the focal length changes by this factor from the first to the last frame", low=0.25, high=8)
    sensor_width: float = parameter(
        36.0, "width of the sensor; the lens follows from it and the angle of view", unit="mm", low=1, high=100
    )
    height: float = parameter(1.7, "height of the eye above the ground", unit="m", low=0.3, high=200)
    speed: float = parameter(1.2, "how fast the camera travels", unit="m/s", low=0, high=30)
    baseline: float = parameter(0.12, "distance between the two cameras of a stereo rig", unit="m", low=0.001, high=10)


@dataclass(frozen=True)
class LidarSpec:
    """A spinning LiDAR beside the first camera of a world; the defaults are those of Ouster's OS1."""

    beams: int = parameter(0, "beams one above the other, such as 16, 32, 64 or 128; 0 is no LiDAR", low=0, high=512)
    steps: int = parameter(1024, "directions in which each beam measures in a turn", low=16, high=8192)
    lowest: float = parameter(-22.5, "elevation of the lowest beam", unit="degrees", low=-89, high=89)
    highest: float = parameter(22.5, "elevation of the highest beam", unit="degrees", low=-89, high=89)
    range: float = parameter(120.0, "how far it sees", unit="m", low=1, high=2000)
    above: float = parameter(0.1, "height above the camera", unit="m", low=-1, high=2)
    noise: float = parameter(0.0, "standard deviation of a measured range; the clean one is kept too", unit="m", low=0, high=10)
    dropout: float = parameter(0.0, "share of returns that are lost", low=0, high=1)


@dataclass(frozen=True)
class RenderSpec:
    """The pictures."""

    width: int = parameter(960, "width of the pictures", unit="px", low=16, high=8192)
    height: int = parameter(540, "height of the pictures", unit="px", low=16, high=8192)
    samples: int = parameter(16, "Cycles samples a pixel of the beauty render", low=1, high=16384)
    denoise: bool = parameter(True, "clean the beauty render with Open Image Denoise")
    motion_blur: float = parameter(
        0.0, "how long the shutter is open for the beauty render, in frames; truth stays sharp", low=0, high=1
    )
    f_stop: float = parameter(0.0, "aperture of the beauty render; 0 is sharp everywhere, as truth is", low=0, high=64)
    focus: float = parameter(
        0.0,
        "distance that is sharp with an f_stop; 0 is what the middle of the first picture shows",
        unit="m",
        low=0,
        high=10000,
    )
    frames: int = parameter(1, "moments in time that are rendered", low=1, high=100000)
    frame_rate: float = parameter(12.0, "frames a second", unit="1/s", low=1, high=240)
    truth: str = parameter("standard", "maps to write: small, standard, motion, light, full, or names (wildfield list maps)")
    flow_step: int = parameter(1, "frames between which flow, scene flow and occlusion lead", low=1, high=1000)
    tracks: int = parameter(0, "surface points that are followed through all frames of a camera", low=0, high=100000)
    imu_things: int = parameter(
        0, "things that move rigidly and get an IMU each, those that show the most pixels", low=0, high=10000
    )
    threads: int = parameter(0, "CPU threads for rendering; 0 takes all", low=0, high=1024)


@dataclass(frozen=True)
class SceneSpec:
    """Everything that makes one scene again."""

    kind: str = parameter("lake", "kind of world (wildfield list kinds)")
    seed: int = parameter(0, "the scene's seed", low=0, high=2**31 - 1)
    terrain: TerrainSpec = section(TerrainSpec, "the shape of the land")
    water: WaterSpec = section(WaterSpec, "the lake")
    sky: SkySpec = section(SkySpec, "light and air")
    scatter: ScatterSpec = section(ScatterSpec, "what grows and lies on the land")
    wind: WindSpec = section(WindSpec, "what moves the plants")
    asset: AssetSpec = section(AssetSpec, "one thing alone")
    camera: CameraSpec = section(CameraSpec, "the cameras")
    lidar: LidarSpec = section(LidarSpec, "a LiDAR on the rig")
    render: RenderSpec = section(RenderSpec, "the pictures")
