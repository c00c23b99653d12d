"""A result opened for reading: classes and probabilities of one grid, by windows and row bands."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import rasterio
from rasterio.windows import Window

from s2label.errors import InputError
from s2label.raster import grid_of, open_raster
from s2label.results.components import RowBand
from s2label.results.rasters import (
    NO_PROBABILITY,
    PROBABILITY_STEPS,
    RasterKind,
    ResultRecord,
    record_of_raster,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio import DatasetReader

    from s2label.grid import Grid

# A band of a whole scene has 2.8 million pixels: its pieces stay below 100 MB.
ROWS_AT_ONCE = 256
# GDAL would keep a twentieth of the memory.
_CACHE_BYTES = 64 * 2**20
_ADVICE = "predict the scene again with --probabilities"


@dataclass(frozen=True)
class OpenResult:
    """A result that is open.

    Parameters
    ----------
    record : ResultRecord
        Who made it of what.
    grid : Grid
        Of both rasters.
    path : Path
        The class raster, for messages.
    """

    record: ResultRecord
    grid: Grid
    path: Path
    _classes: DatasetReader
    _probabilities: DatasetReader | None

    @property
    def has_probabilities(self) -> bool:
        """Whether the probabilities are open, too."""
        return self._probabilities is not None

    def read_classes(self, window: Window) -> NDArray[np.uint8]:
        """Return class values (y, x) uint8, 254 where there is no data."""
        return np.asarray(self._classes.read(1, window=window))

    def read_strength(self, value: int, window: Window) -> NDArray[np.uint8]:
        """Return the probability of a class in steps of 1/254, (y, x) uint8, 0 where is no data.

        A result without probabilities is certain of what it says.
        """
        if self._probabilities is None:
            is_class = self.read_classes(window) == value
            return np.where(is_class, PROBABILITY_STEPS, 0).astype(np.uint8)
        steps = np.asarray(self._probabilities.read(self._band_of(value), window=window))
        steps[steps == NO_PROBABILITY] = 0
        return steps

    def read_all_strengths(self, window: Window) -> NDArray[np.uint8]:
        """Return the probabilities of all classes as they are stored, (class, y, x) uint8."""
        if self._probabilities is None:
            raise InputError(self.path, "no probabilities beside it", advice=_ADVICE)
        return np.asarray(self._probabilities.read(window=window))

    def row_windows(self, multiple: int = 1) -> Iterator[Window]:
        """Yield windows of whole rows from top to bottom, of a multiple of some rows."""
        rows = multiple * max(ROWS_AT_ONCE // multiple, 1)
        for row in range(0, self.grid.height, rows):
            yield Window(0, row, self.grid.width, min(rows, self.grid.height - row))

    def row_bands(self, value: int) -> Iterator[RowBand]:
        """Yield where a class is, from top to bottom."""
        for window in self.row_windows():
            is_part = self.read_classes(window) == value
            # Most of a scene is sea: probabilities are read only where something is.
            strength = self.read_strength(value, window) if is_part.any() else _none(is_part)
            yield RowBand(window.row_off, is_part, strength)

    def likely_bands(self, value: int, least: float) -> Iterator[RowBand]:
        """Yield where a class has at least some probability, 0..1, from top to bottom."""
        for window in self.row_windows():
            strength = self.read_strength(value, window)
            yield RowBand(window.row_off, strength >= least * PROBABILITY_STEPS, strength)

    def _band_of(self, value: int) -> int:
        return 1 + [c.value for c in self.record.classes].index(value)


def _none(is_part: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return np.zeros(is_part.shape, np.uint8)


@contextmanager
def open_result(classes: Path, probabilities: Path | None) -> Iterator[OpenResult]:
    """Open the rasters of a result.

    Parameters
    ----------
    classes, probabilities : Path
        As `s2label predict` makes them; the second may be missing.

    Raises
    ------
    InputError
        If they are not, or not of one grid and the same classes; also for read errors inside.
    """
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES), open_raster(classes) as dataset:
        record = record_of_raster(classes, dataset)
        grid = grid_of(dataset)
        if probabilities is None:
            yield OpenResult(record, grid, classes, dataset, None)
            return
        with open_raster(probabilities) as beside:
            _require_same(probabilities, beside, record, grid, classes)
            yield OpenResult(record, grid, classes, dataset, beside)


def _require_same(
    path: Path, dataset: DatasetReader, record: ResultRecord, grid: Grid, classes: Path
) -> None:
    theirs = record_of_raster(path, dataset, RasterKind.PROBABILITIES)
    if not grid_of(dataset).is_same_as(grid):
        raise InputError(path, "another grid", f"that of {classes.name}", _ADVICE)
    if theirs.classes != record.classes:
        names, expected = (", ".join(c.name for c in r.classes) for r in (theirs, record))
        raise InputError(path, f"the classes {names}", f"{expected}, as {classes.name}", _ADVICE)
