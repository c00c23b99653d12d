"""A map as one HTML file: everything it needs stands in it (docs/map.md)."""

from __future__ import annotations

import importlib.util
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import rasterio

from s2label.durable import write_whole
from s2label.errors import InputError, MissingExtraError
from s2label.raster import grid_of, open_raster
from s2label.results.places import MAP_SUFFIXES, require_no_source, require_place
from s2label.results.rasters import read_record
from s2label.webmap.facts import gather_facts
from s2label.webmap.ground import MOST_PX, plan_ground
from s2label.webmap.layers import class_layers, coarse_ground, picture_layer
from s2label.webmap.objects import read_objects

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.results.rasters import ResultRecord
    from s2label.webmap.facts import MapFacts
    from s2label.webmap.ground import MapGround
    from s2label.webmap.layers import Layer

# All pictures of a page: with bokeh's 1.3 million it stays below 25 MB.
MOST_LETTERS = 23_000_000
# GDAL would keep a twentieth of the memory.
_CACHE_BYTES = 64 * 2**20
# Signs that mean something to HTML or end a line of a script, as JSON writes them in a string.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
BASE_MAP = {
    "url": "https://basemaps.cartocdn.com/light_all/{Z}/{X}/{Y}.png",
    "credit": "Base map: © OpenStreetMap contributors, © CARTO",
}
BASE_MAP_HOST = "https://basemaps.cartocdn.com"


def require_map_extra() -> None:
    """Raise `MissingExtraError` if what draws maps is not installed."""
    if importlib.util.find_spec("bokeh") is None:
        raise MissingExtraError("a map", "map")


def write_map(path: Path, rgb: Path, classes: Path, objects: Path | None = None) -> None:
    """Write the map of a result: one HTML file that asks nothing of the network.

    Parameters
    ----------
    path : Path
        The file to make; it is written whole or not at all.
    rgb : Path
        RGB raster of the scene: 3 x uint8, with alpha, a mask or nodata where it shows nothing.
    classes : Path
        Class raster of the result, with its tags.
    objects : Path, optional
        Objects of the result as GeoJSON.

    Raises
    ------
    InputError
        If one of them is something else, or they lie apart.
    MissingExtraError
        If bokeh is not installed.
    """
    require_map_extra()
    # Imported here: bokeh is an extra.
    from s2label.webmap.figure import MASK_OPACITY, draw_map

    require_place(path, "map", MAP_SUFFIXES)
    require_no_source([path], [rgb, classes, *([objects] if objects else [])])
    record = read_record(classes)
    with rasterio.Env(GDAL_CACHEMAX=_CACHE_BYTES):
        _require_same_ground(classes, rgb)
        ground, picture, layers = _draw_layers(rgb, classes, record)
        table = None if objects is None else read_objects(objects, ground, record)
        facts = gather_facts(classes, record, table)
    plot = draw_map(ground, picture, layers, table, facts)
    page = _fill_page(plot, facts, _settings(ground, facts, MASK_OPACITY, table is not None))
    write_whole(path, page.encode("utf-8"))


def _draw_layers(
    rgb: Path, classes: Path, record: ResultRecord
) -> tuple[MapGround, Layer, dict[int, Layer]]:
    """Draw the layers, coarser until they are small enough to send."""
    most_px = MOST_PX
    while True:
        ground = _ground_of(classes, most_px)
        picture, layers = picture_layer(rgb, ground), class_layers(classes, ground, record)
        if sum(layer.size for layer in (picture, *layers.values())) <= MOST_LETTERS:
            return ground, picture, layers
        most_px = most_px // 2


def _ground_of(path: Path, most_px: int = MOST_PX) -> MapGround:
    with open_raster(path) as raster:
        return plan_ground(path, grid_of(raster), most_px)


def _require_same_ground(classes: Path, rgb: Path) -> None:
    if not _overlap(_ground_of(classes), _ground_of(rgb)):
        raise InputError(rgb, f"other ground than {classes}", "the RGB raster of the same scene")


def _overlap(one: MapGround, other: MapGround) -> bool:
    left, bottom, right, top = one.bounds
    west, south, east, north = other.bounds
    return one.crs == other.crs and left < east and west < right and bottom < north and south < top


def _settings(
    ground: MapGround, facts: MapFacts, opacity: float, has_objects: bool
) -> dict[str, Any]:
    left, bottom, right, top = ground.bounds
    coarse, _ = coarse_ground(ground)
    return {
        "bounds": [left, bottom, right, top],
        "coarse": coarse.transform.a,
        "classes": [line.value for line in facts.legend],
        "opacity": opacity,
        "objects": has_objects,
        "base": BASE_MAP,
    }


def _fill_page(plot: Any, facts: MapFacts, settings: dict[str, Any]) -> str:
    # Imported here: both come with the extra.
    from bokeh.embed import json_item
    from bokeh.resources import Resources
    from jinja2 import Environment

    folder = files("s2label.webmap")
    template = Environment(autoescape=True).from_string(_read(folder, "page.html"))
    return template.render(
        facts=facts,
        settings=settings,
        policy=BASE_MAP_HOST,
        style=_read(folder, "page.css"),
        script=_read(folder, "page.js"),
        bokeh=Resources(mode="inline", components=["bokeh"]).js_raw,
        document=_script_safe(json_item(plot, "plot")),  # type: ignore[arg-type]
        numbers=_script_safe(settings),
    )


def _read(folder: Any, name: str) -> str:
    return str((folder / name).read_text("utf-8"))


def _script_safe(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False).translate(_UNSAFE)
