"""Some pixels of each image, on which the stretch of a project is measured.

An import has every image in memory once. What it keeps of them here need not be read again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.raster import reflectance, valid_pixels
from s2label.stretch import sample_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.types import BandRaster, ImageRecord

# What identifies the pixels of an image: its content and its ground.
SampleKey = tuple[str, str]
Samples = dict[SampleKey, "NDArray[Any]"]


def sample_key(image: ImageRecord, grid: Grid) -> SampleKey:
    """Return what identifies the pixels of an image; ids may change when a catalog takes it."""
    return image.fingerprint, grid.key


def sample_pixels(
    dn: NDArray[Any], bands: Sequence[BandRaster], valid: NDArray[np.bool_] | None = None
) -> NDArray[Any]:
    """Return some thousand pixels of an image that hold data, DN (band, pixel).

    Parameters
    ----------
    dn : ndarray
        The image (band, y, x).
    bands : sequence of BandRaster
        What its numbers mean.
    valid : ndarray, optional
        `valid_pixels` of it, (y, x) bool, where the caller knows them.
    """
    if valid is None:
        valid = valid_pixels(dn, [band.nodata for band in bands])
    if np.issubdtype(dn.dtype, np.floating):  # what is finite as DN may overflow as reflectance
        valid = valid & np.isfinite(reflectance(dn, bands)).all(axis=0)
    pixels = np.flatnonzero(valid)
    if not all(band.quantification for band in bands):  # no reflectance
        pixels = pixels[:0]
    return dn.reshape(len(dn), -1)[:, pixels[:: sample_step(pixels.size)]]
