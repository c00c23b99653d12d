"""The pixels of one image as the guard looks at them: which hold data, and their reflectance."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.bands import BANDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.types import BandRaster

# Bands of coarser sampling end a little earlier or later at the rim of a swath.
_RIM_PX = 3
# Fewer pixels with data than this say nothing about a band.
LEAST_PIXELS = 256
# As many tell a share of some per cent as well as all do.
MANY_PIXELS = 16_384


@dataclass(frozen=True, eq=False)
class Look:
    """The pixels of an image that hold data in at least one band, without the rim of the data.

    Parameters
    ----------
    bands : tuple of BandRaster
        As the image names them.
    dtype : numpy.dtype
        Of the stored numbers.
    dn : ndarray
        (band, pixel), the stored numbers.
    reflectance : ndarray
        (band, pixel), float32; NaN where the stored number is none.
    is_missing : ndarray
        (band, pixel), bool: 0, not finite, or the band's nodata tag.
    has_any : bool
        Whether any pixel holds data, be it at the rim.
    """

    bands: tuple[BandRaster, ...]
    dtype: np.dtype[Any]
    dn: NDArray[Any]
    reflectance: NDArray[np.float32]
    is_missing: NDArray[np.bool_]
    has_any: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the bands."""
        return tuple(band.name for band in self.bands)

    @property
    def inside(self) -> int:
        """How many pixels hold data."""
        return int(self.dn.shape[1])

    @property
    def by_wavelength(self) -> list[int]:
        """Numbers of the bands whose wavelength is known, the shortest first."""
        known = [n for n, name in enumerate(self.names) if name in BANDS]
        return sorted(known, key=lambda n: BANDS[self.names[n]].wavelength_nm)

    def layer(self, name: str) -> NDArray[np.float32] | None:
        """Return the reflectance of a band, (pixel,); None where the image lacks it."""
        return self.reflectance[self.names.index(name)] if name in self.names else None

    def thinned(self, most: int = MANY_PIXELS) -> Look:
        """Return the same with every so many-th pixel, where there are more than some."""
        # Odd, so that sides of 64, 256 or 1024 are not seen in the same columns all over.
        step = -(-self.inside // most) | 1
        if self.inside <= most:
            return self
        kept = (self.dn[:, ::step], self.reflectance[:, ::step], self.is_missing[:, ::step])
        return replace(self, dn=kept[0], reflectance=kept[1], is_missing=kept[2])

    def path(self, number: int) -> str:
        """Return where a band lies."""
        return self.bands[number].source.path


def look_at(bands: Sequence[BandRaster], dn: NDArray[Any]) -> Look:
    """Pick the pixels that hold data: (band, y, x) numbers as `raster.read_bands` gives them."""
    missing = np.stack([_is_missing(layer, band) for layer, band in zip(dn, bands, strict=True)])
    has_data = ~_widened(np.asarray(missing.all(axis=0)))
    picked, picked_missing = _picked(dn, has_data), _picked(missing, has_data)
    scale = np.array([band.quantification or 1.0 for band in bands], np.float32)[:, None]
    offset = np.array([band.offset_dn for band in bands], np.float32)[:, None]
    return Look(
        bands=tuple(bands),
        dtype=dn.dtype,
        dn=picked,
        reflectance=(picked.astype(np.float32) + offset) / scale,
        is_missing=picked_missing,
        has_any=not bool(missing.all()),
    )


def _picked(layers: NDArray[Any], chosen: NDArray[np.bool_]) -> NDArray[Any]:
    """Return the chosen pixels of (band, y, x), (band, pixel), without a copy where all are."""
    return layers.reshape(len(layers), -1) if chosen.all() else layers[:, chosen]


def _widened(outside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return an area (y, x) with the pixels around it."""
    if not outside.any() or outside.all():
        return outside
    wide = outside.copy()
    for step in range(1, _RIM_PX + 1):
        wide[step:] |= outside[:-step]
        wide[:-step] |= outside[step:]
    tall = wide.copy()
    for step in range(1, _RIM_PX + 1):
        wide[:, step:] |= tall[:, :-step]
        wide[:, :-step] |= tall[:, step:]
    return wide


def _is_missing(layer: NDArray[Any], band: BandRaster) -> NDArray[np.bool_]:
    missing = layer == 0
    if np.issubdtype(layer.dtype, np.floating):
        missing |= ~np.isfinite(layer)
    if band.nodata is not None and not math.isnan(band.nodata):
        missing |= layer == band.nodata
    return np.asarray(missing)
