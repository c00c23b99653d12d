"""What a project holds, without the moments at which it came to hold it."""

from __future__ import annotations

import hashlib
import sqlite3
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

# They differ between two runs of the same work, and rightly so.
_MOMENTS = {"at", "decided_at"}


def project_snapshot(folder: Path) -> dict[str, Any]:
    """Return every row of the catalog and the hash of every other file of a project."""
    files = {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("catalog.sqlite")
    }
    return {"files": files, **catalog_snapshot(folder / "catalog.sqlite")}


def catalog_snapshot(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return table -> sorted rows, without the moments."""
    with sqlite3.connect(path) as connection:
        names = [
            r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {name: _rows(connection, name) for name in sorted(names)}


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    cursor = connection.execute(f"SELECT * FROM {table}")
    kept = [i for i, column in enumerate(cursor.description) if column[0] not in _MOMENTS]
    return sorted((tuple(row[i] for i in kept) for row in cursor), key=repr)


def tree_snapshot(folder: Path) -> dict[str, str]:
    """Return path -> hash of every file of a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
