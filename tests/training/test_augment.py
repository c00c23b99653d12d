"""Tiles are varied without losing what belongs together: bands, labels, weights."""

from __future__ import annotations

import pytest
import torch
from s2label_training.augment import vary
from s2label_training.recipe import AugmentSettings
from torch import Tensor

COUNT, CHANNELS, SIDE = 64, 3, 8
STAY = AugmentSettings(turns=False, flips=False)


def batch(count: int = COUNT, side: int = SIDE) -> tuple[Tensor, Tensor, Tensor]:
    """Return tiles in which every pixel, label and weight tells where it was.

    Channels are multiples of the first: each pixel has the same spectrum.
    """
    targets = torch.arange(side * side).reshape(1, side, side).repeat(count, 1, 1)
    images = targets[:, None] * torch.tensor([1.0, 2.0, 5.0])[:, None, None]
    return images, targets, targets / 4.0


def varied(settings: AugmentSettings, seed: int = 0, side: int = SIDE) -> tuple[Tensor, ...]:
    return vary(*batch(side=side), settings, torch.Generator().manual_seed(seed))


def ways(tiles: Tensor) -> set[tuple[int, ...]]:
    return {tuple(tile.flatten().tolist()) for tile in tiles}


def all_ways(tile: Tensor, turns: range, flips: list[list[int]]) -> set[tuple[int, ...]]:
    laid = (tile.flip(axes).rot90(turn, (-2, -1)) for turn in turns for axes in flips)
    return {tuple(each.flatten().tolist()) for each in laid}


@pytest.mark.parametrize(
    ("settings", "turns", "flips"),
    [
        pytest.param(AugmentSettings(), range(4), [[], [-1]], id="turns and flips"),
        pytest.param(AugmentSettings(flips=False), range(4), [[]], id="turns"),
        pytest.param(
            AugmentSettings(turns=False), range(1), [[], [-1], [-2], [-1, -2]], id="flips"
        ),
        pytest.param(STAY, range(1), [[]], id="nothing"),
    ],
)
def test_tiles_are_laid_in_all_ways_that_are_allowed_and_in_no_other(
    settings: AugmentSettings, turns: range, flips: list[list[int]]
) -> None:
    _, targets, _ = varied(settings)
    assert ways(targets) == all_ways(batch()[1][0], turns, flips)


def test_turns_and_flips_move_pixels_and_change_none() -> None:
    images, targets, weights = varied(AugmentSettings())
    assert torch.equal(images[:, 0], targets.float())
    assert torch.equal(images[:, 2], 5 * images[:, 0])
    assert torch.equal(weights, targets / 4.0)


def test_a_batch_is_not_changed_in_place() -> None:
    before = batch()
    given = batch()
    vary(*given, AugmentSettings(crop_px=32), torch.Generator().manual_seed(0))
    assert all(torch.equal(a, b) for a, b in zip(before, given, strict=True))


@pytest.mark.parametrize("crop_px", [0, 32])
def test_a_seed_repeats_itself(crop_px: int) -> None:
    settings = AugmentSettings(crop_px=crop_px)
    first, again, other = (varied(settings, seed) for seed in (1, 1, 2))
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


def test_oblong_tiles_can_be_flipped_but_not_turned() -> None:
    tiles = (torch.zeros(2, 3, 4, 8), torch.zeros(2, 4, 8).long(), torch.zeros(2, 4, 8))
    generator = torch.Generator().manual_seed(0)
    assert vary(*tiles, AugmentSettings(turns=False), generator)[0].shape == (2, 3, 4, 8)
    with pytest.raises(ValueError, match=r"\(4, 8\) px cannot be turned"):
        vary(*tiles, AugmentSettings(), generator)


# -- resized crops --------------------------------------------------------------------------------


