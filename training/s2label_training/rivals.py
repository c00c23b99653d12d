"""Who is compared: a model, or the simplest thing that a model has to beat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from s2label_training.predict import Predictor
from s2label_training.suggesting import read_for, suggestion_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.raster import RasterPool


class Rival(Protocol):
    """What proposes masks."""

    @property
    def class_values(self) -> tuple[int, ...]:
        """Stored values that it may propose."""

    def read(self, chip: LabelledChip, pool: RasterPool) -> tuple[NDArray[np.float32] | None, str]:
        """Return what it needs of a chip, (band, y, x) NaN at nodata; else None and why."""

    def propose(self, images: Sequence[NDArray[np.float32]]) -> list[NDArray[np.uint8]]:
        """Return proposed masks (y, x) for what `read` returned, 254 where there is no data."""


class ModelRival:
    """A model as it is used: at its own threshold.

    Parameters
    ----------
    folder : Path
        Its bundle.

    Raises
    ------
    InputError
        If the bundle is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._predictor = Predictor(folder)

    @property
    def class_values(self) -> tuple[int, ...]:
        """Stored values that it may propose."""
        return self._predictor.record.class_values

    def read(self, chip: LabelledChip, pool: RasterPool) -> tuple[NDArray[np.float32] | None, str]:
        """Return its bands of a chip, (band, y, x); else None and why."""
        return read_for(self._predictor.record, chip.image, chip.place.grid, pool)

    def propose(self, images: Sequence[NDArray[np.float32]]) -> list[NDArray[np.uint8]]:
        """Return proposed masks (y, x)."""
        # By way of what is stored, so that it is the mask that a user sees.
        record = self._predictor.record
        probabilities = self._predictor.probabilities_of(images)
        return [suggestion_of(record, "", each, 0).classes() for each in probabilities]


class ConstantRival:
    """Proposes one class everywhere; what is no better than this has learnt nothing.

    Parameters
    ----------
    value : int
        Stored value of the class.
    """

    def __init__(self, value: int) -> None:
        self._value = value

    @property
    def class_values(self) -> tuple[int, ...]:
        """The class."""
        return (self._value,)

    def read(self, chip: LabelledChip, pool: RasterPool) -> tuple[NDArray[np.float32] | None, str]:
        """Return an array of the size of a chip; nothing is read."""
        return np.zeros((1, *chip.place.grid.shape), np.float32), ""

    def propose(self, images: Sequence[NDArray[np.float32]]) -> list[NDArray[np.uint8]]:
        """Return masks (y, x) of one value."""
        return [np.full(values.shape[1:], self._value, np.uint8) for values in images]
