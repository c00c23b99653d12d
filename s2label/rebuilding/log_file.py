"""Reading a log: whole, in order, and as it was written, or not at all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from s2label.classes import class_table_from
from s2label.durable import sha256_of
from s2label.errors import ExportError, InputError
from s2label.exports.checksums import CHECKSUMS, read_sums
from s2label.exports.log import FORMAT, LOG
from s2label.exports.options import ExportOptions
from s2label.project_file import ProjectFile
from s2label.rebuilding.fact_rows import SourceRow
from s2label.rebuilding.rows import EndRow, FileRow, HeadRow, LogRow, SplitRow
from s2label.stretch import Stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic import BaseModel

_ROW: TypeAdapter[Any] = TypeAdapter(LogRow)
_ADVICE = "take the log as the export wrote it"


@dataclass
class Log:
    """A log that was found whole.

    Parameters
    ----------
    path : Path
        The file.
    head : HeadRow
        Options and settings.
    settings : ProjectFile
        The settings of the project, as the export needs them.
    options : ExportOptions
        What was asked of the export.
    sources : list of SourceRow
        All source files, by their number.
    sums : dict
        File of the export -> SHA-256, as the log or ``SHA256SUMS`` beside it has them; may be
        empty.
    """

    path: Path
    head: HeadRow
    settings: ProjectFile
    options: ExportOptions
    sources: list[SourceRow] = field(default_factory=list)
    sums: dict[str, str] = field(default_factory=dict)

    def rows(self) -> Iterator[BaseModel]:
        """Yield all rows again, but the end."""
        return (row for row in read_rows(self.path) if not isinstance(row, EndRow))


def open_log(path: Path) -> Log:
    """Read a log to its end and return what an export needs of it first.

    Raises
    ------
    InputError
        If it is no log, of another format, cut short, or not as it was written.
    """
    splits: dict[str, str] = {}
    sources: list[SourceRow] = []
    sums: dict[str, str] = {}
    head: HeadRow | None = None
    for row in read_rows(path):
        match row:
            case HeadRow():
                head = row
            case SplitRow(place=place, split=split):
                splits[place] = split
            case SourceRow():
                sources.append(row)
            case FileRow(name=name, sha256=sha256):
                sums[name] = sha256
    assert head is not None
    if [row.number for row in sources] != list(range(1, len(sources) + 1)):
        raise InputError(path, "sources are not numbered in order", advice=_ADVICE)
    options = _options(path, head, splits)
    return Log(path, head, _settings(path, head), options, sources, sums or _sums_beside(path))


def read_rows(path: Path) -> Iterator[BaseModel]:
    """Yield the rows of a log, the end among them.

    Raises
    ------
    InputError
        If it is no log, of another format, cut short, or not as it was written.
    """
    try:
        with path.open("rb") as file:
            yield from _Reading(path).rows(file)
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", "the log of an export") from (
            error
        )


class _Reading:
    """A log while it is read: number of the line, and the SHA-256 of those before it."""

    def __init__(self, path: Path) -> None:
        self._path, self._line = path, 0
        self._digest = hashlib.sha256()

    def rows(self, lines: Iterable[bytes]) -> Iterator[BaseModel]:
        """Yield the rows of the lines of a file."""
        end: EndRow | None = None
        for line in lines:
            self._line += 1
            if end is not None:
                raise self._wrong("something comes after the end")
            row = self._row(line)
            if isinstance(row, HeadRow) != (self._line == 1):
                raise self._wrong("not where it belongs" if self._line > 1 else "no head")
            if isinstance(row, EndRow):
                end = row
                self._compare(end)
            self._digest.update(line)
            yield row
        if end is None:
            raise InputError(self._path, "ends before its end: it was cut short", advice=_ADVICE)

    def _row(self, line: bytes) -> BaseModel:
        try:
            document = json.loads(line)
        except (RecursionError, ValueError) as error:
            cause = "cut short" if not line.endswith(b"\n") else str(error)
            raise self._wrong(f"no JSON ({cause})") from error
        if self._line == 1:
            self._check_head(document)
        try:
            row: BaseModel = _ROW.validate_python(document)
        except ValidationError as error:
            raise self._wrong(_in_words(error)) from error
        return row

    def _check_head(self, document: Any) -> None:
        if not isinstance(document, dict) or document.get("row") != "log":
            raise InputError(self._path, "not the log of an export", f"{LOG}, as exports write it")
        if document.get("format") != FORMAT:
            raise InputError(
                self._path,
                f"of format {document.get('format')!r}",
                f"format {FORMAT}, which this program knows",
                "use the program that wrote it, or a newer one",
            )

    def _compare(self, end: EndRow) -> None:
        if end.sha256 != self._digest.hexdigest():
            raise InputError(
                self._path,
                "was changed after it was written: its SHA-256 is not the one in its last line",
                advice=_ADVICE,
            )

    def _wrong(self, what: str) -> InputError:
        return InputError(self._path, f"line {self._line}: {what}", advice=_ADVICE)


def _in_words(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said


def _options(path: Path, head: HeadRow, splits: dict[str, str]) -> ExportOptions:
    asked = head.options.model_dump() | {"given_splits": None}
    if head.options.given_splits:
        asked["given_splits"] = splits
    try:
        return ExportOptions(**asked)
    except ExportError as error:
        raise InputError(path, str(error), advice=_ADVICE) from error


def _settings(path: Path, head: HeadRow) -> ProjectFile:
    return ProjectFile(
        name=head.name,
        classes=class_table_from(head.classes, path),
        group_distance_m=head.group_distance_m,
        stretch=Stretch(**head.stretch.model_dump()),
    )


def _sums_beside(path: Path) -> dict[str, str]:
    """Return the checksums beside a log, which has to be the one that they name."""
    sums = read_sums(path.with_name(CHECKSUMS))
    if LOG in sums and sums[LOG] != sha256_of(path):
        raise InputError(path, f"not the log that {CHECKSUMS} beside it names", advice=_ADVICE)
    return sums if LOG in sums else {}
