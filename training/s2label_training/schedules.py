"""How the learning rates go over a stage: by its steps or its minutes, whichever ends first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch.optim.lr_scheduler import LambdaLR

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer

    from s2label_training.sections import OptimiserSettings

# As torch's OneCycleLR has them, which knows steps only: rates rise from 1/25 of the recipe's for
# three tenths of the way, and fall to a ten-thousandth of where they began.
_RISE, _BEGIN, _END = 0.3, 1 / 25, 1 / 25e4


def build_schedule(
    optimiser: Optimizer,
    settings: OptimiserSettings,
    steps: int,
    share_of_minutes: Callable[[], float],
) -> LambdaLR:
    """Return how the learning rates go over the steps of a stage.

    Minutes may end a stage long before its steps do; a rate that has not fallen by then leaves
    a worse model (Li, Yumer and Ramanan 2020, "Budgeted Training").

    Parameters
    ----------
    optimiser : Optimizer
        With the largest rate of each group of layers.
    settings : OptimiserSettings
        Which schedule.
    steps : int
        Of the stage; there may be fewer.
    share_of_minutes : callable
        Returns the share of the stage's minutes that is spent, 0..1; always 0 where nothing
        limits them.
    """
    factor = _FACTORS[settings.schedule]

    def of_step(step: int) -> float:
        # The middle of a step, so that even a single one moves something.
        return factor(min(max((step + 0.5) / steps, share_of_minutes()), 1.0))

    return LambdaLR(optimiser, of_step)


def _constant(_: float) -> float:
    return 1.0


def _cosine(share: float) -> float:
    """Return the factor of a rate at a share of the way, 0..1 (Loshchilov and Hutter 2017)."""
    return _between(1.0, 0.0, share)


def _one_cycle(share: float) -> float:
    """Return the factor of a rate at a share of the way, 0..1 (Smith and Topin 2018)."""
    if share <= _RISE:
        return _between(_BEGIN, 1.0, share / _RISE)
    return _between(1.0, _END, (share - _RISE) / (1 - _RISE))


def _between(begin: float, end: float, share: float) -> float:
    """Return what half a wave of a cosine has at a share of its way from `begin` to `end`."""
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2


_FACTORS: dict[str, Callable[[float], float]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
}
