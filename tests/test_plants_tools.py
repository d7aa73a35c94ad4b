"""The tools that plants grow with, against closed forms."""

import numpy as np
import pytest

from wildfield.procgen.plants.anatomy.blades import Template, frames, kite, lay, radial, simple_leaf
from wildfield.procgen.plants.anatomy.skeleton import along, depths, pipe_radii, smoothed, strands, unit
from wildfield.procgen.plants.anatomy.tubes import sweep, transported_frames
from wildfield.procgen.plants.growth.colonise import Growth, colonise
from wildfield.procgen.terrain.rock import icosphere

# A trunk 0-1-2 that forks into 3-5 and 4.
PARENTS = np.array([-1, 0, 1, 2, 2, 3], np.int32)


def test_depth_counts_the_ancestors():
    assert depths(PARENTS).tolist() == [0, 1, 2, 3, 3, 4]


def test_the_pipe_model_keeps_the_cross_section_at_a_fork():
    radii = pipe_radii(PARENTS, 0.5, 2.0)
    assert radii[3] == pytest.approx(0.5)
    assert radii[2] ** 2 == pytest.approx(radii[3] ** 2 + radii[4] ** 2)
    assert radii[0] == pytest.approx(np.sqrt(2) * 0.5)


def test_strands_cover_every_node_once_and_start_where_they_branch_off():
    rng = np.random.default_rng(1)
    parents = np.array([-1, *(int(rng.integers(max(0, i - 6), i)) for i in range(1, 300))], np.int32)
    made = strands(parents, pipe_radii(parents, 0.01, 2.3))
    seen = []
    for nodes, length in zip(made.nodes, made.lengths, strict=True):
        path = nodes[:length]
        assert (parents[path[1:]] == path[:-1]).all()
        seen += path[1:].tolist() if parents[path[0]] >= 0 or path[0] in seen else path.tolist()
    assert sorted(seen) == list(range(300))


def test_smoothing_keeps_roots_and_tips():
    points = np.random.default_rng(2).normal(size=(6, 3)).astype(np.float32)
    moved = smoothed(points, PARENTS, 2)
    assert np.array_equal(moved[[0, 4, 5]], points[[0, 4, 5]])
    assert not np.array_equal(moved[[1, 2, 3]], points[[1, 2, 3]])


def test_a_point_along_a_straight_path_is_where_its_share_says():
    path = np.linspace([0, 0, 0], [2, 4, 4], 5, dtype=np.float32)[None]
    points, tangents = along(path, np.array([0, 0]), np.array([0.0, 0.3], np.float32))
    assert np.allclose(points, [[0, 0, 0], [0.6, 1.2, 1.2]], atol=1e-6)
    assert np.allclose(tangents, [[1 / 3, 2 / 3, 2 / 3]] * 2, atol=1e-6)


def test_a_straight_tube_is_a_cylinder_facing_outward():
    path = np.array([[[0, 0, 0], [0, 0, 1], [0, 0, 2]]], np.float32)
    tube = sweep(path, np.full((1, 3), 0.5, np.float32), 12)
    assert np.allclose(np.hypot(*tube.points[:, :2].T), 0.5, atol=1e-6)
    corners = tube.points[tube.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 3] - corners[:, 0])
    assert ((normals * (corners.mean(1) * [1, 1, 0])).sum(1) > 0).all()
    assert np.allclose(tube.bark[:, 2], tube.points[:, 2])


def test_strands_of_different_lengths_and_sides_swept_together_equal_each_alone():
    rng = np.random.default_rng(3)
    paths = rng.normal(size=(3, 6, 3)).cumsum(1).astype(np.float32)
    radii = rng.uniform(0.01, 0.1, (3, 6)).astype(np.float32)
    lengths, sides = np.array([6, 3, 4], np.int32), np.array([4, 5, 4], np.int32)
    both = sweep(paths, radii, sides, lengths)
    alone = [sweep(paths[i : i + 1, : lengths[i]], radii[i : i + 1, : lengths[i]], int(sides[i])) for i in (0, 2, 1)]
    assert np.allclose(both.points, np.concatenate([tube.points for tube in alone]), atol=1e-6)
    assert len(both.faces) == sum(len(tube.faces) for tube in alone)
    assert both.faces.max() == len(both.points) - 1


