"""Mean spectra: reflectance of each class over the wavelength, with its spread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.bands import BANDS
from s2label.explore.distributions import split_by_class

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.explore.sampling import PixelSample

    Floats = NDArray[np.float64]

# Half of the pixels lie between the inner two, nine tenths between the outer two.
SPREAD = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Reflectance of a class in each band.

    Parameters
    ----------
    bands : tuple of str
        Bands by wavelength.
    wavelengths_nm : ndarray
        (band,) centre wavelength.
    pixels : ndarray
        (band,) intp, pixels that have a value.
    mean, deviation : ndarray
        (band,) float64; NaN without enough pixels.
    spread : ndarray
        (quantile, band) float64, in the order of `SPREAD`.
    """

    bands: tuple[str, ...]
    wavelengths_nm: NDArray[np.intp]
    pixels: NDArray[np.intp]
    mean: Floats
    deviation: Floats
    spread: Floats


def mean_spectra(sample: PixelSample) -> dict[int, Spectrum]:
    """Return class value -> spectrum of the pixels that were drawn of it."""
    bands = tuple(sorted(sample.bands, key=lambda band: BANDS[band].wavelength_nm))
    of_bands = [
        split_by_class(sample.by_name[band], sample.classes, sample.chips) for band in bands
    ]
    return {
        int(value): Spectrum(
            bands=bands,
            wavelengths_nm=np.array([BANDS[band].wavelength_nm for band in bands], np.intp),
            pixels=np.array([each[value].size for each in of_bands], np.intp),
            mean=np.array([each[value].mean for each in of_bands]),
            deviation=np.array([each[value].deviation for each in of_bands]),
            spread=np.array([each[value].quantiles(SPREAD) for each in of_bands]).T,
        )
        for value in np.unique(sample.classes)
        if bands
    }
