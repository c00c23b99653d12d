"""The new and the old of a band of rows, mixed by how much each counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.results.rasters import NO_PROBABILITY
from s2label_training.scene.finishing import RowBand
from s2label_training.scene.likeliest import plan_classes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label_training.scene.plan import ScenePlan


def mix(
    plan: ScenePlan,
    was: RowBand,
    now: RowBand,
    share: NDArray[np.float32],
    thresholds: tuple[float, float],
) -> RowBand:
    """Return a band that is the new one where that counts, the old one elsewhere, mixed between.

    Parameters
    ----------
    plan : ScenePlan
        Tells the classes.
    was, now : RowBand
        The old one, with its classes, and the new one, whose picture is taken.
    share : ndarray
        (y, x) float32, 0..1: how much the new one counts. Where it is 0, the old one stays as it
        is.
    thresholds : tuple of float
        Probabilities from which a class is taken, of the old and the new one; mixed alike.
    """
    assert was.classes is not None
    is_new, no_data = share > 0, now.probabilities[0] == NO_PROBABILITY
    old = np.where(was.probabilities == NO_PROBABILITY, now.probabilities, was.probabilities)
    mixed = np.rint(share * now.probabilities + (1 - share) * old).astype(np.uint8)
    mixed[:, no_data] = NO_PROBABILITY
    probabilities = np.where(is_new, mixed, was.probabilities)
    limits = (1 - share) * thresholds[0] + share * thresholds[1]
    called = plan_classes(plan, probabilities, limits.astype(np.float32))
    classes = np.where(is_new, called, was.classes)
    return RowBand(now.number, probabilities, now.rgb, classes)
