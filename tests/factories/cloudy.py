"""Projects with known clouds: scenes of plain ground with white squares, and layers beside them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio

from s2label import ids
from s2label.classes import LANDCOVERNET
from s2label.grid import Grid
from s2label.project import create_project, open_project
from s2label.raster import source_of
from s2label.types import BandRaster, ChipRecord, ImageRecord, ImportRun, PlaceRecord

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.project import Project

BANDS = ("B02", "B03", "B04", "B08")
# Reflectance of plants and of cloud in these bands.
GROUND, CLOUD = (0.03, 0.06, 0.04, 0.35), (0.55, 0.55, 0.54, 0.6)
WATER = (0.06, 0.05, 0.03, 0.02)
QUANTIFICATION = 10_000


def grid_of_ground(height: int = 64, width: int = 64, west_m: float = 300_000) -> Grid:
    """Return a grid of 10 m pixels."""
    return Grid("EPSG:32633", (10.0, 0.0, west_m, 0.0, -10.0, 5_000_000.0), height, width)


def pixels_of(
    is_cloud: NDArray[np.bool_], ground: tuple[float, ...] = GROUND
) -> NDArray[np.uint16]:
    """Return DN (band, y, x) of ground with cloud on it, slightly uneven, always the same."""
    noise = np.random.default_rng(1).uniform(0.9, 1.1, (len(BANDS), *is_cloud.shape))
    plain = np.array(ground)[:, None, None] * noise
    white = np.array(CLOUD)[:, None, None] * noise
    values: NDArray[np.uint16] = np.rint(QUANTIFICATION * np.where(is_cloud, white, plain)).astype(
        np.uint16
    )
    return values


def write_layer(path: Path, values: NDArray[Any], grid: Grid, nodata: float | None = None) -> Path:
    """Write an array (y, x) or (band, y, x) as a GeoTIFF."""
    layers = values[None] if values.ndim == 2 else values
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {"crs": grid.crs, "transform": grid.affine, "nodata": nodata}
    size = {"count": len(layers), "height": layers.shape[1], "width": layers.shape[2]}
    with rasterio.open(path, "w", driver="GTiff", dtype=layers.dtype, **settings, **size) as raster:
        raster.write(layers)
    return path


@dataclass(frozen=True)
class Cloudy:
    """An image to make: DN (band, y, x) and further rasters by name, all on one grid.

    With a ``source_grid`` its DN are those of the whole scene, which all its chips share.
    """

    name: str
    dn: NDArray[Any]
    grid: Grid
    rasters: dict[str, NDArray[Any]] = field(default_factory=dict)
    scene: str | None = None
    date: str = "2018-01-05"
    source_grid: Grid | None = None

    def record(self, sources: Path) -> ChipRecord:
        """Write the sources and return the chip."""
        place = PlaceRecord(ids.place_id(self.name, self.grid), self.name, self.grid)
        stem = self.scene if self.source_grid else self.name
        path = sources / f"{stem}_{self.date}.tif"
        write_layer(path, self.dn, self.source_grid or self.grid, 0)
        source = source_of(path)
        bands = tuple(
            BandRaster(name, source, index, QUANTIFICATION, 0, 0)
            for index, name in enumerate(BANDS, start=1)
        )
        image = ImageRecord(
            id=ids.image_id(place.id, self.scene or path.stem, self.date),
            place_id=place.id,
            scene=self.scene or path.stem,
            date=self.date,
            bands=bands,
            cut=self.scene is not None,
            fingerprint=ids.fingerprint(bands),
        )
        return ChipRecord(place, (replace(image, rasters=tuple(self._rasters(sources))),))

    def _rasters(self, sources: Path) -> list[BandRaster]:
        """Write the layers; those that are called after a band are reflectance."""
        found = []
        for name, values in self.rasters.items():
            path = write_layer(sources / f"{self.name}_{self.date}_{name}.tif", values, self.grid)
            scale = QUANTIFICATION if name.startswith("B") else 0
            found.append(BandRaster(name, source_of(path), quantification=scale))
        return found


def make_cloudy_project(folder: Path, *images: Cloudy) -> Path:
    """Make ``folder/project`` of images; nothing is decided or labelled."""
    project = folder / "project"
    create_project(project, LANDCOVERNET)
    with open_project(project, write=True) as opened:
        merge_records(opened, [image.record(folder / "sources") for image in images])
    return project


def merge_records(project: Project, chips: list[ChipRecord]) -> None:
    """Merge chips without masks, as an import does."""
    project.catalog.merge(ImportRun(("made",)), chips, lambda mask, id_, version: None)
