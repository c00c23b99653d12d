"""How channels become numbers of like size: measured on the training chips. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from s2label_training.recipe import InputSettings

# Chips and pixels that are looked at: enough for percentiles to two digits, read in seconds.
MOST_CHIPS = 200
_PIXELS_OF_CHIP = 8192
# Of ImageNet, for red, green and blue: what torchvision's weights were trained with.
_IMAGENET = {"B04": (0.485, 0.229), "B03": (0.456, 0.224), "B02": (0.406, 0.225)}


@dataclass(frozen=True)
class Normalisation:
    """Normalised = (value - offset) / scale; all per channel.

    ``typical`` are the 1st and 99th percentile of each channel in the training chips.
    """

    offset: tuple[float, ...]
    scale: tuple[float, ...]
    typical: tuple[tuple[float, float], ...]


@dataclass(frozen=True, eq=False)
class ChannelSample:
    """Pixels of the training chips.

    Parameters
    ----------
    pixels : ndarray
        (channel, pixel) float32, drawn with a seed, NaN where a channel has no value.
    maxima : ndarray
        (channel,) float32, the largest value of each channel in whole chips.
    """

    pixels: NDArray[np.float32]
    maxima: NDArray[np.float32]


class ChannelSampler:
    """Draws pixels of one chip after the other.

    Parameters
    ----------
    seed : int
        Of what is drawn.
    """

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self._drawn: list[NDArray[np.float32]] = []
        self._maxima: list[NDArray[np.float32]] = []

    def add(self, channels: NDArray[np.float32]) -> None:
        """Draw pixels of a chip, (channel, y, x) float32 with NaN at nodata."""
        flat = channels.reshape(len(channels), -1)
        flat = flat[:, np.isfinite(flat).any(axis=0)]
        if flat.shape[1]:
            self._maxima.append(np.fmax.reduce(flat, axis=1))
            chosen = self._random.permutation(flat.shape[1])[:_PIXELS_OF_CHIP]
            self._drawn.append(flat[:, chosen])

    @property
    def sample(self) -> ChannelSample:
        """What was drawn.

        Raises
        ------
        InputError
            If no pixel held data.
        """
        if not self._drawn:
            advice = "label chips that have some"
            raise InputError("training chips", "no pixel with data", advice=advice)
        maxima = np.fmax.reduce(self._maxima, axis=0)
        return ChannelSample(np.concatenate(self._drawn, axis=1), maxima)


def fit_normalisation(
    settings: InputSettings, bands: Sequence[str], sample: ChannelSample
) -> Normalisation:
    """Measure the normalisation of a recipe on pixels of the training chips.

    Parameters
    ----------
    settings : InputSettings
        Which normalisation, which indices.
    bands : sequence of str
        Names of the first channels; the others are the recipe's indices.
    sample : ChannelSample
        Of the same channels.

    Raises
    ------
    InputError
        If a sidecar lacks a band.
    """
    offset, scale = _RULES[settings.normalisation](settings, bands, sample)
    is_flat = ~(np.isfinite(offset) & np.isfinite(scale) & (scale > np.finfo(np.float32).tiny))
    offset, scale = np.where(is_flat, 0, offset), np.where(is_flat, 1, scale)
    low, high = np.nan_to_num(_percentiles(sample, 1, 99))
    typical = tuple((float(a), float(b)) for a, b in zip(low, high, strict=True))
    return Normalisation(tuple(map(float, offset)), tuple(map(float, scale)), typical)


Limits = tuple["NDArray[np.float64]", "NDArray[np.float64]"]


def _mean_std(settings: InputSettings, bands: Sequence[str], sample: ChannelSample) -> Limits:
    pixels = sample.pixels.astype(np.float64)
    return np.nanmean(pixels, axis=1), np.nanstd(pixels, axis=1)


def _maxima(settings: InputSettings, bands: Sequence[str], sample: ChannelSample) -> Limits:
    maxima = sample.maxima.astype(np.float64)
    return np.zeros_like(maxima), maxima


def _imagenet(settings: InputSettings, bands: Sequence[str], sample: ChannelSample) -> Limits:
    """Return what turns the 2nd to 98th percentile into 0..1 and then ImageNet's mean into 0."""
    offset, scale = _mean_std(settings, bands, sample)
    low, high = _percentiles(sample, 2, 98)
    for channel, band in enumerate(bands):
        if band in _IMAGENET:
            mean, deviation = _IMAGENET[band]
            span = high[channel] - low[channel]
            offset[channel] = low[channel] + mean * span
            scale[channel] = deviation * span
    return offset, scale


def _sidecar(settings: InputSettings, bands: Sequence[str], sample: ChannelSample) -> Limits:
    """Return the published maxima of the bands; indices, which have none, stay as they are."""
    from s2label_training.sidecar import read_sidecar

    path = Path(settings.sidecar)
    read = read_sidecar(path)
    maxima = dict(zip(read.bands, read.maxima_reflectance, strict=True))
    missing = [band for band in bands if band not in maxima]
    if missing:
        found = f"maxima of {' '.join(maxima)} without {' '.join(missing)}"
        raise InputError(path, found, advice=f"set input.bands to bands among {' '.join(maxima)}")
    scale = np.ones(len(sample.maxima))
    scale[: len(bands)] = [maxima[band] for band in bands]
    return np.zeros_like(scale), scale


def _percentiles(sample: ChannelSample, low: float, high: float) -> NDArray[np.float64]:
    return np.nanpercentile(sample.pixels.astype(np.float64), [low, high], axis=1)


_RULES: dict[str, Callable[[InputSettings, Sequence[str], ChannelSample], Limits]] = {
    "mean_std": _mean_std,
    "maxima": _maxima,
    "imagenet": _imagenet,
    "sidecar": _sidecar,
}
