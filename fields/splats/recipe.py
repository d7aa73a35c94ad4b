"""The recipe of a splat training: every number that is not the user's business, with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """Learning rates are Adam's; `schedule` in their text means: falls exponentially to a share of `final` at the end."""

    means_rate: float = 4e-4
    """Times the scene's reach (the median distance from cameras to surface), metres a step; schedule."""
    means_final: float = 0.01
    quaternions_rate: float = 1e-3
    log_scales_rate: float = 1e-2
    opacity_logits_rate: float = 5e-2
    base_rate: float = 2.5e-3
    rest_rate: float = 5e-4
    """Higher bands learn 5 times slower, so that the view-independent colour settles first."""
    final: float = 0.3
    """Share of all other rates at the end; they fall over the last third."""

    opacity: float = 0.5
    """Opacity of the first splats."""
    flatness: float = 0.1
    """Thickness over width of the first splats where normals are known."""
    first_share: float = 0.5
    """Share of the cap that the training starts with."""
    sky_share: float = 0.1
    """Share of the first splats that is spent on a sky dome, where pictures have no alpha."""

    structure_weight: float = 0.2
    coverage_weight: float = 0.5
    depth_weight: float = 0.3
    normal_weight: float = 0.0
    """Of normals against those of exact depth; more than 0 draws normals in each step, which takes half as long again."""
    exposure_rate: float = 1e-2
    exposure_weight: float = 0.1
    """Changes of exposure: how fast they are learned, and how they are pulled back to none."""
    opacity_weight: float = 0.001
    scale_weight: float = 0.001
    """Pulls on opacity and on scale over reach, from MCMC: what no picture needs fades and is moved."""

    grow_steps: int = 100
    grow_share: float = 1 / 30
    """Growth happens every so many steps, and in short trainings as often as this share of the training."""
    grow_from: float = 0.08
    grow_until: float = 0.75
    """Shares of the training between which splats are moved and born, until there are as many as the cap."""
    split_from: float = 0.05
    split_until: float = 0.5
    """Shares of the training between which growth by gradient splits, clones and prunes; Kerbl et al. 2023: 1/60 to 1/2."""
    split_pull: float = 8e-4
    """Absolute gradient over which a splat is split or cloned: loss by half pictures of shift. As gsplat with AbsGS."""
    split_size: float = 0.01
    prune_size: float = 0.1
    """Over the distance by which a splat is judged: above the first it is split and not cloned, above the second it goes."""
    reset_share: float = 0.1
    reset_steps: int = 1000
    """Opacities are reset each time such a share has passed, but no sooner than so many steps after the last time: splats
    take some hundred steps to come back."""
    explore_until: float = 0.85
    exploration: float = 1300.0
    """Strength of the random walk of faint splats, times their variance over the reach."""
    degree_shares: tuple[float, float, float] = (0.1, 0.2, 0.3)
    """Shares of the training at which the spherical harmonics reach degrees 1, 2 and 3."""
