"""What lies beside a class raster: the probabilities of the same run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.raster import grid_of, is_raster, open_raster
from s2label.results.rasters import RasterKind, record_of_raster

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.results.rasters import ResultRecord

_SUFFIXES = {".tif", ".tiff"}


def find_probabilities(classes: Path) -> Path | None:
    """Return the probability raster of the same model, scene and time in the folder of a result.

    ``NAME_probabilities.tif`` is looked at first, then the other GeoTIFFs by name; None without
    one.

    Raises
    ------
    InputError
        If the class raster is none.
    """
    with open_raster(classes) as dataset:
        record, grid = record_of_raster(classes, dataset), grid_of(dataset)
    usual = classes.with_name(f"{classes.stem}_probabilities{classes.suffix}")
    others = sorted(
        path for path in classes.parent.iterdir() if path.suffix.casefold() in _SUFFIXES
    )
    found = (path for path in dict.fromkeys((usual, *others)) if path != classes)
    return next((path for path in found if _belongs(path, record, grid)), None)


def require_probabilities(classes: Path, given: Path | None) -> Path:
    """Return the probabilities that were named, or those beside a class raster.

    Raises
    ------
    InputError
        If there are none, or those named are of another result.
    """
    if given is None:
        found = find_probabilities(classes)
        if found is not None:
            return found
        advice = "predict the scene again with --probabilities, or name the file by that option"
        raise InputError(classes, "no probabilities of this result beside it", advice=advice)
    with open_raster(classes) as dataset:
        record, grid = record_of_raster(classes, dataset), grid_of(dataset)
    with open_raster(given) as dataset:
        record_of_raster(given, dataset, RasterKind.PROBABILITIES)
    if not _belongs(given, record, grid):
        expected = f"the probabilities of {classes.name}"
        raise InputError(given, "is of another result", expected)
    return given


def _belongs(path: Path, record: ResultRecord, grid: Grid) -> bool:
    if not (path.is_file() and is_raster(path)):
        return False
    try:
        with open_raster(path) as dataset:
            theirs = record_of_raster(path, dataset, RasterKind.PROBABILITIES)
            is_same = grid_of(dataset).is_same_as(grid)
    except InputError:
        return False
    ours = (record.model, record.scene, record.time, record.classes)
    return is_same and ours == (theirs.model, theirs.scene, theirs.time, theirs.classes)
