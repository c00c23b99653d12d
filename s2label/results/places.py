"""May a file be written there? Asked before any work: what is read is never replaced."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.project_file import FILE_NAME
from s2label.raster import is_raster, open_raster

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RASTER_SUFFIXES = (".tif", ".tiff")
OBJECTS_SUFFIXES = (".geojson", ".json")
MAP_SUFFIXES = (".html", ".htm")


def require_place(path: Path, what: str, suffixes: Sequence[str]) -> None:
    """Raise `InputError` if a result cannot be a file at a path.

    Parameters
    ----------
    path : Path
        Where it is wanted.
    what : str
        What it is, in words.
    suffixes : sequence of str
        Those that such a file may have, in small letters.
    """
    if path.is_dir():
        raise InputError(path, "a folder", f"a file for the {what}")
    if path.suffix.casefold() not in suffixes:
        raise InputError(
            path, f"the suffix {path.suffix!r}", f"{' or '.join(suffixes)} for the {what}"
        )
    if not path.parent.is_dir():
        raise InputError(path.parent, "no such folder", advice="make it first")
    require_outside_projects(path)


def require_outside_projects(path: Path) -> None:
    """Raise `InputError` for a path in a project: its files are its own."""
    real = Path(os.path.realpath(path))
    for folder in (real, *real.parents):
        if (folder / FILE_NAME).is_file():
            found = f"lies in the project {folder.name}"
            raise InputError(path, found, "a place outside of projects")


def require_outside(path: Path, folder: Path, what: str) -> None:
    """Raise `InputError` for a path in a folder (``what`` says which) whose files are its own."""
    if Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
        raise InputError(path, f"lies in {what} {folder.name}", "a place outside of it")


def require_no_source(paths: Iterable[Path], sources: Iterable[Path]) -> None:
    """Raise `InputError` if a file that shall be written is one of those that are read."""
    read = {_identity(source) for source in sources} - {None}
    for path in paths:
        if _identity(path) in read:
            raise InputError(path, "is read for this result", "another file to write it to")


def require_apart(paths: Iterable[Path]) -> None:
    """Raise `InputError` if two results shall be the same file."""
    given = list(paths)
    counts = Counter(map(os.path.realpath, given))
    for path in given:
        if counts[os.path.realpath(path)] > 1:
            raise InputError(path, "is named for two results", "a file for each")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what all names of a file have in common; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def scene_of_result(path: Path) -> str | None:
    """Return the scene that a raster of a result is of; None if it is no such raster."""
    if path.suffix.casefold() not in RASTER_SUFFIXES or not path.is_file() or not is_raster(path):
        return None
    try:
        with open_raster(path) as dataset:
            tags = dataset.tags()
    except InputError:
        return None
    return str(tags.get("S2LABEL_SCENE", "")) if "S2LABEL_MODEL" in tags else None


def require_replaceable(path: Path, scene: str) -> None:
    """Raise `InputError` if there is something that is no result of a scene.

    For files whose names nobody wrote down, since they follow from those of the scenes.
    """
    if not path.exists():
        return
    there = scene_of_result(path)
    if there != scene:
        found = "no result of this program" if there is None else f"a result of {there}"
        raise InputError(path, found, f"one of {scene}", "name another folder, or move the file")
