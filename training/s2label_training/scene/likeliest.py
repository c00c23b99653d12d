"""From probabilities to classes: the likeliest one, where it is likely enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.results.rasters import NO_PROBABILITY, PROBABILITY_STEPS
from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label_training.scene.plan import ScenePlan


def classes_of(
    probabilities: NDArray[np.uint8],
    values: NDArray[np.uint8],
    threshold: float | NDArray[np.float32],
    otherwise: int,
) -> NDArray[np.uint8]:
    """Return the class of each pixel, (y, x) uint8, as a suggestion has it.

    Parameters
    ----------
    probabilities : ndarray
        (class, y, x) uint8 as in the probability raster, without background.
    values : ndarray
        Value of each class.
    threshold : float or ndarray
        The likeliest class is taken where it reaches this, 0..1; one for all pixels, or (y, x).
    otherwise : int
        What stands elsewhere; 254 stands where there is no data.
    """
    best = probabilities.argmax(axis=0)
    likeliest = np.take_along_axis(probabilities, best[None], axis=0)[0]
    is_sure = likeliest >= threshold * PROBABILITY_STEPS
    found = np.where(is_sure, values[best], np.uint8(otherwise))
    found[likeliest == NO_PROBABILITY] = NOT_LABELLED
    return found.astype(np.uint8)


def plan_classes(
    plan: ScenePlan,
    probabilities: NDArray[np.uint8],
    threshold: float | NDArray[np.float32],
) -> NDArray[np.uint8]:
    """Return the class of each pixel by the classes of a plan's model, see `classes_of`."""
    values = np.array([c.value for c in plan.classes], np.uint8)
    has_background = BACKGROUND in plan.record.class_values
    otherwise = BACKGROUND if has_background else NOT_LABELLED
    return classes_of(probabilities, values, threshold, otherwise)
