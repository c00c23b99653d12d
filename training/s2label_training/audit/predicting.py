"""What the model of a fold proposes for the chips that it never saw, kept as suggestions."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.labelled.pixels import read_labels
from s2label.progress import Progress
from s2label.suggestion_files import read_suggestion, write_suggestion
from s2label.types import IGNORE
from s2label_training.ahead import PoolPerThread, read_ahead
from s2label_training.predict import Predictor
from s2label_training.shelf import Shelf
from s2label_training.suggesting import read_for, suggestion_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.audit.looks import Look
    from s2label_training.bundle import ModelRecord

# Images that go through the network together while the next are read.
_BATCH = 16
_AHEAD = 2


def predict_looks(project: Project, looks: Sequence[Look], model: str) -> Job[Counter[str]]:
    """Write what a model proposes for masks of its fold, where that is not there yet.

    A mask of several images gets the mean of their probabilities, each pixel of those images that
    show it, and that under the name of the clearest.

    Parameters
    ----------
    project : Project
        It may be open for reading only.
    looks : sequence of Look
        The masks of one fold.
    model : str
        Its model, on the shelf.

    Returns
    -------
    Counter
        Why masks got no proposal -> how many.

    Raises
    ------
    S2LabelError
        If the model is gone or damaged, no number is left for it, or a mask cannot be read.
    """
    shelf = Shelf(project.folder)
    predictor = Predictor(shelf.folder(model))
    provenance = shelf.allot_number(model)
    reading = _Reading(project, predictor.record, provenance)
    refused: Counter[str] = Counter()
    done = 0
    yield Progress(0, len(looks))
    for batch in read_ahead(reading.read, _batches(looks), 1, _AHEAD):
        refused.update(each.refused for each in batch if each.refused)
        wanted = [each for each in batch if each.values]
        proposed = iter(predictor.probabilities_of([v for each in wanted for v in each.values]))
        for each in wanted:
            mean = mean_of_images([next(proposed) for _ in each.values], each.hidden)
            image, grid = each.chips[0].image, each.chips[0].place.grid
            suggestion = suggestion_of(predictor.record, image.id, mean, provenance)
            write_suggestion(project, image, grid, suggestion)
        done += len(batch)
        yield Progress(done, len(looks))
    return refused


def _batches(looks: Sequence[Look]) -> Iterator[list[Look]]:
    batch: list[Look] = []
    for look in looks:
        batch.append(look)
        if sum(len(each.chips) for each in batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


@dataclass(frozen=True, eq=False)
class _Read:
    """A mask on the way to the network.

    ``values`` are (band, y, x) float32 of its images ``chips``, none where nothing is to be done:
    what it is for is there already, or ``refused`` says why it cannot be. ``hidden`` are (y, x)
    bool: what is ignored in each image.
    """

    chips: list[LabelledChip]
    values: list[NDArray[np.float32]]
    hidden: list[NDArray[np.bool_] | None]
    refused: str = ""


class _Reading:
    """Reads what a model needs; runs in a thread of its own."""

    def __init__(self, project: Project, record: ModelRecord, provenance: int) -> None:
        self._project, self._record, self._provenance = project, record, provenance
        self._pools = PoolPerThread()

    def read(self, looks: Sequence[Look]) -> list[_Read]:
        """Return what is known of each mask."""
        return [self._read(look) for look in looks]

    def _read(self, look: Look) -> _Read:
        if self._is_there(look):
            return _Read([], [], [])
        found = _Read([], [], [])
        reasons = []
        for chip in look.chips:
            grid, pool = chip.place.grid, self._pools.pool
            values, reason = read_for(self._record, chip.image, grid, pool)
            if values is None:
                reasons.append(reason)
                continue
            found.chips.append(chip)
            found.values.append(values)
            found.hidden.append(self._hidden(chip) if len(look.chips) > 1 else None)
        return found if found.chips else _Read([], [], [], reasons[0])

    def _is_there(self, look: Look) -> bool:
        model = self._record.id
        found = read_suggestion(self._project, look.chips[0].image, model)
        return found is not None and found.provenance == self._provenance

    def _hidden(self, chip: LabelledChip) -> NDArray[np.bool_] | None:
        if not chip.ignore_id:
            return None
        return np.asarray(read_labels(self._project, chip).classes == IGNORE)


def mean_of_images(
    probabilities: Sequence[NDArray[np.float32]], hidden: Sequence[NDArray[np.bool_] | None]
) -> NDArray[np.float32]:
    """Return the mean of what is proposed for images, each pixel of those that show it.

    Parameters
    ----------
    probabilities : sequence of ndarray
        Of each image (class, y, x) float32, 0..1, all 0 where it has no data.
    hidden : sequence of ndarray or None
        Of each image (y, x) bool, what is ignored in it; None: nothing.

    Returns
    -------
    ndarray
        (class, y, x) float32, all 0 where no image shows a pixel.
    """
    total = np.zeros_like(probabilities[0])
    count = np.zeros(total.shape[1:], np.float32)
    for of_image, is_hidden in zip(probabilities, hidden, strict=True):
        is_seen = of_image.any(axis=0)
        if is_hidden is not None:
            is_seen &= ~is_hidden
        total += of_image * is_seen
        count += is_seen
    return np.asarray(total / np.maximum(count, 1), np.float32)
