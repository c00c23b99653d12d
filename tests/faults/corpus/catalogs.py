"""Projects that are none: catalogs of other programs, newer ones, damaged pages, odd settings."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.faults.corpus.bad_input import BadInput, Command, Desk

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FAMILY = "projects"
_CATALOG, _SETTINGS = "catalog.sqlite", "project.toml"
_DEEP = "x = " + "[" * 20_000 + "]" * 20_000 + "\n"
_PAGE = 4096

# Every command that opens a project, with sound arguments.
COMMANDS: dict[str, Callable[[Desk, Path], Command]] = {
    "status": lambda desk, project: ["status", project],
    "list": lambda desk, project: ["list", project, "--images"],
    "import": lambda desk, project: ["import", project, desk.sound.port],
    "decide": lambda desk, project: [
        *("decide", project, desk.file("d.csv", "subject,id,decision\nmask,a,open\n"))
    ],
    "undo": lambda desk, project: ["undo", project],
    "redo": lambda desk, project: ["redo", project],
    "history": lambda desk, project: ["history", project],
    "screen": lambda desk, project: ["screen", project],
    "dates": lambda desk, project: ["dates", project],
    "findings": lambda desk, project: ["findings", project],
    "findings settle": lambda desk, project: ["findings", "settle", project, "dark", "--why", "x"],
    "findings reopen": lambda desk, project: ["findings", "reopen", project, "dark"],
    "learn": lambda desk, project: ["learn", project],
    "rest": lambda desk, project: ["rest", project, "--sample"],
    "explore": lambda desk, project: ["explore", project, desk.out],
    "export": lambda desk, project: ["export", project, desk.out, "--format", "png"],
    "relink": lambda desk, project: ["relink", project, desk.sound.port],
    "train": lambda desk, project: ["train", project],
    "models": lambda desk, project: ["models", project],
    "models promote": lambda desk, project: ["models", "promote", project, "vessels-1"],
    "models rollback": lambda desk, project: ["models", "rollback", project],
    "suggest": lambda desk, project: ["suggest", project],
    "audit": lambda desk, project: ["audit", project],
    "suspicions": lambda desk, project: ["suspicions", project],
    "doubts": lambda desk, project: [
        *("doubts", project, desk.sound.result / "classes.tif", desk.sound.result / "scene.tif")
    ],
    "check": lambda desk, project: ["check", project],
    "open": lambda desk, project: ["open", project],
}


def _newer(project: Path) -> None:
    _sql(project, "UPDATE alembic_version SET version_num = '9999'")


def _sql(project: Path, *statements: str) -> None:
    with closing(sqlite3.connect(project / _CATALOG)) as catalog, catalog:
        for statement in statements:
            catalog.execute(statement)


def _without_catalog(project: Path) -> None:
    for path in project.glob(f"{_CATALOG}*"):
        path.unlink()


def _of_others(*statements: str) -> Callable[[Path], None]:
    def make(project: Path) -> None:
        _without_catalog(project)
        _sql(project, *statements)

    return make


def _page(number: int) -> Callable[[Path], None]:
    """Return damage to one page, as a bad disk leaves it."""

    def damage(project: Path) -> None:
        with closing(sqlite3.connect(project / _CATALOG)) as catalog:
            catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        data = bytearray((project / _CATALOG).read_bytes())
        data[number * _PAGE : (number + 1) * _PAGE] = b"\xa5" * _PAGE
        _without_catalog(project)
        (project / _CATALOG).write_bytes(data)

    return damage


def _cut(share: float) -> Callable[[Path], None]:
    def damage(project: Path) -> None:
        _page(10**6)(project)
        data = (project / _CATALOG).read_bytes()
        (project / _CATALOG).write_bytes(data[: int(len(data) * share)])

    return damage


_GPKG = (
    "PRAGMA application_id = 1196444487",
    "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT)",
    "INSERT INTO gpkg_contents VALUES ('vessels', 'features')",
)
_ALEMBIC = (
    "CREATE TABLE alembic_version (version_num TEXT)",
    "INSERT INTO alembic_version VALUES ('ae1027a6acf')",
)
CATALOGS: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "of a newer program": (_newer, (_CATALOG, "newer")),
    "that is a GeoPackage": (_of_others(*_GPKG), (_CATALOG,)),
    "of another program": (_of_others("CREATE TABLE recipe (id INTEGER)"), (_CATALOG,)),
    "of another program with Alembic": (_of_others(*_ALEMBIC), (_CATALOG,)),
    "of no table": (_of_others("PRAGMA user_version = 7"), (_CATALOG,)),
    "cut in half": (_cut(0.5), (_CATALOG,)),
    "cut after its first page": (_cut(0.01), (_CATALOG,)),
    "with a damaged first page": (_page(0), (_CATALOG,)),
}


def _damaged(what: str, damage: Callable[[Path], None], command: str, *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        project = desk.project()
        damage(project)
        return COMMANDS[command](desk, project)

    return BadInput(_FAMILY, f"{command} with {what}", build, said)


def _no_project(command: str) -> BadInput:
    """Return a case whose project is a folder of something else."""

    def build(desk: Desk) -> Command:
        folder = desk.folder / "holidays"
        desk.file("holidays/beach.txt", "sun")
        return COMMANDS[command](desk, folder)

    return BadInput(_FAMILY, f"{command} with a folder that is no project", build, ("holidays",))


def _settings(what: str, change: Callable[[str], str], *said: str) -> BadInput:
    def damage(project: Path) -> None:
        path = project / _SETTINGS
        text = path.read_text("utf-8")
        changed = change(text)
        assert changed != text
        path.write_text(changed, "utf-8")

    return _damaged(f"settings {what}", damage, "status", _SETTINGS, *said)


def _loop(project: Path) -> None:
    shutil.rmtree(project)
    project.symlink_to(project.name)


def _replace_url(project: Path, url: str) -> None:
    path = project / _SETTINGS
    path.write_text(path.read_text("utf-8").replace(_URL, url), "utf-8")


def _init(what: str, at: Callable[[Desk], Path]) -> BadInput:
    said = "nnnn" if "long" in what else "harbour"
    return BadInput(
        _FAMILY,
        f"init over {what}",
        lambda desk: ["init", at(desk), "--classes", "vessels"],
        (said,),
    )


_URL = "sqlite:///catalog.sqlite"
_DISTANCE = "distance_m = 2500.0"
_INIT: dict[str, Callable[[Desk], Path]] = {
    "a project that is there": lambda desk: desk.project(),
    "a file": lambda desk: desk.file("harbour", "x"),
    "a folder below a file": lambda desk: desk.file("harbour", "x") / "project",
    "a name too long for any disk": lambda desk: desk.folder / ("n" * 300),
}
CASES = (
    *(_no_project(command) for command in COMMANDS),
    *(
        _damaged(f"a catalog {what}", damage, "list", *said)
        for what, (damage, said) in CATALOGS.items()
    ),
    *(
        _damaged("a catalog of a newer program", _newer, c, "newer")
        for c in COMMANDS
        if c != "list"
    ),
    _damaged("a catalog with a damaged page", _page(3), "import", _CATALOG),
    _damaged("a project that is a link to itself", _loop, "status", "harbour"),
    _settings(
        "without classes", lambda text: text.replace("[classes]", "[klasses]"), "class table"
    ),
    _settings("of no distance", lambda text: text.replace(_DISTANCE, 'distance_m = "far"')),
    _settings("of a distance of NaN", lambda text: text.replace(_DISTANCE, "distance_m = nan")),
    _settings("of a distance of inf", lambda text: text.replace(_DISTANCE, "distance_m = inf")),
    _settings("of a negative distance", lambda text: text.replace("2500.0", "-1.0")),
    _settings("without a catalog", lambda text: text.replace("catalog =", "katalog ="), "catalog"),
    _settings("of no URL", lambda text: text.replace(_URL, "no url"), "URL"),
    _settings("of a class value of inf", lambda text: text.replace("value = 1", "value = inf")),
    _settings("nested 20000 deep", lambda text: _DEEP + text),
    _settings("of 5000 digits", lambda text: f"x = {'9' * 5000}\n{text}"),
    _settings(
        "with a view of code", lambda text: f"{text}\n[[views]]\nname = 'a'\nindex = 'exit()'"
    ),
    _damaged(
        "a catalog that is another database's",
        lambda project: _replace_url(project, "oracle://scott:tiger@127.0.0.1/x"),
        "status",
        "oracle",
    ),
    *(_init(what, at) for what, at in _INIT.items()),
)
