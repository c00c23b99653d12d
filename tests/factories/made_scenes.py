"""Scenes made by code, to be predicted whole: a coast with vessels; nothing imports torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
from affine import Affine

from tests.factories.products import USUAL, Recipe, ground, write_product, zipped

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

BANDS = ("B03", "B04", "B08", "B11")
SIDE = 288


def coast(side: int = SIDE, nodata_columns: int | None = None) -> dict[str, NDArray[np.uint16]]:
    """Return DN of the usual bands: land, water with bright vessels, no data at the left."""
    bands = ground(side)
    empty = side // 16 * 2 if nodata_columns is None else nodata_columns
    draw = np.random.default_rng(1)
    spots = draw.integers(0, side // 2 - 4, (30, 2)) * 2
    for name in USUAL:
        step = side // len(bands[name])
        for y, x in spots:
            bands[name][y // step : (y + 4) // step, x // step : (x + 8) // step] = 3000
        bands[name][:, : empty // step] = 0
    return bands


def write_scene(folder: Path, side: int = SIDE, **fields: Any) -> Path:
    """Write a product in a zip, JPEG2000, and return it."""
    return zipped(write_product(folder, Recipe(bands=coast(side), side=side, **fields)))


def write_bands(
    path: Path,
    pixels: NDArray[np.uint16],
    crs: str = "EPSG:32633",
    transform: tuple[float, ...] = (10, 0, 500_000, 0, -10, 5_100_000),
) -> Path:
    """Write DN (band, y, x) of blue and the model's bands as a GeoTIFF and return it."""
    profile = {"count": len(pixels), "height": pixels.shape[1], "width": pixels.shape[2]}
    profile |= {"dtype": "uint16", "crs": crs, "transform": Affine(*transform)}
    with rasterio.open(path, "w", driver="GTiff", **profile) as dataset:
        dataset.write(pixels)
        dataset.descriptions = ("B02", *BANDS)
    return path
