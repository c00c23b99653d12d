"""Results of a scene as `s2label predict` writes them, from arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from s2label.grid import Grid
from s2label.results.rasters import ResultRecord
from s2label.results.writing import write_classes, write_probabilities
from s2label.types import NOT_LABELLED, LabelClass, Lifetime

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

VESSEL = LabelClass(1, "vessel", "#ff3b30")
UTM = "EPSG:32634"


class Result(NamedTuple):
    """Files of a result."""

    classes: Path
    probabilities: Path


def utm_grid(
    shape: tuple[int, int], crs: str = UTM, left: float = 365_560, top: float = 4_549_500
) -> Grid:
    """Return a grid of 10 m pixels."""
    return Grid(crs, (10.0, 0.0, left, 0.0, -10.0, top), *shape)


def record_of(
    *classes: LabelClass, lifetime: Lifetime = Lifetime.MOVING, threshold: float = 0.5
) -> ResultRecord:
    """Return a record, of vessels if no classes are named."""
    return ResultRecord(
        model="vessels_unet-1",
        program="0.1.0",
        scene="T34TCL",
        time="2023-06-14T09:30:31Z",
        lifetime=lifetime,
        threshold=threshold,
        classes=classes or (VESSEL,),
    )


def write_result(
    folder: Path,
    chances: NDArray[np.float64],
    grid: Grid,
    record: ResultRecord | None = None,
    is_nodata: NDArray[np.bool_] | None = None,
) -> Result:
    """Write the result of chances (class, y, x), 0..1: the likeliest class above the threshold."""
    record = record or record_of()
    values = np.array([0, *(c.value for c in record.classes)], np.uint8)
    is_class = chances.max(axis=0) >= record.threshold
    classes = values[np.where(is_class, chances.argmax(axis=0) + 1, 0)]
    steps = np.round(254 * chances).astype(np.uint8)
    if is_nodata is not None:
        classes[is_nodata] = NOT_LABELLED
        steps[:, is_nodata] = 255
    folder.mkdir(parents=True, exist_ok=True)
    result = Result(folder / "classes.tif", folder / "probabilities.tif")
    write_classes(result.classes, grid, record, [classes])
    write_probabilities(result.probabilities, grid, record, [steps])
    return result
