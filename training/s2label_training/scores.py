"""Scores as records: what `metrics.scores_of` returns (docs/scores.md)."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """A share 0..1 with its 95 % interval; NaN, 0 and 1 where nothing was counted."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ClassScore:
    """Pixels of one class: all 0..1, NaN where there is nothing to divide by.

    ``pixels`` is how many the class truly has, ``proposed_pixels`` how many were proposed.
    """

    value: int
    name: str
    iou: float
    precision: float
    recall: float
    f1: float
    pixels: int
    proposed_pixels: int


@dataclass(frozen=True)
class SizeScore:
    """Objects of a class in one size class: how many there are, and were found, and so on."""

    size: str
    true: int
    found: int
    proposed: int
    right: int
    recall: Estimate
    precision: Estimate


@dataclass(frozen=True)
class ObjectScore:
    """Objects of a moving class."""

    value: int
    name: str
    true: int
    found: int
    proposed: int
    right: int
    recall: Estimate
    precision: Estimate
    f1: Estimate
    by_size: tuple[SizeScore, ...]


@dataclass(frozen=True)
class Scores:
    """Scores of a set of chips.

    Parameters
    ----------
    headline : float
        The one number by which models are compared, 0..1: the mean object F1 of moving classes,
        else `mean_iou`. NaN where no class could be scored.
    pixel_accuracy : float
        Share of pixels whose class is right, 0..1; NaN without a pixel.
    mean_iou : float
        Mean over the classes that truly occur, background among them; NaN without one.
    pixels : int
        Pixels that were scored.
    classes, objects : tuple
        Per class; objects for moving classes only.
    warnings : tuple of str
        What the numbers are too small for, in words.
    """

    headline: float
    pixel_accuracy: float
    mean_iou: float
    pixels: int
    classes: tuple[ClassScore, ...]
    objects: tuple[ObjectScore, ...]
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold, None for NaN."""
        plain: dict[str, Any] = _without_nan(dataclasses.asdict(self))
        return plain


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value
