"""STAC items: an image or a mask, its ground, its date, its bands.

Source: STAC 1.1, and its extensions projection 2.0.0, raster 2.0.0, eo 2.0.0, classification 2.0.0
and label 1.0.1. The fields of extensions are written as their pages give them; those of masks stand
in `stac_labels`.
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pystac
from pyproj import CRS, Transformer

from s2label.bands import BANDS
from s2label.exports.band_scales import scale_of
from s2label.ids import slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.grid import Grid
    from s2label.types import BandRaster

_PAGES = "https://stac-extensions.github.io"
PROJECTION, RASTER, EO, CLASSIFICATION, LABEL = (
    f"{_PAGES}/{name}/v{version}/schema.json"
    for name, version in (
        ("projection", "2.0.0"),
        ("raster", "2.0.0"),
        ("eo", "2.0.0"),
        ("classification", "2.0.0"),
        ("label", "1.0.1"),
    )
)
# Of the eo extension, where its names are not those of the band table.
_COMMON_NAMES = {
    **{"B01": "coastal", "B02": "blue", "B03": "green", "B04": "red", "B05": "rededge071"},
    **{"B06": "rededge075", "B07": "rededge078", "B08": "nir", "B8A": "nir08", "B09": "nir09"},
    **{"B10": "cirrus", "B11": "swir16", "B12": "swir22"},
}
# An undated image was taken after the launch of Sentinel-2A; its end must not depend on today.
_MISSION = (datetime(2015, 6, 23, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC))
_DAY = timedelta(days=1, seconds=-1)
_DEGREE_DIGITS = 7


def catalog_id(name: str) -> str:
    """Return the catalog's id for a project's name, which may have no Latin letter."""
    return slug(name, "") or f"project-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class Span(NamedTuple):
    """From when to when something was seen; `is_known` is False without any date."""

    start: datetime
    end: datetime
    is_known: bool = True


def span_of(dates: Sequence[str | None]) -> Span:
    """Return from the first to the last of some dates ``YYYY-MM-DD``."""
    days = sorted(datetime.fromisoformat(d).replace(tzinfo=UTC) for d in dates if d)
    if not days or len(days) < len(dates):
        return Span(*_MISSION, is_known=False)
    return Span(days[0], days[-1] + _DAY)


def ground_item(
    name: str, grid: Grid, span: Span, collection: str, properties: dict[str, Any]
) -> pystac.Item:
    """Return an item with geometry, date and projection, and no assets yet.

    Parameters
    ----------
    name : str
        Its id.
    grid : Grid
        Its ground.
    span : Span
        When it was seen; a single day is the item's date, at midnight.
    collection : str
        Id of its collection, which lies beside it.
    properties : dict
        Further fields.
    """
    ring = _corners(grid)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    is_day = span.is_known and span.end - span.start <= _DAY
    item = pystac.Item(
        id=name,
        geometry={"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
        bbox=[min(xs), min(ys), max(xs), max(ys)],
        datetime=span.start if is_day else None,
        start_datetime=span.start,
        end_datetime=span.end,
        properties={**properties, **_projection(grid)},
        stac_extensions=[PROJECTION],
    )
    if not span.is_known:
        item.properties["s2label:undated"] = True
    item.collection_id = collection
    item.add_link(pystac.Link("root", "../catalog.json", pystac.MediaType.JSON))
    for rel in ("parent", "collection"):
        item.add_link(pystac.Link(rel, "./collection.json", pystac.MediaType.JSON))
    return item


def _corners(grid: Grid) -> list[list[float]]:
    """Return the corners in degrees (longitude, latitude), against the clock, north up."""
    places = ((0, 0), (0, grid.height), (grid.width, grid.height), (grid.width, 0))
    xs, ys = zip(*(grid.affine @ place for place in places), strict=True)
    degrees = zip(*_to_degrees(grid.crs).transform(xs, ys), strict=True)
    return [[round(x, _DEGREE_DIGITS), round(y, _DEGREE_DIGITS)] for x, y in degrees]


@cache
def _to_degrees(crs: str) -> Transformer:
    return Transformer.from_crs(crs, "OGC:CRS84", always_xy=True)


def _projection(grid: Grid) -> dict[str, Any]:
    # Anything but a code is a WKT (`grid.crs_text`).
    is_code = grid.crs.startswith("EPSG:")
    crs: dict[str, Any] = {"proj:code": grid.crs if is_code else None}
    if not is_code:
        crs["proj:wkt2"] = CRS(grid.crs).to_wkt()
    return {**crs, "proj:shape": list(grid.shape), "proj:transform": list(grid.transform)}


def band_rows(bands: Sequence[BandRaster]) -> list[dict[str, Any]]:
    """Return the ``bands`` of an image's asset: names, wavelengths, what numbers mean."""
    rows = []
    for band in bands:
        known = BANDS.get(band.name)
        row: dict[str, Any] = {"name": band.name}
        if band.quantification:
            row["raster:scale"], row["raster:offset"] = scale_of(band)
        if band.nodata is not None:
            row["nodata"] = "nan" if math.isnan(band.nodata) else band.nodata
        if known is not None:
            row["eo:common_name"] = _COMMON_NAMES[band.name]
            row["eo:center_wavelength"] = round(known.wavelength_nm / 1000, 4)
        rows.append(row)
    return rows
