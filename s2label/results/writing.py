"""The rasters of a result, written from strips: cloud-optimised GeoTIFFs, whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.shutil import copy

from s2label.durable import make_whole
from s2label.errors import InputError
from s2label.raster import tiled_geotiff
from s2label.results.rasters import (
    NO_PROBABILITY,
    PROBABILITY_STEPS,
    RGB_NODATA,
    RasterKind,
    result_tags,
)
from s2label.results.written import require_written, write_strips
from s2label.types import BACKGROUND, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from rasterio.io import DatasetWriter

    from s2label.grid import Grid
    from s2label.results.rasters import ResultRecord

# GDAL would keep a twentieth of the memory.
_CACHE_BYTES = 64 * 2**20
_BLOCK_PX = 512
# Pictures and probabilities hardly shrink with more effort: 46 MB instead of 45 in half the time.
_QUICK, _THOROUGH = 1, 6


def write_classes(
    path: Path,
    grid: Grid,
    record: ResultRecord,
    strips: Iterable[NDArray[np.uint8]],
    extra_tags: dict[str, str] | None = None,
) -> None:
    """Write the class raster.

    Parameters
    ----------
    path : Path
        The file; what was there is replaced in the end.
    grid : Grid
        Of the scene.
    record : ResultRecord
        Becomes its tags.
    strips : iterable of ndarray
        (y, x) uint8 class values, 0 background, 254 where there is no data; whole rows of the
        grid from top to bottom.
    extra_tags : dict, optional
        Tags besides those of the record.
    """
    colours = {c.value: (*c.rgb, 255) for c in record.classes}
    table = {BACKGROUND: (0, 0, 0, 0), NOT_LABELLED: (0, 0, 0, 0), **colours}

    def describe(dataset: DatasetWriter) -> None:
        dataset.write_colormap(1, table)
        dataset.set_band_description(1, "class")

    tags = result_tags(record, RasterKind.CLASSES) | (extra_tags or {})
    bands = (strip[None] for strip in strips)
    _write(path, grid, 1, NOT_LABELLED, tags, bands, describe, "NEAREST")


def write_probabilities(
    path: Path,
    grid: Grid,
    record: ResultRecord,
    strips: Iterable[NDArray[np.uint8]],
    extra_tags: dict[str, str] | None = None,
) -> None:
    """Write the probability raster: (class, y, x) uint8, 254 for certain, 255 where is no data.

    A band per class of the record; parameters as those of `write_classes`.
    """
    count = len(record.classes)

    def describe(dataset: DatasetWriter) -> None:
        dataset.scales = (1 / PROBABILITY_STEPS,) * count
        for index, each in enumerate(record.classes, start=1):
            dataset.set_band_description(index, each.name)

    tags = result_tags(record, RasterKind.PROBABILITIES) | (extra_tags or {})
    _write(path, grid, count, NO_PROBABILITY, tags, strips, describe, "AVERAGE")


def write_rgb(
    path: Path,
    grid: Grid,
    record: ResultRecord,
    strips: Iterable[NDArray[np.uint8]],
    extra_tags: dict[str, str] | None = None,
) -> None:
    """Write the picture: (3, y, x) uint8 red, green, blue; 0 where there is no data.

    Parameters as those of `write_classes`; ``extra_tags`` say how reflectance became colours.
    """

    def describe(dataset: DatasetWriter) -> None:
        dataset.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)

    tags = result_tags(record, RasterKind.PICTURE) | (extra_tags or {})
    _write(path, grid, 3, RGB_NODATA, tags, strips, describe, "AVERAGE", photometric="RGB")


def _write(
    path: Path,
    grid: Grid,
    count: int,
    nodata: int,
    tags: dict[str, str],
    strips: Iterable[NDArray[np.uint8]],
    describe: Callable[[DatasetWriter], None],
    resampling: str,
    **profile: Any,
) -> None:
    """Write a plain raster first: GDAL makes cloud-optimised ones only of whole rasters.

    GDAL keeps quiet about a full disk: what was written is read back before it is put in place.
    """
    plain = path.with_name(f".{path.stem}.plain.tif")
    made = tiled_geotiff(grid, count, "uint8") | {"nodata": nodata, "zlevel": 1, **profile}
    try:
        with _told(path), rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
            with rasterio.open(plain, "w", **made) as dataset:
                dataset.update_tags(**tags)
                describe(dataset)
                written = write_strips(dataset, strips)

            def write(part: Path) -> None:
                _optimise(plain, part, resampling)
                require_written(part, written)

            make_whole(path, write)
    finally:
        plain.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn GDAL's errors into one that names the file that was wanted."""
    try:
        yield
    except (RasterioError, CPLE_BaseError) as error:
        # GDAL's own words name hidden files and offsets.
        found, advice = "cannot be written whole", "the disk may be full: make room"
        raise InputError(path, found, advice=advice) from error


def _optimise(plain: Path, path: Path, resampling: str) -> None:
    copy(
        plain,
        path,
        driver="COG",
        COMPRESS="DEFLATE",
        LEVEL=_THOROUGH if resampling == "NEAREST" else _QUICK,
        BLOCKSIZE=_BLOCK_PX,
        OVERVIEW_RESAMPLING=resampling,
        NUM_THREADS="ALL_CPUS",
        BIGTIFF="IF_SAFER",
    )
