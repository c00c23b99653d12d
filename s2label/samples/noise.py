"""Random fields: the irregular part of every landscape."""

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

FloatImage = NDArray[np.float32]


def make_noise(
    rng: np.random.Generator, shape: tuple[int, int], exponent: float, largest_px: float = 1e9
) -> FloatImage:
    """Make self-similar noise with a power-law spectrum.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) in pixels.
    exponent
        Fall of the amplitude with frequency: 0 is white, 1 cloudy, 2 smooth hills.
    largest_px
        Longest wavelength kept, in pixels.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, mean 0, standard deviation 1.
    """
    frequency = measure_frequency(shape)
    spectrum = fft.rfft2(rng.standard_normal(shape, dtype=np.float32))
    spectrum *= np.maximum(frequency, 1 / max(shape)) ** np.float32(-exponent)
    spectrum[frequency < 1 / largest_px] = 0
    return _standardise(fft.irfft2(spectrum, s=shape))


def measure_frequency(shape: tuple[int, int]) -> FloatImage:
    """Give the spatial frequency of each coefficient of `scipy.fft.rfft2`.

    Parameters
    ----------
    shape
        (height, width) in pixels.

    Returns
    -------
    numpy.ndarray
        (height, width // 2 + 1), float32, cycles per pixel.
    """
    fy = fft.fftfreq(shape[0])[:, None]
    fx = fft.rfftfreq(shape[1])[None, :]
    return np.asarray(np.hypot(fy, fx), dtype=np.float32)


def make_swell(
    rng: np.random.Generator, shape: tuple[int, int], wavelength_px: float, azimuth_deg: float
) -> FloatImage:
    """Make wave trains: noise whose energy lies around one wavelength and direction.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) in pixels.
    wavelength_px
        Crest-to-crest distance in pixels.
    azimuth_deg
        Direction in which the waves run, clockwise from north.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, mean 0, standard deviation 1.
    """
    fy, fx = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])[None, :]
    frequency = np.hypot(fy, fx)
    angle = np.arctan2(fx, -fy) - np.radians(azimuth_deg)
    along = np.cos(angle) ** 2
    weight = np.exp(-(((frequency * wavelength_px - 1) / 0.35) ** 2)) * along**8
    spectrum = fft.rfft2(rng.standard_normal(shape, dtype=np.float32))
    return _standardise(fft.irfft2(spectrum * weight.astype(np.float32), s=shape))


def resample_smooth(image: FloatImage, shape: tuple[int, int]) -> FloatImage:
    """Enlarge a smooth image bilinearly to another size.

    Parameters
    ----------
    image
        (y, x), float32.
    shape
        (height, width) wanted.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, of `shape`.
    """
    factors = (shape[0] / image.shape[0], shape[1] / image.shape[1])
    enlarged = ndimage.zoom(image, factors, order=1, grid_mode=True, mode="nearest")
    return np.asarray(enlarged, dtype=np.float32)


def make_smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], exponent: float, step_px: int = 4
) -> FloatImage:
    """Make noise without fine detail, computed on a coarse grid and enlarged.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) in pixels.
    exponent
        As in `make_noise`.
    step_px
        Pixels per node of the coarse grid.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, mean about 0, standard deviation about 1.
    """
    coarse = (-(-shape[0] // step_px), -(-shape[1] // step_px))
    return resample_smooth(make_noise(rng, coarse, exponent), shape)


def _standardise(image: NDArray[np.floating]) -> FloatImage:
    return np.asarray((image - image.mean()) / image.std(), dtype=np.float32)
