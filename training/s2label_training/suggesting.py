"""Suggestions for many images at once: read ahead, resumable, told once why some got none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError
from s2label.progress import Progress
from s2label.suggestion_files import drop_suggestions, read_suggestion, write_suggestion
from s2label.suggestions import Suggestion
from s2label.worth import worth_of
from s2label.worth_files import leave_worths
from s2label_training.ahead import PoolPerThread, read_ahead
from s2label_training.channels import read_reflectance
from s2label_training.chosen_model import outdated_models, require_model
from s2label_training.predict import Predictor
from s2label_training.shelf import Shelf
from s2label_training.suitability import check_values, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.conditions import Conditions
    from s2label.grid import Grid
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.raster import RasterPool
    from s2label.types import ImageRecord
    from s2label_training.bundle import ModelRecord

# Images that go through the network together while the next are read.
_BATCH = 16
_AHEAD = 2
_QUESTION = 500
_MESSAGE = "suggesting"
# Pixels of less than this are measured in degrees, not in metres.
_LARGEST_DEGREES = 0.1


@dataclass(frozen=True)
class SuggestReport:
    """What came of suggesting; all values are JSON types.

    Parameters
    ----------
    model : str
        Id of the model.
    images : int
        How many images were meant.
    suggested, kept : int
        How many got a suggestion now, and how many had one already.
    refused : dict
        Why images got none -> how many.
    """

    model: str
    images: int
    suggested: int = 0
    kept: int = 0
    refused: dict[str, int] = field(default_factory=dict)


def suggest_all(project: Project, conditions: Conditions, model: str = "") -> Job[SuggestReport]:
    """Write suggestions for all images that are meant and have none of this model yet.

    Stopped and run again it goes on where it was. The project may be open for reading only. How
    much a look at each image is worth is left for whoever writes the catalog (`worth_files`).

    Parameters
    ----------
    project : Project
        The project.
    conditions : Conditions
        Which images.
    model : str
        Id of a model, in use or not; the one in use if empty.

    Raises
    ------
    S2LabelError
        If there is no model, it is damaged, or its classes are not those of the project.
    """
    shelf = Shelf(project.folder)
    model = require_model(shelf, project.classes, model).id
    predictor = Predictor(shelf.folder(model))
    provenance = shelf.allot_number(model)
    outdated = outdated_models(shelf, predictor.record)
    meant = list(_meant(project, conditions))
    reading = _Reading(project, predictor.record, provenance)
    counts, refused = Counter[str](), Counter[str]()
    worths: dict[str, float] = {}
    yield Progress(0, len(meant), _MESSAGE)
    batches = (meant[start : start + _BATCH] for start in range(0, len(meant), _BATCH))
    try:
        for batch in read_ahead(reading.read, batches, 1, _AHEAD):
            counts.update(kept=len(batch.kept), suggested=len(batch.chips))
            refused.update(batch.refused)
            had = batch.kept | _write(project, predictor, batch, provenance)
            for image_id in had:
                drop_suggestions(project, image_id, outdated)
            worths |= had
            yield Progress(counts.total() + refused.total(), len(meant), _MESSAGE)
    finally:
        leave_worths(project, model, worths)
    counted = (counts["suggested"], counts["kept"], dict(refused.most_common()))
    return SuggestReport(model, len(meant), *counted)


def suggestion_of(
    record: ModelRecord, image_id: str, probabilities: NDArray[np.float32], provenance: int
) -> Suggestion:
    """Return what a model proposes as the project keeps it.

    Parameters
    ----------
    record : ModelRecord
        The model.
    image_id : str
        The image.
    probabilities : ndarray
        (class, y, x) float32, 0..1, as `Predictor.probabilities` returns them.
    provenance : int
        Number of the model, see `Shelf.allot_number`.
    """
    rounded = np.rint(probabilities * 255).astype(np.uint8)
    return Suggestion(
        image_id, record.id, provenance, record.class_values, rounded, record.threshold
    )


def read_for(
    record: ModelRecord, image: ImageRecord, grid: Grid, pool: RasterPool
) -> tuple[NDArray[np.float32] | None, str]:
    """Read what a model needs of an image.

    Returns
    -------
    values : ndarray or None
        (band, y, x) float32 reflectance in the order of ``record.bands``, NaN at nodata.
    reason : str
        Why there is none, in words; empty otherwise.
    """
    reason = refusal(record, image, _gsd_m(grid))
    if reason:
        return None, reason
    try:
        values = read_reflectance(image, grid, record.bands, pool.open)
    except InputError as error:
        return None, str(error)
    reason = check_values(record, values)
    return (None, reason) if reason else (values, "")


def _gsd_m(grid: Grid) -> float | None:
    """Return the side of a pixel; None on a grid of degrees, whose pixels are no squares."""
    gsd = float(np.mean(grid.gsd))
    return gsd if gsd > _LARGEST_DEGREES else None


def _meant(project: Project, conditions: Conditions) -> Iterator[ChipView]:
    ids = project.catalog.image_ids()
    for start in range(0, len(ids), _QUESTION):
        chips = project.catalog.chips(ids[start : start + _QUESTION])
        yield from (chip for _, chip in sorted(chips.items()) if conditions.fit(chip))


@dataclass(frozen=True, eq=False)
class _Batch:
    """Chips with their reflectance, and what became of the others.

    ``kept`` maps images that have a suggestion to how much a look at them is worth.
    """

    chips: list[ChipView]
    values: list[NDArray[np.float32]]
    kept: dict[str, float]
    refused: Counter[str]


class _Reading:
    """Reads what a model needs of chips; runs in a thread of its own."""

    def __init__(self, project: Project, record: ModelRecord, provenance: int) -> None:
        self._project = project
        self._record = record
        self._provenance = provenance
        self._pools = PoolPerThread()

    def read(self, chips: Sequence[ChipView]) -> _Batch:
        """Return those chips that still need a suggestion."""
        model = self._record.id
        batch = _Batch([], [], {}, Counter())
        for chip in chips:
            found = read_suggestion(self._project, chip.image, model)
            # A number of another model: files of two backups were mixed.
            if found is not None and found.provenance == self._provenance:
                batch.kept[chip.image.id] = worth_of(found)
                continue
            values, reason = read_for(self._record, chip.image, chip.place.grid, self._pools.pool)
            if values is None:
                batch.refused[reason] += 1
            else:
                batch.chips.append(chip)
                batch.values.append(values)
        return batch


def _write(
    project: Project, predictor: Predictor, batch: _Batch, provenance: int
) -> dict[str, float]:
    """Write the suggestions of a batch; returns image id -> how much a look is worth."""
    worths = {}
    proposed = predictor.probabilities_of(batch.values)
    for chip, probabilities in zip(batch.chips, proposed, strict=True):
        image = chip.image
        suggestion = suggestion_of(predictor.record, image.id, probabilities, provenance)
        write_suggestion(project, image, chip.place.grid, suggestion)
        worths[image.id] = worth_of(suggestion)
    return worths
