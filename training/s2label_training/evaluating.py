"""A network in training that is asked in between: it learns nothing then, and has a loss."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import nn

# Probabilities below are taken as this, so that their logarithm is a number.
_LEAST_PROBABILITY = 1e-6


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Let a network answer without learning; afterwards each part is in the mode it was in."""
    modes = {module: module.training for module in network.modules()}
    network.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for module, was_training in modes.items():
            module.training = was_training


def loss_of(
    network: nn.Module,
    loss: nn.Module,
    probabilities: NDArray[np.float32],
    targets: NDArray[np.uint8],
    counts: NDArray[np.bool_],
) -> float:
    """Return the loss of a network's answers, where pixels count.

    Parameters
    ----------
    network, loss : nn.Module
        On the same device.
    probabilities : ndarray
        (chip, class, y, x) float32.
    targets : ndarray
        (chip, y, x) uint8, index of the class.
    counts : ndarray
        (chip, y, x) bool.
    """
    device = next(network.parameters()).device
    # Tiles were blended as probabilities; their logarithms are logits of the same.
    logits = torch.from_numpy(probabilities).to(device).clamp_min(_LEAST_PROBABILITY).log()
    target = torch.from_numpy(targets.astype(np.int64)).to(device)
    weight = torch.from_numpy(counts.astype(np.float32)).to(device)
    return float(loss(logits, target, weight))
