"""Clouds, haze and the shadows that clouds throw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from s2label.samples.noise import FloatImage, make_noise
from s2label.samples.terrain import ramp

_SKY_LIGHT = {
    "B01": 0.5, "B02": 0.44, "B03": 0.37, "B04": 0.31, "B05": 0.3, "B06": 0.29,
    "B07": 0.28, "B08": 0.27, "B8A": 0.26, "B09": 0.26, "B11": 0.22, "B12": 0.2,
}  # fmt: skip
"""Share of the light that reaches ground in a cloud's shadow, by band."""
_HAZE = {
    "B01": 1.0, "B02": 0.84, "B03": 0.68, "B04": 0.56, "B05": 0.52, "B06": 0.46,
    "B07": 0.43, "B08": 0.4, "B8A": 0.38, "B09": 0.3, "B11": 0.14, "B12": 0.08,
}  # fmt: skip
"""Strength of haze by band, relative to B01."""


@dataclass(frozen=True)
class CloudCover:
    """Clouds over a scene.

    Attributes
    ----------
    opacity
        (y, x), 0 clear to 1 opaque.
    light
        (y, x), brightness of the cloud relative to the cloud spectrum, about 0.7 to 1.4.
    shade
        (y, x), 0 lit ground to 1 full cloud shadow.
    """

    opacity: FloatImage
    light: FloatImage
    shade: FloatImage

    def cover(self, ground: FloatImage, band: str, cloud_reflectance: float) -> FloatImage:
        """Shade the ground and lay the clouds over it.

        Parameters
        ----------
        ground
            (y, x), reflectance of the ground in one band.
        band
            Name of the band: shadows are lit by the blue sky.
        cloud_reflectance
            Reflectance of an opaque cloud in the band.

        Returns
        -------
        numpy.ndarray
            (y, x), float32, reflectance.
        """
        lit = ground * (1 - self.shade * np.float32(1 - _SKY_LIGHT[band]))
        bright = self.light * np.float32(cloud_reflectance)
        return np.asarray(lit + self.opacity * (bright - lit), dtype=np.float32)


def add_haze(ground: FloatImage, band: str, thickness: FloatImage) -> FloatImage:
    """Lay thin haze over the ground: it brightens blue most and flattens contrast.

    Parameters
    ----------
    ground
        (y, x), reflectance in one band.
    band
        Name of the band.
    thickness
        (y, x), 0 none; 0.15 is clearly visible.

    Returns
    -------
    numpy.ndarray
        (y, x), float32, reflectance.
    """
    veil = thickness * np.float32(_HAZE[band])
    return np.asarray(ground * (1 - 0.8 * veil) + 0.42 * veil, dtype=np.float32)


def grow_clouds(
    rng: np.random.Generator, density: FloatImage, shadow_xy: tuple[int, int], edge: float = 0.5
) -> CloudCover:
    """Turn a density into clouds with soft edges, lit tops and shadows.

    Parameters
    ----------
    rng
        Source of randomness.
    density
        (y, x); clouds stand where it is above 0.
    shadow_xy
        Shift from a cloud to its shadow, in pixels.
    edge
        Density at which a cloud is opaque.

    Returns
    -------
    CloudCover
        On the grid of `density`.
    """
    opacity = ramp(density, 0.0, edge)
    height = np.sqrt(np.maximum(density, 0)) + 0.12 * make_noise(rng, _shape(density), 1.1, 50)
    sunward = np.sign(np.asarray(shadow_xy)) * -2
    relief = height - np.roll(height, (-sunward[1], -sunward[0]), axis=(0, 1))
    light = np.clip(0.72 + 0.3 * np.clip(height, 0, 1.4) + 0.35 * relief, 0.5, 1.5)
    shade = _throw_shadow(opacity, shadow_xy)
    return CloudCover(opacity, light.astype(np.float32), shade)


def scatter_cumulus(
    rng: np.random.Generator,
    shape: tuple[int, int],
    centres_xyr: Sequence[tuple[float, float, float]],
) -> FloatImage:
    """Make the density of a few cumulus clouds.

    Parameters
    ----------
    rng
        Source of randomness.
    shape
        (height, width) in pixels.
    centres_xyr
        x, y and radius of each cloud in pixels.

    Returns
    -------
    numpy.ndarray
        (y, x), density for `grow_clouds`.
    """
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    billows = 0.34 * make_noise(rng, shape, 1.75, 70) + 0.16 * make_noise(rng, shape, 1.2, 24)
    mound = np.full(shape, -2, dtype=np.float32)
    for cx, cy, radius in centres_xyr:
        distance = np.hypot(x - cx, (y - cy) * 1.2)
        mound = np.maximum(mound, 0.8 - 1.1 * distance / np.float32(radius))
    return np.asarray(mound + billows, dtype=np.float32)


def _throw_shadow(opacity: FloatImage, shadow_xy: tuple[int, int]) -> FloatImage:
    # Wrapping round hides the seam: noise made by Fourier transform is periodic.
    blurred = ndimage.gaussian_filter(opacity, 1.2, mode="wrap")
    moved = np.roll(blurred, (shadow_xy[1], shadow_xy[0]), axis=(0, 1))
    return np.asarray(np.clip(1.1 * moved, 0, 1), dtype=np.float32)


def _shape(image: FloatImage) -> tuple[int, int]:
    return (image.shape[0], image.shape[1])
