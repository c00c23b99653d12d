"""Tables that people write: decisions, splits, points, lists, class tables."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.faults.corpus.bad_input import BadInput, Command, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

_FAMILY = "tables"
# More digits than Python turns into a number.
_DIGITS = "9" * 5000
_HEAD = "subject,id,decision,reason,version\n"
_DEEP = "x = " + "[" * 20_000 + "]" * 20_000 + "\n"


def _case(
    name: str, file: str, content: str | bytes, command: Callable[[Desk], Command], *said: str
) -> BadInput:
    def build(desk: Desk) -> Command:
        return [*command(desk), desk.file(file, content)]

    return BadInput(_FAMILY, name, build, (file, *said))


def _decisions(name: str, content: str | bytes, *said: str) -> BadInput:
    return _case(
        f"decisions {name}", "mine.csv", content, lambda desk: ["decide", desk.project()], *said
    )


def _image(desk: Desk) -> str:
    return next(path.name for path in (desk.sound.project / "masks").iterdir())


def _of_one_mask(name: str, columns: str, *said: str) -> BadInput:
    """Return a case whose decision names a mask that there is; ``{}`` is its id."""

    def build(desk: Desk) -> Command:
        rows = _HEAD + columns.format(_image(desk))
        return ["decide", desk.project(), desk.file("mine.csv", rows)]

    return BadInput(_FAMILY, f"decisions {name}", build, said)


def _classes(name: str, content: str, *said: str) -> BadInput:
    return _case(
        f"classes {name}",
        "table.toml",
        content,
        lambda desk: ["init", desk.out, "--classes"],
        *said,
    )


def _one_class(value: str = "1", name: str = '"ship"', colour: str = '"#ff0000"') -> str:
    rows = f"[[class]]\nvalue = {value}\nname = {name}\ncolour = {colour}\n"
    return f'name = "mine"\nlifetime = "moving"\n{rows}'


def _splits(name: str, content: str, *said: str) -> BadInput:
    def command(desk: Desk) -> Command:
        return ["export", desk.project(), desk.out, "--format", "png", "--splits"]

    return _case(f"splits {name}", "given.csv", content, command, *said)


def _points(name: str, content: str, *said: str) -> BadInput:
    def command(desk: Desk) -> Command:
        return ["import", desk.project(), desk.sound.port, "--chip", "64", "--points"]

    return _case(f"points {name}", "ships.json", content, command, *said)


def _geojson(*coordinates: object, kind: str = "Point", **more: object) -> str:
    features = [
        {"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": each}}
        for each in coordinates
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


DECISIONS = (
    _decisions("without columns", "a,b\n1,2\n", "no column subject, id, decision"),
    _decisions("about nothing known", _HEAD + "image,nowhere,accept,,\n", "nowhere"),
    _decisions("about a table", _HEAD + "table,a,accept,,\n", "subject 'table'"),
    _decisions("that say maybe", _HEAD + "mask,a,maybe,,\n", "decision 'maybe'"),
    _decisions("without an id", _HEAD + "mask,,accept,,\n", "no id"),
    _decisions("twice", _HEAD + "mask,a,accept,,\nmask,a,reject,,\n", "decided twice"),
    _decisions("of version -1", _HEAD + "mask,a,accept,,-1\n", "version '-1'"),
    _decisions("of version 1e999", _HEAD + "mask,a,accept,,1e999\n", "version '1e999'"),
    _decisions("of a version of 5000 digits", _HEAD + f"mask,a,accept,,{_DIGITS}\n", "version"),
    _of_one_mask(
        "of a version beyond all numbers of SQL", "mask,{},accept,," + "9" * 25, "version"
    ),
    _of_one_mask("of a version to come", "mask,{},accept,,77", "version"),
    _decisions("with a path as id", _HEAD + "mask,../../etc/passwd,accept,,\n", "passwd"),
    _decisions("with SQL as id", _HEAD + "mask,' OR 1=1 --,accept,,\n", "OR 1=1"),
    _decisions("with NUL in an id", _HEAD + "mask,a\0b,accept,,\n"),
    _decisions("with a quote that never ends", _HEAD + 'mask,"' + "a,b\n" * 50_000, "field"),
    _decisions("in one line of 10 MB", _HEAD + "mask," + "a" * 10_000_000, "field"),
)
CLASSES = (
    _classes("without a table", 'name = "mine"\nlifetime = "moving"\n', "class"),
    _classes("that are a number", 'name = "mine"\nlifetime = "moving"\nclass = 7\n'),
    _classes("that are texts", 'name = "m"\nlifetime = "moving"\nclass = ["ship"]\n'),
    _classes("none at all", 'name = "mine"\nlifetime = "moving"\nclass = []\n'),
    _classes("of value 0", _one_class("0"), "0"),
    _classes("of value 254", _one_class("254"), "254"),
    _classes("of value -1", _one_class("-1"), "-1"),
    _classes("of value inf", _one_class("inf")),
    _classes("of value nan", _one_class("nan")),
    _classes("of value 1e999", _one_class("1e999")),
    _classes("of value 1.5", _one_class("1.5"), "1.5"),
    _classes("of value true", _one_class("true"), "true"),
    _classes("of a date", _one_class("2020-01-01")),
    _classes("of 5000 digits", _one_class(_DIGITS)),
    _classes("of one value twice", _one_class() + _one_class().partition("\n[")[2].join("["), ""),
    _classes("without a name", _one_class(name='""')),
    _classes("of a name of two lines", _one_class(name='"a\\nb"'), "line"),
    _classes("of no colour", _one_class(colour='"crimson tide"')),
    _classes("that live as they like", _one_class().replace("moving", "jumping"), "jumping"),
    _classes("nested 20000 deep", _DEEP + _one_class()),
    _classes("with a key twice", 'name = "a"\n' + _one_class(), "TOML"),
)
SPLITS = (
    _splits("that lead out", "place,split\na,../../train\n", "'../../train'"),
    _splits("without a name", "place,split\na,\n", "''"),
    _splits("of a place in two", "place,split\na,train\na,test\n", "one split"),
    _splits("that differ by case", "place,split\na,train\nb,Train\n", "Train"),
    _splits("of a name of 1000 letters", f"place,split\na,{'t' * 1000}\n", "split"),
    BadInput(
        _FAMILY,
        "splits of no place of the project",
        lambda desk: [
            *("export", desk.project(), desk.out, "--format", "png", "--include-open"),
            *("--splits", desk.file("given.csv", "place,split\nnowhere,train\n")),
        ],
        ("given splits",),
    ),
)
POINTS = (
    _points("in metres", _geojson([500_000, 4_800_000]), "degrees"),
    _points("of NaN", _geojson([float("nan"), 43.0])),
    _points("of 1e999", '{"type": "Point", "coordinates": [1e999, 43]}'),
    _points("of 5000 digits", f'{{"type": "Point", "coordinates": [{_DIGITS}, 43]}}'),
    _points("of texts", _geojson(["east", "north"]), "no longitude"),
    _points("of one number", _geojson([3.0]), "no longitude"),
    _points("that are areas", _geojson([[[3, 43], [4, 43], [4, 44]]], kind="Polygon"), "Point"),
    _points("without coordinates", _geojson(None), "no longitude"),
    _points(
        "in another CRS",
        _geojson([3, 43], crs={"type": "name", "properties": {"name": "EPSG:32631"}}),
        "32631",
    ),
    _points("whose features are a number", '{"type": "FeatureCollection", "features": 7}'),
    _points("whose features are numbers", '{"type": "FeatureCollection", "features": [7]}'),
    _points("whose CRS is a number", _geojson([3, 43], crs=7)),
    _points("none", _geojson(), "no points"),
    _points("of no type", '{"coordinates": [3, 43]}', "no GeoJSON"),
    _points("whose type is a list", '{"type": ["Point"], "coordinates": [3, 43]}'),
    _points("in columns of metres", "x,y\n500000,4800000\n", "no column lon"),
    _points("in a table with a short row", "lon,lat\n3\n", "no longitude"),
)
CASES = (*DECISIONS, *CLASSES, *SPLITS, *POINTS)
