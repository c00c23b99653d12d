"""A mask beside what a model says of its pixels, as numbers to reckon with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.audit.chips import AuditedChip

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

# A probability that is stored as 0 is below half a step; a logarithm needs more than 0.
LEAST = 0.01


@dataclass(frozen=True, eq=False)
class AuditedMask:
    """A mask beside what a model says of its pixels.

    Parameters
    ----------
    chip : AuditedChip
        Both as they are stored.
    """

    chip: AuditedChip

    @property
    def classes(self) -> NDArray[np.uint8]:
        """(y, x) uint8: stored classes."""
        return self.chip.classes

    @cached_property
    def probabilities(self) -> Floats:
        """(class, y, x) float32, 0..1; all of them 0 where the image has no data."""
        return np.asarray(self.chip.probabilities / np.float32(255))

    @property
    def values(self) -> tuple[int, ...]:
        """The class each probability is for."""
        return self.chip.class_values

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return self.chip.name or self.chip.mask_id

    @cached_property
    def is_known(self) -> Flags:
        """(y, x): labelled as a class that the model knows, and with data."""
        is_labelled = self.classes < NOT_LABELLED
        return np.asarray(is_labelled & np.isin(self.classes, self.values) & self.has_data)

    @cached_property
    def has_data(self) -> Flags:
        """(y, x): where the model says anything."""
        return np.asarray(self.probabilities.any(axis=0))

    @cached_property
    def own(self) -> Floats:
        """(y, x): the probability of each pixel's label, 0 where it is not known."""
        found = np.zeros(self.classes.shape, np.float32)
        for value, probability in zip(self.values, self.probabilities, strict=True):
            chosen = self.classes == value
            found[chosen] = probability[chosen]
        return found

    @cached_property
    def is_object(self) -> Flags:
        """(y, x): known, and of a class."""
        return np.asarray(self.is_known & (self.classes != BACKGROUND))

    @property
    def is_empty(self) -> bool:
        """Whether all that is labelled is called background."""
        labelled = self.classes[self.classes < NOT_LABELLED]
        return bool(labelled.size and (labelled == BACKGROUND).all())

    def likeliest(self) -> tuple[NDArray[np.uint8], Floats]:
        """Return the likeliest class (y, x), background left out, and its probability."""
        values = np.array(self.values, np.uint8)
        is_class = values != BACKGROUND
        likely = self.probabilities[is_class]
        best = likely.argmax(axis=0)
        return values[is_class][best], np.take_along_axis(likely, best[None], axis=0)[0]
