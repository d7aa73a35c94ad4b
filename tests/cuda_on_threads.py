"""The CUDA halves of the snippets compiled by g++ and run by 256 threads of this CPU, with barriers for what a block has."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np

BLOCK = r"""
#include <atomic>
#include <barrier>
#include <cmath>
#include <thread>
#include <vector>
#define __CUDA_ARCH__ 900
#define __shared__ static
template <class T> struct Array { T* data; };
static std::barrier<> block(256);
static std::vector<std::barrier<>*> warps;
static std::atomic<int> counter;
static float passed[256];
thread_local int rank_;
static void __syncthreads() { block.arrive_and_wait(); }
static int __syncthreads_count(int yes) {
    counter += yes != 0;
    __syncthreads();
    int all = counter;
    __syncthreads();
    if (rank_ == 0) counter = 0;
    __syncthreads();
    return all;
}
static float of_lane(float value, int lane) {
    std::barrier<>& warp = *warps[rank_ / 32];
    passed[rank_] = value;
    warp.arrive_and_wait();
    float got = lane < 32 ? passed[rank_ / 32 * 32 + lane] : value;
    warp.arrive_and_wait();
    return got;
}
template <class T> T __shfl_xor_sync(unsigned, T value, int step) { return (T)of_lane((float)value, (rank_ % 32) ^ step); }
struct alignas(16) float4 { float x, y, z, w; };
#define __expf polynomial
static float polynomial(float power) {
    float t = 0.0523703071f * power;
    t = t > -0.29327372f ? t : -0.29327372f;
    float falloff = 1.f + 2.38684871f * t + t * t * (2.84422276f + t * (2.19785848f + t));
    for (int k = 0; k < 3; ++k) falloff *= falloff;
    return falloff;
}
static bool __any_sync(unsigned, bool yes) {
    float any = yes;
    for (int step = 16; step > 0; step >>= 1) any += of_lane(any, rank_ % 32 + step);
    return of_lane(any, 0) > 0;
}
"""
ARRAYS = ("turn", "starts", "ids", "screen", "normals", "picture", "ends", "gradient", "rows")
INTEGERS = ("turn", "starts", "ids", "ends")
RUN = """
extern "C" void run(int tiles, int columns, int width, int height, void** arrays) {
    for (int k = 0; k < 8; ++k) warps.push_back(new std::barrier<>(32));
    std::vector<std::thread> threads;
    for (int k = 0; k < 256; ++k) threads.emplace_back([=] {
        rank_ = k;
        for (int tile = 0; tile < tiles; ++tile) { __syncthreads(); of_tile(tile * 256 + k, columns, width, height, arrays); }
    });
    for (auto& thread : threads) thread.join();
}
"""


def run_block(
    snippet: str, folder: Path, tiles: int, columns: int, width: int, height: int, arrays: dict[str, np.ndarray]
) -> None:
    """Run `snippet` for every tile; `arrays` are those of `ARRAYS`, float32 or int32, and are written to."""
    views = "".join(
        f"Array<{kind}> {name}{{({kind}*)arrays[{k}]}};"
        for k, name in enumerate(ARRAYS)
        for kind in ("int" if name in INTEGERS else "float",)
    )
    frame = "static void of_tile(int index, int columns, int width, int height, void** arrays) {"
    (folder / "block.cpp").write_text(f"{BLOCK}\n{frame}\n{views}\n{snippet}\n}}\n{RUN}")
    command = ["g++", "-std=c++20", "-O1", "-shared", "-fPIC", "-pthread", "-o", "block.so", "block.cpp"]
    subprocess.run(command, cwd=folder, check=True)
    pointers = (ctypes.c_void_p * len(ARRAYS))(*(arrays[name].ctypes.data for name in ARRAYS))
    ctypes.CDLL(str(folder / "block.so")).run(tiles, columns, width, height, pointers)
