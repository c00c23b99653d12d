"""How the log of an export is written: into the export, and for one's own machine beside it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.durable import make_whole
from s2label.errors import ExportError
from s2label.exports.checksums import CHECKSUMS, read_sums
from s2label.exports.log import write_log
from s2label.exports.log_names import SourceNames
from s2label.source_files import file_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.exports.contents import Contents
    from s2label.project import Project


@dataclass(frozen=True)
class LogRequest:
    """How the log of an export is written.

    Parameters
    ----------
    own : Path, optional
        File to write a second log to, with the whole paths of this machine.
    names : mapping, optional
        Source path -> what it is called, where another log gave the names.
    """

    own: Path | None = None
    names: Mapping[str, str] | None = None

    def refuse_bad_file(self, out: Path) -> None:
        """Raise `ExportError` if the second log cannot be where it was asked for."""
        if self.own is None:
            return
        path = Path(os.path.realpath(self.own))
        if path.is_relative_to(out):
            raise ExportError(
                f"{self.own}: lies in the export {out}, which has a log of its own; choose "
                "another place"
            )
        if path.is_dir() or not path.parent.is_dir():
            found = "is a folder" if path.is_dir() else "its folder is not there"
            raise ExportError(f"{self.own}: {found}; name a file for the log")


@dataclass(frozen=True)
class LogWriting:
    """What it takes to write the log of an export."""

    project: Project
    contents: Contents
    request: LogRequest

    @cached_property
    def _names(self) -> SourceNames:
        return SourceNames(self.project.folder, self.contents.imports)

    def _name_of(self, path: str) -> str:
        given = self.request.names
        return self._names.name_of(file_of(path)) if given is None else given[path]

    def write(self, path: Path) -> None:
        """Write the log that belongs to the export."""
        write_log(path, self.project, self.contents, self._name_of)

    def write_own(self, out: Path) -> None:
        """Write the second log, if one was asked for, when the export is in place."""
        if self.request.own is None:
            return
        sums = read_sums(out / CHECKSUMS)
        make_whole(
            self.request.own,
            lambda part: write_log(part, self.project, self.contents, self._name_of, sums),
        )
