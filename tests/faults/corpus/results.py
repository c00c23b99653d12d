"""Results, exports and logs that are not what the program wrote, and places for none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio

from tests.factories.ports import write_raster
from tests.factories.rebuilding import change_rows
from tests.faults.corpus.bad_input import BadInput, Command, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FAMILY = "results"
_GRID: dict[str, Any] = {"crs": "EPSG:32634"}


def _map(desk: Desk, *more: object) -> Command:
    folder = desk.copy(desk.sound.result)
    return [*("map", folder / "classes.tif", folder / "rgb.tif", desk.folder / "map.html"), *more]


def _tag(name: str, value: str, words: str, *said: str) -> BadInput:
    """Return a case whose classes say something else in a tag."""

    def build(desk: Desk) -> Command:
        command = _map(desk)
        with rasterio.open(
            desk.folder / "result/classes.tif", "r+", IGNORE_COG_LAYOUT_BREAK="YES"
        ) as raster:
            raster.update_tags(**{f"S2LABEL_{name}": value})
        return command

    return BadInput(_FAMILY, f"classes whose tag {name} is {words}", build, ("classes.tif", *said))


def _raster(name: str, words: str, array: np.ndarray[Any, Any], **profile: Any) -> BadInput:
    """Return a case with a raster of a result written anew, by any other program."""

    def build(desk: Desk) -> Command:
        command = _map(desk)
        path = desk.folder / "result" / name
        path.unlink()
        write_raster(path, array, **(_GRID | profile))
        return command

    return BadInput(_FAMILY, f"{name} {words}", build, (name,))


def _objects(words: str, change: Callable[[dict[str, Any]], object], *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        ring = [[25.40, 41.08], [25.41, 41.08], [25.41, 41.07], [25.40, 41.08]]
        properties = {"longitude": 25.4, "latitude": 41.08, "id": 1, "class": "vessel"}
        properties |= {"scene": "result/scene.tif", "model": "vessels_unet-1"}
        one = {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        document: dict[str, Any] = {"type": "FeatureCollection", "features": [one]}
        change(document)
        return _map(desk, "--objects", desk.file("objects.geojson", json.dumps(document)))

    return BadInput(_FAMILY, f"objects {words}", build, ("objects.geojson", *said))


def _first(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["features"][0]
    return found


def _leaks(words: str, change: Callable[[str], str], *said: str) -> BadInput:
    """Return a case whose export has other splits."""

    def build(desk: Desk) -> Command:
        path = desk.copy(desk.sound.export, "clean") / "splits.csv"
        path.write_text(change(path.read_text("utf-8")), "utf-8")
        return ["leaks", desk.folder / "clean"]

    return BadInput(_FAMILY, f"splits of an export {words}", build, said)


def _other_image(name: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        head, first, *rest = text.splitlines()
        columns = first.split(",")
        columns[head.split(",").index("image_file")] = name
        return "\n".join([head, ",".join(columns), *rest])

    return change


def _sources(desk: Desk) -> tuple[object, ...]:
    return "--masks", desk.sound.worked, "--sources", desk.sound.folder / "worked/sources"


def _log(words: str, change: Callable[[list[dict[str, Any]]], object], *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        log = change_rows(desk.sound.export / "LOG.jsonl", desk.folder / "LOG.jsonl", change)
        return ["rebuild", log, desk.out, *_sources(desk)]

    return BadInput(_FAMILY, f"a log {words}", build, ("LOG.jsonl", *said))


def _row(kind: str, **values: object) -> Callable[[list[dict[str, Any]]], object]:
    return lambda rows: next(r for r in rows if r["row"] == kind).update(values)


def _export(words: str, place: Callable[[Desk], Path], *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        out = place(desk)
        return ["export", desk.project(), out, "--format", "png", "--include-open"]

    return BadInput(_FAMILY, f"an export {words}", build, said)


def _link(desk: Desk) -> Path:
    (desk.folder / "loop").symlink_to("loop")
    return desk.folder / "loop"


def _pickled_pairs(desk: Desk) -> Command:
    """Make an export of npz whose arrays are objects, which only unpickling could read."""
    pair = desk.copy(desk.sound.export, "clean") / "pairs" / "one.npz"
    pair.parent.mkdir()
    np.savez(pair, image=np.array([{"a": 1}], object), mask=np.array([{"a": 1}], object))
    path = desk.folder / "clean" / "splits.csv"
    path.write_text(_other_image("pairs/one.npz")(path.read_text("utf-8")), "utf-8")
    return ["leaks", desk.folder / "clean"]


_PLAIN = np.zeros((1, 64, 64), np.uint8)
_DEEP = "[" * 20_000 + "]" * 20_000
CASES = (
    _tag("CLASSES", "[", "no JSON", "CLASSES"),
    _tag("CLASSES", _DEEP, "nested 20000 deep"),
    _tag("CLASSES", "7", "a number"),
    _tag("CLASSES", '[{"value": 1e999, "name": "a", "colour": "#ffffff"}]', "a value of 1e999"),
    _tag("CLASSES", '[{"value": 1, "name": "<script>", "colour": "red"}]', "no colour"),
    _tag("THRESHOLD", "nan", "NaN"),
    _tag("THRESHOLD", "half", "a word"),
    _tag("LIFETIME", "jumping", "a word that is none"),
    _tag("KIND", "picture", "of another kind"),
    _raster("classes.tif", "without tags", _PLAIN),
    _raster("classes.tif", "without CRS", _PLAIN, crs=None),
    _raster("classes.tif", "of fractions", _PLAIN.astype(np.float32)),
    _raster("rgb.tif", "of one band", _PLAIN),
    _raster("rgb.tif", "of other ground", np.zeros((3, 64, 64), np.uint8), crs="EPSG:32601"),
    _raster("rgb.tif", "of fractions", np.zeros((3, 64, 64), np.float32)),
    _raster("rgb.tif", "without CRS", np.zeros((3, 64, 64), np.uint8), crs=None),
    _objects("of another scene", lambda d: _first(d)["properties"].update(scene="other"), "other"),
    _objects("of NaN", lambda d: _first(d)["properties"].update(longitude=float("nan"))),
    _objects("of 1e999", lambda d: _first(d)["properties"].update(longitude=float("inf"))),
    _objects("of a text for a number", lambda d: _first(d)["properties"].update(latitude="north")),
    _objects("without properties", lambda d: _first(d).update(properties=None)),
    _objects("without geometry", lambda d: _first(d).update(geometry=None)),
    _objects("that are lines", lambda d: _first(d)["geometry"].update(type="LineString")),
    _objects("that are numbers", lambda d: d.update(features=[7])),
    _objects(
        "of a probability in words", lambda d: _first(d)["properties"].update(probability="x")
    ),
    _objects(
        "of a number of 400 digits",
        lambda d: _first(d)["properties"].update(longitude=10**400),
    ),
    _leaks("that lead out", _other_image("../../secret.png"), "secret.png"),
    _leaks("that lead to the root", _other_image("/etc/passwd"), "passwd"),
    _leaks("that name no file", _other_image("images/gone.png"), "gone.png"),
    _leaks("of no row", lambda text: text.splitlines()[0] + "\n", "no rows"),
    _leaks("without a column", lambda text: text.replace("image_file", "file"), "image_file"),
    BadInput(_FAMILY, "an export of pickled arrays", _pickled_pairs, ("one.npz",)),
    BadInput(
        _FAMILY,
        "leaks of a folder that is no export",
        lambda desk: ["leaks", desk.sound.port],
        ("port", "splits.csv"),
    ),
    _log("of a source that leads out", _row("source", path="../../x.tif"), "leads out"),
    _log("of a source that is a device", _row("source", path="/dev/zero"), "leads out"),
    _log("of an id that leads out", _row("image", id="../../x")),
    _log("of a grid of NaN", _row("place", transform=[float("nan")] * 6)),
    _log("of a grid of a billion px", _row("place", height=10**9, width=10**9)),
    _log("of classes that are numbers", _row("log", classes={"class": [7]})),
    _export("into its own project", lambda desk: desk.project(), "harbour"),
    _export("below its own project", lambda desk: desk.project() / "masks", "harbour"),
    _export("over a file", lambda desk: desk.file("notes.txt", "x"), "notes.txt"),
    _export("over somebody's folder", lambda desk: desk.file("a/x.txt", "x").parent, "a"),
    _export("below a file", lambda desk: desk.file("notes.txt", "x") / "out", "notes.txt"),
    _export("over a link to itself", _link, "loop"),
)
