"""Objects of one tile pasted into another."""

from __future__ import annotations

import pytest
import torch
from s2label_training.pasting import paste_objects

SIDE = 64
LAND = 0.6


def tiles(count: int = 8) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return even seas, each of its own haze; the first holds an object that is 1 above its sea."""
    haze = torch.arange(count, dtype=torch.float32) / 10
    images = haze[:, None, None, None].repeat(1, 2, SIDE, SIDE)
    targets = torch.zeros(count, SIDE, SIDE, dtype=torch.int64)
    images[0, :, 20:24, 20:30] += 1
    targets[0, 20:24, 20:30] = 1
    return images, targets, torch.ones(count, SIDE, SIDE)


def pasted(
    images: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, share: float = 1.0
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(4)
    return paste_objects(images, targets, weights, share, generator)


def given(targets: torch.Tensor) -> list[int]:
    """Return which tiles but the first hold an object."""
    return [number for number in range(1, len(targets)) if (targets[number] > 0).any()]


def test_a_tile_is_given_an_object_above_its_own_sea() -> None:
    images, targets, weights = tiles()
    seen, learnt, _ = pasted(images, targets, weights)
    assert len(given(learnt)) == 1
    number = given(learnt)[0]
    torch.testing.assert_close(learnt[number], targets[0])
    above = seen[number] - images[number]
    torch.testing.assert_close(above, targets[0].float().expand(2, -1, -1))


def test_what_was_labelled_stays_labelled() -> None:
    images, targets, weights = tiles()
    seen, learnt, _ = pasted(images, targets, weights)
    torch.testing.assert_close(seen[0], images[0])
    torch.testing.assert_close(learnt[0], targets[0])


@pytest.mark.parametrize("obstacle", ["land", "object", "not labelled"])
def test_no_object_is_set_on(obstacle: str) -> None:
    images, targets, weights = tiles()
    if obstacle == "land":
        images[1:, :, 20:24, 20:23] += LAND
    elif obstacle == "object":
        targets[1:, 20:24, 20:23] = 1
    else:
        weights[1:, 20:24, 20:23] = 0
    seen, learnt, _ = pasted(images, targets, weights)
    torch.testing.assert_close(seen, images)
    torch.testing.assert_close(learnt, targets)


def test_an_unchecked_object_keeps_its_weight() -> None:
    images, targets, weights = tiles()
    weights[0] = 0.3
    _, learnt, weighed = pasted(images, targets, weights)
    number = given(learnt)[0]
    torch.testing.assert_close(weighed[number], torch.where(targets[0] > 0, 0.3, 1.0))


def test_nothing_is_pasted_that_is_not_labelled() -> None:
    images, targets, weights = tiles()
    weights[0] = 0
    assert not given(pasted(images, targets, weights)[1])


def test_a_share_of_none_leaves_all_as_it_is() -> None:
    images, targets, weights = tiles()
    torch.testing.assert_close(pasted(images, targets, weights, share=0.0)[0], images)
