"""What all tests share: the real data beside the checkout, and the command line in-process."""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from s2label import project
from s2label.catalog import database
from s2label.catalog.database import create_catalog, sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).resolve().parents[1]
# More than the program has.
_STATEMENTS = 2000


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real Sentinel-2 data; skip where it is missing."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real data (../shared/data) is not beside this checkout")
    return folder


@pytest.fixture(autouse=True)
def _own_settings(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep napari's settings of whoever runs the suite out of it."""
    monkeypatch.setenv("NAPARI_CONFIG", str(tmp_path_factory.getbasetemp() / "napari.yaml"))


@pytest.fixture(scope="session", autouse=True)
def _migrations_run_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Copy the empty catalog of each new project: they are all alike, and the tests make thousands.

    What the migrations themselves do is tested with catalogs that they made.
    """
    empty = tmp_path_factory.mktemp("catalog") / "empty.sqlite"

    def copy(url: str) -> None:
        path = sqlite_path(url)
        if path is None or path.exists():
            create_catalog(url)
            return
        if not empty.exists():
            create_catalog(f"sqlite:///{empty}")
        shutil.copyfile(empty, path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "create_catalog", copy)
        yield


@pytest.fixture(scope="session", autouse=True)
def _statements_are_compiled_once() -> Iterator[None]:
    """Have all projects share what SQLAlchemy made of a statement for the first of them.

    A program compiles each statement once, as it has one project open; a suite that has thousands,
    one after the other, spent a fifth of its time on that.
    """
    together = partial(create_engine, execution_options={"compiled_cache": LRUCache(_STATEMENTS)})
    with pytest.MonkeyPatch.context() as patch:
        # What is kept belongs to a dialect, of which each engine has one of its own.
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda self: hash(type(self)))
        patch.setattr(
            SQLiteDialect_pysqlite, "__eq__", lambda self, other: type(self) is type(other)
        )
        patch.setattr(database, "create_engine", together)
        yield


@pytest.fixture(autouse=True)
def _no_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave syncing out of this process.

    It keeps what was written from a loss of power, which no test can bring about; what is written
    in which order is the same without it, for whoever kills a process as well.
    """
    monkeypatch.setattr(os, "fsync", lambda _: None)
