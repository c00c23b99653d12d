"""Results of a scene as a map takes them: class raster, RGB raster, objects."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import Transformer
from rasterio.features import shapes
from rasterio.warp import transform_geom

from s2label.classes import VESSELS
from s2label.grid import Grid
from s2label.results.rasters import ResultRecord
from s2label.results.writing import write_classes, write_rgb

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.types import ClassTable

UTM = Grid("EPSG:32631", (10, 0, 620_000, 0, -10, 4_800_000), 180, 240)
# About 10 m of ground at 37 degrees north, as the real ports have it.
MERCATOR = Grid("EPSG:3857", (12.5, 0, 338_012.3, 0, -12.5, 4_410_507.9), 180, 240)
# Zone 60, with 180 degrees through its middle.
DATE_LINE = Grid("EPSG:32660", (10, 0, 631_300, 0, -10, 7_400_000), 180, 240)
# Degrees that go on beyond 180, as some programs write them, east and west of it.
DEGREES_EAST = Grid("EPSG:4326", (0.00009, 0, 179.99, 0, -0.00009, 10), 180, 240)
DEGREES_WEST = Grid("EPSG:4326", (0.00009, 0, -180.01, 0, -0.00009, 10), 180, 240)
GROUNDS = {
    "utm": UTM,
    "mercator": MERCATOR,
    "date line": DATE_LINE,
    "degrees beyond 180": DEGREES_EAST,
    "degrees before -180": DEGREES_WEST,
}
# Row, column, height, width of the vessels.
VESSELS_PX = ((40, 30, 3, 9), (120, 200, 8, 3), (90, 118, 1, 1))


@dataclass(frozen=True)
class MappedResult:
    """Files of a result."""

    classes: Path
    rgb: Path
    objects: Path


def record_of(table: ClassTable = VESSELS, scene: str = "port one", **changes: Any) -> ResultRecord:
    """Return a record; ``changes`` override its fields."""
    time, lifetime = "2023-08-17T10:56:31Z", table.lifetime
    record = ResultRecord("vessels_unet-1", "0.1.0", scene, time, lifetime, 0.5, table.classes)
    return dataclasses.replace(record, **changes)


def vessel_mask(grid: Grid) -> NDArray[np.uint8]:
    """Return classes (y, x): 1 on the vessels, 254 in the first ten rows."""
    mask = np.zeros(grid.shape, np.uint8)
    for row, column, height, width in VESSELS_PX:
        mask[row : row + height, column : column + width] = 1
    mask[:10] = 254
    return mask


def write_result(
    folder: Path,
    grid: Grid = UTM,
    record: ResultRecord | None = None,
    mask: NDArray[np.uint8] | None = None,
) -> MappedResult:
    """Write a result: dark blue sea, bright where there is a class, nothing in the first rows."""
    record, mask = record or record_of(), vessel_mask(grid) if mask is None else mask
    rgb = np.stack([np.full(grid.shape, value, np.uint8) for value in (20, 40, 80)])
    rgb[:, (mask > 0) & (mask < 254)] = 230
    rgb[:, mask == 254] = 0
    result = MappedResult(folder / "port.tif", folder / "rgb.tif", folder / "port.geojson")
    write_classes(result.classes, grid, record, [mask])
    write_rgb(result.rgb, grid, record, [rgb])
    features = [feature_of(grid, record, number) for number in range(len(VESSELS_PX))]
    result.objects.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return result


def feature_of(grid: Grid, record: ResultRecord, number: int) -> dict[str, Any]:
    """Return the GeoJSON feature of a vessel; the last has no heading."""
    row, column, height, width = VESSELS_PX[number]
    is_there = np.zeros(grid.shape, np.uint8)
    is_there[row : row + height, column : column + width] = 1
    [(outline, _)] = shapes(is_there, is_there == 1, transform=grid.affine)
    longitude, latitude = lonlat_of(grid, column + width / 2, row + height / 2)
    properties = {
        "id": number + 1,
        "class": record.classes[0].name,
        "probability": 0.87,
        "length_m": 10.0 * max(height, width),
        "width_m": 10.0 * min(height, width),
        "heading_deg": None if height == width else 90.0,
        "pixels": height * width,
        "longitude": longitude,
        "latitude": latitude,
        "time": record.time,
        "scene": record.scene,
        "model": record.model,
    }
    geometry = transform_geom(grid.crs, "EPSG:4326", outline)
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def lonlat_of(grid: Grid, x_px: float, y_px: float) -> tuple[float, float]:
    """Return longitude and latitude of a point given in pixels of a grid."""
    to_lonlat = Transformer.from_crs(grid.crs, "EPSG:4326", always_xy=True)
    longitude, latitude = to_lonlat.transform(*(grid.affine @ (x_px, y_px)))
    return float(longitude), float(latitude)
