"""Chips that were cut out of slow rasters and stored in the project, as small GeoTIFFs."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rasterio.io import MemoryFile

from s2label.errors import InputError
from s2label.raster import open_raster, source_of, tiled_geotiff
from s2label.types import Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import BandRaster, ImageRecord

FOLDER = "chips"
SUFFIX = ".tif"
# As much as `source_of` reads of either end of a file.
END_BYTES = 64 * 1024
# Files that say which tiles of a product hold no data.
BLANKS_SUFFIX = ".blank"
# libtiff does not look at the checksums of deflate.
_PIXELS_TAG = "PIXELS_SHA256"
_INTEGER_PREDICTOR, _FLOAT_PREDICTOR = 2, 3
# Above, deflate takes twice the time for some percent less.
_DEFLATE_LEVEL = 4


def chip_name(image_id: str, content: str) -> str:
    """Return the file name of a stored chip.

    With some digits of what identifies its content: a changed product makes another file, and
    the one that the catalog names stays whole until the catalog names the new one.
    """
    return f"{image_id}{_ending(content)}"


def _ending(content: str) -> str:
    return f"-{content[:8]}{SUFFIX}"


def is_stored(image: ImageRecord) -> bool:
    """Tell whether the bands of an image are a chip that is stored in a project."""
    paths = {band.source.path for band in image.bands}
    if len(paths) != 1:
        return False
    path = Path(paths.pop())
    return path.parent.name == FOLDER and path.name.endswith(_ending(image.fingerprint))


def encode_chip(dn: NDArray[Any], grid: Grid, bands: Sequence[BandRaster]) -> bytes:
    """Return the file of a chip: DN (band, y, x) as they are, compressed without loss.

    Made in memory, since GDAL keeps quiet about a full disk.
    """
    profile = tiled_geotiff(grid, len(bands), str(dn.dtype))
    is_float = np.issubdtype(dn.dtype, np.floating)
    profile |= {"predictor": _FLOAT_PREDICTOR if is_float else _INTEGER_PREDICTOR}
    profile |= {"zlevel": _DEFLATE_LEVEL}
    nodata = {band.nodata for band in bands}
    if len(nodata) == 1:  # a GeoTIFF has one for all its bands
        profile["nodata"] = nodata.pop()
    with MemoryFile() as memory:
        with memory.open(**profile) as dataset:
            dataset.write(dn)
            dataset.descriptions = tuple(band.name for band in bands)
            if dn.nbytes > 2 * END_BYTES:
                dataset.update_tags(**{_PIXELS_TAG: _digest_of(dn)})
        return bytes(memory.getbuffer())


def source_of_chip(path: Path, data: bytes, mtime_ns: int) -> Source:
    """Return path and identity of a chip that will be written, as `source_of` tells them then."""
    digest = hashlib.sha256(data[:END_BYTES])
    digest.update(data[max(END_BYTES, len(data) - END_BYTES) :])
    return Source(str(path), len(data), mtime_ns, digest.hexdigest())


def fault_of_chip(path: Path, source: Source) -> str | None:
    """Tell what is wrong with the file of a stored chip; None if it is whole.

    Of larger files the digest covers both ends, and a tag at the beginning covers the pixels.
    """
    if not path.is_file():
        return "missing"
    found = source_of(path)
    if (found.size_bytes, found.digest) != (source.size_bytes, source.digest):
        return "not the file that was written"
    if source.size_bytes <= 2 * END_BYTES:
        return None
    try:
        with open_raster(path) as dataset:
            is_whole = dataset.tags().get(_PIXELS_TAG) == _digest_of(dataset.read())
    except InputError:
        is_whole = False
    return None if is_whole else "damaged"


def _digest_of(dn: NDArray[Any]) -> str:
    return hashlib.sha256(dn.tobytes()).hexdigest()
