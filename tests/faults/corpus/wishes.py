"""Wishes that make no sense: ids of nothing, numbers out of range, options that contradict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.corpus.bad_input import BadInput, Command, Desk

if TYPE_CHECKING:
    from collections.abc import Callable

_FAMILY = "wishes"


def _project(name: str, *arguments: object, said: str, code: int = 1) -> BadInput:
    """Return a case of a command on a sound project; `{project}` and `{out}` are paths."""

    def build(desk: Desk) -> Command:
        paths = {"{project}": desk.project(), "{out}": desk.out, "{port}": desk.sound.port}
        return [paths.get(str(part), part) for part in arguments]

    return BadInput(_FAMILY, name, build, (said,), code)


def _import(name: str, *arguments: object, said: str, code: int = 2) -> BadInput:
    return _project(
        f"import {name}", "import", "{project}", "{port}", *arguments, said=said, code=code
    )


def _explore(name: str, *arguments: object, said: str) -> BadInput:
    return _project(f"explore {name}", "explore", "{project}", "{out}", *arguments, said=said)


def _predict(name: str, *arguments: object, said: str, code: int = 1) -> BadInput:
    def build(desk: Desk) -> Command:
        scene = desk.sound.result / "scene.tif"
        return ["predict", desk.project(), scene, *(arguments or (desk.folder / "c.tif",))]

    return BadInput(_FAMILY, f"predict {name}", build, (said,), code)


def _of(name: str, command: Callable[[Desk], Command], *said: str, code: int = 1) -> BadInput:
    return BadInput(_FAMILY, name, command, said, code)


CASES = (
    _import("of no quantification", "--quantification", "0", said="quantification", code=2),
    _import("of NaN", "--quantification", "nan", said="quantification"),
    _import("of an infinite offset", "--offset", "-inf", said="offset"),
    _import("of chips of 1e9 px", "--chip", "1000000000", said="1000000000", code=1),
    _import("of chips of -64 px", "--chip", "-64", said="chip"),
    _import("of stride 0", "--stride", "0", said="stride"),
    _import("of a band that is none", "--bands", "B02,B77", said="B77", code=1),
    _import("of a band twice", "--bands", "B02,B02", said="B02", code=1),
    _import("of the 30th of February", "--date", "2023-02-30", said="2023-02-30"),
    _import("around masks without masks", "--around", "masks", said="masks"),
    _import("with jitter without points", "--jitter", "3", said="jitter"),
    _import("of -5 random tiles", "--random", "-5", said="random"),
    _import("of a kind that is none", "--kind", "shapefile", said="shapefile"),
    _project(
        "export of a format that is none",
        "export",
        "{project}",
        "{out}",
        "--format",
        "bmp",
        said="bmp",
        code=2,
    ),
    _project(
        "export of void 300",
        "export",
        "{project}",
        "{out}",
        "--format",
        "png",
        "--void",
        "300",
        said="void",
        code=2,
    ),
    _project(
        "export of void 1, a class",
        "export",
        "{project}",
        "{out}",
        "--format",
        "png",
        "--include-open",
        "--void",
        "1",
        said="1",
    ),
    _explore("where nobody knows", "--where", "colour = red", said="colour"),
    _explore("where code stands", "--where", "__import__('os')", said="--where"),
    _explore("of a band that is none", "--bands", "B77", said="B77"),
    _explore("of an index of code", "--bands", "exit()", said="exit"),
    _explore("of -1 samples", "--samples", "-1", said="samples"),
    _explore("of a billion samples", "--samples", "1000000000", said="samples"),
    _explore("of a scatter of three", "--scatter", "B02,B03,B04", said="scatter"),
    _project("suggest where nobody knows", "suggest", "{project}", "--where", "a = b", said="a"),
    _project("dates of every leap year", "dates", "{project}", "--per", "leap year", said="leap"),
    _project("dates of 1e999 days", "dates", "{project}", "--per", "1e999", said="1e999"),
    _project("dates of 5000 digits", "dates", "{project}", "--per", "9" * 5000, said="--per"),
    _project("dates that keep none", "dates", "{project}", "--keep", "0", said="keep", code=2),
    _project("rest below NaN", "rest", "{project}", "--below", "nan", said="below", code=2),
    _project("rest of both", "rest", "{project}", "--sample", "--accept", said="choose", code=2),
    _project("rest without anything learnt", "rest", "{project}", said="no sample"),
    _project("learn from nothing", "learn", "{project}", said="screened"),
    _project("redo of nothing", "redo", "{project}", said="nothing to redo"),
    _project(
        "settle of an unknown finding",
        "findings",
        "settle",
        "{project}",
        "magic",
        "--why",
        "x",
        said="magic",
    ),
    _project(
        "settle without a reason",
        "findings",
        "settle",
        "{project}",
        "dark",
        "--why",
        " ",
        said="why",
        code=2,
    ),
    _project(
        "reopen for an unknown image",
        "findings",
        "reopen",
        "{project}",
        "dark",
        "--image",
        "../../x",
        said="../../x",
    ),
    _project("audit of 1 fold", "audit", "{project}", "--folds", "1", said="folds", code=2),
    _project("relink to nowhere", "relink", "{project}", "{out}", said="out"),
    _project("screen by magic", "screen", "{project}", "--method", "magic", said="magic", code=2),
    _project("a command that is none", "destroy", "{project}", said="destroy", code=2),
    _project("no project at all", "status", said="project", code=2),
    _predict("at threshold NaN", "c.tif", "--threshold", "nan", said="threshold", code=2),
    _predict("to nowhere", "", said="empty", code=2),
    _predict("to a place below a file", "/dev/null/c.tif", said="/dev/null"),
    _predict("with --labels alone", "c.tif", "--labels", said="--changed-in", code=2),
    _of(
        "predict over its own scene",
        lambda desk: [
            *("predict", desk.project(), desk.copy(desk.sound.result) / "scene.tif"),
            desk.folder / "result" / "scene.tif",
        ],
        "scene.tif",
    ),
    _of(
        "a map over its own classes",
        lambda desk: [
            *("map", desk.copy(desk.sound.result) / "classes.tif", desk.folder / "result/rgb.tif"),
            desk.folder / "result/classes.tif",
        ],
        "classes.tif",
    ),
    _of(
        "demo over somebody's folder",
        lambda desk: ["demo", desk.file("mine/notes.txt", "x").parent, "--no-gui"],
        "mine",
    ),
)
