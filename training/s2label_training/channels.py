"""What a network sees of an image: bands and indices as one stack of channels. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.bands import in_order
from s2label.errors import InputError
from s2label.expressions import parse_expression
from s2label.raster import open_raster, read_bands, reflectance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import Literal

    import rasterio
    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.labelled.chips import LabelledChip
    from s2label.types import BandRaster, ImageRecord


def choose_bands(
    wanted: Literal["all"] | Sequence[str], chips: Sequence[LabelledChip]
) -> tuple[str, ...]:
    """Return the bands that a network sees, in order.

    Parameters
    ----------
    wanted : "all" or sequence of str
        Bands of a recipe; "all" are those that every chip has, in the order of the instrument.
    chips : sequence of LabelledChip
        The chips it learns from; at least one.

    Raises
    ------
    InputError
        If a chip lacks a band, if the chips have none in common, or if one has no scale.
    """
    if wanted == "all":
        common = set.intersection(*({band.name for band in chip.image.bands} for chip in chips))
        if not common:
            raise InputError(
                chips[0].image.id,
                "no band that all other labelled images have too",
                advice="name the bands in the recipe (input.bands), or reject the odd images",
            )
        wanted = in_order(common)
    for chip in chips:
        _ = bands_of(chip.image, wanted)
    return tuple(wanted)


def bands_of(image: ImageRecord, names: Sequence[str]) -> list[BandRaster]:
    """Return where the named bands of an image are, in the order of the names.

    Raises
    ------
    InputError
        If it lacks one, or if nobody said how its numbers become reflectance.
    """
    by_name = {band.name: band for band in image.bands}
    missing = [name for name in names if name not in by_name]
    if missing:
        raise InputError(
            f"image {image.id}",
            f"bands {' '.join(by_name)} without {' '.join(missing)}",
            f"bands {' '.join(names)}",
            "choose other bands (input.bands), or reject the image",
        )
    bands = [by_name[name] for name in names]
    if any(not band.quantification for band in bands):
        raise InputError(
            f"image {image.id}",
            "numbers without a reflectance scale",
            "reflectance",
            "import it again with --quantification",
        )
    return bands


def read_reflectance(
    image: ImageRecord,
    grid: Grid,
    bands: Sequence[str],
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[np.float32]:
    """Read bands of an image on a grid.

    Returns
    -------
    ndarray of float32
        (band, y, x) reflectance, in the order of `bands`, NaN at nodata.

    Raises
    ------
    InputError
        If the image lacks a band, or a source cannot be read.
    """
    rasters = bands_of(image, bands)
    return reflectance(read_bands(rasters, grid, open_=open_), rasters)


def with_indices(
    values: NDArray[np.float32], bands: Sequence[str], indices: Sequence[str]
) -> NDArray[np.float32]:
    """Return bands and indices as one stack.

    Parameters
    ----------
    values : ndarray
        (band, y, x) reflectance, NaN at nodata.
    bands : sequence of str
        Name of each band.
    indices : sequence of str
        Expressions over them, see `s2label.expressions`.

    Returns
    -------
    ndarray of float32
        (channel, y, x): the bands, then the indices; NaN at nodata and where an index has no value.
    """
    if not indices:
        return values
    by_name = dict(zip(bands, values, strict=True))
    added = [parse_expression(text).evaluate(by_name) for text in indices]
    return np.concatenate([values, np.stack(added)])


def read_channels(
    image: ImageRecord,
    grid: Grid,
    bands: Sequence[str],
    indices: Sequence[str] = (),
    open_: Callable[[str], AbstractContextManager[rasterio.DatasetReader]] = open_raster,
) -> NDArray[np.float32]:
    """Read the channels of an image on a grid: (channel, y, x) float32, NaN at nodata."""
    return with_indices(read_reflectance(image, grid, bands, open_), bands, indices)


def normalise(
    channels: NDArray[np.float32], offset: Sequence[float], scale: Sequence[float]
) -> NDArray[np.float32]:
    """Return ``(value - offset) / scale`` per channel, 0 where there is no data.

    Parameters
    ----------
    channels : ndarray
        (channel, y, x) float32, NaN where there is no data.
    offset, scale : sequence of float
        One per channel.
    """
    minus = np.array(offset, np.float32)[:, None, None]
    by = np.array(scale, np.float32)[:, None, None]
    normalised = (channels - minus) / by
    normalised[~np.isfinite(normalised)] = 0
    return normalised
