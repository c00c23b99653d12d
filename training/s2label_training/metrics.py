"""How good proposals are: scores from tallies (docs/scores.md). Knows no torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import numpy as np

from s2label.types import BACKGROUND, Lifetime
from s2label_training.headlines import class_scores_of, headline_of, object_f1
from s2label_training.objects import SIZE_NAMES
from s2label_training.scores import ClassScore, Estimate, ObjectScore, Scores, SizeScore
from s2label_training.tallies import ChipTally, tally_chip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "ChipTally",
    "Scores",
    "class_scores_of",
    "headline_of",
    "scores_of",
    "tally_chip",
]

# Below these a score says little: with 20 objects its interval is still 0.4 wide.
FEW_OBJECTS = 20
FEW_PIXELS = 1000
_CONFIDENCE = 0.95
_NAN = math.nan


class NamedClass(Protocol):
    """A class by value and name, such as `types.LabelClass` or `bundle.ModelClass`."""

    @property
    def value(self) -> int:
        """Stored value."""

    @property
    def name(self) -> str:
        """Name that the user gave it."""


def scores_of(tally: ChipTally, classes: Sequence[NamedClass], lifetime: Lifetime) -> Scores:
    """Return the scores of what was tallied.

    Parameters
    ----------
    tally : ChipTally
        Of all chips together.
    classes : sequence
        Classes by value and name, in any order, background not needed; all that the tally has.
    lifetime : Lifetime
        Of the class table: whether objects or pixels make the headline.
    """
    names = {BACKGROUND: "background"} | {each.value: each.name for each in classes}
    by_class = tuple(_class_scores(tally, names))
    objects = tuple(
        _object_score(value, names[value], counted)
        for value, counted in zip(tally.moving_values, tally.objects, strict=True)
    )
    pixels = int(tally.confusion.sum())
    right = int(np.trace(tally.confusion[:-1, :-1]))
    once = np.ones((1, 1))
    return Scores(
        headline=float(headline_of([tally], once, lifetime)[0]),
        pixel_accuracy=_share(right, pixels),
        mean_iou=float(headline_of([tally], once, Lifetime.STATIC)[0]),
        pixels=pixels,
        classes=by_class,
        objects=objects,
        warnings=tuple(_warnings(by_class, objects)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else _NAN


def _class_scores(tally: ChipTally, names: dict[int, str]) -> list[ClassScore]:
    """Return the pixel scores per class, in the order of the tally."""
    confusion = tally.confusion
    scores = []
    for index, value in enumerate(tally.class_values):
        both = int(confusion[index, index])
        true, proposed = int(confusion[index].sum()), int(confusion[:, index].sum())
        scores.append(
            ClassScore(
                value=value,
                name=names[value],
                iou=_share(both, true + proposed - both),
                precision=_share(both, proposed),
                recall=_share(both, true),
                f1=_share(2 * both, true + proposed),
                pixels=true,
                proposed_pixels=proposed,
            )
        )
    return scores


def _object_score(value: int, name: str, counted: NDArray[np.int64]) -> ObjectScore:
    """Return the scores of (4, size class) objects."""
    true, found, proposed, right = counted.sum(axis=1).tolist()
    recall, precision = _estimate(found, true), _estimate(right, proposed)
    by_size = map(_size_score, SIZE_NAMES, counted.T)
    f1 = float(object_f1(counted.sum(axis=1).astype(np.float64)))
    between = Estimate(f1, _f1(recall.low, precision.low), _f1(recall.high, precision.high))
    return ObjectScore(
        value, name, true, found, proposed, right, recall, precision, between, tuple(by_size)
    )


def _size_score(size: str, counted: NDArray[np.int64]) -> SizeScore:
    true, found, proposed, right = counted.tolist()
    recall, precision = _estimate(found, true), _estimate(right, proposed)
    return SizeScore(size, true, found, proposed, right, recall, precision)


def _estimate(hits: int, trials: int) -> Estimate:
    """Return a share with its interval: Wilson 1927, good for few trials and near 0 and 1."""
    if not trials:
        return Estimate(_NAN, 0.0, 1.0)
    from scipy.stats import binomtest

    interval = binomtest(hits, trials).proportion_ci(_CONFIDENCE, method="wilson")
    return Estimate(hits / trials, float(interval.low), float(interval.high))


def _f1(recall: float, precision: float) -> float:
    """Return F1; at both ends of the two intervals it gives a wide, safe interval of its own."""
    both = recall + precision
    return 2 * recall * precision / both if both else 0.0


def _warnings(classes: Sequence[ClassScore], objects: Sequence[ObjectScore]) -> list[str]:
    """Return what the numbers are too small for."""
    if not any(score.pixels for score in classes):
        return ["no checked pixel with a label: nothing could be scored"]
    moving = {score.value for score in objects}
    counts = [
        (score.name, score.true, FEW_OBJECTS, "true objects", _consequence(score))
        for score in objects
    ]
    counts += [
        (score.name, score.pixels, FEW_PIXELS, "pixels", "it is not scored")
        for score in classes
        if score.value not in moving
    ]
    return [
        f"{name}: {f'only {count}' if count else 'no'} checked {what}, "
        + ("its scores are rough" if count else without)
        for name, count, few, what, without in counts
        if count < few
    ]


def _consequence(score: ObjectScore) -> str:
    """Return what follows from having no true object of a class."""
    if not score.proposed:
        return "it is not scored"
    if score.proposed == 1:
        return "but 1 proposed one, which counts as wrong"
    return f"but {score.proposed} proposed ones, which count as wrong"
