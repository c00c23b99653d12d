"""How weights move: stages of a fit, layers in groups, and optimisers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.optim import Optimizer

    from s2label_training.sections import FitSettings, OptimiserSettings


@dataclass(frozen=True)
class Stage:
    """A part of a fit with an optimiser and a schedule of its own.

    Parameters
    ----------
    first, epochs : int
        Its first epoch, counted from 0, and how many it has.
    is_frozen : bool
        Whether the encoder stays as it is.
    is_searched : bool
        Whether its learning rate is searched first.
    """

    first: int
    epochs: int
    is_frozen: bool
    is_searched: bool

    @property
    def end(self) -> int:
        """The epoch after its last."""
        return self.first + self.epochs


def stages_of(settings: FitSettings) -> list[Stage]:
    """Return the stages of a fit: only the decoder first, if at all, then all layers."""
    frozen = settings.frozen_epochs
    whole = Stage(frozen, settings.epochs - frozen, False, settings.lr_search)
    return [Stage(0, frozen, True, False), whole] if frozen else [whole]


def layer_groups(network: nn.Module) -> list[list[nn.Parameter]]:
    """Return a network's parameters from first to last layers, in three groups.

    As fastai cuts a U-Net: the first half of the encoder, the second, everything behind it.
    """
    encoder = network.get_submodule("encoder")
    blocks = [list(block.parameters()) for block in encoder.children()]
    blocks = [block for block in blocks if block]
    half = len(blocks) // 2
    of_encoder = {id(parameter) for parameter in encoder.parameters()}
    behind = [p for p in network.parameters() if id(p) not in of_encoder]
    return [list(chain(*blocks[:half])), list(chain(*blocks[half:])), behind]


def freeze(network: nn.Module, is_frozen: bool) -> None:
    """Keep the encoder as it is, its batch statistics too, or let it learn."""
    encoder = network.get_submodule("encoder")
    encoder.requires_grad_(not is_frozen)
    if is_frozen:
        encoder.eval()


def rates(lr: float, decay: float, groups: int) -> list[float]:
    """Return a learning rate per group, rising by equal factors from ``lr / decay`` to ``lr``."""
    last = max(groups - 1, 1)
    return [lr * decay ** (number / last - 1) for number in range(groups)]


def build_optimiser(
    network: nn.Module, settings: OptimiserSettings, lr: float, decay: float
) -> Optimizer:
    """Return the optimiser of a recipe; first layers learn `decay` times slower than the last."""
    groups = layer_groups(network)
    parameters: list[dict[str, Any]] = [
        {"params": group, "lr": rate}
        for group, rate in zip(groups, rates(lr, decay, len(groups)), strict=True)
    ]
    if settings.kind == "sgd":
        momentum = settings.momentum
        return torch.optim.SGD(
            parameters,
            lr=lr,
            momentum=momentum,
            nesterov=momentum > 0,
            weight_decay=settings.weight_decay,
        )
    kind = torch.optim.AdamW if settings.kind == "adamw" else torch.optim.Adam
    return kind(parameters, lr=lr, weight_decay=settings.weight_decay)


def steepest_rate(lrs: Sequence[float], losses: Sequence[float]) -> float | None:
    """Return the learning rate at which the loss falls fastest, per factor of the rate.

    Smith 2017, "Cyclical Learning Rates", section 3.3, read as fastai's ``steep`` does; smoothed
    by a running mean. None where the loss never falls. The first tenth is left out, as fastai does:
    what happens there tells of the batches, since the rates are too low to move anything.
    """
    left_out = len(losses) // 10
    if len(losses) < 3:
        return None
    smoothed = _smoothed(losses)
    logs = [math.log(lr) for lr in lrs]
    slopes = [
        (smoothed[n + 1] - smoothed[n - 1]) / (logs[n + 1] - logs[n - 1])
        for n in range(left_out + 1, len(smoothed) - 1)
    ]
    steepest = min(range(len(slopes)), key=slopes.__getitem__)
    return lrs[left_out + 1 + steepest] if slopes[steepest] < 0 else None


def _smoothed(losses: Sequence[float], kept: float = 0.8) -> list[float]:
    """Return the running mean of losses, corrected for its beginning."""
    mean, smoothed = 0.0, []
    for number, loss in enumerate(losses, start=1):
        mean = kept * mean + (1 - kept) * loss
        smoothed.append(mean / (1 - kept**number))
    return smoothed
