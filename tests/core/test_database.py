"""A catalog is opened as it is, brought up to date after a copy, or refused and left alone."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from s2label.catalog import database
from s2label.catalog.schema import metadata
from s2label.errors import CatalogError, NewerCatalogError
from tests.factories.catalog import (
    catalog_url,
    chip_record,
    image,
    new_catalog,
    open_again,
    states,
)

if TYPE_CHECKING:
    from collections.abc import Callable

MIGRATIONS = Path(database.__file__).parent / "migrations"
NAME = "catalog.sqlite"
NEW_REVISION = '''
"""Made up for a test."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a sound catalog with a decision in it."""
    catalog = new_catalog(tmp_path, [chip_record(n) for n in range(40)])
    catalog.decide([image(id_) for id_ in catalog.image_ids()[:3]])
    catalog.close()
    return tmp_path


def sql(folder: Path, *statements: str) -> list[Any]:
    with closing(sqlite3.connect(folder / NAME)) as connection, connection:
        return [connection.execute(statement).fetchall() for statement in statements][-1]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# -- the schema -----------------------------------------------------------------------------------


def test_migrations_make_the_schema_that_the_code_uses(folder: Path) -> None:
    engine = create_engine(catalog_url(folder))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert differences == []


def test_head_and_known_revisions_are_those_of_the_migrations() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    oldest_first = [script.revision for script in scripts.walk_revisions()][::-1]

    assert scripts.get_current_head() == database.HEAD
    assert list(database.KNOWN) == oldest_first


def test_readers_and_a_writer_share_a_catalog(folder: Path) -> None:
    assert sql(folder, "PRAGMA journal_mode") == [("wal",)]


# -- what is refused ------------------------------------------------------------------------------


def _empty(folder: Path) -> None:
    (folder / NAME).write_bytes(b"")


