"""The source files of the demo: GeoTIFF, JSON, CSV and run lengths, byte for byte repeatable."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.transform import Affine


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a raster lie.

    Attributes
    ----------
    epsg
        Code of the projected CRS, in metres.
    west_m, north_m
        Outer corner of the upper left pixel.
    gsd_m
        Pixel size.
    """

    epsg: int
    west_m: float
    north_m: float
    gsd_m: float = 10.0


def write_raster(
    path: Path, bands: NDArray[np.generic], grid: Grid, nodata: int | None = None, tile_px: int = 0
) -> None:
    """Write a deflated GeoTIFF.

    Parameters
    ----------
    path
        File to write; its folder must exist.
    bands
        (y, x) or (band, y, x), uint8 or uint16.
    grid
        CRS and position of the pixels.
    nodata
        Value of the nodata tag, if any.
    tile_px
        Side of the internal tiles; 0 writes strips.
    """
    stack = bands[None] if bands.ndim == 2 else bands
    layout = {"tiled": True, "blockxsize": tile_px, "blockysize": tile_px} if tile_px else {}
    with rasterio.open(
        path, "w", driver="GTiff", count=stack.shape[0], height=stack.shape[1],
        width=stack.shape[2], dtype=stack.dtype.name, crs=CRS.from_epsg(grid.epsg),
        transform=Affine(grid.gsd_m, 0, grid.west_m, 0, -grid.gsd_m, grid.north_m),
        nodata=nodata, compress="deflate", zlevel=1, predictor=2, **layout,
    ) as target:  # fmt: skip
        target.write(stack)


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file with one trailing newline.

    Parameters
    ----------
    path
        File to write.
    content
        Anything that `json` can write.
    """
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file with a header line.

    Parameters
    ----------
    path
        File to write.
    columns
        Names for the header.
    rows
        Values, in the order of `columns`.
    """
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def encode_runs(mask: NDArray[np.bool_]) -> list[int]:
    """Encode a mask as uncompressed COCO run lengths.

    Parameters
    ----------
    mask
        (y, x), bool.

    Returns
    -------
    list of int
        Lengths of the runs in column-major order, starting with zeros.
    """
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    lengths = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return [0, *lengths] if flat[0] else [int(length) for length in lengths]
