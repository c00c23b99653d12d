"""The one stretch of a data set: reflectance limits per band, so that haze looks like haze.

A stretch per chip would make every chip look equally clear; one for all keeps them comparable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

PERCENTILES = (2.0, 98.0)
SAMPLE_IMAGES = 200
SEED = 0
# Pixels per image that enter the sample: enough for percentiles, little memory for 200 images.
_PIXELS_PER_IMAGE = 4096
# Clouds and snow are brighter in blue than any land; were they counted, one cloudy date in two
# would turn all land black. Where hardly anything else is left, they are the data and count.
_CLOUD_BLUE = 0.3
_LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Stretch:
    """Reflectance limits per band.

    Parameters
    ----------
    limits : dict
        Band name -> (low, high) reflectance; low is shown as 1, high as 255.
    percentiles : tuple of float
        Percentiles of the sample that the limits are, 0..100.
    images : int
        How many images were sampled; 0 where a user set the limits by hand.
    sample : str
        Which images were sampled, as a hash: the same sample is not measured twice.
    fixed : bool
        Set by the user in ``project.toml`` and never computed anew.
    """

    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    percentiles: tuple[float, float] = PERCENTILES
    images: int = 0
    sample: str = ""
    fixed: bool = False


def choose_sample(
    image_ids: Sequence[str], count: int = SAMPLE_IMAGES, seed: int = SEED
) -> list[str]:
    """Return `count` ids drawn with a seed; the same ids always give the same sample."""
    ordered = sorted(image_ids)
    if len(ordered) <= count:
        return ordered
    chosen = np.random.default_rng(seed).choice(len(ordered), size=count, replace=False)
    return [ordered[i] for i in sorted(chosen)]


def compute_stretch(
    images: Iterable[tuple[Sequence[str], NDArray[np.float32]]],
    percentiles: tuple[float, float] = PERCENTILES,
) -> Stretch:
    """Compute limits from images given as (band names, reflectance (band, y, x), NaN at nodata).

    Pixels as bright in blue (B02) as clouds and snow are left out, unless nearly all are.
    """
    clear: dict[str, list[NDArray[np.float32]]] = {}
    whole: dict[str, list[NDArray[np.float32]]] = {}
    count = 0
    for names, reflectance in images:
        count += 1
        pixels, is_clear = _sample_pixels(names, reflectance)
        for name, values in zip(names, pixels, strict=True):
            clear.setdefault(name, []).append(values[is_clear])
            whole.setdefault(name, []).append(values)
    limits = {
        name: _limits(_enough(clear[name], whole[name]), percentiles) for name in sorted(whole)
    }
    return Stretch({n: v for n, v in limits.items() if v is not None}, percentiles, count)


def sample_step(pixels: int) -> int:
    """Return which pixels of an image are sampled: each, each second, each third, ...

    A sample of a sample is the whole of it.
    """
    return max(1, pixels // _PIXELS_PER_IMAGE)


def _sample_pixels(
    names: Sequence[str], reflectance: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return some valid pixels of an image, (band, pixel), and which of them are no cloud."""
    pixels = reflectance[:, np.isfinite(reflectance).all(axis=0)]
    pixels = pixels[:, :: sample_step(pixels.shape[1])]
    if "B02" not in names:
        return pixels, np.ones(pixels.shape[1], dtype=bool)
    return pixels, pixels[list(names).index("B02")] < _CLOUD_BLUE


def _enough(
    clear: Sequence[NDArray[np.float32]], whole: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    most, every = np.concatenate(clear), np.concatenate(whole)
    return most if most.size >= _LEAST_SHARE * every.size else every


def _limits(
    sample: NDArray[np.float32], percentiles: tuple[float, float]
) -> tuple[float, float] | None:
    if sample.size == 0:
        return None
    low, high = (round(float(v), 5) for v in np.percentile(sample, percentiles))
    # A constant band would divide by zero; a hundredth of reflectance shows it flat.
    return low, max(high, low + 0.01)


def apply_stretch(
    reflectance: NDArray[np.float32], names: Sequence[str], stretch: Stretch
) -> NDArray[np.uint8]:
    """Turn reflectance (band, y, x) into 8 bits: 0 nodata, 1..255 from low to high limit.

    Raises
    ------
    KeyError
        If the stretch has no limits for a band.
    """
    low = np.array([stretch.limits[n][0] for n in names], dtype=np.float32)[:, None, None]
    high = np.array([stretch.limits[n][1] for n in names], dtype=np.float32)[:, None, None]
    scaled = 1 + 254 * (reflectance - low) / (high - low)
    shown = np.clip(np.rint(scaled), 1, 255)
    return np.where(np.isfinite(reflectance), shown, 0).astype(np.uint8)
