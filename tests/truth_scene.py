"""A small scene that moves in every way that truth must follow, built by hand for the tests of exporters and verify."""

from __future__ import annotations

import math
from typing import Any

import bpy
import numpy as np

from wildfield.procgen.cameras import lens_script
from wildfield.procgen.nodes.objects import Placement, Wind, add_instances, set_attribute
from wildfield.procgen.nodes.truth import add_truth, truth_mode
from wildfield.procgen.nodes.writer import NodeWriter
from wildfield.procgen.rigid import Leaning
from wildfield.procgen.scene import BuiltScene, ObjectTable
from wildfield.procgen.scene_spec import LidarSpec, RenderSpec, SceneSpec

CLASSES = ("sky", "card", "ground", "rock", "shrub", "water")
MATERIALS = ("none", "ground", "rock", "wave", "shrub", "card", "swollen")
BOX = np.array([[-1.0] * 3, [1.0] * 3])


BENT = {
    "brown": ("brown", 0.8, 1.6, (-0.28, 0.09, 0.004, -0.003, -0.01)),
    "fisheye": ("fisheye", 0.215, 1.75, (0.0, 0.0, 0.0, 0.0)),
    "kannala": ("fisheye", 0.3, 1.1, (-0.03, 0.006, -0.002, 0.0003)),
    "equisolid": ("equisolid", 0.28, 1.5, ()),
}
"""Lenses that bend straight lines: model, focal length in widths of the picture, half angle or farthest radius, coefficients.
"""
BASELINE = 0.3
SWELL = 0.3
"""How high the displaced sheet rises, times the sine of twice its x."""


def material(name: str, colour: tuple[float, float, float], cut_out: bool = False, swell: bool = False) -> Any:
    """A diffuse material with the truth group, where `cut_out` with a chequered opacity, where `swell` truly displaced."""
    made = bpy.data.materials.new(name)
    if made.node_tree is None:
        made.use_nodes = True
    made.node_tree.nodes.clear()
    w = NodeWriter(made.node_tree)
    shader = w.shader("Diffuse", Color=(*colour, 1.0))
    there: Any = 1.0
    if cut_out:
        checker = w.node("ShaderNodeTexChecker", {"Vector": w.coordinates("UV"), "Scale": 6.0})
        opacity = 0.1 + 0.8 * w.out(checker, "Fac")
        mode = truth_mode(w)
        there = w.math("GREATER_THAN", opacity, 0.5)
        visible = opacity * (1.0 - mode) + there * mode
        shader = w.mix_shader(visible, w.shader("Transparent"), shader)
    add_truth(w, MATERIALS.index(name), colour, 0.7, there)
    raised = None
    if swell:
        height = w.math("SINE", w.separate(w.coordinates("Object"))[0] * 2.0) * SWELL
        raised = w.out(w.node("ShaderNodeDisplacement", {"Height": height, "Midlevel": 0.0, "Scale": 1.0}))
        made.displacement_method = "DISPLACEMENT"
    w.node("ShaderNodeOutputMaterial", {"Surface": shader, "Displacement": raised})
    return made


def mesh(name: str, points: Any, faces: Any, surface: Any, uv: bool = False) -> Any:
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(map(float, point)) for point in points], [], [tuple(face) for face in faces])
    data.materials.append(surface)
    if uv:
        corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
        layer = data.uv_layers.new(name="UVMap")
        for polygon in data.polygons:
            for corner, loop in enumerate(polygon.loop_indices):
                layer.data[loop].uv = corners[corner]
    return data


