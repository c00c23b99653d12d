"""How good a network is on the held-out chips, while it learns."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.suggestions import Suggestion
from s2label.types import BACKGROUND, Lifetime
from s2label_training.ahead import read_ahead
from s2label_training.answers import predict
from s2label_training.blending import cut_image
from s2label_training.evaluating import evaluating, loss_of
from s2label_training.metrics import headline_of, scores_of
from s2label_training.tallies import ChipTally, tally_chip
from s2label_training.thresholds import search_threshold, threshold_unseen
from s2label_training.water import kept_to_water

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from s2label_training.blending import CutImage
    from s2label_training.dataset import ChipPixels
    from s2label_training.hardware import Precision
    from s2label_training.labels import Labels
    from s2label_training.metrics import NamedClass, Scores
    from s2label_training.sections import ProposalSettings, ValidationSettings

# Pixels that go through the network together.
_BATCH_PX = {"cpu": 2**18, "cuda": 2**22}
_THREADS = 1


@dataclass(frozen=True, eq=False)
class Validation:
    """Scores of a network on the held-out chips.

    Parameters
    ----------
    loss : float
        Of the checked pixels; NaN where none holds data.
    threshold : float
        From which a class is proposed.
    scores : Scores
        At this threshold.
    proposed : dict
        Number of a chip -> proposed mask (y, x) uint8, of those that were asked for.
    """

    loss: float
    threshold: float
    scores: Scores
    proposed: dict[int, NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class _Read:
    """A chip on the way to the network."""

    number: int
    cut: CutImage
    has_data: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Answer:
    """What a network says of a chip, (class, y, x) uint8, beside its truth and what counts."""

    suggestion: Suggestion
    truth: NDArray[np.uint8]
    counts: NDArray[np.bool_]


class Validator:
    """Scores a network again and again on the same chips.

    Parameters
    ----------
    pixels : ChipPixels
        The chips.
    labels : sequence of Labels
        Their truth.
    classes : sequence of NamedClass
        The network's classes, in its order.
    lifetime : Lifetime
        Of the class table; objects of moving classes are counted.
    settings : ValidationSettings
        The threshold, or that the best one is taken.
    tile_px : int
        Larger chips are cut into tiles of this side.
    proposals : ProposalSettings
        How a model proposes.
    """

    def __init__(
        self,
        pixels: ChipPixels,
        labels: Sequence[Labels],
        classes: Sequence[NamedClass],
        lifetime: Lifetime,
        settings: ValidationSettings,
        tile_px: int,
        proposals: ProposalSettings,
    ) -> None:
        self._pixels, self._labels = pixels, labels
        self._classes, self._lifetime = classes, lifetime
        self._values = tuple(each.value for each in classes)
        self._settings, self._tile_px, self._proposals = settings, tile_px, proposals

    def validate(
        self,
        network: nn.Module,
        loss: nn.Module,
        precision: Precision,
        check: Callable[[], None],
        shown: Sequence[int] = (),
    ) -> Validation:
        """Score a network, which is left as it was found, in training or not.

        Parameters
        ----------
        network, loss : nn.Module
            On the same device.
        precision : Precision
            What it computes with.
        check : callable
            Called before each batch; may raise.
        shown : sequence of int
            Numbers of the chips whose proposed masks are wanted.
        """
        answers: dict[int, _Answer] = {}
        losses = []
        batches = self._batches(network)
        with evaluating(network):
            for read in read_ahead(self._read, batches, _THREADS, 1):
                check()
                losses.append(self._ask(network, loss, precision, read, answers))
        threshold = self._best_threshold(list(answers.values()))
        scores = scores_of(self._tally(answers.values(), threshold), self._classes, self._lifetime)
        mean = _mean_loss(losses)
        proposed = {number: answers[number].suggestion.classes(threshold) for number in shown}
        return Validation(mean, threshold, scores, proposed)

    def _batches(self, network: nn.Module) -> Iterator[list[int]]:
        """Yield numbers of chips that go through the network together: of one shape."""
        device = next(network.parameters()).device
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for number, labels in enumerate(self._labels):
            by_shape.setdefault(labels.truth.shape, []).append(number)
        for (height, width), numbers in by_shape.items():
            most = max(1, _BATCH_PX.get(device.type, 2**18) // (height * width))
            yield from (numbers[n : n + most] for n in range(0, len(numbers), most))

    def _read(self, numbers: list[int]) -> list[_Read]:
        found = []
        for number in numbers:
            values, has_data = self._pixels.whole(number)
            found.append(_Read(number, cut_image(values, self._tile_px), has_data))
        return found

    def _ask(
        self,
        network: nn.Module,
        loss: nn.Module,
        precision: Precision,
        read: Sequence[_Read],
        answers: dict[int, _Answer],
    ) -> tuple[float, int]:
        """Add the answers of some chips of one shape; return their loss and its pixels."""
        tiles = np.stack([tile for each in read for tile in each.cut.tiles()])
        predicted = iter(
            predict(network, tiles, precision, turns_and_flips=self._proposals.turns_and_flips)
        )
        probabilities = np.stack([each.cut.put_together(predicted) for each in read])
        for each, of_chip in zip(read, probabilities, strict=True):
            answers[each.number] = self._answer(each.number, of_chip, each.has_data)
        targets = np.stack([self._labels[each.number].target for each in read])
        counts = np.stack([answers[each.number].counts for each in read])
        return loss_of(network, loss, probabilities, targets, counts), int(counts.sum())

    def _answer(
        self, number: int, probabilities: NDArray[np.float32], has_data: NDArray[np.bool_]
    ) -> _Answer:
        labels = self._labels[number]
        if reach_px := self._proposals.near_water_px:
            is_near = self._pixels.near_water(number, reach_px)
            probabilities = kept_to_water(probabilities, is_near, self._values)
        stored = np.rint(probabilities * 255 * has_data).astype(np.uint8)
        suggestion = Suggestion("", "", 0, self._values, stored)
        return _Answer(suggestion, labels.truth, labels.counts & has_data)

    def _best_threshold(self, answers: Sequence[_Answer]) -> float:
        if self._settings.threshold != "best" or BACKGROUND not in self._values:
            return threshold_unseen(self._settings, self._values)
        return search_threshold(lambda threshold: self._headline(answers, threshold))

    def _headline(self, answers: Sequence[_Answer], threshold: float) -> float:
        """Return the headline of a threshold without the intervals that take time."""
        tally = self._tally(answers, threshold)
        return float(np.nan_to_num(headline_of([tally], np.ones((1, 1)), self._lifetime)[0]))

    def _tally(self, answers: Iterable[_Answer], threshold: float) -> ChipTally:
        moving = [value for value in self._values if value != BACKGROUND]
        if self._lifetime is not Lifetime.MOVING:
            moving = []
        total = ChipTally.empty(self._values, moving)
        for answer in answers:
            proposed = answer.suggestion.classes(threshold)
            total += tally_chip(proposed, answer.truth, answer.counts, self._values, moving)
        return total


def _mean_loss(losses: Sequence[tuple[float, int]]) -> float:
    """Return the mean of losses by their pixels; NaN where no checked pixel holds data."""
    pixels = sum(count for _, count in losses)
    return sum(loss * count for loss, count in losses) / pixels if pixels else math.nan
