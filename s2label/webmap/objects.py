"""Objects of a result (GeoJSON, docs/scene-objects.md) as a table that a map draws."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from pyproj import Transformer

from s2label.errors import InputError
from s2label.webmap.facts import time_words
from s2label.webmap.ground import WGS84

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2label.results.rasters import ResultRecord
    from s2label.webmap.ground import MapGround

    Ring = list[float]
    Place = Callable[[list[float], list[float]], tuple[list[float], list[float]]]

_EXPECTED = "the objects of a result as GeoJSON, as `s2label predict --objects` writes them"
_MISSING = "-"
_DAMAGED = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)
# What the table says in words: column, property, form.
_WORDS: tuple[tuple[str, str, str], ...] = (
    ("probability_words", "probability", "{:.0%}"),
    ("length_words", "length_m", "{:.0f} m"),
    ("width_words", "width_m", "{:.0f} m"),
    ("heading_words", "heading_deg", "{:.0f}°"),
    ("pixels_words", "pixels", "{:.0f}"),
)


def read_objects(
    path: Path, ground: MapGround, record: ResultRecord | None = None
) -> dict[str, list[Any]]:
    """Read objects as columns, one entry an object.

    Parameters
    ----------
    path : Path
        GeoJSON as `s2label predict` writes it.
    ground : MapGround
        Of the map.
    record : ResultRecord, optional
        Of the result that they have to be of.

    Returns
    -------
    dict
        ``x``, ``y``: the middle in metres of the map. ``xs``, ``ys``: polygons, each a list of
        rings, each a list of numbers. ``id``, ``class``, ``time``, ``scene``, ``model``,
        ``place_words`` and one column for each number, as text to show; what an object lacks is
        a dash.

    Raises
    ------
    InputError
        If it is no such file, or of another result.
    """
    place = _placing(ground)
    rows = [_row(path, number, f, place) for number, f in enumerate(_features(path), start=1)]
    names = ("x", "y", "xs", "ys", "id", "class", "time", "scene", "model", "place_words")
    if record is not None:
        _require_same_result(path, rows, record)
    columns: dict[str, list[Any]] = {n: [] for n in (*names, *(w[0] for w in _WORDS))}
    for row in rows:
        for name, column in columns.items():
            column.append(row[name])
    return columns


def _require_same_result(path: Path, rows: list[dict[str, Any]], record: ResultRecord) -> None:
    for row in rows:
        if (row["scene"], row["model"]) != (record.scene, record.model):
            found = f"objects of {row['scene']} by {row['model']}"
            raise InputError(path, found, f"those of {record.scene} by {record.model}")


def _features(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputError(path, "no such file", _EXPECTED)
    try:
        document = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise InputError(path, f"not JSON ({error})", _EXPECTED) from error
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise InputError(path, "no FeatureCollection", _EXPECTED)
    return features


def _row(path: Path, number: int, feature: dict[str, Any], place: Place) -> dict[str, Any]:
    try:
        return _row_of(feature, place)
    except _DAMAGED as error:
        found = f"feature {number} is damaged ({type(error).__name__}: {error})"
        raise InputError(path, found, _EXPECTED) from error


def _row_of(feature: dict[str, Any], place: Place) -> dict[str, Any]:
    properties, geometry = feature["properties"], feature["geometry"]
    polygons = _polygons(geometry["type"], geometry["coordinates"])
    longitude, latitude = float(properties["longitude"]), float(properties["latitude"])
    xs, ys = place([longitude], [latitude])
    rings = [[_ring(ring, place) for ring in polygon] for polygon in polygons]
    row: dict[str, Any] = {
        "x": xs[0],
        "y": ys[0],
        "xs": [[ring[0] for ring in polygon] for polygon in rings],
        "ys": [[ring[1] for ring in polygon] for polygon in rings],
        "place_words": f"{_degrees(latitude, 'NS')}, {_degrees(longitude, 'EW')}",
    }
    for name in ("id", "class", "time", "scene", "model"):
        row[name] = _text(properties.get(name))
    row["time"] = time_words(properties.get("time")) or _MISSING
    for column, name, form in _WORDS:
        row[column] = _number_words(properties.get(name), form)
    return row


def _polygons(kind: str, coordinates: list[Any]) -> list[Any]:
    if kind == "Polygon":
        return [coordinates]
    if kind == "MultiPolygon":
        return coordinates
    raise ValueError(f"a geometry of type {kind}")


def _ring(points: list[list[float]], place: Place) -> tuple[Ring, Ring]:
    longitudes = [float(point[0]) for point in points]
    latitudes = [float(point[1]) for point in points]
    return place(longitudes, latitudes)


def _placing(ground: MapGround) -> Place:
    transformer = Transformer.from_crs(WGS84, ground.crs, always_xy=True)

    def place(longitudes: list[float], latitudes: list[float]) -> tuple[Ring, Ring]:
        xs, ys = transformer.transform(longitudes, latitudes)
        if not all(map(math.isfinite, (*xs, *ys))):
            raise ValueError("a place that is not on the map")
        return [round(x, 2) for x in xs], [round(y, 2) for y in ys]

    return place


def _text(value: Any) -> str:
    return _MISSING if value is None else str(value)


def _number_words(value: Any, form: str) -> str:
    return _MISSING if value is None else form.format(float(value))


def _degrees(value: float, letters: str) -> str:
    return f"{abs(value):.5f}° {letters[value < 0]}"
