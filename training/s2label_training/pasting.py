"""Objects of one tile pasted into another: more vessels on more waters than were labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from s2label_training.dark import dark_level

if TYPE_CHECKING:
    from torch import Generator, Tensor

# What lies beneath a pasted object may stand out by this share of what the object does: objects
# float on water, and are not set on land.
_MOST_BENEATH = 0.25
# Share of an object's pixels that have to lie on such ground.
_LEAST_FREE = 0.9


def paste_objects(
    images: Tensor, targets: Tensor, weights: Tensor, share: float, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch in which some tiles hold the objects of others, too.

    "Simple copy-paste" (Ghiasi et al. 2021, CVPR, arXiv 2012.07177) within a batch. What an object
    adds to the dark level of its own tile is added to that of the other, so that haze stays where
    it was; see `dark.dark_level`.

    Parameters
    ----------
    images : Tensor
        (batch, channel, y, x) float32, normalised.
    targets, weights : Tensor
        (batch, y, x), int64 and float32; class 0 is background.
    share : float
        0..1, the chance of a tile to be given another's objects. They are left out where they would
        cover objects, what is not labelled, or anything that stands out itself.
    generator : torch.Generator
        On the processor.
    """
    giver = torch.randperm(len(images), generator=generator).to(images.device)
    is_chosen = torch.rand(len(images), generator=generator).to(images.device) < share
    above = images - dark_level(images)
    outstanding = above.abs().mean(dim=1)
    given = (targets[giver] > 0) & (weights[giver] > 0)
    is_free = (targets == 0) & (weights > 0)
    is_free &= outstanding < _MOST_BENEATH * _mean_over(outstanding[giver], given)[:, None, None]
    fits = is_chosen & (_mean_over(is_free.float(), given) >= _LEAST_FREE)
    pasted = given & fits[:, None, None]
    ground = images - above
    return (
        torch.where(pasted[:, None], above[giver] + ground, images),
        torch.where(pasted, targets[giver], targets),
        torch.where(pasted, weights[giver], weights),
    )


def _mean_over(values: Tensor, chosen: Tensor) -> Tensor:
    """Return the mean of the chosen pixels of each tile, (batch,); 0 where there are none."""
    return (values * chosen).sum(dim=(1, 2)) / chosen.sum(dim=(1, 2)).clamp_min(1)
