"""Asking a network: tiles become probabilities, if wanted as the mean over all ways to lay them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from s2label_training.hardware import Precision

# Quarter turns, and whether flipped before them: all ways to lay a tile but as it is.
_OTHER_WAYS = [(turns, is_flipped) for is_flipped in (False, True) for turns in range(4)][1:]


@torch.inference_mode()
def predict(
    network: nn.Module, tiles: NDArray[np.float32], precision: Precision, *, turns_and_flips: bool
) -> NDArray[np.float32]:
    """Return what a network, as it stands, says of tiles.

    Parameters
    ----------
    network : nn.Module
        In evaluation mode.
    tiles : ndarray
        (tile, channel, y, x) float32, normalised; sides are multiples of 32.
    precision : Precision
        What it computes with.
    turns_and_flips : bool
        Whether to take the mean over all eight turns and flips: eight times as slow.

    Returns
    -------
    ndarray
        (tile, class, y, x) float32, 0..1.
    """
    images = torch.from_numpy(tiles).to(next(network.parameters()).device)
    answers = _ask(network, images, precision)
    if turns_and_flips:
        for way in _OTHER_WAYS:
            answers += _laid_back(_ask(network, _laid(images, way), precision), way)
        answers /= 1 + len(_OTHER_WAYS)
    found: NDArray[np.float32] = answers.cpu().numpy()
    return found


def _ask(network: nn.Module, images: Tensor, precision: Precision) -> Tensor:
    with precision.on(images.device):
        logits: Tensor = network(images.contiguous(memory_format=torch.channels_last))
    return logits.float().softmax(dim=1)


def _laid(images: Tensor, way: tuple[int, bool]) -> Tensor:
    turns, is_flipped = way
    return (images.flip(-1) if is_flipped else images).rot90(turns, (-2, -1))


def _laid_back(answers: Tensor, way: tuple[int, bool]) -> Tensor:
    turns, is_flipped = way
    turned = answers.rot90(-turns, (-2, -1))
    return turned.flip(-1) if is_flipped else turned
