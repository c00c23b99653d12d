"""The pixels of a chip that count: labelled, trusted, not ignored, and with data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.bands import in_order
from s2label.errors import InputError
from s2label.explore.options import Trust
from s2label.labelled.chips import LabelledChip
from s2label.labelled.pixels import CHECKED, IMPORTED, read_labels
from s2label.raster import RasterPool, read_bands, reflectance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.explore.chips import ExploredChip
    from s2label.project import Project
    from s2label.types import ImageRecord


@dataclass(frozen=True, eq=False)
class CountedPixels:
    """Those pixels of a chip that count.

    Parameters
    ----------
    is_counted : ndarray
        (y, x) bool.
    classes : ndarray
        (pixel,) uint8, of the pixels that count, row by row.
    reflectance : ndarray
        (pixel, band) float32, NaN where the image lacks a band.
    without_data : int
        How many more would count if the image had data there.
    """

    is_counted: NDArray[np.bool_]
    classes: NDArray[np.uint8]
    reflectance: NDArray[np.float32]
    without_data: int

    def count_by_class(self) -> dict[int, int]:
        """Return class value -> pixels that count."""
        counts = np.bincount(self.classes, minlength=256)
        return {int(value): int(counts[value]) for value in np.flatnonzero(counts)}


class ChipReader:
    """Reads chips one after the other; a context in which rasters stay open.

    Parameters
    ----------
    project : Project
        The project; only read.
    chips : sequence of ExploredChip
        The chips that will be asked for.
    trust : Trust
        Whose labels count.

    Attributes
    ----------
    bands : tuple of str
        All bands that any of these images has, in the order of the instrument.
    """

    def __init__(self, project: Project, chips: Sequence[ExploredChip], trust: Trust) -> None:
        catalog = project.catalog
        self._project, self._trust = project, trust
        ids = [chip.image_id for chip in chips]
        with catalog.snapshot():
            self._images = catalog.images(ids)
            self._ignored = catalog.canvases.ignored_pixels(ids)
            self._places = catalog.places()
        names = {band.name for image in self._images.values() for band in image.bands}
        self.bands = tuple(in_order(names))
        self._pool = RasterPool()

    def __enter__(self) -> ChipReader:
        self._pool.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.__exit__()

    def read(self, chip: ExploredChip) -> CountedPixels:
        """Read the labels and all bands of a chip.

        All bands, whatever is asked for: without a nodata tag a pixel has no data where every
        band is 0.

        Raises
        ------
        InputError
            If a file is missing or damaged, or the numbers are no reflectance.
        """
        image = self._images[chip.image_id]
        labels = read_labels(
            self._project,
            self._labelled(chip, image),
            IMPORTED if self._trust is Trust.IMPORTED else CHECKED,
        )
        values = self._reflectance(image)
        has_data = np.isfinite(values).any(axis=0)
        is_trusted = labels.is_labelled if self._trust is Trust.ALL else labels.checked
        is_counted = is_trusted & has_data
        without_data = int((is_trusted & ~has_data).sum())
        drawn = (labels.classes[is_counted], values[:, is_counted].T)
        return CountedPixels(is_counted, *drawn, without_data)

    def _labelled(self, chip: ExploredChip, image: ImageRecord) -> LabelledChip:
        ignored = self._ignored.get(chip.image_id)
        return LabelledChip(
            image=image,
            place=self._places[chip.place_id],
            group="",
            mask_id=chip.mask_id,
            mask_version=chip.mask_version,
            is_accepted=chip.is_accepted,
            class_counts=chip.class_counts,
            ignore_id=ignored["raster_id"] if ignored else "",
            ignore_version=ignored["version"] if ignored else 0,
        )

    def _reflectance(self, image: ImageRecord) -> NDArray[np.float32]:
        """Return (band, y, x) of all bands that any image has; NaN where this one lacks it."""
        if not image.bands or not all(band.quantification for band in image.bands):
            advice = "import it again with --quantification"
            raise InputError(image.id, "numbers that are no reflectance", advice=advice)
        grid = self._places[image.place_id].grid
        read = reflectance(read_bands(image.bands, grid, open_=self._pool.open), image.bands)
        values = np.full((len(self.bands), *grid.shape), np.nan, np.float32)
        values[[self.bands.index(band.name) for band in image.bands]] = read
        return values
