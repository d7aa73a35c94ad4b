"""Growth of a splat field as Markov chain Monte Carlo: Kheradmand et al. 2024, "3D Gaussian Splatting as MCMC".

Splats that have faded are moved onto splats that matter, and new ones are born there, in such a way that the picture
stays the same at that moment: K splats on one place get the opacity and scale of equations 8 and 9 of the paper.
"""

from __future__ import annotations

import math

import numpy as np
import torch

FADED = 0.005
"""Opacity at and under which a splat is moved to a better place."""


def share(opacities: torch.Tensor, scales: torch.Tensor, copies: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the opacities (n,) and scales (n, 3) with which `copies` (n,) splats on one place look like the one."""
    count = copies.double()
    old = opacities.double()
    new = 1 - (1 - old) ** (1 / count)
    total = torch.zeros_like(old)
    # Sum over i of 1..copies and k of 0..i-1 of binomial(i-1, k) (-1)^k new^(k+1) / sqrt(k+1); the sums over i of the
    # binomials collapse to binomial(copies, k + 1).
    term = torch.ones_like(old)
    for k in range(int(copies.max())):
        term = term * (count - k) / (k + 1) * new
        total += (-1) ** k * term / math.sqrt(k + 1)
    return new.float(), (scales.double() * (old / total)[:, None]).float()


def grow(
    parameters: dict[str, torch.Tensor],
    moments: dict[str, tuple[torch.Tensor, torch.Tensor]],
    target: int,
    rng: np.random.Generator,
    most_copies: int = 16,
) -> tuple[dict[str, torch.Tensor], dict[str, tuple[torch.Tensor, torch.Tensor]]]:
    """Move the faded splats and add new ones until there are `target`; return new parameters and Adam moments.

    Places are drawn with probability in proportion to opacity. Whatever is moved, born or shared starts with moments of
    zero. More than `most_copies` on one place share as if they were that many.
    """
    with torch.no_grad():
        opacities = parameters["opacity_logits"].sigmoid()
        count = len(opacities)
        faded, alive = torch.where(opacities <= FADED)[0], torch.where(opacities > FADED)[0]
        born = max(0, target - count)
        if len(alive) == 0 or len(faded) + born == 0:
            return parameters, moments
        weights = opacities[alive].double().cpu().numpy()
        cumulative = np.cumsum(weights)
        drawn = np.searchsorted(cumulative, rng.random(len(faded) + born) * cumulative[-1], side="right")
        places = alive[torch.from_numpy(np.minimum(drawn, len(weights) - 1)).to(alive.device)]
        copies = (torch.bincount(places, minlength=count) + 1).clamp(max=most_copies)
        touched = torch.where(copies > 1)[0]
        scales = parameters["log_scales"].exp()
        new_opacities, new_scales = share(opacities[touched], scales[touched], copies[touched])
        updated = {name: values.detach().clone() for name, values in parameters.items()}
        updated["opacity_logits"][touched] = torch.logit(new_opacities.clamp(FADED, 0.9999))
        updated["log_scales"][touched] = new_scales.log()
        for name, values in updated.items():
            values[faded] = values[places[: len(faded)]]
            updated[name] = torch.cat([values, values[places[len(faded) :]]])
        fresh = torch.cat([touched, faded])
        new_moments = {}
        for name, pair in moments.items():
            cleared = [moment.clone() for moment in pair]
            for moment in cleared:
                moment[fresh] = 0
            blank = pair[0].new_zeros(born, *pair[0].shape[1:])
            new_moments[name] = (torch.cat([cleared[0], blank]), torch.cat([cleared[1], blank]))
        return updated, new_moments
