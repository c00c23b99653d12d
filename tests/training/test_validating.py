"""While it learns a network is scored on checked pixels alone, at the threshold that suits it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from s2label_training.hardware import Precision
from s2label_training.labels import Labels
from s2label_training.losses import build_loss
from s2label_training.sections import LossSettings, ProposalSettings, ValidationSettings
from s2label_training.thresholds import search_threshold, threshold_unseen
from s2label_training.validating import Validation, Validator
from torch import nn

from s2label.types import Lifetime
from tests.factories.bundles import CLASSES

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIDE = 32
# Where vessels are; a network of ours answers 0.2 there and 0.05 elsewhere.
TRUE = np.zeros((SIDE, SIDE), np.uint8)
TRUE[8:12, 8:16] = 1


class MadePixels:
    """Chips whose one channel is the logit of a vessel."""

    def __init__(self, chips: int, has_data: bool = True) -> None:
        probability = np.where(TRUE == 1, 0.2, 0.05)
        self._values = np.log(probability / (1 - probability))[None].astype(np.float32)
        self._chips, self._has_data = chips, np.full((SIDE, SIDE), has_data)

    def __len__(self) -> int:
        return self._chips

    def whole(self, number: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        return self._values, self._has_data


class Answering(nn.Module):
    """Answers what its input says, and is asked only while it does not learn."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = nn.Parameter(torch.zeros(1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        assert not self.training
        return torch.cat([torch.zeros_like(images), images], dim=1)


def labels_of(truth: NDArray[np.uint8], counts: NDArray[np.bool_]) -> Labels:
    return Labels(truth, counts.astype(np.float32), truth, counts)


class SayingHalf(Answering):
    """Finds vessels in the upper half of whatever way a tile is laid."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        upper = torch.full_like(images, -5)
        upper[:, :, : SIDE // 2] = 5
        return torch.cat([torch.zeros_like(images), upper], dim=1)


def validated(
    labels: list[Labels],
    threshold: float | str = "best",
    *,
    has_data: bool = True,
    network: Answering | None = None,
    turns: bool = False,
) -> Validation:
    settings = ValidationSettings.model_validate({"threshold": threshold})
    pixels = MadePixels(len(labels), has_data)
    proposals = ProposalSettings(turns_and_flips=turns)
    parts = (pixels, labels, CLASSES, Lifetime.MOVING, settings, SIDE, proposals)
    validator = Validator(*parts)  # type: ignore[arg-type]
    network = (network or Answering()).train()
    loss = build_loss(LossSettings(), [1, 1])
    found = validator.validate(network, loss, Precision.FP32, lambda: None, shown=[0])
    assert network.training
    return found


EVERYWHERE = np.ones((SIDE, SIDE), bool)


def test_the_best_threshold_is_found_and_the_scores_are_those_at_it() -> None:
    found = validated([labels_of(TRUE, EVERYWHERE)])
    assert 0.05 < found.threshold <= 0.2
    assert found.scores.headline == 1
    np.testing.assert_array_equal(found.proposed[0], TRUE)


def test_a_threshold_that_was_named_is_taken() -> None:
    found = validated([labels_of(TRUE, EVERYWHERE)], 0.5)
    assert found.threshold == 0.5
    assert not found.proposed[0].any()
    assert found.scores.headline == 0


def test_pixels_that_do_not_count_change_nothing() -> None:
    counts = EVERYWHERE.copy()
    counts[20:] = False
    wrong = TRUE.copy()
    wrong[20:] = 1
    one, other = (validated([labels_of(truth, counts)]) for truth in (TRUE, wrong))
    assert (one.loss, one.threshold) == (other.loss, other.threshold)
    assert one.scores == other.scores
    assert validated([labels_of(wrong, EVERYWHERE)]).loss != one.loss


def test_without_data_there_is_no_loss_and_no_score() -> None:
    found = validated([labels_of(TRUE, EVERYWHERE)], has_data=False)
    assert math.isnan(found.loss)
    assert math.isnan(found.scores.headline)


def test_a_model_that_will_propose_the_mean_of_all_turns_is_scored_by_it() -> None:
    upper = np.zeros((SIDE, SIDE), np.uint8)
    upper[: SIDE // 2] = 1
    labels = [labels_of(upper, EVERYWHERE)]
    plain = validated(labels, 0.6, network=SayingHalf())
    np.testing.assert_array_equal(plain.proposed[0], upper)
    # Of eight ways to lay it four find any pixel in the upper half: the mean is 0.5 everywhere.
    assert not validated(labels, 0.6, network=SayingHalf(), turns=True).proposed[0].any()
    assert validated(labels, 0.4, network=SayingHalf(), turns=True).proposed[0].all()


@pytest.mark.parametrize("best", [0.05, 0.2, 0.5, 0.75, 0.95])
def test_the_search_finds_the_top_of_a_hill(best: float) -> None:
    assert search_threshold(lambda threshold: -abs(threshold - best)) == pytest.approx(best)


def test_of_equal_thresholds_the_one_nearest_to_a_half_is_taken() -> None:
    assert search_threshold(lambda _: 0.0) == 0.5


def test_where_nothing_tells_better_the_likeliest_class_is_proposed() -> None:
    best, named = ValidationSettings(), ValidationSettings(threshold=0.3)
    assert threshold_unseen(best, (0, 1)) == 0.5
    assert threshold_unseen(best, (1, 2)) == 0
    assert threshold_unseen(named, (0, 1)) == 0.3
