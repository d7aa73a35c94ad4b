"""The recipe of a tri-plane training: every number that is not the user's business, with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Learning rates are Adam's; they fall along half a cosine to a share of `final` at the end."""

    planes_rate: float = 8e-2
    decoder_rate: float = 1e-2
    sky_rate: float = 2e-2
    final: float = 0.02

    rays: int = 512
    """Rays a step, at most: of pixels at random from `views` views."""
    views: int = 16
    step: float = 0.55
    """Width of a step along a ray, in voxels."""
    voxels_a_pixel: float = 1.0
    least_cells: int = 48
    most_cells: int = 160
    """Voxels along the longest side: as fine as pixels see the surface, within bounds."""
    learned_cells: int = 64
    """Voxels along the longest side of a grid that is learned."""
    growth: float = 1 / 64
    """Steps in a bent space are at least so many times the distance."""
    behind: float = 2.0
    """Voxels behind an exact surface where rays stop."""

    alpha_weight: float = 0.2
    surface_weight: float = 0.3
    distortion_weight: float = 0.01
    """Of distortion, in units of the box; where there is no exact depth."""
    smooth_weight: float = 1e-3
    smooth_steps: int = 4
    """Planes are smoothed every so many steps."""

    level_shares: tuple[float, ...] = (0.0, 0.05, 0.15, 0.25)
    """Shares of the training at which the levels begin to count, the coarsest first; later ones begin with the last."""
    level_ramp: float = 0.05
    """Share of the training in which a level comes in."""
    update_steps: int = 16
    update_share: float = 0.25
    """A grid that is learned looks at such a share of its voxels every so many steps."""
