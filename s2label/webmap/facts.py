"""What a map says in words: scene, time, model, what was found, and the lines of its legend."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import Geod, Transformer
from rasterio.windows import Window

from s2label.raster import grid_of, open_raster
from s2label.results.runs import RUN_TAG
from s2label.types import NOT_LABELLED, Lifetime
from s2label.webmap.ground import WGS84

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.grid import Grid
    from s2label.results.rasters import ResultRecord
    from s2label.types import LabelClass

_BAND_ROWS = 512


@dataclass(frozen=True)
class LegendLine:
    """A class in the legend: value, name, colour ``#rrggbb``, how much of it there is."""

    value: int
    name: str
    colour: str
    amount: str


@dataclass(frozen=True)
class MapFacts:
    """All words of a map.

    Parameters
    ----------
    scene, time, model, found : str
        The header; a time that is not known is empty.
    legend : tuple of LegendLine
        The classes, in the order of the class table.
    notes : tuple of str
        What the result says of itself.
    year : str
        For the credit to Copernicus; empty where not known.
    run : str
        What identifies the run that made the class raster; empty where not known.
    """

    scene: str
    time: str
    model: str
    found: str
    legend: tuple[LegendLine, ...]
    notes: tuple[str, ...]
    year: str
    run: str = ""


def gather_facts(
    path: Path, record: ResultRecord, objects: dict[str, list[Any]] | None
) -> MapFacts:
    """Return the words of a map of a class raster; every pixel is read once, in row bands."""
    with open_raster(path) as raster:
        grid, run = grid_of(raster), raster.tags().get(RUN_TAG, "")
        counts = np.zeros(256, np.int64)
        for row in range(0, raster.height, _BAND_ROWS):
            rows = min(_BAND_ROWS, raster.height - row)
            band = raster.read(1, window=Window(0, row, raster.width, rows))
            counts += np.bincount(band.ravel(), minlength=256)
    legend = tuple(
        LegendLine(one.value, one.name, one.colour, _amount(one, counts, record, objects))
        for one in record.classes
    )
    found = _found(counts, pixel_area_m2(grid), record, objects)
    year = (record.time or "")[:4]
    time = time_words(record.time)
    return MapFacts(record.scene, time, record.model, found, legend, record.notes, year, run)


def _amount(
    one: LabelClass,
    counts: NDArray[np.int64],
    record: ResultRecord,
    objects: dict[str, list[Any]] | None,
) -> str:
    if objects is not None:
        return f"{Counter(objects['class'])[one.name]:,}"
    if record.lifetime is Lifetime.MOVING:
        return f"{counts[one.value]:,} px"
    return f"{counts[one.value] / max(_seen(counts), 1):.1%}"


def _found(
    counts: NDArray[np.int64],
    area_m2: float,
    record: ResultRecord,
    objects: dict[str, list[Any]] | None,
) -> str:
    seen = f"{_area_words(_seen(counts) * area_m2)} looked at"
    if objects is None:
        return seen
    number = len(objects["id"])
    return f"{number:,} {'object' if number == 1 else 'objects'}, {seen}"


def _seen(counts: NDArray[np.int64]) -> int:
    return int(counts[:NOT_LABELLED].sum())


def _area_words(area_m2: float) -> str:
    km2 = area_m2 / 1e6
    return f"{km2:,.0f} km²" if km2 >= 100 else f"{km2:.3g} km²"


def pixel_area_m2(grid: Grid) -> float:
    """Return the true area of the pixel in the middle of a grid, in square metres."""
    x, y = grid.width / 2, grid.height / 2
    ring = [grid.affine @ corner for corner in ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))]
    to_lonlat = Transformer.from_crs(grid.crs, WGS84, always_xy=True)
    xs, ys = zip(*ring, strict=True)
    longitudes, latitudes = to_lonlat.transform(xs, ys)
    return abs(Geod(ellps="WGS84").polygon_area_perimeter(longitudes, latitudes)[0])


def time_words(time: str | None) -> str:
    """Return an ISO 8601 date or time as people write it; as it is where it is none."""
    if not time:
        return ""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return time
    day = f"{moment.day} {moment:%B %Y}"
    return day if len(time) <= len("2023-08-17") else f"{day}, {moment:%H:%M} UTC"