def _cut(folder: Path) -> None:
    content = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(content[: len(content) // 2])


def _of_another_program(folder: Path) -> None:
    (folder / NAME).unlink()
    sql(folder, "CREATE TABLE recipes (title TEXT)", "INSERT INTO recipes VALUES ('soup')")


def _of_another_alembic_program(folder: Path) -> None:
    _of_another_program(folder)
    sql(
        folder,
        "CREATE TABLE alembic_version (version_num TEXT)",
        "INSERT INTO alembic_version VALUES ('0001')",
    )


def _newer(folder: Path) -> None:
    sql(folder, "UPDATE alembic_version SET version_num = '9999'")


def _text(folder: Path) -> None:
    (folder / NAME).write_bytes(b"no database at all, but long enough to be one\n" * 300)


@pytest.mark.parametrize("write", [pytest.param(False, id="read"), pytest.param(True, id="write")])
@pytest.mark.parametrize(
    ("damage", "error", "words"),
    [
        pytest.param(_empty, CatalogError, "not a catalog of this program", id="empty"),
        pytest.param(_cut, CatalogError, "cannot be read or written", id="truncated"),
        pytest.param(_text, CatalogError, "file is not a database", id="text"),
        pytest.param(_of_another_program, CatalogError, "not a catalog", id="foreign"),
        pytest.param(_of_another_alembic_program, CatalogError, "not a catalog", id="alembic's"),
        pytest.param(_newer, NewerCatalogError, "written by a newer program", id="newer"),
    ],
)
def test_what_is_no_sound_catalog_is_refused_in_one_line_and_left_byte_identical(
    folder: Path,
    damage: Callable[[Path], None],
    error: type[CatalogError],
    words: str,
    write: bool,
) -> None:
    damage(folder)
    before = files(folder)

    with pytest.raises(error, match=words) as refusal:
        open_again(folder, write=write)

    assert str(folder / NAME) in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert files(folder) == before


@pytest.mark.parametrize("write", [pytest.param(False, id="read"), pytest.param(True, id="write")])
def test_a_missing_catalog_is_not_made_anew(folder: Path, write: bool) -> None:
    (folder / NAME).unlink()

    with pytest.raises(CatalogError, match="no catalog there"):
        open_again(folder, write=write)

    assert files(folder) == {}


def test_a_damaged_page_is_found_before_anything_is_written(folder: Path) -> None:
    ((root, size),) = sql(
        folder, "SELECT rootpage, page_size FROM sqlite_master, pragma_page_size WHERE name = 'act'"
    )
    content = bytearray((folder / NAME).read_bytes())
    page = (root - 1) * size
    content[page : page + size] = b"\xa5" * size
    (folder / NAME).write_bytes(content)
    catalog = open_again(folder)

    with pytest.raises(CatalogError, match=r"damaged|cannot be read"):
        catalog.verify_pages()

    catalog.close()
    assert (folder / NAME).read_bytes() == content


def test_a_password_is_never_shown() -> None:
    engine = create_engine("sqlite://")
    with (
        pytest.raises(CatalogError) as refusal,
        database.explained("postgresql://zoe:secret@server/port"),
        engine.connect() as connection,
    ):
        connection.exec_driver_sql("SELECT * FROM nothing")
    engine.dispose()

    assert "zoe:***@server/port" in str(refusal.value)
    assert "secret" not in str(refusal.value)


# -- catalogs of older programs -------------------------------------------------------------------


@pytest.fixture
def next_program(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes this program one whose newest schema is a made-up 0007."""
    package = tmp_path_factory.mktemp("next program")

    def update(*body: str) -> None:
        shutil.copytree(MIGRATIONS, package / "migrations")
        text = NEW_REVISION + "".join(f"    {line}\n" for line in body)
        (package / "migrations" / "versions" / "0007_made_up.py").write_text(text)
        monkeypatch.setattr(database, "__file__", str(package / "database.py"))
        monkeypatch.setattr(database, "HEAD", "0007")
        monkeypatch.setattr(
            database, "KNOWN", ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
        )

    return update


NEW_COLUMN = 'op.add_column("place", sa.Column("country", sa.Text()))'


def revision(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def test_an_older_catalog_is_copied_and_then_brought_up_to_date(
    folder: Path, next_program: Callable[..., None]
) -> None:
    catalog = open_again(folder)
    before = states(catalog)
    catalog.close()
    next_program(NEW_COLUMN)

    catalog = open_again(folder)

    assert states(catalog) == before
    catalog.close()
    assert revision(folder / NAME) == "0007"
    assert sql(folder, "SELECT count(country), count(*) FROM place") == [(0, 40)]
    (copy,) = set(files(folder)) - {NAME}
    assert re.fullmatch(r"catalog-.*0006.*\.sqlite", copy)
    assert revision(folder / copy) == "0006"
    with closing(sqlite3.connect(folder / copy)) as old:
        assert old.execute("SELECT count(*) FROM decision").fetchone() == (3,)


def test_an_older_catalog_is_not_changed_by_a_reader(
    folder: Path, next_program: Callable[..., None]
) -> None:
    before = files(folder)
    next_program(NEW_COLUMN)

    with pytest.raises(CatalogError, match="of an older program; open it for writing once"):
        open_again(folder, write=False)

    assert files(folder) == before


def test_a_migration_that_fails_leaves_the_old_schema(
    folder: Path, next_program: Callable[..., None]
) -> None:
    next_program(NEW_COLUMN, 'op.execute("DELETE FROM decision")', 'raise RuntimeError("half way")')

    with pytest.raises(RuntimeError, match="half way"):
        open_again(folder)

    assert revision(folder / NAME) == "0006"
    assert sql(folder, "SELECT count(*) FROM decision") == [(3,)]
    assert "country" not in [row[1] for row in sql(folder, "PRAGMA table_info(place)")]


def test_a_migration_can_change_a_column_of_a_table_that_others_refer_to(
    folder: Path, next_program: Callable[..., None]
) -> None:
    next_program(
        'with op.batch_alter_table("act") as batch:',
        '    batch.alter_column("kind", existing_type=sa.String(10), type_=sa.String(20))',
    )

    open_again(folder).close()

    assert sql(folder, "SELECT count(*) FROM decision") == [(3,)]


def test_a_catalog_that_was_opened_for_reading_takes_no_decision(folder: Path) -> None:
    catalog = open_again(folder, write=False)
    try:
        with pytest.raises(CatalogError):
            catalog.decide([image(catalog.image_ids()[-1])])
    finally:
        catalog.close()
