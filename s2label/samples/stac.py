"""Small STAC items beside the land-cover rasters."""

from datetime import date
from typing import Any

from rasterio.crs import CRS
from rasterio.warp import transform

from s2label.samples.files import Grid


def describe_item(
    name: str, grid: Grid, side_px: int, taken: date, files: dict[str, str], collection: str
) -> dict[str, Any]:
    """Describe a folder of rasters as a STAC item.

    Parameters
    ----------
    name
        Identifier of the item.
    grid
        CRS and corner of its rasters.
    side_px
        Height and width in pixels.
    taken
        Date of the item.
    files
        File name of each asset.
    collection
        Identifier of the collection.

    Returns
    -------
    dict
        A STAC 1.0.0 item with the projection extension.
    """
    corners = _locate_corners(grid, side_px)
    longitudes, latitudes = zip(*corners, strict=True)
    return {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "collection": collection,
        "stac_extensions": ["https://stac-extensions.github.io/projection/v1.0.0/schema.json"],
        "geometry": {"type": "Polygon", "coordinates": [[*corners, corners[0]]]},
        "bbox": [min(longitudes), min(latitudes), max(longitudes), max(latitudes)],
        "properties": {"datetime": f"{taken:%Y-%m-%d}T00:00:00Z", "proj:epsg": grid.epsg},
        "links": [],
        "assets": {key: {"href": file, "type": _name_type(file)} for key, file in files.items()},
    }  # fmt: skip


def _locate_corners(grid: Grid, side_px: int) -> list[list[float]]:
    east_m = grid.west_m + side_px * grid.gsd_m
    south_m = grid.north_m - side_px * grid.gsd_m
    xs = [grid.west_m, grid.west_m, east_m, east_m]
    ys = [grid.north_m, south_m, south_m, grid.north_m]
    longitudes, latitudes = transform(CRS.from_epsg(grid.epsg), CRS.from_epsg(4326), xs, ys)
    return [[round(x, 6), round(y, 6)] for x, y in zip(longitudes, latitudes, strict=True)]


def _name_type(file: str) -> str:
    return "text/csv" if file.endswith(".csv") else "image/tiff; application=geotiff"
