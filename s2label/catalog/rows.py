"""Records of `s2label.types` to rows of the schema and back."""

from __future__ import annotations

import math
import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from s2label.catalog import schema
from s2label.grid import Grid
from s2label.types import BandRaster, ImageRecord, PlaceRecord, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Row

# Well below the number of bound variables that any database takes in one statement.
CHUNK = 500
# SQLite stores NaN as NULL, which means "no tag": the lowest number there is stands for it.
_NAN_IN_SQL = -sys.float_info.max


def chunked(ids: Iterable[str]) -> Iterator[list[str]]:
    """Yield ids in lists short enough for one ``IN``."""
    chunk: list[str] = []
    for id_ in ids:
        chunk.append(id_)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def place_row(place: PlaceRecord) -> dict[str, Any]:
    """Return the row of a place."""
    grid = place.grid
    return {
        "id": place.id,
        "name": place.name,
        "grid_key": grid.key,
        "crs": grid.crs,
        "transform": list(grid.transform),
        "height": grid.height,
        "width": grid.width,
    }


def place_record(row: Row[*tuple[Any, ...]]) -> PlaceRecord:
    """Return the place of a row."""
    grid = Grid(row.crs, tuple(row.transform), row.height, row.width)
    return PlaceRecord(row.id, row.name, grid)


def image_row(image: ImageRecord) -> dict[str, Any]:
    """Return the row of an image, without its rasters."""
    return {
        "id": image.id,
        "place_id": image.place_id,
        "scene": image.scene,
        "date": image.date,
        "radiometry": image.radiometry,
        "cut": image.cut,
        "nodata_share": image.nodata_share,
        "fingerprint": image.fingerprint,
        "version": image.version,
    }


def raster_rows(image: ImageRecord, source_ids: dict[str, int]) -> list[dict[str, Any]]:
    """Return the rows of an image's bands and other rasters."""
    rasters = [(r, True) for r in image.bands] + [(r, False) for r in image.rasters]
    return [
        {
            "image_id": image.id,
            "name": raster.name,
            "is_band": is_band,
            "ordinal": ordinal,
            "source_id": source_ids[raster.source.path],
            "band_index": raster.index,
            "quantification": raster.quantification,
            "offset_dn": raster.offset_dn,
            "nodata": stored_nodata(raster.nodata),
        }
        for ordinal, (raster, is_band) in enumerate(rasters)
    ]


def read_images(connection: Connection, condition: ColumnElement[bool]) -> list[ImageRecord]:
    """Read images with their rasters, ordered by id."""
    rows = connection.execute(
        select(schema.image).where(condition).order_by(schema.image.c.id)
    ).all()
    rasters = _read_rasters(connection, [row.id for row in rows])
    return [_image_record(row, rasters[row.id]) for row in rows]


def _read_rasters(
    connection: Connection, ids: Sequence[str]
) -> dict[str, list[Row[*tuple[Any, ...]]]]:
    found: dict[str, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    raster, source = schema.image_raster, schema.source
    query = select(raster, source).join(source, source.c.id == raster.c.source_id)
    for chunk in chunked(ids):
        wanted = query.where(raster.c.image_id.in_(chunk)).order_by(raster.c.ordinal)
        for row in connection.execute(wanted):
            found[row.image_id].append(row)
    return found


def _image_record(
    row: Row[*tuple[Any, ...]], rasters: Sequence[Row[*tuple[Any, ...]]]
) -> ImageRecord:
    return ImageRecord(
        id=row.id,
        place_id=row.place_id,
        scene=row.scene,
        date=row.date,
        bands=tuple(_band_raster(r) for r in rasters if r.is_band),
        rasters=tuple(_band_raster(r) for r in rasters if not r.is_band),
        radiometry=row.radiometry,
        cut=row.cut,
        nodata_share=row.nodata_share,
        fingerprint=row.fingerprint,
        version=row.version,
    )


def _band_raster(row: Row[*tuple[Any, ...]]) -> BandRaster:
    source = Source(row.path, row.size_bytes, row.mtime_ns, row.digest)
    numbers = (row.band_index, row.quantification, row.offset_dn, _read_nodata(row.nodata))
    return BandRaster(row.name, source, *numbers)


def stored_nodata(value: float | None) -> float | None:
    """Return a nodata value as SQL can hold it."""
    return _NAN_IN_SQL if value is not None and math.isnan(value) else value


def _read_nodata(value: float | None) -> float | None:
    return math.nan if value == _NAN_IN_SQL else value
