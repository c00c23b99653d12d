"""Where the source files of a log are on this machine: by path, else by name and content."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from s2label.errors import ExportError, InputError
from s2label.progress import Job, Progress
from s2label.raster import source_of
from s2label.source_files import is_there

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from s2label.rebuilding.fact_rows import SourceRow

_FILES_PER_STEP = 500
_MOST_TOLD = 10


@dataclass(frozen=True)
class FoundSources:
    """The source files of a log.

    Parameters
    ----------
    folders : sequence of Path
        Where they were looked for.
    paths : dict
        Number of a source -> path as it is read, of those that were found.
    """

    folders: Sequence[Path]
    paths: dict[int, str] = field(default_factory=dict)

    def refuse_lost(self, needed: Sequence[SourceRow]) -> None:
        """Raise `ExportError` if sources that are needed were not found."""
        lost = [row for row in needed if row.number not in self.paths]
        if not lost:
            return
        told = ", ".join(self._told(row) for row in lost[:_MOST_TOLD])
        more = f" and {len(lost) - _MOST_TOLD} more" if len(lost) > _MOST_TOLD else ""
        where = f" below {', '.join(map(str, self.folders))}" if self.folders else ""
        raise ExportError(
            f"{len(lost)} of {len(needed)} sources are missing or changed{where}: {told}{more}; "
            "name the folders that hold them with --sources"
        )

    def _told(self, row: SourceRow) -> str:
        name = row.path if row.member is None else f"{row.path}/{row.member}"
        is_another = any(path.is_file() for path in _expected(row, self.folders))
        return f"{name} (changed)" if is_another else name


def find_sources(rows: Sequence[SourceRow], folders: Sequence[Path]) -> Job[FoundSources]:
    """Look for sources: at their own paths, at the end of their paths, then everywhere below.

    A file is the right one when its size and the digest of its ends are those of the log. Sources
    that were several files stay several where they are there; else they may share one.

    Raises
    ------
    InputError
        If a folder is not there.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(folder, "no such folder", advice="name folders that hold sources")
    search = _Search(folders)
    left: list[SourceRow] = []
    for done, row in enumerate(rows, start=1):
        if not search.take(row, _expected(row, folders)):
            left.append(row)
        yield Progress(done, len(rows), "looking for the sources")
    if left:
        named = yield from _files_named({PurePosixPath(row.path).name for row in left}, folders)
        for done, row in enumerate(left, start=1):
            search.take(row, iter(named[PurePosixPath(row.path).name]))
            yield Progress(done, len(left), "comparing files")
    return search.found


class _Search:
    """What was found so far, and how many sources read one file."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.found = FoundSources(folders)
        self._readers: Counter[str] = Counter()

    def take(self, row: SourceRow, files: Iterator[Path]) -> bool:
        """Take the first file that is the right one; one that no other source reads, if any."""
        shared: Path | None = None
        for file in files:
            if not _is_right(row, file):
                continue
            if not self._readers[_path(row, file)]:
                shared = file
                break
            shared = shared or file
        if shared is None:
            return False
        path = _path(row, shared)
        # In a catalog every source has a path of its own.
        again = os.path.join(shared.parent, *["."] * self._readers[path], shared.name)
        self._readers[path] += 1
        self.found.paths[row.number] = _path(row, again)
        return True


def _expected(row: SourceRow, folders: Sequence[Path]) -> Iterator[Path]:
    """Yield where a file would be if folders were copied as they were, or parts of them."""
    if row.whole is not None:
        yield Path(row.whole)
    parts = PurePosixPath(row.path).parts
    for start in range(len(parts)):
        for folder in folders:
            yield folder.joinpath(*parts[start:])


def _path(row: SourceRow, file: Path | str) -> str:
    # Written here, since a `Path` would make two texts of one place equal again.
    return str(file) if row.member is None else f"/vsizip/{{{file}}}/{row.member}"


def _is_right(row: SourceRow, file: Path) -> bool:
    path = _path(row, file)
    try:
        if not file.is_file() or file.stat().st_size != row.size_bytes or not is_there(path):
            return False
        return source_of(path).digest == row.digest
    except (OSError, InputError):
        return False


def _files_named(names: set[str], folders: Sequence[Path]) -> Job[dict[str, list[Path]]]:
    """Return all files of some names below folders, by name."""
    found: dict[str, list[Path]] = defaultdict(list)
    seen = 0
    for folder in folders:
        for parent, below, files in os.walk(folder):
            below.sort()
            for name in names.intersection(files):
                found[name].append(Path(parent, name))
            if seen // _FILES_PER_STEP != (seen + len(files)) // _FILES_PER_STEP:
                yield Progress(seen + len(files), 0, "looking through the folders")
            seen += len(files)
    return found
