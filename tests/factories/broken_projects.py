"""Sound sources for a project that is damaged, newer than the program, or not there."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.factories.case import PROJECT_FOLDER, Case
from tests.factories.ports import band_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.factories.case import CaseBuilder

CATALOG = "catalog.sqlite"
SETTINGS = "project.toml"


def _damaged(damage: Callable[[Path], object], *words: str) -> CaseBuilder:
    """Return a builder of a sound port whose project is damaged before the import."""

    def project(folder: Path) -> None:
        damage(folder)

    return lambda folder: Case(band_folder(folder / "port"), expected=words, project=project)


def _of_a_newer_program(project: Path) -> None:
    with closing(sqlite3.connect(project / CATALOG)) as catalog, catalog:
        catalog.execute("UPDATE alembic_version SET version_num = '9999_not_yet_written'")


def _of_another_program(project: Path) -> None:
    _without_catalog(project)
    with closing(sqlite3.connect(project / CATALOG)) as catalog, catalog:
        catalog.execute("CREATE TABLE recipes (id INTEGER PRIMARY KEY, title TEXT)")
        catalog.execute("INSERT INTO recipes (title) VALUES ('bouillabaisse')")


def _overwritten(start: int, stop: int) -> Callable[[Path], None]:
    """Return damage that overwrites bytes of the catalog."""

    def damage(project: Path) -> None:
        path = project / CATALOG
        content = bytearray(path.read_bytes())
        content[start:stop] = b"\xa5" * (stop - start)
        path.write_bytes(content)

    return damage


def _without_catalog(project: Path) -> None:
    for path in project.glob(f"{CATALOG}*"):
        path.unlink()


def _catalog_is_a_folder(project: Path) -> None:
    _without_catalog(project)
    (project / CATALOG).mkdir()


def _project_is_a_file(project: Path) -> None:
    shutil.rmtree(project)
    project.write_text("harbour")


def _settings(content: bytes) -> Callable[[Path], object]:
    return lambda project: (project / SETTINGS).write_bytes(content)


PROJECT_CASES: dict[str, CaseBuilder] = {
    "project of a newer program": _damaged(_of_a_newer_program, "newer"),
    "catalog of another program": _damaged(_of_another_program, CATALOG),
    "catalog with a damaged header": _damaged(_overwritten(0, 64), CATALOG),
    "catalog with a damaged schema": _damaged(_overwritten(100, 4000), CATALOG),
    "catalog emptied": _damaged(lambda project: (project / CATALOG).write_bytes(b""), CATALOG),
    "catalog gone": _damaged(_without_catalog, CATALOG),
    "catalog is a folder": _damaged(_catalog_is_a_folder, CATALOG),
    "settings not TOML": _damaged(_settings(b"name = [\n\0classes"), SETTINGS),
    "settings empty": _damaged(_settings(b""), SETTINGS),
    "settings gone": _damaged(lambda project: (project / SETTINGS).unlink(), SETTINGS),
    "project does not exist": _damaged(shutil.rmtree, PROJECT_FOLDER),
    "project is a file": _damaged(_project_is_a_file, PROJECT_FOLDER),
}
