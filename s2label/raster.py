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
from rasterio.env import set_gdal_config
from rasterio.errors import CRSError, RasterioError

from s2label.errors import InputError
from s2label.grid import Grid, crs_text
from s2label.resampling import read_layer, stack_layers
from s2label.source_files import (
    ZipMember,
    is_lfs_pointer,
    is_there,
    member_info,
    open_bytes,
    zip_member,
)
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

_COMPANIONS = (".ovr", ".OVR", ".msk", ".MSK")
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
    """Return the GDAL driver for a file by its first bytes; None for other or no files.

    The file may lie in a zip archive (see `source_files`).
    """
    if not is_there(path):  # a FIFO would block for ever
        return None
    with open_bytes(path) as file:
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
    _require_plain_companions(Path(path))
    dataset = rasterio.open(path, driver=driver)
    elsewhere = dataset.tags(ns="OVERVIEWS").get("OVERVIEW_FILE")
    if elsewhere is not None:
        dataset.close()
        found = f"overviews that lie in another file ({elsewhere[:80]})"
        raise InputError(path, found, advice="delete its .aux.xml, or write it anew")
    return dataset


def _require_plain_companions(path: Path) -> None:
    """Raise `InputError` if a file that GDAL reads with a raster is none itself.

    GDAL takes overviews and masks beside a raster in any format, also one that names further files
    or the network.
    """
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        if not is_there(companion):
            continue
        if driver_of(companion) is None:
            raise InputError(companion, "not a GeoTIFF", "overviews or a mask", "delete it")
        _require_plain_companions(companion)


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
    if zip_member(path) is None and path.exists() and not path.is_file():
        return InputError(path, "not a regular file", "a raster file")
    if not is_there(path):
        return InputError(path, "no such file")
    with open_bytes(path) as file:
        head = file.read(64)
    if is_lfs_pointer(head):
        return InputError(path, "a Git LFS pointer", "the raster itself", "run `git lfs pull`")
    if not head:
        return InputError(path, "an empty file", "a raster file")
    return InputError(path, "neither GeoTIFF nor JPEG2000", advice="the extension does not tell")


def is_raster(path: Path) -> bool:
    """Tell by the first bytes whether a file is a raster that can be opened."""
    return driver_of(path) is not None


def source_of(path: Path | str) -> Source:
    """Return path and identity of a file; reads at most 128 KiB of it.

    A file in a zip archive has the size and time of the archive, and a digest of the archive's
    ends and of what its directory says of the file (name, size, CRC-32).

    Raises
    ------
    OSError
        If there is no such file.
    InputError
        If it lies in an archive that is damaged or lacks it.
    """
    member = zip_member(path)
    if member is not None:
        return _source_of_member(member)
    absolute = Path(path).absolute()
    stat = absolute.stat()
    digest = hashlib.sha256()
    with absolute.open("rb") as file:
        digest.update(file.read(_HEAD_BYTES))
        if stat.st_size > _HEAD_BYTES:
            file.seek(max(_HEAD_BYTES, stat.st_size - _HEAD_BYTES))
            digest.update(file.read(_HEAD_BYTES))
    return Source(str(absolute), stat.st_size, stat.st_mtime_ns, digest.hexdigest())


def _source_of_member(member: ZipMember) -> Source:
    archive, info = source_of(member.archive), member_info(member)
    text = f"{archive.digest}|{info.filename}|{info.file_size}|{info.CRC}"
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Source(member.path, archive.size_bytes, archive.mtime_ns, digest)


def read_on_grid(
    dataset: rasterio.DatasetReader,
    index: int,
    target: Grid,
    resampling: Resampling = Resampling.bilinear,
    nodata: float | None = None,
) -> NDArray[Any]:
    """Read one band of an open raster on another grid, as (y, x) in the raster's dtype.

    Pixels of the target that are pixels of the source are copied; everything else is resampled
    by transform. Ground outside the raster gets its nodata value, or 0 without one. ``nodata`` is
    the value where something besides the raster itself tells it, such as a product's metadata.
    """
    return read_layer(dataset, grid_of(dataset), index, target, resampling, nodata).pixels


def read_bands(
    bands: Sequence[BandRaster],
    grid: Grid,
    resampling: Resampling = Resampling.bilinear,
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[Any]:
    """Read bands of an image on a grid as raw numbers (DN), (band, y, x), in their common dtype.

    Ground that one of them does not reach is nodata in all of them, as `valid_pixels` tells it:
    their nodata values, or 0. Whoever reads many pieces of the same files passes `RasterPool.open`.
    """
    layers = []
    for band in bands:
        with open_(band.source.path) as dataset:
            source = grid_of(dataset)
            layers.append(read_layer(dataset, source, band.index, grid, resampling, band.nodata))
    return stack_layers(layers, bands)


def keep_few_blocks(mib: int = 64) -> None:
    """Let GDAL keep at most so many MiB of what it decoded, instead of a twentieth of all memory.

    For a window, which keeps many rasters open all day: each holds on to what was read of it.
    Works before the first raster of a process is read; processes that it starts are as usual.
    """
    set_gdal_config("GDAL_CACHEMAX", mib)


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
