"""Moved source files: which are gone or changed, and where the same bytes are now."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError
from s2label.progress import Job, Progress
from s2label.raster import source_of
from s2label.source_files import file_of, is_there, zip_member

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.project import Project
    from s2label.types import Source

# A folder tree may hold a million files: a step each would be more work than the search.
_FILES_PER_STEP = 500


@dataclass(frozen=True)
class LostSources:
    """Sources that are not where the catalog has them, by path; all values are JSON types.

    Parameters
    ----------
    missing : list of str
        No file is there.
    changed : list of str
        Another file is there.
    found : dict
        Path in the catalog -> where the same bytes are.
    ambiguous : dict
        Path in the catalog -> places that fit equally well, or one that others fit as well.
    """

    missing: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    found: dict[str, str] = field(default_factory=dict)
    ambiguous: dict[str, list[str]] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """How many are still lost."""
        return len(self.missing) + len(self.changed)

    def after(self, found: dict[str, str], ambiguous: dict[str, list[str]]) -> LostSources:
        """Return what is left when some were found."""
        missing = [path for path in self.missing if path not in found]
        changed = [path for path in self.changed if path not in found]
        return LostSources(missing, changed, found, ambiguous)


def find_lost(project: Project) -> Job[LostSources]:
    """Return the sources that are missing or changed; reads at most 128 KiB of each file."""
    lost = LostSources()
    rows = project.catalog.sources()
    for done, row in enumerate(rows, start=1):
        path = Path(row["path"])
        if not is_there(path):
            lost.missing.append(row["path"])
        elif _identity(source_of(path)) != _row_identity(row):
            lost.changed.append(row["path"])
        yield Progress(done, len(rows), "checking sources")
    return lost


def relink_project(project: Project, folder: Path) -> Job[LostSources]:
    """Look for lost sources in a folder and note where they are now, all in one transaction.

    A file is the same when name, size and the digest of its ends are; decisions stay as they
    are. Of several equal files that one is taken whose folders are named as before.

    Parameters
    ----------
    project : Project
        Open for writing.
    folder : Path
        Looked through with everything below it.

    Raises
    ------
    InputError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(folder, "no such folder", advice="choose the folder the files are in now")
    lost = yield from find_lost(project)
    wanted = {*lost.missing, *lost.changed}
    rows = {row["path"]: row for row in project.catalog.sources()}
    candidates = yield from _find_files(folder.absolute(), {file_of(path).name for path in wanted})
    chosen, ambiguous = yield from _choose(sorted(wanted), rows, candidates)
    project.catalog.relink_sources(chosen)
    found = {path: source.path for path, source in chosen.items()}
    return lost.after(found, ambiguous)


def _find_files(folder: Path, names: set[str]) -> Job[dict[str, list[Path]]]:
    """Return all files of some names below a folder, by name."""
    found: dict[str, list[Path]] = defaultdict(list)
    message, seen = "looking through the folder", 0
    yield Progress(0, 0, message)
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for name in names.intersection(files):
            found[name].append(Path(parent, name))
        if seen // _FILES_PER_STEP != (seen + len(files)) // _FILES_PER_STEP:
            yield Progress(seen + len(files), 0, message)
        seen += len(files)
    return found


def _choose(
    wanted: list[str], rows: dict[str, dict[str, Any]], candidates: dict[str, list[Path]]
) -> Job[tuple[dict[str, Source], dict[str, list[str]]]]:
    fitting: dict[str, list[Source]] = {}
    for done, path in enumerate(wanted, start=1):
        here = [_moved(path, file) for file in candidates.get(file_of(path).name, [])]
        equal = _equal_files(rows[path], here, rows, set(wanted))
        if equal:
            fitting[path] = _nearest(path, equal)
        yield Progress(done, len(wanted), "comparing files")
    claims = Counter(source.path for sources in fitting.values() for source in sources)
    chosen = {
        path: sources[0]
        for path, sources in fitting.items()
        if len(sources) == 1 and claims[sources[0].path] == 1
    }
    unclear = {p: [s.path for s in sources] for p, sources in fitting.items() if p not in chosen}
    return chosen, unclear


def _moved(path: str, file: Path) -> Path:
    """Return the path that a source would have in another file: a zip that moved, or itself."""
    member = zip_member(path)
    return Path(replace(member, archive=file).path) if member else file


def _equal_files(
    row: dict[str, Any], paths: Iterable[Path], rows: dict[str, dict[str, Any]], lost: set[str]
) -> list[Source]:
    """Return the files that hold the bytes of a source and may take its place."""
    equal = []
    for path in paths:
        if is_there(path) and file_of(path).stat().st_size == row["size_bytes"]:
            source = source_of(path)
            known = rows.get(source.path)
            is_free = (
                known is None or source.path in lost or _identity(source) == _row_identity(known)
            )
            if is_free and _identity(source) == _row_identity(row):
                equal.append(source)
    return equal


def _nearest(path: str, sources: list[Source]) -> list[Source]:
    """Return those whose path ends most like the old one."""
    shared = [_shared_ending(path, source.path) for source in sources]
    return [s for s, length in zip(sources, shared, strict=True) if length == max(shared)]


def _shared_ending(one: str, other: str) -> int:
    parts = zip(reversed(Path(one).parts), reversed(Path(other).parts), strict=False)
    return next((n for n, (a, b) in enumerate(parts) if a != b), len(Path(one).parts))


def _identity(source: Source) -> tuple[int, str]:
    return source.size_bytes, source.digest


def _row_identity(row: dict[str, Any]) -> tuple[int, str]:
    return row["size_bytes"], row["digest"]
