"""Georeferenced reading: arrays are (band, y, x), told by content, never by extension."""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.enums import Resampling
from rasterio.errors import CRSError, RasterioError
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window, intersect

from s2label.errors import InputError
from s2label.grid import Grid, aligned_window, crs_text
from s2label.types import BandRaster, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

# Formats that are read at all, told by their first bytes, never by extension. GDAL alone would
# also take VRT and other formats by content that can name further files or the network.
_SIGNATURES = {
    b"II*\x00": "GTiff",
    b"MM\x00*": "GTiff",
    b"II+\x00": "GTiff",  # BigTIFF
    b"MM\x00+": "GTiff",
    b"\x00\x00\x00\x0cjP  ": "JP2OpenJPEG",
    b"\xff\x4f\xff\x51": "JP2OpenJPEG",
}

_LFS_MARK = b"version https://git-lfs"
_HEAD_BYTES = 64 * 1024
_BLOCK_PX = 256


def grid_of(dataset: rasterio.DatasetReader) -> Grid:
    """Return the grid of an open raster.

    Raises
    ------
    InputError
        If it has no CRS, no transform or pixels of no size: a chip without ground cannot be split
        by place.
    """
    path = Path(dataset.name)
    advice = "give the file its georeference (e.g. with gdal_edit) and import again"
    transform = dataset.transform
    if dataset.crs is None:
        raise InputError(path, "no CRS", "a georeferenced raster", advice)
    if transform.is_identity:
        raise InputError(path, "no geotransform", "a georeferenced raster", advice)
    numbers = tuple(float(v) for v in tuple(transform)[:6])
    if not all(math.isfinite(v) for v in numbers):
        raise InputError(
            path, "a geotransform that is not finite", "a georeferenced raster", advice
        )
    if transform.is_degenerate:
        raise InputError(path, "pixels of no size", "a georeferenced raster", advice)
    return Grid(crs_text(dataset.crs), numbers, dataset.height, dataset.width)  # type: ignore[arg-type]


def driver_of(path: Path) -> str | None:
    """Return the GDAL driver for a file by its first bytes; None for other or no files."""
    if not path.is_file():  # a FIFO would block for ever
        return None
    with path.open("rb") as file:
        head = file.read(16)
    return next((d for mark, d in _SIGNATURES.items() if head.startswith(mark)), None)


@contextmanager
def open_raster(path: Path | str) -> Iterator[rasterio.DatasetReader]:
    """Open a GeoTIFF or JPEG2000 raster, whatever its extension.

    Raises
    ------
    InputError
        If there is no such file, or it is of another format; also for read errors inside.
    """
    with explained(path), open_dataset(path) as dataset:
        yield dataset


def open_dataset(path: Path | str) -> rasterio.DatasetReader:
    """Open a raster that the caller closes; read errors are the caller's to explain."""
    driver = driver_of(Path(path))
    if driver is None:
        raise _not_a_raster(Path(path))
    return rasterio.open(path, driver=driver)


@contextmanager
def explained(path: Path | str) -> Iterator[None]:
    """Turn read errors of a raster into one `InputError`."""
    try:
        yield
    except (RasterioError, CRSError, CPLE_BaseError) as error:  # the last from damaged headers
        cause = " ".join(str(error.__cause__ or error).split())[:200]
        found = f"damaged or cut short ({cause})"
        raise InputError(path, found, advice="copy it anew") from error
    except UnicodeEncodeError as error:  # Linux takes any bytes for a name
        found = "a name that is not UTF-8"
        raise InputError(path, found, advice="rename the file or folder") from error


def _not_a_raster(path: Path) -> InputError:
    if not path.exists():
        return InputError(path, "no such file")
    if not path.is_file():
        return InputError(path, "not a regular file", "a raster file")
    with path.open("rb") as file:
        head = file.read(len(_LFS_MARK))
    if head == _LFS_MARK:
        return InputError(path, "a Git LFS pointer", "the raster itself", "run `git lfs pull`")
    if not head:
        return InputError(path, "an empty file", "a raster file")
    return InputError(path, "neither GeoTIFF nor JPEG2000", advice="the extension does not tell")


def is_raster(path: Path) -> bool:
    """Tell by the first bytes whether a file is a raster that can be opened."""
    return driver_of(path) is not None


def source_of(path: Path) -> Source:
    """Return path and identity of a file; reads at most 128 KiB of it."""
    absolute = path.absolute()
    stat = absolute.stat()
    digest = hashlib.sha256()
    with absolute.open("rb") as file:
        digest.update(file.read(_HEAD_BYTES))
        if stat.st_size > _HEAD_BYTES:
            file.seek(max(_HEAD_BYTES, stat.st_size - _HEAD_BYTES))
            digest.update(file.read(_HEAD_BYTES))
    return Source(str(absolute), stat.st_size, stat.st_mtime_ns, digest.hexdigest())


