"""Points around which chips are cut: GeoJSON, or CSV with columns of degrees."""

from __future__ import annotations

import csv
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

LonLat = tuple[float, float]

_MOST_BYTES = 256 * 2**20
_COLUMNS = {"lon": ("lon", "longitude", "lng", "long"), "lat": ("lat", "latitude")}
# What old GeoJSON calls the CRS that today's always has.
_LONLAT_CRS = ("OGC:1.3:CRS84", "OGC::CRS84", "EPSG::4326", "EPSG:4326", "CRS84")
_EXPECTED = "GeoJSON with points, or CSV with columns lon and lat"


def read_points(path: Path) -> NDArray[np.float64]:
    """Return the points of a file as (point, lon and lat) in degrees, in the file's order.

    Raises
    ------
    InputError
        If it is neither GeoJSON with points nor CSV with columns for longitude and latitude, has
        another CRS, or holds what are no degrees.
    """
    text = _read_text(path)
    is_json = text.lstrip()[:1] in ("{", "[")
    try:
        points = list(_of_geojson(path, text) if is_json else _of_csv(path, text))
    except csv.Error as error:
        raise InputError(path, f"no CSV ({error})", _EXPECTED) from error
    if not points:
        raise InputError(path, "no points", _EXPECTED)
    return np.asarray(points, dtype=np.float64)


def _read_text(path: Path) -> str:
    if not path.is_file():
        found = "not a regular file" if path.exists() else "no such file"
        raise InputError(path, found, _EXPECTED)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(path, f"more than {_MOST_BYTES // 2**20} MiB", "a file of points")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(path, "not text in UTF-8", _EXPECTED) from error


def _of_csv(path: Path, text: str) -> Iterator[LonLat]:
    lines = text.splitlines()
    first = lines[0] if lines else ""
    delimiter = max(",;\t", key=first.count)
    rows = csv.DictReader(lines, delimiter=delimiter)
    lon, lat = (_column(path, rows.fieldnames or (), axis) for axis in ("lon", "lat"))
    for row in rows:
        yield _degrees(path, f"line {rows.line_num}", (row[lon], row[lat]))


def _column(path: Path, names: Sequence[str], axis: str) -> str:
    for name in names:
        if name.strip().casefold() in _COLUMNS[axis]:
            return name
    found = f"no column {axis} (there are: {', '.join(names)[:80] or 'none'})"
    advice = "columns in metres have to be turned into degrees first"
    raise InputError(path, found, "columns lon and lat, in degrees", advice)


def _of_geojson(path: Path, text: str) -> Iterator[LonLat]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(path, f"not JSON ({str(error)[:80]})", _EXPECTED) from error
    if not isinstance(document, dict) or "type" not in document:
        raise InputError(path, "JSON, but no GeoJSON", _EXPECTED)
    _require_lonlat(path, document)
    for number, geometry in enumerate(_geometries(path, document), start=1):
        for position in _positions(path, number, geometry):
            yield _degrees(path, f"feature {number}", position)


def _require_lonlat(path: Path, document: dict[str, Any]) -> None:
    crs = document.get("crs")
    if crs is None or any(name in json.dumps(crs) for name in _LONLAT_CRS):
        return
    found = f"the CRS {json.dumps(crs)[:80]}"
    advice = "write it anew in longitude and latitude (e.g. ogr2ogr -t_srs EPSG:4326)"
    raise InputError(path, found, "GeoJSON in longitude and latitude (CRS84)", advice)


def _geometries(path: Path, document: dict[str, Any]) -> list[Any]:
    kind = document["type"]
    if kind == "FeatureCollection":
        features = document.get("features")
        if isinstance(features, list):
            return [f.get("geometry") if isinstance(f, dict) else None for f in features]
        raise InputError(path, "a FeatureCollection without features", _EXPECTED)
    if kind == "GeometryCollection":
        return list(document.get("geometries") or ())
    return [document.get("geometry") if kind == "Feature" else document]


def _positions(path: Path, number: int, geometry: Any) -> list[Any]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Point", "MultiPoint"):
        found = f"feature {number} is {kind or 'without a geometry'}"
        advice = "give the centres of lines and areas, or their areas with --masks"
        raise InputError(path, found, "Point or MultiPoint", advice)
    coordinates = geometry.get("coordinates")
    positions = [coordinates] if kind == "Point" else coordinates
    if not isinstance(positions, list):
        raise InputError(path, f"feature {number} has no coordinates", _EXPECTED)
    return positions


def _degrees(path: Path, where: str, position: Any) -> LonLat:
    try:
        lon, lat = float(position[0]), float(position[1])
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        found = f"{where}: {str(position)[:60]} is no longitude and latitude"
        raise InputError(path, found, "two numbers in degrees") from error
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180 or abs(lat) > 90:
        found = f"{where}: longitude {lon:g}, latitude {lat:g}"
        advice = "metres have to be turned into degrees; longitude comes first in GeoJSON"
        raise InputError(path, found, "-180..180 and -90..90 degrees", advice)
    return lon, lat