def cube(size: float) -> tuple[list[Any], list[Any]]:
    points = [(x * size / 2, y * size / 2, z * size / 2) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    return points, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def grid(count: int, size: float, height: Any = lambda x, y: 0.0) -> tuple[list[Any], list[Any]]:
    axis = np.linspace(-size / 2, size / 2, count + 1)
    points = [(x, y, height(x, y)) for y in axis for x in axis]
    corner = [j * (count + 1) + i for j in range(count) for i in range(count)]
    return points, [(a, a + 1, a + count + 2, a + count + 1) for a in corner]


def key(item: Any, path: str, values: dict[int, Any]) -> None:
    for frame, value in values.items():
        setattr(item, path, value)
        item.keyframe_insert(path, frame=frame)


def set_stepped(item: Any) -> None:
    """Let the keys of an object hold their value until the next one."""
    for curve in item.animation_data.action.layers[0].strips[0].channelbags[0].fcurves:
        for point in curve.keyframe_points:
            point.interpolation = "CONSTANT"


def build(
    width: int = 160, height: int = 120, frames: int = 2, moving: bool = True, transparent: bool = False,
    samples: int = 2, cameras: int = 1, threads: int = 2, instances: int = 60, lens: str = "fixed",
    truth: str = "full,boundary_2x", tracks: int = 40, stereo: bool = False, denoise: bool = False, imu_things: int = 5,
    lidar: LidarSpec | None = None,
) -> BuiltScene:  # fmt: skip
    """Everything that truth must follow, before a moving camera.

    Ground, a tumbling cube, a waving sheet, a rock, leaning instances with ids, instances inside instances, a cut-out card, a
    displaced sheet that slides, and where it is `moving`, two cubes that come and go at frame 2. `lens` is fixed, zoom,
    ortho, panorama, or one of `BENT`; `stereo` makes two eyes, left and right, `BASELINE` apart; `lidar` is one on the first
    camera.
    """
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.preferences.edit.keyframe_new_interpolation_type = "LINEAR"
    scene = bpy.data.scenes.new("truth")
    world = bpy.data.worlds.new("sky")
    if world.node_tree is None:
        world.use_nodes = True
    scene.world = world
    scene.view_settings.view_transform = "Standard"
    light = bpy.data.objects.new("sun", bpy.data.lights.new("sun", "SUN"))
    light.data.energy = 3.0
    light.rotation_euler = (0.6, 0.3, 0.0)
    scene.collection.objects.link(light)
    looks = {
        "ground": material("ground", (0.3, 0.25, 0.1)), "rock": material("rock", (0.4, 0.1, 0.1)),
        "wave": material("wave", (0.1, 0.5, 0.6)), "shrub": material("shrub", (0.1, 0.4, 0.1)),
        "card": material("card", (0.6, 0.5, 0.05), cut_out=True), "swollen": material("swollen", (0.5, 0.3, 0.6), swell=True),
    }  # fmt: skip
    table = ObjectTable()

    def put(name: str, class_name: str, data: Any, location: tuple[float, float, float]) -> Any:
        item = bpy.data.objects.new(name, data)
        item.location = location
        item["gt_id"] = table.add(name, class_name, "test", {"size": 1.5}, BOX, deforms=name == "wave")
        scene.collection.objects.link(item)
        return item

    put("ground", "ground", mesh("ground", *grid(1, 40), looks["ground"]), (0, 0, 0))
    tumbling = put("cube", "rock", mesh("cube", *cube(1.6), looks["rock"]), (-1.8, -1, 1.9))
    put(
        "rock",
        "rock",
        mesh("rock", *grid(12, 3, lambda x, y: 0.4 * math.sin(3 * x) * math.cos(4 * y) + 0.3), looks["rock"]),
        (-3, -4, 0.3),
    )
    waving = mesh("wave", *grid(16, 3), looks["wave"])
    set_attribute(waving, "gt_face", "FACE", np.arange(1, len(waving.polygons) + 1, dtype=np.int32))
    sheet = put("wave", "water", waving, (3, -4.2, 1.0))
    sheet.rotation_euler = (0.5, 0, 0.2)
    card = mesh("card", [(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)], [(0, 1, 2, 3)], looks["card"], uv=True)
    put("card", "card", card, (0.3, -5.5, 2.0))
    _scatter(scene, table, looks["shrub"], instances, moving)
    if instances:
        _nest(scene, table, looks["rock"], moving)
    swollen = put("swollen", "rock", mesh("swollen", *grid(24, 2), looks["swollen"]), (-3.6, -7, 0.9))
    if moving:
        key(swollen, "location", {0: (-3.6, -7, 0.9), 4: (-3.0, -6.8, 1.0)})
        for name, before, after in (("newborn", True, False), ("leaving", False, True)):
            guest = put(name, "rock", mesh(name, *cube(0.7), looks["rock"]), (1.7 if before else -1.3, -6, 0.6))
            key(guest, "hide_render", {0: before, 1: before, (2 if before else 3): after})
            set_stepped(guest)
        key(tumbling, "location", {0: (-2.2, -1, 1.6), 4: (-1.2, -1, 2.4)})
        key(tumbling, "rotation_euler", {0: (0, 0, 0), 4: (0.5, 0.3, 0.9)})
        sheet.shape_key_add(name="Basis")
        bent = sheet.shape_key_add(name="bent")
        for point in bent.data:
            x, y, z = point.co
            point.co = (x + 0.2 * math.sin(2 * y), y + 0.1, z + 0.8 * math.sin(2.5 * x))
        key(bent, "value", {0: 0.0, 4: 1.0})
    views = []
    for index in range(cameras):
        view = bpy.data.objects.new(f"view_{index:03d}", bpy.data.cameras.new("camera"))
        view.data.lens = 35
        angle = 2 * math.pi * index / max(cameras, 12)
        view.location = (13 * math.sin(angle), -13 * math.cos(angle), 5.5)
        view.rotation_euler = (1.22, 0, angle)
        scene.collection.objects.link(view)
        if moving:
            key(view, "location", {0: (0, -13, 5.5), 4: (0.8, -12.2, 5.7)})
            key(view, "rotation_euler", {0: (1.22, 0, 0), 4: (1.25, 0.04, 0.07)})
        set_lens(view.data, lens)
        views.append(view)
    render = RenderSpec(
        width=width, height=height, samples=samples, denoise=denoise, frames=frames, threads=threads, truth=truth,
        tracks=tracks, imu_things=imu_things if moving and frames > 1 else 0,
    )  # fmt: skip
    spec = SceneSpec(seed=7, render=render, lidar=lidar or LidarSpec())
    names = [view.name for view in views] if cameras > 1 else ["main"]
    if stereo:
        views = [_eye(scene, views[0], aside * BASELINE / 2) for aside in (-1, 1)]
        names = ["left", "right"]
    return BuiltScene(
        spec, scene, table, CLASSES, MATERIALS, views, names, range(1, 1 + frames), {}, background_transparent=transparent
    )


def shine() -> None:
    """Let rocks be glass, the waving sheet a mirror and shrubs shine: light of every path, with the same truth."""
    for name, kind, inputs in (
        ("rock", "ShaderNodeBsdfGlass", {"Color": (0.9, 0.6, 0.5, 1.0), "Roughness": 0.2}),
        ("wave", "ShaderNodeBsdfAnisotropic", {"Color": (0.5, 0.8, 0.9, 1.0), "Roughness": 0.1}),
        ("shrub", "ShaderNodeEmission", {"Color": (1.0, 0.5, 0.2, 1.0), "Strength": 2.0}),
    ):
        w = NodeWriter(bpy.data.materials[name].node_tree)
        output = next(node for node in w.tree.nodes if node.type == "OUTPUT_MATERIAL")
        w.tree.links.new(w.node(kind, inputs).outputs[0], output.inputs["Surface"])


def _eye(scene: Any, middle: Any, aside: float) -> Any:
    """A camera beside another one, along its own x axis, that moves as it does."""
    eye = bpy.data.objects.new("eye", middle.data)
    eye.parent, eye.location = middle, (aside, 0.0, 0.0)
    scene.collection.objects.link(eye)
    return eye


def set_lens(data: Any, lens: str) -> None:
    """Turn a camera into one that zooms, an orthographic one, a panorama of the whole sphere, or one of `BENT`."""
    if lens == "zoom":
        data.shift_x = 0.05
        key(data, "lens", {0: 33.0, 4: 39.0})
    elif lens == "ortho":
        data.type, data.ortho_scale, data.shift_y = "ORTHO", 14.0, -0.04
    elif lens == "panorama":
        data.type = "PANO"
        owner = data if hasattr(data, "panorama_type") else data.cycles
        owner.panorama_type = "EQUIRECTANGULAR"
    elif lens in BENT:
        lens_script.set_lens(data, *BENT[lens])


def _nest(scene: Any, table: ObjectTable, surface: Any, moving: bool) -> None:
    """Two things of three small cubes each: instances inside instances, whose inner ones turn and rise with time."""
    inner = bpy.data.objects.new("inner", mesh("inner", *cube(0.5), surface))
    outer = bpy.data.objects.new("outer", bpy.data.meshes.new("outer"))
    outer.modifiers.new("nest", "NODES").node_group = _row(inner, "gt_piece", (0.9, 0.0, 0.0), [1, 2, 3], moving)
    host = bpy.data.objects.new("host", bpy.data.meshes.new("host"))
    host.location = (-2.2, -3.6, 3.2)
    scene.collection.objects.link(host)
    ids = [table.add(f"nest {index}", "shrub", "test", {}, BOX, deforms=True) for index in range(2)]
    host.modifiers.new("nest", "NODES").node_group = _row(outer, "gt_id", (0.4, 1.6, 0.0), ids, False)


def _row(item: Any, attribute: str, step: tuple[float, float, float], values: list[int], moving: bool) -> Any:
    """Instances of an object in a row, with consecutive values of an attribute that are their Set ID too."""
    tree = bpy.data.node_groups.new(attribute, "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    w = NodeWriter(tree)
    shown = w.node("GeometryNodeObjectInfo", {"Object": item, "As Instance": True})
    number = w.out(w.node("GeometryNodeInputIndex")) + float(values[0])
    time = w.out(w.node("GeometryNodeInputSceneTime"), "Frame") * (0.2 if moving else 0.0)
    turn = w.out(w.node("FunctionNodeEulerToRotation", {0: w.combine(0.0, time * 0.3, time * number * 0.4)}))
    line = w.out(w.node("GeometryNodeMeshLine", {"Count": len(values), "Offset": step}))
    inputs = {"Points": line, "Instance": w.out(shown, "Geometry"), "Rotation": turn}
    placed = w.out(w.node("GeometryNodeInstanceOnPoints", inputs))
    raised = w.out(w.node("GeometryNodeTranslateInstances", {"Instances": placed, "Translation": w.combine(0.0, 0.0, time)}))
    known = w.out(w.node("GeometryNodeSetID", {"Geometry": raised, "ID": number}))
    stored = {"Geometry": known, "Name": attribute, "Value": number}
    w.node(
        "NodeGroupOutput",
        {0: w.out(w.node("GeometryNodeStoreNamedAttribute", stored, data_type="INT", domain="INSTANCE"))},
    )
    return tree


def _scatter(scene: Any, table: ObjectTable, surface: Any, count: int, moving: bool) -> None:
    if not count:
        return
    rng = np.random.default_rng(3)
    kinds = [bpy.data.objects.new("kind", mesh("kind", *cube(0.35), surface))]
    spike = [(0, 0, 0.6), (0.2, 0, 0), (-0.1, 0.17, 0), (-0.1, -0.17, 0)], [(0, 1, 2), (0, 2, 3), (0, 3, 1), (1, 3, 2)]
    kinds.append(bpy.data.objects.new("kind", mesh("kind", *spike, surface)))
    tall = BOX + np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.5]])
    ids = [table.add(f"shrub {index}", "shrub", "test", {}, tall) for index in range(count)]
    floats = rng.random((6, count), np.float32)
    placement = Placement(
        position=np.stack([(floats[0] - 0.5) * 14, (floats[1] - 0.5) * 14, np.full(count, 0.25)], -1).astype(np.float32),
        rotation=np.stack([floats[2], floats[3], floats[4] * 6], -1).astype(np.float32),
        scale=(0.7 + 0.6 * floats[5]).astype(np.float32),
        variant=(np.arange(count) % 2).astype(np.int32),
        id=np.array(ids, np.int32),
        sway=np.full(count, 0.3 if moving else 0.0, np.float32),
        phase=(floats[0] * 6).astype(np.float32),
    )
    wind = Wind((1.0, 0.0), 0.5 if moving else 0.0, 12.0)
    add_instances(scene, "shrubs", kinds, placement, wind)
    swaying = (placement.id, placement.position, placement.rotation, placement.sway, placement.phase)
    table.motions.append(Leaning(*swaying, wind.direction, wind.frequency))
