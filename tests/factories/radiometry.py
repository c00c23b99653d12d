"""Images in memory for the guard: one sound, and pixels that make others unsound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.types import BandRaster, ImageRecord, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BANDS = ("B02", "B03", "B04", "B08", "B11", "B12", "B8A")
SIDE_PX = 64
# Reflectance of plants, bare ground, and dark water in the order of BANDS.
PLANTS = (0.024, 0.062, 0.031, 0.44, 0.19, 0.09, 0.455)
SOIL = (0.084, 0.116, 0.15, 0.218, 0.305, 0.262, 0.232)
WATER = (0.031, 0.025, 0.012, 0.004, 0.002, 0.001, 0.003)
CLOUD = (0.6, 0.59, 0.6, 0.62, 0.45, 0.36, 0.63)
SAND = (0.2, 0.26, 0.31, 0.37, 0.455, 0.41, 0.356)
SNOW = (0.865, 0.87, 0.86, 0.76, 0.085, 0.055, 0.73)
SHALLOWS = (0.12, 0.13, 0.05, 0.0, 0.0, 0.0, 0.0)


def image_record(
    names: Sequence[str] = BANDS,
    *,
    scene: str = "somewhere",
    quantification: float = 10_000,
    offset_dn: float = 0,
    nodata: float | None = 0,
    radiometry: str = "quantification 10000 assumed",
) -> ImageRecord:
    """Return an image whose bands lie in files that are not there."""
    bands = (
        BandRaster(name, Source(f"{name}.tif", 1, 1, "d"), 1, quantification, offset_dn, nodata)
        for name in names
    )
    return ImageRecord("image", "place", scene, None, tuple(bands), radiometry=radiometry)


def pixels(
    *grounds: Sequence[float], seed: int = 0, gain: float = 10_000, offset: float = 0
) -> NDArray[np.uint16]:
    """Return (band, y, x) DN of an image with stripes of some grounds, with noise and slopes."""
    rng = np.random.default_rng(seed)
    stripe = np.arange(SIDE_PX) * len(grounds) // SIDE_PX
    spectra = np.array(grounds, np.float64)[stripe].T[:, None, :]
    light = rng.normal(1, 0.08, (1, SIDE_PX, SIDE_PX)).clip(0.6)
    noise = rng.normal(0, 0.0015, (len(grounds[0]), SIDE_PX, SIDE_PX))
    dn = (spectra * light + noise) * gain + offset
    whole: NDArray[np.uint16] = dn.round().clip(0, 65_534).astype(np.uint16)
    return whole


def stretched(dn: NDArray[np.uint16], low: float, high: float) -> NDArray[np.uint8]:
    """Return numbers stretched to 0..255 for display."""
    return ((dn - low) / (high - low) * 255).clip(0, 255).astype(np.uint8)