def read_on_grid(
    dataset: rasterio.DatasetReader,
    index: int,
    target: Grid,
    resampling: Resampling = Resampling.bilinear,
) -> NDArray[Any]:
    """Read one band of an open raster on another grid, as (y, x) in the raster's dtype.

    Pixels of the target that are pixels of the source are copied; everything else is resampled
    by transform. Ground outside the raster gets its nodata value, or 0 without one.
    """
    window = aligned_window(grid_of(dataset), target)
    if window is None:
        options = {"crs": target.crs, "transform": target.affine, "nodata": dataset.nodata}
        size = {"height": target.height, "width": target.width}
        with WarpedVRT(dataset, resampling=resampling, **options, **size) as warped:
            return np.asarray(warped.read(index))
    return _read_window(dataset, index, window)


def _read_window(dataset: rasterio.DatasetReader, index: int, window: Window) -> NDArray[Any]:
    """Read a window that may reach beyond the raster; what lies outside is nodata, or 0.

    rasterio's own boundless reading moves pixels of turned rasters.
    """
    whole = Window(0, 0, dataset.width, dataset.height)
    if not intersect(window, whole):
        inside = None
    else:
        inside = window.intersection(whole)
        if inside == window:
            return np.asarray(dataset.read(index, window=window))
    fill = 0 if dataset.nodata is None else dataset.nodata
    pixels = np.full((window.height, window.width), fill, dtype=dataset.dtypes[index - 1])
    if inside is not None:
        y, x = inside.row_off - window.row_off, inside.col_off - window.col_off
        part = dataset.read(index, window=inside)
        pixels[y : y + part.shape[0], x : x + part.shape[1]] = part
    return pixels


def read_bands(
    bands: Sequence[BandRaster],
    grid: Grid,
    resampling: Resampling = Resampling.bilinear,
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[Any]:
    """Read bands of an image on a grid as raw numbers (DN), (band, y, x), in their common dtype.

    Whoever reads many pieces of the same files passes `RasterPool.open`.
    """
    layers = []
    for band in bands:
        with open_(band.source.path) as dataset:
            layers.append(read_on_grid(dataset, band.index, grid, resampling))
    return np.stack(layers)


class RasterPool:
    """Keeps the rasters that were read last open: opening costs more than reading a chip.

    Parameters
    ----------
    limit : int
        How many files stay open at most.
    """

    def __init__(self, limit: int = 64) -> None:
        self._limit = limit
        self._open: OrderedDict[str, rasterio.DatasetReader] = OrderedDict()

    def __enter__(self) -> RasterPool:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def __reduce__(self) -> tuple[type[RasterPool], tuple[int]]:
        """Go to another process empty: open rasters stay in theirs."""
        return RasterPool, (self._limit,)

    @contextmanager
    def open(self, path: str) -> Iterator[rasterio.DatasetReader]:
        """Yield an open raster; it stays open for the next reader."""
        with explained(path):
            if path not in self._open:
                self._open[path] = open_dataset(path)
            self._open.move_to_end(path)
            if len(self._open) > self._limit:
                self._open.popitem(last=False)[1].close()
            yield self._open[path]


def valid_pixels(dn: NDArray[Any], nodata: Sequence[float | None]) -> NDArray[np.bool_]:
    """Tell which pixels hold data: (band, y, x) numbers -> (y, x) bool.

    A pixel is nodata where a band holds its tagged value or is not finite; without any tag,
    where every band is 0 (single bands reach 0 over dark water).
    """
    if all(value is None for value in nodata):
        valid = np.any(dn != 0, axis=0)
    else:
        valid = np.ones(dn.shape[1:], dtype=bool)
        for layer, value in zip(dn, nodata, strict=True):
            if value is not None and not math.isnan(value):
                valid &= layer != value
    if np.issubdtype(dn.dtype, np.floating):
        valid &= np.isfinite(dn).all(axis=0)
    return np.asarray(valid)


def reflectance(dn: NDArray[Any], bands: Sequence[BandRaster]) -> NDArray[np.float32]:
    """Turn DN (band, y, x) into reflectance, ``(DN + offset) / quantification``, NaN at nodata.

    Negative values and values over 1 are legitimate and stay.
    """
    offset = np.array([b.offset_dn for b in bands], dtype=np.float32)[:, None, None]
    scale = np.array([b.quantification for b in bands], dtype=np.float32)[:, None, None]
    values = (dn.astype(np.float32) + offset) / scale
    values[:, ~valid_pixels(dn, [b.nodata for b in bands])] = np.nan
    return values


def tiled_geotiff(grid: Grid, count: int, dtype: str) -> dict[str, Any]:
    """Return how rasterio makes a tiled, deflated GeoTIFF of some bands on a grid."""
    # Tiles are multiples of 16; larger tiles than a chip would only be padding.
    block = min(_BLOCK_PX, 16 * -(-max(grid.shape) // 16))
    return {
        "driver": "GTiff",
        "dtype": dtype,
        "count": count,
        "height": grid.height,
        "width": grid.width,
        "crs": grid.crs,
        "transform": grid.affine,
        "tiled": True,
        "blockxsize": block,
        "blockysize": block,
        "compress": "deflate",
    }
