"""What sources are called in the log of an export: no folders of the machine that wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.source_files import zip_member
from s2label.stored_chips import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class SourceNames:
    """Names of source files: paths from the folder on that was imported.

    They are the same wherever that folder lies, also after it was moved. A stored chip is called by
    its path in the project; what lies below nothing imported, by its folder and its own name.

    Parameters
    ----------
    project : Path
        Folder of the project.
    imports : sequence of dict
        Imports as the catalog has them.
    """

    def __init__(self, project: Path, imports: Sequence[dict[str, Any]]) -> None:
        self._chips = project / FOLDER
        self._imported = _paths(argument for row in imports for argument in row["sources"])
        self._names = {path.name for path in self._imported}

    def name_of(self, file: Path) -> str:
        """Return the name of a file on disk, with ``/`` between its parts."""
        if file.parent == self._chips:
            return f"{FOLDER}/{file.name}"
        for above in (file, *file.parents):
            if above in self._imported:
                return file.relative_to(above.parent).as_posix()
        # It was found elsewhere since: the folder will still be called as it was.
        named = [n for n, part in enumerate(file.parts) if part in self._names]
        return "/".join(file.parts[max(named) :] if named else file.parts[-2:])


def member_name(path: str) -> str | None:
    """Return the name of a source in its archive; None for a plain file."""
    member = zip_member(path)
    return member.name if member else None


def _paths(arguments: Iterable[str]) -> frozenset[Path]:
    # The root of a disk has no name of its own.
    return frozenset(path for path in map(Path, arguments) if path.name)
