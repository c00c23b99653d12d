"""How training tiles are varied: whole batches at once, from one seeded generator."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from s2label_training.pasting import paste_objects

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from s2label_training.recipe import AugmentSettings

# Width over height of a random crop, as torchvision's RandomResizedCrop has it.
_LEAST_RATIO, _LARGEST_RATIO = 3 / 4, 4 / 3


def vary(
    images: Tensor,
    targets: Tensor,
    weights: Tensor,
    settings: AugmentSettings,
    generator: Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Return a batch with every tile shifted, cropped, turned and flipped by chance.

    In the end some are given the objects of others, see `pasting.paste_objects`.

    Shifts, turns and flips move pixels and change none; what a shift brings in at an edge is the
    mirror of what was there, and has weight 0. A resized crop mixes neighbours, alike in all
    channels; labels and weights are taken from the nearest pixel and stay together.

    Parameters
    ----------
    images : Tensor
        (batch, channel, y, x) float32.
    targets, weights : Tensor
        (batch, y, x), int64 and float32.
    settings : AugmentSettings
        What may be done.
    generator : torch.Generator
        On the processor, so that a seed means the same on every device.

    Returns
    -------
    tuple of Tensor
        Images, targets and weights, of the same types, of side ``settings.crop_px`` if that is set.

    Raises
    ------
    ValueError
        If tiles that shall be turned are not square.
    """
    if settings.shift_px:
        images, targets, weights = _shift(images, targets, weights, settings.shift_px, generator)
    if settings.crop_px:
        images, targets, weights = _crop(images, targets, weights, settings, generator)
    ways = _draw_ways(len(images), settings, generator)
    if settings.turns and images.shape[-1] != images.shape[-2]:
        raise ValueError(f"tiles of {tuple(images.shape[-2:])} px cannot be turned, only squares")
    laid = _lay(images, ways), _lay(targets, ways), _lay(weights, ways)
    return paste_objects(*laid, settings.paste_share, generator) if settings.paste_share else laid


def _draw_ways(count: int, settings: AugmentSettings, generator: Generator) -> Tensor:
    """Return how each tile is laid, (tile, 3): quarter turns, flipped in x, flipped in y.

    With turns, one flip makes all eight ways to lay a square, each as likely.
    """
    flips = 2 if settings.flips else 1
    ends = torch.tensor([4, flips, 1] if settings.turns else [1, flips, flips])
    return (torch.rand(count, 3, generator=generator) * ends).long()


def _lay(tiles: Tensor, ways: Tensor) -> Tensor:
    """Return tiles (batch, ..., y, x) turned and flipped, a group of each way."""
    laid = torch.empty_like(tiles)
    for turns, is_flipped_x, is_flipped_y in torch.unique(ways, dim=0).tolist():
        chosen = (ways == torch.tensor([turns, is_flipped_x, is_flipped_y])).all(dim=1)
        at = chosen.nonzero()[:, 0].to(tiles.device)
        flipped = [axis for axis, is_ in ((-1, is_flipped_x), (-2, is_flipped_y)) if is_]
        laid[at] = tiles[at].flip(flipped).rot90(turns, (-2, -1))
    return laid


def _shift(
    images: Tensor, targets: Tensor, weights: Tensor, most: int, generator: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Move every tile by up to `most` px along both axes; images keep their memory order."""
    shifts = (torch.rand(2, len(images), generator=generator) * (2 * most + 1)).long() - most
    rows, columns = (
        torch.arange(side) + shift[:, None]
        for side, shift in zip(targets.shape[-2:], shifts, strict=True)
    )
    height, width = targets.shape[-2:]
    is_inside = _is_inside(rows, height)[:, :, None] & _is_inside(columns, width)[:, None, :]
    tile = torch.arange(len(images))[:, None, None]
    at = tile, _mirrored(rows, height)[:, :, None], _mirrored(columns, width)[:, None, :]
    tile, y, x = (index.to(images.device) for index in at)
    shifted = images.movedim(1, -1)[tile, y, x].movedim(-1, 1)
    return shifted, targets[tile, y, x], weights[tile, y, x] * is_inside.to(weights.device)


def _is_inside(indices: Tensor, side: int) -> Tensor:
    return (indices >= 0) & (indices < side)


def _mirrored(indices: Tensor, side: int) -> Tensor:
    """Return indices of pixels, those beyond an edge taken from the other side of it."""
    last = side - 1
    return last - (last - indices.abs()).abs()


def _crop(
    images: Tensor,
    targets: Tensor,
    weights: Tensor,
    settings: AugmentSettings,
    generator: Generator,
) -> tuple[Tensor, Tensor, Tensor]:
    """Cut a random rectangle from every tile and resize it to ``crop_px``."""
    affine = _draw_crops(len(images), settings.crop_scale, generator).to(images.device)
    size = [len(images), 1, settings.crop_px, settings.crop_px]
    grid = functional.affine_grid(affine, size, align_corners=False)
    cropped = functional.grid_sample(images, grid, "bilinear", "border", align_corners=False)
    # One call for both, so that a label never parts from its weight; float32 holds every label.
    labels = torch.stack([targets.float(), weights], dim=1)
    nearest = functional.grid_sample(labels, grid, "nearest", "border", align_corners=False)
    return cropped, nearest[:, 0].to(targets.dtype), nearest[:, 1].to(weights.dtype)


def _draw_crops(count: int, scale: tuple[float, float], generator: Generator) -> Tensor:
    """Return (tile, 2, 3) maps of the unit square -1..1 of a crop into that of its tile."""
    area, ratio, x, y = torch.rand(4, count, generator=generator)
    area = scale[0] + area * (scale[1] - scale[0])
    low, high = math.log(_LEAST_RATIO), math.log(_LARGEST_RATIO)
    ratio = torch.exp(low + ratio * (high - low))
    # A crop longer than its tile is shortened; its area is then a little smaller.
    width, height = (area * ratio).sqrt().clamp_max(1), (area / ratio).sqrt().clamp_max(1)
    zero = torch.zeros(count)
    left, top = (1 - width) * (2 * x - 1), (1 - height) * (2 * y - 1)
    rows = [torch.stack([width, zero, left], 1), torch.stack([zero, height, top], 1)]
    return torch.stack(rows, dim=1)
