"""What the instrument does to a landscape: blur, coarser bands, noise, whole numbers."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from s2label.samples.noise import FloatImage
from s2label.samples.spectra import SAMPLING_M

QUANTIFICATION = 10000
_NOISE_FLOOR = 0.0006
_NOISE_SHARE = 0.006
_BLUR_SIGMA_M = 6.0
"""Gaussian of about the modulation transfer at Nyquist (0.15-0.3) stated for the MSI."""


def record_band(
    rng: np.random.Generator, reflectance: FloatImage, band: str, gsd_m: float
) -> NDArray[np.uint16]:
    """Turn the reflectance of the ground into digital numbers on the 10 m grid.

    Bands of 20 m and 60 m are averaged to their own pixels and repeated, as catalogues
    deliver them on the 10 m grid.

    Parameters
    ----------
    rng
        Source of the sensor noise.
    reflectance
        (y, x), 0..1 and above over clouds, pixels of `gsd_m`.
    band
        Name of the band.
    gsd_m
        Pixel size of `reflectance`: 10 m, or a whole fraction of it.

    Returns
    -------
    numpy.ndarray
        (y, x) at 10 m, uint16, reflectance x 10000 without offset, never 0 (nodata).
    """
    sampling_m = SAMPLING_M[band]
    step = round(sampling_m / gsd_m)
    sigma_px = _BLUR_SIGMA_M / gsd_m * (sampling_m == 10)
    blurred = ndimage.gaussian_filter(reflectance, sigma_px) if sigma_px else reflectance
    sampled = average_blocks(blurred, step)
    spread = np.hypot(_NOISE_FLOOR, _NOISE_SHARE * sampled)
    noisy = sampled + spread * rng.standard_normal(sampled.shape, dtype=np.float32)
    numbers = np.clip(np.rint(noisy * QUANTIFICATION), 1, 65534).astype(np.uint16)
    shape = tuple(round(side * gsd_m / 10) for side in reflectance.shape)
    return repeat_pixels(numbers, sampling_m // 10, (shape[0], shape[1]))


def average_blocks(image: FloatImage, step: int) -> FloatImage:
    """Average square blocks of pixels; an incomplete last block repeats the edge.

    Parameters
    ----------
    image
        (y, x), float32.
    step
        Side of a block in pixels.

    Returns
    -------
    numpy.ndarray
        (ceil(y / step), ceil(x / step)), float32.
    """
    if step == 1:
        return image
    height, width = (-(-side // step) for side in image.shape)
    missing = ((0, height * step - image.shape[0]), (0, width * step - image.shape[1]))
    padded = np.pad(image, missing, mode="edge") if any(map(any, missing)) else image
    means = padded.reshape(height, step, width, step).mean(axis=(1, 3), dtype=np.float32)
    return np.asarray(means, dtype=np.float32)


def repeat_pixels(
    image: NDArray[np.uint16], factor: int, shape: tuple[int, int]
) -> NDArray[np.uint16]:
    """Repeat pixels in both directions and cut to a size.

    Parameters
    ----------
    image
        (y, x), uint16.
    factor
        Repetitions in each direction.
    shape
        (height, width) to keep.

    Returns
    -------
    numpy.ndarray
        (y, x), uint16, of `shape`.
    """
    repeated = image.repeat(factor, axis=0).repeat(factor, axis=1)
    return np.ascontiguousarray(repeated[: shape[0], : shape[1]])
