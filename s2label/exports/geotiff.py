"""GeoTIFFs: all bands as they are in the source, with what turns them into reflectance."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio import Env
from rasterio.io import MemoryFile

from s2label.exports.band_scales import scale_of
from s2label.exports.layout import Layout
from s2label.masks import BAND_NAMES
from s2label.raster import tiled_geotiff, valid_pixels

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from rasterio.io import DatasetWriter

    from s2label.exports.legend import Legend
    from s2label.grid import Grid
    from s2label.masks import Mask
    from s2label.types import BandRaster, ImageRecord, PlaceRecord

# Of TIFF 6.0: 2 takes differences of whole numbers, 3 of floating point; 1 takes none.
_PREDICTORS = {"u": 2, "i": 2, "f": 3}
# With differences taken, level 1 made real chips smaller than level 6 did, and faster.
_IMAGE_LEVEL = 1


class GeotiffWriter:
    """Writes images with all their bands, and masks with class and provenance.

    Reflectance is ``DN * scale + offset`` with the scale and offset of each band, and an image with
    pixels that hold no data has a mask inside that tells them (``dataset_mask()``). The tags of a
    mask hold ``CLASS_<value>=<name>``; its first band has the legend's colours.
    """

    layout = Layout(".tif")

    def __init__(self, legend: Legend) -> None:
        self._colours = {value: (*rgb, 255) for value, rgb in legend.palette.items()}
        self._class_tags = {f"CLASS_{e.value}": e.name for e in legend.entries}
        self._legend = legend

    def bands_of(self, image: ImageRecord) -> tuple[BandRaster, ...]:
        """Return all bands of an image; ``LookupError`` if it has none."""
        return all_bands(image)

    def refuse_bands(self, names: Iterable[str]) -> None:
        """Nothing is missing: numbers are written as they are."""

    def write_image(
        self,
        path: Path,
        image: ImageRecord,
        place: PlaceRecord,
        dn: NDArray[Any],
        mask: Mask | None = None,
    ) -> NDArray[Any]:
        """Write an image's numbers (band, y, x) on its place's grid; returns them.

        A mask inside the file tells where there are no data: a tag cannot, where only 0 in all
        bands together means that, or bands have tags of their own.
        """
        tags = [band.nodata for band in image.bands]
        nodata, valid = _common(tags), valid_pixels(dn, tags)
        predictor = _PREDICTORS.get(dn.dtype.kind, 1)
        # Without a word GDAL takes four bands of 8 bits for red, green, blue and opacity.
        options = {"nodata": nodata, "predictor": predictor, "zlevel": _IMAGE_LEVEL}
        with _created(path, dn, place.grid, photometric="MINISBLACK", **options) as dataset:
            dataset.write(dn)
            _describe(dataset, image)
            if not valid.all():
                dataset.write_mask(valid)
        return dn

    def write_mask(self, path: Path, mask: Mask) -> None:
        """Write class (with colours) and provenance as (2, y, x) uint8."""
        layers = np.stack([self._legend.written(mask.classes), mask.provenance])
        with _created(path, layers, mask.grid, photometric="PALETTE") as dataset:
            # Colours go into the header, which is fixed with the first pixel.
            dataset.write_colormap(1, self._colours)
            dataset.write(layers)
            dataset.descriptions = BAND_NAMES
            dataset.update_tags(**self._class_tags)


def all_bands(image: ImageRecord) -> tuple[BandRaster, ...]:
    """Return all bands of an image.

    Raises
    ------
    LookupError
        If it has none.
    """
    if not image.bands:
        raise LookupError("no bands")
    return image.bands


@contextmanager
def _created(
    path: Path, layers: NDArray[Any], grid: Grid, **options: Any
) -> Iterator[DatasetWriter]:
    """Open a new GeoTIFF; it is made in memory, since GDAL keeps quiet about a full disk."""
    profile = {
        **tiled_geotiff(grid, len(layers), layers.dtype.name),
        "interleave": "band",
        "alpha": "NO",
        "num_threads": 1,
    }
    # Without the setting a mask could become a file of its own.
    with Env(GDAL_TIFF_INTERNAL_MASK=True), MemoryFile() as memory:
        with memory.open(**profile, **options) as dataset:
            yield dataset
        path.write_bytes(memory.getbuffer())


def _describe(dataset: DatasetWriter, image: ImageRecord) -> None:
    dataset.descriptions = tuple(band.name for band in image.bands)
    dataset.scales, dataset.offsets = zip(*map(scale_of, image.bands), strict=True)
    dataset.update_tags(
        image=image.id,
        place=image.place_id,
        date=image.date or "",
        scene=image.scene,
        radiometry=image.radiometry,
    )
    if dataset.nodata is None:
        for index, band in enumerate(image.bands, start=1):
            if band.nodata is not None:
                dataset.update_tags(index, nodata=repr(band.nodata))


def _common(nodata: Sequence[float | None]) -> float | None:
    """Return the nodata value that all bands share; GeoTIFF holds one for the whole file."""
    first = nodata[0]
    if first is None:
        return None
    if math.isnan(first):
        return first if all(v is not None and math.isnan(v) for v in nodata) else None
    return first if all(value == first for value in nodata) else None
