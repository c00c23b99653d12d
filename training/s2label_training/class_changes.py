"""Old against new per class. Knows no torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from s2label.types import BACKGROUND, Lifetime
from s2label_training.metrics import scores_of
from s2label_training.verdicts import ClassChange, ClassScore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label_training.bundle import ModelClass
    from s2label_training.resampling import Difference, Interval
    from s2label_training.scores import Scores
    from s2label_training.tallies import ChipTally


def class_changes(
    old: ChipTally,
    new: ChipTally,
    difference: Difference,
    classes: Mapping[int, ModelClass],
    lifetime: Lifetime,
    margin: float | None,
) -> tuple[ClassChange, ...]:
    """Return a row per class, background last.

    Parameters
    ----------
    old, new : ChipTally
        Of all chips together.
    difference : Difference
        Of the same chips.
    classes : mapping
        Class value -> name and colour, of all classes of the tallies.
    lifetime : Lifetime
        Of the class table.
    margin : float, optional
        How much a class may lose; None: any.
    """
    scored = new.moving_values if lifetime is Lifetime.MOVING else new.class_values
    intervals = dict(zip(scored, difference.class_intervals, strict=True))
    lost = {
        value
        for value, before, after in zip(
            scored, difference.old_classes, difference.new_classes, strict=True
        )
        if margin is not None and after < before - margin
    }
    of_old, of_new = (scores_of(tally, list(classes.values()), lifetime) for tally in (old, new))
    rows = [
        _row(classes[value], of_old, of_new, intervals.get(value), value in lost)
        for value in new.class_values
    ]
    return tuple(sorted(rows, key=lambda row: row.value == BACKGROUND))


def _row(
    its: ModelClass, old: Scores, new: Scores, interval: Interval | None, is_lost: bool
) -> ClassChange:
    truth = next(each for each in new.classes if each.value == its.value)
    objects = [each.true for each in new.objects if each.value == its.value]
    return ClassChange(
        value=its.value,
        name=its.name,
        colour=its.colour,
        pixels=truth.pixels,
        objects=sum(objects),
        old=_class_score(old, its.value),
        new=_class_score(new, its.value),
        interval=interval,
        is_lost=is_lost,
    )


def _class_score(scores: Scores, value: int) -> ClassScore:
    pixels = next(each for each in scores.classes if each.value == value)
    objects = next((each for each in scores.objects if each.value == value), None)
    found: dict[str, float] = {
        "score": pixels.iou if pixels.pixels else math.nan,
        "iou": pixels.iou,
        "precision": pixels.precision,
        "recall": pixels.recall,
        "f1": pixels.f1,
    }
    if objects is not None:
        found["score"] = objects.f1.value
        found["object_recall"] = objects.recall.value
        found["object_precision"] = objects.precision.value
        found["object_f1"] = objects.f1.value
    return ClassScore(**{name: None if math.isnan(v) else v for name, v in found.items()})
