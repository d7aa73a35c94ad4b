"""Gaussian splats: the differentiable rasteriser (`rasterize`, `reference`), the model and its growth (`model`, `densify`),
training (`trainer`) and the PLY file (`ply`, which needs numpy and plyfile only). Nothing is imported here, so that
`ply` can be used without torch."""

from __future__ import annotations
