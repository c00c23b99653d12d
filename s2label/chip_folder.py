"""The folder of stored chips: it goes with its project, and ``check`` looks through it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.durable import PART_SUFFIX
from s2label.stored_chips import BLANKS_SUFFIX, FOLDER, fault_of_chip
from s2label.types import Source

if TYPE_CHECKING:
    from s2label.project import Project


def follow_chips(project: Project) -> int:
    """Note where stored chips are now, if the project lies elsewhere than before.

    A copy reads its own chips, though those of the first project may still be there.

    Parameters
    ----------
    project : Project
        Open for writing.

    Returns
    -------
    int
        How many files were found here that the catalog had elsewhere.
    """
    moved = moved_chips(project)
    if moved:
        project.catalog.relink_sources(moved)
    return len(moved)


def moved_chips(project: Project) -> dict[str, Source]:
    """Return the stored chips that lie here: path in the catalog, which is elsewhere -> file."""
    folder = project.folder / FOLDER
    if not _holds_any(folder):  # most projects: that is quicker to see than their catalog
        return {}
    elsewhere = project.catalog.sources_in_folders(FOLDER, str(folder) + os.sep)
    here = _sizes_in(folder) if elsewhere else {}
    return {
        path: replace(source, path=str(folder / Path(path).name))
        for path, source in elsewhere.items()
        if here.get(Path(path).name) == source.size_bytes
    }


def fault_of_stored(row: dict[str, Any]) -> str | None:
    """Return what is wrong with a stored chip, by its row as a source, in one line."""
    source = Source(row["path"], row["size_bytes"], row["mtime_ns"], row["digest"])
    fault = fault_of_chip(Path(source.path), source)
    return f"{source.path}: {fault}; import its product again" if fault else None


def stray_chips(project: Project) -> list[str]:
    """Return the files among the stored chips that no image is read from, one line each.

    By their names: of a project on a disk that cannot be written, the catalog may still have its
    chips where they were before it was moved or copied.
    """
    rows = (Path(row["path"]) for row in project.catalog.sources())
    named = {path.name for path in rows if path.parent.name == FOLDER}
    findings = []
    for path in sorted((project.folder / FOLDER).rglob("*")):
        if path.is_file() and path.name not in named and path.suffix != BLANKS_SUFFIX:
            kind = "left by a crash" if PART_SUFFIX in path.name else "not in the catalog"
            findings.append(f"{path}: {kind}; it can be deleted")
    return findings


def _holds_any(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(True for _ in entries)
    except OSError:
        return False


def _sizes_in(folder: Path) -> dict[str, int]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat().st_size for entry in entries}
    except OSError:
        return {}
