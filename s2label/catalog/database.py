"""Opening a catalog: engine settings, schema version, migrations after a copy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from s2label.errors import CatalogError, NewerCatalogError
from s2label.refusals import sqlite_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

# The newest file of migrations/versions; a test compares it with Alembic's own answer, so that
# opening a project need not import Alembic.
HEAD = "0006"
# Every revision this program can bring up to date.
KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006")
_WRITES = "s2label_writes"


def create_catalog(url: str) -> None:
    """Make an empty catalog with today's schema."""
    engine = _engine(url, write=True)
    try:
        with explained(url):
            _migrate(engine)
    finally:
        engine.dispose()


def open_catalog(url: str, *, write: bool) -> Engine:
    """Open a catalog, bringing its schema up to date if the caller may write.

    Raises
    ------
    CatalogError
        If it is missing, unreadable, not of this program, or older and not opened for writing.
    NewerCatalogError
        If a newer program wrote it.
    """
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        raise CatalogError(f"{path}: no catalog there; restore it from a backup")
    engine = _engine(url, write=write)
    try:
        with explained(url):
            _bring_up_to_date(engine, url, write=write)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn a driver's error into one line; nothing is ever repaired by deletion."""
    try:
        yield
    except DBAPIError as error:
        where = sqlite_path(url) or _parsed(url).render_as_string(hide_password=True)
        raise CatalogError(f"{where}: {_refusal(error)}; nothing was changed") from error


def _refusal(error: DBAPIError) -> str:
    """Return why a driver refused, short where the disk is why: it is read in a status line."""
    reason = sqlite_reason(error.orig)
    cause = " ".join(str(error.orig).split())
    damaged = f"the catalog cannot be read or written ({cause}); restore it from a backup"
    return reason or f"{damaged} if it is damaged"


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite URL, or None for a server."""
    parsed = _parsed(url)
    return (
        Path(parsed.database)
        if parsed.drivername.startswith("sqlite") and parsed.database
        else None
    )


def located(url: str, folder: Path) -> str:
    """Return a URL whose SQLite file is meant relative to a folder, of any name.

    Raises
    ------
    CatalogError
        If it is no URL, or the folder's name is no text.
    """
    path = sqlite_path(url)
    if path is None or path.is_absolute():
        return url
    # Written by SQLAlchemy, not pasted: "?", "#" and "%" mean something in a URL.
    try:
        return _parsed(url).set(database=str(folder / path)).render_as_string(hide_password=False)
    except UnicodeEncodeError as error:
        raise CatalogError(f"{folder}: a name that is not UTF-8; rename the folder") from error


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError as error:
        raise CatalogError(
            "the catalog's URL in project.toml is none; expected one such as "
            "sqlite:///catalog.sqlite"
        ) from error


def verify_pages(engine: Engine, url: str) -> None:
    """Let SQLite read all its pages.

    Raises
    ------
    CatalogError
        If a page is damaged; found before a long import instead of in its last second.
    """
    if engine.dialect.name != "sqlite":
        return
    with explained(url), engine.connect() as connection:
        found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        raise CatalogError(
            f"{sqlite_path(url)}: the catalog is damaged ({found}); restore a backup"
        )


def _engine(url: str, *, write: bool) -> Engine:
    try:
        engine = create_engine(url if write else _for_reading(url))
    except (ArgumentError, ImportError) as error:  # no such database, or its driver is missing
        where = _parsed(url).render_as_string(hide_password=True)
        cause = " ".join(str(error).split())
        raise CatalogError(f"{where}: cannot be opened ({cause}); install its driver") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin)
        if not write:
            event.listen(engine, "connect", _forbid_writing)
    return engine


def _for_reading(url: str) -> str | URL:
    """Return a URL under which a catalog on a read-only disk can be read.

    SQLite wants to write beside the file it reads; told that nobody can change it, it does not.
    """
    path = sqlite_path(url)
    if path is None or os.access(path.parent, os.W_OK):
        return url
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return url  # what is still in the log would be passed over
    query = {"mode": "ro", "immutable": "1", "uri": "true"}
    return URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # Transactions are begun by `_begin`: the driver's own way leaves DDL outside of them.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 5000")
    cursor.execute("PRAGMA foreign_keys = ON")
    # FULL: a decision that was taken survives a power cut, not only a killed program.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _forbid_writing(connection: sqlite3.Connection, _record: Any) -> None:
    """Whoever opened a catalog without the project's lock may not write by mistake either."""
    connection.execute("PRAGMA query_only = ON").close()


def writing(engine: Engine) -> Engine:
    """Return the same engine for transactions that write: each waits for another one at its begin.

    One that reads first, and writes after somebody else has written, could only be broken off.
    """
    return engine.execution_options(**{_WRITES: True})


def _begin(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _bring_up_to_date(engine: Engine, url: str, *, write: bool) -> None:
    revision = _revision(engine, url)
    if revision == HEAD:
        return
    if revision not in KNOWN:
        raise NewerCatalogError(
            f"{sqlite_path(url) or url}: written by a newer program (schema {revision!r}, this "
            f"program knows up to {HEAD!r}); update napari-s2label; nothing was changed"
        )
    if not write:
        raise CatalogError(
            f"{sqlite_path(url) or url}: of an older program; open it for writing once"
        )
    _back_up(url, revision)
    _migrate(engine)


def _revision(engine: Engine, url: str) -> str:
    with engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if not {"alembic_version", "place", "act"} <= tables:
            raise CatalogError(f"{sqlite_path(url) or url}: not a catalog of this program")
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar())


def _back_up(url: str, revision: str) -> None:
    path = sqlite_path(url)
    if path is None:
        return  # a server's backups are its administrator's
    copy = path.with_name(f"{path.stem}-before-{HEAD}-from-{revision}{path.suffix}")
    with closing(sqlite3.connect(path)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Kept in the file: readers go on reading while one program writes.
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            # A migration may make a table anew that others refer to; checked at its end.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        _require_references(connection)
        connection.commit()


def _require_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise CatalogError(f"a row of {broken[0]} refers to nothing; nothing was changed")
