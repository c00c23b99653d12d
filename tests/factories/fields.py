"""A project of land cover: fields of seven classes, each with its own colour and some noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import rasterio
from affine import Affine

from s2label.classes import LANDCOVERNET
from s2label.importers.options import ImportOptions, Kind
from s2label.importers.run import import_sources
from s2label.progress import finish
from s2label.project import create_project, open_project

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 32
BANDS = ("B02", "B03", "B04", "B08")
_FIELDS = 5
# Of a pixel, as a share of its reflectance.
_NOISE = 0.05


def make_fields(folder: Path, places: int) -> Path:
    """Make ``folder/project`` with so many places of 32 px, 50 km apart, imported, not decided."""
    project, sources = folder / "project", folder / "sources"
    create_project(project, LANDCOVERNET, name="Fields")
    for place in range(places):
        classes, values = ground(place)
        dn = np.rint(values * 10_000).clip(1, None).astype(np.uint16)
        _write(sources / "images" / f"p{place}.tif", dn, place, BANDS)
        _write(sources / "masks" / f"p{place}.tif", classes[None], place)
    options = ImportOptions(
        kind=Kind.GEOTIFF, masks=sources / "masks", quantification=10_000, offset=0
    )
    with open_project(project, write=True) as opened:
        finish(import_sources(opened, [sources / "images"], options))
    return project


def ground(place: int) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return classes (y, x), 1..7, and reflectance (band, y, x) of a place."""
    draw = np.random.default_rng(place)
    middles = draw.uniform(0, SIDE, (_FIELDS, 2))
    at = np.moveaxis(np.indices((SIDE, SIDE)), 0, -1)[:, :, None]
    nearest = ((at - middles) ** 2).sum(axis=-1).argmin(axis=-1)
    classes = draw.permutation(np.arange(_FIELDS) % 7 + 1)[nearest].astype(np.uint8)
    colours = np.random.default_rng(99).uniform(0.02, 0.4, (8, len(BANDS)))
    noise = draw.normal(1, _NOISE, (SIDE, SIDE, len(BANDS)))
    return classes, np.moveaxis(colours[classes] * noise, -1, 0)


def _write(
    path: Path, pixels: NDArray[np.generic], place: int, names: tuple[str, ...] = ()
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    transform = Affine(10, 0, 300_000 + 50_000 * place, 0, -10, 5_000_000)
    size = {"count": len(pixels), "height": SIDE, "width": SIDE, "dtype": pixels.dtype}
    grid = {"crs": "EPSG:32633", "transform": transform}
    with rasterio.open(path, "w", driver="GTiff", **grid, **size) as raster:
        raster.write(pixels)
        for index, band in enumerate(names, start=1):
            raster.set_band_description(index, band)