def crops(crop_px: int = 32, side: int = 40, **changes: tuple[float, float]) -> tuple[Tensor, ...]:
    """Return crops of tiles whose channels are y, x and 1, whose label is the row."""
    settings = AugmentSettings.model_validate(
        {"turns": False, "flips": False, "crop_px": crop_px, **changes}
    )
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    images = torch.stack([y, x, torch.ones_like(y)]).float().expand(COUNT, -1, -1, -1)
    targets = y.expand(COUNT, -1, -1)
    weights = (targets % 2).float()
    return vary(images, targets, weights, settings, torch.Generator().manual_seed(0))


def test_crops_have_the_side_and_the_types_wanted() -> None:
    images, targets, weights = crops()
    assert images.shape == (COUNT, CHANNELS, 32, 32)
    assert (targets.shape, weights.shape) == ((COUNT, 32, 32), (COUNT, 32, 32))
    assert (images.dtype, targets.dtype, weights.dtype) == (
        torch.float32,
        torch.int64,
        torch.float32,
    )


def test_labels_of_crops_are_those_of_the_nearest_pixel_and_keep_their_weight() -> None:
    images, targets, weights = crops()
    assert ((images[:, 0] - targets).abs() <= 0.5 + 1e-4).all()
    assert torch.equal(weights, (targets % 2).float())


def test_crops_keep_a_plain_channel_plain() -> None:
    assert (crops()[0][:, 2] - 1).abs().max() < 1e-5


def test_crops_are_as_large_as_wanted() -> None:
    images, _, _ = crops(crop_px=64, side=32, crop_scale=(0.2, 0.6))
    # Between samples beside each other in the middle, where no edge is repeated.
    height = (images[:, 0, 33, 32] - images[:, 0, 32, 32]) * 64
    width = (images[:, 1, 32, 33] - images[:, 1, 32, 32]) * 64
    area = height * width / 32**2
    assert area.min() > 0.2 - 1e-3
    assert area.max() < 0.6 + 1e-3
    assert area.max() - area.min() > 0.3
    assert (width / height).min() > 3 / 4 - 1e-3
    assert (width / height).max() < 4 / 3 + 1e-3


def test_crops_lie_everywhere_up_to_the_edges_of_their_tile() -> None:
    images, _, _ = crops(crop_px=32, side=32, crop_scale=(0.2, 0.3))
    rows, columns = images[:, 0, :, 0], images[:, 1, 0]
    for positions in (rows, columns):
        assert positions.min() < 1.5
        assert positions.max() > 29.5
        assert 13 < positions.mean() < 18


def test_a_crop_of_all_the_area_is_as_long_as_its_tile_on_one_side_at_least() -> None:
    images, _, _ = crops(crop_px=32, side=32, crop_scale=(1.0, 1.0))
    along = torch.arange(32)
    is_whole_y = ((images[:, 0] - along[:, None]).abs() < 1e-3).all(dim=(1, 2))
    is_whole_x = ((images[:, 1] - along).abs() < 1e-3).all(dim=(1, 2))
    assert (is_whole_y | is_whole_x).all()
    assert is_whole_y.any()
    assert is_whole_x.any()


def test_a_shift_moves_all_three_alike_and_what_it_brings_in_does_not_count() -> None:
    settings = AugmentSettings(turns=False, flips=False, shift_px=3)
    images, targets, weights = varied(settings)
    assert torch.equal(images[:, 0], targets.float())
    assert torch.equal(images[:, 2], 5 * images[:, 0])
    tile = batch()[1][0]
    moved = set()
    for target, weight in zip(targets, weights, strict=True):
        y, x = divmod(int(target[3, 3]), SIDE)
        moved.add((y - 3, x - 3))
        seen = torch.nn.functional.pad(tile[None].float(), (3, 3, 3, 3), mode="reflect")[0]
        expected = seen[y : y + SIDE, x : x + SIDE]
        assert torch.equal(target.float(), expected)
        counts = torch.nn.functional.pad(torch.ones(SIDE, SIDE), (3, 3, 3, 3))
        inside = counts[y : y + SIDE, x : x + SIDE]
        assert torch.equal((weight > 0).float()[target > 0], inside[target > 0])
    for axis in range(2):
        assert {both[axis] for both in moved} == set(range(-3, 4))
