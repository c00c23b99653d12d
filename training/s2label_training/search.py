"""Searching a learning rate: some steps with rising rates, of which nothing is kept.

Lightning's own finder writes a checkpoint to disk, takes all callbacks away and cannot be stopped;
this one keeps the weights in memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from s2label.progress import Progress
from s2label_training.optimisers import build_optimiser, freeze, steepest_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from s2label_training.bridge import Steering
    from s2label_training.hardware import Precision
    from s2label_training.module import Segmentation
    from s2label_training.recipe import Recipe
    from s2label_training.tile_loader import TensorBatch

_LOWEST, _HIGHEST, _STEPS = 1e-6, 1.0, 60
# A loss so many times the lowest one will not come back.
_ASTRAY = 4.0


def search_rate(
    module: Segmentation,
    recipe: Recipe,
    device: torch.device,
    precision: Precision,
    steering: Steering,
) -> float | None:
    """Return the learning rate at which the loss falls fastest; None where it never falls.

    The network is left as it was. The same seed, data and weights give the same rate.

    Parameters
    ----------
    module : Segmentation
        On the device.
    recipe : Recipe
        With the optimiser that is meant.
    device, precision
        What it runs on.
    steering : Steering
        Is told the steps.
    """
    before = {name: tensor.clone() for name, tensor in module.network.state_dict().items()}
    try:
        lrs, losses = _rise(module, recipe, device, precision, steering)
    finally:
        module.network.load_state_dict(before)
        module.zero_grad(set_to_none=True)
    return steepest_rate(lrs, losses)


def _rise(
    module: Segmentation,
    recipe: Recipe,
    device: torch.device,
    precision: Precision,
    steering: Steering,
) -> tuple[list[float], list[float]]:
    module.on_train_epoch_start()
    freeze(module.network, False)
    optimiser = build_optimiser(module.network, recipe.optimiser, _LOWEST, decay=1.0)
    lrs: list[float] = []
    losses: list[float] = []
    for number, batch in zip(range(_STEPS), _endless(module), strict=False):
        lr = _LOWEST * (_HIGHEST / _LOWEST) ** (number / (_STEPS - 1))
        for group in optimiser.param_groups:
            group["lr"] = lr
        with precision.on(device):
            loss = module.loss_of(type(batch)(*(tensor.to(device) for tensor in batch)))
        found = float(loss.detach())
        if not math.isfinite(found) or found > _ASTRAY * min(losses, default=found):
            break
        lrs.append(lr)
        losses.append(found)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        steering.tell(Progress(number + 1, _STEPS, "searching the learning rate"))
    return lrs, losses


def _endless(module: Segmentation) -> Iterator[TensorBatch]:
    while True:
        yield from module.train_dataloader()