def test_transported_frames_are_orthonormal_and_do_not_turn_on_a_plane_curve():
    angle = np.linspace(0, 3, 40)
    tangents = np.stack([np.sin(angle), np.zeros(40), np.cos(angle)], -1).astype(np.float32)[None]
    across, third = transported_frames(tangents)
    assert np.abs((across * tangents).sum(-1)).max() < 1e-5
    assert np.abs(np.linalg.norm(third, axis=-1) - 1).max() < 1e-5
    assert np.ptp(third[0, :, 1]) < 1e-4


def test_frames_are_rotations_that_point_along_and_face_the_normal():
    rng = np.random.default_rng(4)
    direction, normal = rng.normal(size=(2, 50, 3))
    turned = frames(direction, normal)
    assert np.allclose(np.einsum("nij,nik->njk", turned, turned), np.eye(3), atol=1e-5)
    assert np.allclose(turned[:, :, 1], unit(direction), atol=1e-5)
    assert (np.einsum("ni,ni->n", turned[:, :, 2], normal) > 0).all()
    assert np.allclose(np.linalg.det(turned.astype(np.float64)), 1, atol=1e-5)


def test_frames_with_a_normal_along_the_direction_are_still_rotations():
    up = np.array([[0, 0, 1], [0, 1, 0]], np.float32)
    turned = frames(up, up)
    assert np.allclose(np.einsum("nij,nik->njk", turned, turned), np.eye(3), atol=1e-5)


def test_radial_vectors_lie_across_their_axis():
    axis = unit(np.random.default_rng(5).normal(size=(30, 3)))
    outward = radial(axis, np.linspace(0, 6, 30))
    assert np.abs((outward * axis).sum(1)).max() < 1e-5
    assert np.allclose(np.linalg.norm(outward, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("template", [kite(0.5), simple_leaf(0.6, 0.3, 0.2)])
def test_laid_blades_equal_the_template_moved_by_hand(template: Template):
    rng = np.random.default_rng(6)
    origins = rng.normal(size=(9, 3)).astype(np.float32)
    turned = frames(rng.normal(size=(9, 3)), rng.normal(size=(9, 3)))
    scales = rng.uniform(0.5, 2, (9, 3)).astype(np.float32)
    points, faces = lay(template, origins, turned, scales)
    size = len(template.points)
    for blade in range(9):
        expected = (template.points * scales[blade]) @ turned[blade].T + origins[blade]
        assert np.allclose(points[blade * size : (blade + 1) * size], expected, atol=1e-5)
    assert faces.max() == len(points) - 1


def test_colonised_branches_reach_the_points_they_were_drawn_to():
    rng = np.random.default_rng(7)
    free = rng.uniform([-1, -1, 1], [1, 1, 3], (400, 3)).astype(np.float32)
    trunk = np.stack([np.zeros(9), np.zeros(9), np.arange(9) * 0.1], 1).astype(np.float32)
    growth = Growth(step=0.1, influence=0.8, reach=0.2, tropism=(0, 0, 0.05), wander=0.05)
    points, parents = colonise(trunk, np.arange(-1, 8, dtype=np.int32), free, growth, rng)
    gaps = np.linalg.norm(free[:, None] - points[None], axis=2).min(1)
    assert (gaps < 0.2).mean() > 0.95
    assert (parents[1:] < np.arange(1, len(parents))).all()
    lengths = np.linalg.norm(points[1:] - points[parents[1:]], axis=1)
    assert np.allclose(lengths, 0.1, atol=1e-4)


def test_an_icosphere_is_closed_round_and_faces_outward():
    points, faces = icosphere(3)
    assert len(points) - len(faces) * 3 // 2 + len(faces) == 2
    assert np.allclose(np.linalg.norm(points, axis=1), 1)
    a, b, c = (points[faces[:, i]] for i in range(3))
    assert (np.einsum("ni,ni->n", np.cross(b - a, c - a), a + b + c) > 0).all()
