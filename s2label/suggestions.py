"""What a model proposes for an image, and the files that keep it.

Probabilities are stored as uint8, 255 for certain, (class, y, x); all of them 0 where the image has
no data and nothing is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The model of a suggestion that was learnt from strokes and is no bundle.
STROKES_MODEL = "strokes"


@dataclass(frozen=True, eq=False)
class Suggestion:
    """What a model proposes for an image.

    Parameters
    ----------
    image_id : str
        The image.
    model : str
        Id of the model, or `STROKES_MODEL`.
    provenance : int
        What accepted pixels will say of who set them, see `types.Provenance`.
    class_values : tuple of int
        The class each probability is for, 0 for background.
    probabilities : ndarray
        (class, y, x) uint8.
    threshold : float
        The model's own, 0..1.
    """

    image_id: str
    model: str
    provenance: int
    class_values: tuple[int, ...]
    probabilities: NDArray[np.uint8]
    threshold: float = 0.5

    def classes(self, threshold: float | None = None) -> NDArray[np.uint8]:
        """Return the proposed mask (y, x), "not labelled" where nothing is proposed.

        With a background, a class is proposed where the likeliest one reaches the threshold, and
        background elsewhere. Without one, nothing is proposed below the threshold.
        """
        wanted = self.threshold if threshold is None else threshold
        values = np.array(self.class_values, np.uint8)
        is_class = values != BACKGROUND
        likely = self.probabilities[is_class]
        best = likely.argmax(axis=0)
        is_sure = np.take_along_axis(likely, best[None], axis=0)[0] >= wanted * 255
        else_ = BACKGROUND if not is_class.all() else NOT_LABELLED
        proposed = np.where(is_sure, values[is_class][best], np.uint8(else_))
        proposed[~self.probabilities.any(axis=0)] = NOT_LABELLED
        return proposed.astype(np.uint8)
