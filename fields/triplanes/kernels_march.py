"""Warp kernels that walk along rays through an occupancy grid and list the samples that lie in occupied voxels.

Rays are in the unit coordinates of `space`: the box is -1 to 1 on each axis, and a contracted space ends at twice that before
it is bent. Distances along a ray are in units of its direction, so that planar depth comes out where that has unit depth.
"""

# The annotations are Warp's own language, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

import warp as wp

wp.set_module_options({"enable_backward": False, "fast_math": True})

BLOCK = 8
"""Voxels along the side of a block of the coarse grid."""

Floats = wp.array(dtype=float)
Ints = wp.array(dtype=wp.int32)
Bytes = wp.array(dtype=wp.uint8)

BENT = r"""
    if (bent) {
        float ax = x < 0 ? -x : x, ay = y < 0 ? -y : y, az = z < 0 ? -z : z;
        float far = ax > ay ? ax : ay;
        far = far > az ? far : az;
        float share = far > 1.f ? .5f * (2.f - 1.f / far) / far : .5f;
        x *= share; y *= share; z *= share;
    }
"""
VOXEL = r"""
    int i = (int)((x + 1.f) * .5f * nx), j = (int)((y + 1.f) * .5f * ny), k = (int)((z + 1.f) * .5f * nz);
    i = i < 0 ? 0 : (i < nx ? i : nx - 1);
    j = j < 0 ? 0 : (j < ny ? j : ny - 1);
    k = k < 0 ? 0 : (k < nz ? k : nz - 1);
"""
HASH = r"""
    unsigned int h = (unsigned int)seed + 0x9e3779b9u * (unsigned int)ray + 0x85ebca6bu * (unsigned int)number;
    h = (h ^ (h >> 16)) * 0x7feb352du;
    h = (h ^ (h >> 15)) * 0x846ca68bu;
    h ^= h >> 16;
    float within = jitter ? (h >> 8) * (1.f / 16777216.f) : .5f;
"""
WALK = (
    r"""
const float *o = origins.data + 3 * ray, *d = directions.data + 3 * ray;
float step = steps.data[ray], t = near, end = stops.data[ray];
if (!bent) {
    for (int axis = 0; axis < 3; ++axis) {
        float slope = d[axis] > -1e-9f && d[axis] < 1e-9f ? 1e-9f : d[axis];
        float a = (-1.f - o[axis]) / slope, b = (1.f - o[axis]) / slope;
        float first = a < b ? a : b, last = a < b ? b : a;
        t = first > t ? first : t;
        end = last < end ? last : end;
    }
}
float *t_out = places.data + ray * most, *width_out = widths.data + ray * most;
int count = 0, number = bent ? 0 : (int)(t / step + .5f);
int cy = (ny + 7) / 8, cz = (nz + 7) / 8;
while (count < most && number < (1 << 20)) {
    float width = step;
    if (bent) width = growth * t > step ? growth * t : step;
    else t = number * step;
    float middle = t + .5f * width;
    if (middle >= end) break;
    float x = o[0] + middle * d[0], y = o[1] + middle * d[1], z = o[2] + middle * d[2];
"""
    + BENT
    + VOXEL
    + r"""
    if (!bent && !coarse.data[((i >> 3) * cy + (j >> 3)) * cz + (k >> 3)]) {
        float leave = end;
        int block[3] = {i >> 3, j >> 3, k >> 3}, size[3] = {nx, ny, nz};
        for (int axis = 0; axis < 3; ++axis) {
            if (d[axis] > -1e-9f && d[axis] < 1e-9f) continue;
            float side = (block[axis] + (d[axis] > 0)) * 16.f / size[axis] - 1.f;
            float out = (side - o[axis]) / d[axis];
            leave = out < leave ? out : leave;
        }
        int later = (int)(leave / step - .5f);
        number = later > number ? later + 1 : number + 1;
        continue;
    }
    if (grid.data[(i * ny + j) * nz + k]) {
"""
    + HASH
    + r"""
        t_out[count] = t + within * width;
        width_out[count] = width;
        ++count;
    }
    ++number;
    t += width;
}
counts.data[ray] = count;
"""
)
LIST = (
    r"""
const float *o = origins.data + 3 * ray, *d = directions.data + 3 * ray;
int count = starts.data[ray + 1] - starts.data[ray];
float length = lengths.data[ray];
for (int c = 0; c < count; ++c) {
    int s = starts.data[ray] + c;
    float t = places.data[ray * most + c];
    float x = o[0] + t * d[0], y = o[1] + t * d[1], z = o[2] + t * d[2];
"""
    + BENT
    + r"""
    distances.data[s] = t;
    spans.data[s] = widths.data[ray * most + c] * length;
    owners.data[s] = ray;
    points.data[3 * s] = x; points.data[3 * s + 1] = y; points.data[3 * s + 2] = z;
}
"""
)


@wp.func_native(WALK)
def walk_native(
    ray: int, most: int, bent: int, jitter: int, seed: int, near: float, growth: float, nx: int, ny: int, nz: int,
    origins: Floats, directions: Floats, steps: Floats, stops: Floats, grid: Bytes, coarse: Bytes, places: Floats,
    widths: Floats, counts: Ints,
): ...  # fmt: skip


@wp.func_native(LIST)
def list_native(
    ray: int, most: int, bent: int, origins: Floats, directions: Floats, lengths: Floats, places: Floats, widths: Floats,
    starts: Ints, distances: Floats, spans: Floats, owners: Ints, points: Floats,
): ...  # fmt: skip


@wp.kernel
def walk(
    first: int, most: int, bent: int, jitter: int, seed: int, near: float, growth: float, nx: int, ny: int, nz: int,
    origins: Floats, directions: Floats, steps: Floats, stops: Floats, grid: Bytes, coarse: Bytes, places: Floats,
    widths: Floats, counts: Ints,
):  # fmt: skip
    """Find at most `most` samples of one ray: `places` (rays, most) along it, and the `widths` of their steps.

    `grid` (nx, ny, nz) and `coarse`, of blocks of it, are 0 where nothing is. A step is `steps` (rays,) wide; in a space that
    is `bent` from `near` on `growth` times the distance, where that is more. `jitter` places samples at random in their steps.
    """
    walk_native(
        first + wp.tid(), most, bent, jitter, seed, near, growth, nx, ny, nz, origins, directions, steps, stops, grid, coarse,
        places, widths, counts,
    )  # fmt: skip


@wp.kernel
def list_samples(
    first: int, most: int, bent: int, origins: Floats, directions: Floats, lengths: Floats, places: Floats, widths: Floats,
    starts: Ints, distances: Floats, spans: Floats, owners: Ints, points: Floats,
):  # fmt: skip
    """Copy the samples of one ray to their place in the list of all, with their `points` in unit coordinates, bent."""
    list_native(
        first + wp.tid(), most, bent, origins, directions, lengths, places, widths, starts, distances, spans, owners, points
    )
