"""A result that is there already, from which a run goes on: its rasters, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from rasterio.windows import Window

from s2label.errors import InputError
from s2label.raster import grid_of, open_raster
from s2label.results.beside import find_probabilities, require_probabilities
from s2label.results.rasters import NO_PROBABILITY, PROBABILITY_STEPS, ResultRecord, record_of_tags
from s2label.results.runs import RUN_TAG
from s2label.types import NOT_LABELLED, Lifetime
from s2label_training.scene.finishing import RowBand

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.results.opened import OpenResult
    from s2label.scenes import FoundScene
    from s2label_training.bundle import ModelRecord
    from s2label_training.scene.plan import ScenePlan
    from s2label_training.scene.request import ResultFiles

# Up to when the chips of a project are in a result, and which accepted masks.
CHANGED_TAG, LABELS_TAG = "S2LABEL_CHANGED", "S2LABEL_LABELS"


@dataclass(frozen=True)
class ResultBefore:
    """A result that is there.

    Parameters
    ----------
    classes : Path
        Its class raster.
    probabilities : Path or None
        Beside it.
    record : ResultRecord
        Who made it.
    run : str
        What identifies it.
    since : str
        Time, as the log keeps it: changes up to then are in it.
    labels : str
        What identifies the accepted masks in it; empty where there are none.
    """

    classes: Path
    probabilities: Path | None
    record: ResultRecord
    run: str
    since: str
    labels: str


def read_before(files: ResultFiles, found: FoundScene, model: ModelRecord) -> ResultBefore:
    """Return the result that stands where another is wanted.

    Raises
    ------
    InputError
        If there is none, or it is of another scene or other classes.
    """
    classes = files.classes
    if not classes.is_file():
        advice = "predict the scene first, without --changed-in"
        raise InputError(classes, "no result yet", advice=advice)
    with open_raster(classes) as dataset:
        tags, grid = dataset.tags(), grid_of(dataset)
        record = record_of_tags(classes, tags)
    if record.scene != found.name or not grid.is_same_as(found.grid):
        raise InputError(classes, f"a result of {record.scene}", f"one of {found.name}")
    _require_same_classes(classes, record, model)
    written = datetime.fromtimestamp(classes.stat().st_mtime, UTC)
    at = written.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    run = tags.get(RUN_TAG, at)
    since, labels = tags.get(CHANGED_TAG, at), tags.get(LABELS_TAG, "")
    probabilities = _probabilities(files, is_moving=model.lifetime is Lifetime.MOVING)
    return ResultBefore(classes, probabilities, record, run, since, labels)


def _require_same_classes(classes: Path, record: ResultRecord, model: ModelRecord) -> None:
    theirs = {(c.value, c.name.casefold()) for c in model.classes if c.value}
    if theirs != {(c.value, c.name.casefold()) for c in record.classes}:
        names = ", ".join(c.name for c in record.classes)
        advice = "predict the whole scene, without --changed-in"
        raise InputError(classes, f"the classes {names}", f"those of {model.id}", advice)


def _probabilities(files: ResultFiles, *, is_moving: bool) -> Path | None:
    if files.probabilities is None:
        found = find_probabilities(files.classes)
    else:
        found = require_probabilities(files.classes, files.probabilities)
    has_objects = files.objects is not None or (files.map is not None and is_moving)
    if found is None and has_objects:
        advice = "predict the whole scene with --probabilities, without --changed-in"
        raise InputError(files.classes, "no probabilities of it beside it", advice=advice)
    return found


def band_of(result: OpenResult, number: int, plan: ScenePlan) -> RowBand:
    """Return a band of rows as it is, with its classes.

    A result without probabilities is certain of what it says.
    """
    first, end = plan.band_rows(number)
    window = Window(0, first, plan.grid.width, end - first)
    classes = result.read_classes(window)
    if result.has_probabilities:
        # In the model's order, as everything else here is.
        values = [c.value for c in result.record.classes]
        order = [values.index(c.value) for c in plan.classes]
        strengths = result.read_all_strengths(window)[order]
    else:
        strengths = np.stack(
            [np.where(classes == c.value, PROBABILITY_STEPS, 0) for c in plan.classes]
        )
        strengths[:, classes == NOT_LABELLED] = NO_PROBABILITY
    return RowBand(number, strengths.astype(np.uint8), None, classes)
