"""What a pixel looks like to a forest: its bands, indices, surroundings, and how it leaves the sea.

Everything is computed from one chip alone and takes some milliseconds; no torch.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from s2label.painting.sea import distance, measure_sea
from s2label.views import BUILT_IN
from s2label_training.channels import read_reflectance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.raster import RasterPool
    from s2label.types import ImageRecord

SCALES_PX = (1, 2, 4)

_INDICES = {view.name: view for view in BUILT_IN if view.name in ("NDVI", "NDWI", "MNDWI")}
# Each stands for its part of the spectrum: surroundings of all 13 bands would say the same thrice.
_VISIBLE = ("B02", "B03", "B04")
_ONE_OF = (("B08", "B8A"), ("B11", "B12"))
# Gaussian weights beyond three deviations do not matter to a mean.
_TRUNCATE = 3.0
_SEA_PX = 16_384
_KEPT_BYTES = 128 * 2**20


class KeptFeatures:
    """Features of chips; those asked for last are kept.

    Parameters
    ----------
    pool : RasterPool
        Keeps sources open.
    is_sea : bool
        See `pixel_features`.
    """

    def __init__(self, pool: RasterPool, *, is_sea: bool) -> None:
        self._pool = pool
        self._is_sea = is_sea
        self._kept: OrderedDict[object, tuple[NDArray[np.float32], NDArray[np.bool_]]]
        self._kept = OrderedDict()

    def of(
        self, image: ImageRecord, grid: Grid, bands: tuple[str, ...]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return features (y, x, feature), and which pixels (y, x) are not nodata.

        Raises
        ------
        InputError
            If the image lacks a band, or a source cannot be read.
        """
        key = (image.id, image.fingerprint, bands)
        if key not in self._kept:
            values = read_reflectance(image, grid, bands, self._pool.open)
            features = pixel_features(values, bands, is_sea=self._is_sea)
            self._kept[key] = (features, valid_in(values))
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and self._kept_bytes > _KEPT_BYTES:
            self._kept.popitem(last=False)
        return self._kept[key]

    @property
    def _kept_bytes(self) -> int:
        return sum(features.nbytes for features, _ in self._kept.values())


def pixel_features(
    values: NDArray[np.float32], bands: Sequence[str], *, is_sea: bool
) -> NDArray[np.float32]:
    """Describe each pixel of a chip.

    Parameters
    ----------
    values : ndarray
        Reflectance (band, y, x), NaN at nodata.
    bands : sequence of str
        Their names; the same names give the same features.
    is_sea : bool
        Whether things are told by how they stand out from the sea around, as vessels are.

    Returns
    -------
    ndarray of float32
        (y, x, feature), finite everywhere; what is said of a nodata pixel means nothing.
    """
    valid = valid_in(values)
    named = dict(zip(bands, values, strict=True))
    roots = {name: np.sqrt(band.clip(min=0)) for name, band in named.items()}
    indices = [_index(name, named) for name in _indices_of(bands)]
    contrast = [_contrast(np.stack(list(roots.values())), valid)] if is_sea else []
    single = [*roots.values(), *indices, *contrast]
    layers = [*_parts_of_spectrum(roots), *indices, *contrast]
    around = [each for layer in layers for each in _surroundings(_filled(layer, valid))]
    return np.stack([*(_filled(layer, valid) for layer in single), *around], axis=-1)


def valid_in(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which pixels (y, x) of reflectance (band, y, x) hold data in all bands."""
    return np.asarray(np.isfinite(values).all(axis=0))


def _indices_of(bands: Sequence[str]) -> list[str]:
    return [name for name, view in _INDICES.items() if set(view.bands) <= set(bands)]


def _index(name: str, named: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    # Sums near zero over dark water make numbers without bounds.
    (expression,), bounds = _INDICES[name].expressions, _INDICES[name].value_range
    return np.asarray(np.clip(expression.evaluate(named), *(bounds or (-1, 1))), np.float32)


def _parts_of_spectrum(roots: dict[str, NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    visible = [roots[name] for name in _VISIBLE if name in roots]
    chosen = [next((roots[name] for name in names if name in roots), None) for names in _ONE_OF]
    found = [layer for layer in chosen if layer is not None]
    if visible or not found:
        found.append(np.mean(visible or list(roots.values()), axis=0, dtype=np.float32))
    return found


def _contrast(roots: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how far each pixel is from the sea of the chip, in its noise, on a log scale."""
    usable = roots[:, valid]
    if not usable.size:
        return np.zeros(valid.shape, np.float32)
    sea, noise = measure_sea(usable[:, :: -(-usable.shape[1] // _SEA_PX)])
    return np.asarray(np.log1p(distance(roots, sea) / noise), np.float32)


def _filled(layer: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return a layer with its median where it says nothing, which makes the least of an edge."""
    says = valid & np.isfinite(layer)
    if says.all():
        return layer
    return np.where(says, layer, np.median(layer[says]) if says.any() else np.float32(0))


def _surroundings(layer: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """Return mean, steepness and deviation of a layer (y, x) around each pixel, at each scale."""
    found = []
    squares = layer * layer
    for scale_px in SCALES_PX:
        mean = gaussian_filter(layer, scale_px, truncate=_TRUNCATE)
        variance = gaussian_filter(squares, scale_px, truncate=_TRUNCATE) - mean * mean
        found += [mean, np.hypot(*np.gradient(mean)), np.sqrt(variance.clip(min=0))]
    return found
