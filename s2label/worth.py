"""How much a look at an image is worth, judged by what a model proposes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from s2label.suggestions import Suggestion


def worth_of(suggestion: Suggestion) -> float:
    """Return how much a look at the image of a suggestion is worth, in pixels.

    With a background, that is how many pixels of any class are to be expected: the sum of their
    probabilities. Something is there, or the model takes it for something; it learns most from
    both. Powers of the probabilities, their largest, or doubt were not better (docs/loop.md).
    Where classes cover all, it is how many pixels are to be expected wrong: the sum of one minus
    the probability of the likeliest class.

    Parameters
    ----------
    suggestion : Suggestion
        What a model proposes.

    Returns
    -------
    float
        0 or more: the more, the sooner somebody should look. Nodata counts nothing.
    """
    is_class = np.array(suggestion.class_values) != BACKGROUND
    probabilities = suggestion.probabilities
    if not is_class.all():
        return float(probabilities[is_class].sum(dtype=np.int64)) / 255
    has_data = probabilities.any(axis=0)
    return float((255 - probabilities.max(axis=0)[has_data]).sum(dtype=np.int64)) / 255
