"""The rebuild job: read a log, find its files, do everything again, and compare."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from s2label import __version__
from s2label.errors import ExportError
from s2label.exports.checksums import CHECKSUMS, read_sums
from s2label.exports.contents import writer_for
from s2label.exports.log_request import LogRequest
from s2label.exports.mask_files import find_masks
from s2label.exports.run import export_project
from s2label.exports.survey import in_chunks
from s2label.project_file import FILE_NAME
from s2label.rebuilding.found_sources import find_sources
from s2label.rebuilding.log_file import open_log
from s2label.rebuilding.mask_places import MaskPlaces
from s2label.rebuilding.scratch import replay, scratch_project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.progress import Job
    from s2label.project import Project
    from s2label.rebuilding.found_sources import FoundSources
    from s2label.rebuilding.log_file import Log


@dataclass(frozen=True)
class RebuildReport:
    """What a rebuild made, and how it compares; all values are JSON types.

    Parameters
    ----------
    out : str
        The folder.
    pairs, files : int
        How many pairs were written, and files in all.
    compared : bool
        Whether there were checksums to compare with.
    differing, missing, added : list of str
        Files that are other than they were, that were not made, that were not there before.
    program : str or None
        The version of the program that wrote the log, if it is another one.
    """

    out: str
    pairs: int
    files: int
    compared: bool
    differing: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    program: str | None = None

    @property
    def is_identical(self) -> bool:
        """Whether it was compared and nothing differs."""
        return self.compared and not (self.differing or self.missing or self.added)


def rebuild_export(
    log_file: Path, out: Path, masks: Path | None = None, sources: Sequence[Path] = ()
) -> Job[RebuildReport]:
    """Make the export again that a log tells of.

    Facts go into an empty catalog, every act is done again, and the same code exports it. A run
    that was stopped or killed goes on where it was when it is run again.

    Parameters
    ----------
    log_file : Path
        ``LOG.jsonl`` of an export, or a log for one's own machine (`export --log`).
    out : Path
        Folder to make.
    masks : Path, optional
        Folder of the project, or of copies of its ``masks/`` and ``rasters/``. May be left away
        if the log names it.
    sources : sequence of Path
        Folders that hold the sources; `masks` and what the log names are looked at as well.

    Raises
    ------
    InputError
        If the log is none, was changed or cut short.
    ExportError
        If files are missing or changed, the log does not hold together, or `out` is taken.
    """
    log = open_log(log_file)
    places = MaskPlaces(_mask_folders(log, masks))
    _refuse_overlap(out, log, places)
    folders = tuple(dict.fromkeys((*sources, *places.folders)))
    found = yield from find_sources(log.sources, folders)
    with scratch_project(log, places) as project:
        names = yield from replay(project, log, found)
        _refuse_lost(project, log, places, found)
        request = LogRequest(names=names)
        report = yield from export_project(project, out, log.options, request)
    return _compared(report.out, report.pairs, log)


def _mask_folders(log: Log, masks: Path | None) -> tuple[Path, ...]:
    if masks is not None:
        return (masks,)
    if log.head.masks is None:
        raise ExportError(
            f"{log.path}: does not say where mask files and sources are; name the folder of the "
            "project with --masks and the sources with --sources"
        )
    return (Path(log.head.masks),)


def _refuse_overlap(out: Path, log: Log, places: MaskPlaces) -> None:
    """Raise `ExportError` if the log, its export or a project would be written into."""
    whole, export = (Path(os.path.realpath(path)) for path in (out, log.path.parent))
    if export.is_relative_to(whole):
        raise ExportError(f"{out}: holds the log; choose another folder")
    if whole.is_relative_to(export) and log.path.with_name(CHECKSUMS).is_file():
        raise ExportError(f"{out}: lies in the export of the log; choose another folder")
    for folder in (Path(os.path.realpath(path)) for path in places.folders):
        is_inside = whole.is_relative_to(folder) and (folder / FILE_NAME).is_file()
        if is_inside or folder.is_relative_to(whole):
            raise ExportError(f"{out}: overlaps {folder}, which holds masks; choose another folder")


def _refuse_lost(project: Project, log: Log, places: MaskPlaces, found: FoundSources) -> None:
    """Raise `ExportError` if a file that the export reads was not found, all in one line."""
    writer = writer_for(project, log.options)
    pairs = project.catalog.pairs(include_open=log.options.include_open)
    paths: set[str] = set()
    for chunk in in_chunks(dict.fromkeys(pair.image_id for pair in pairs)):
        for image in project.catalog.images(chunk).values():
            try:
                paths |= {band.source.path for band in writer.bands_of(image)}
            except LookupError:  # the format cannot hold it, and the export leaves it out
                continue
    numbers = {row["id"] for row in project.catalog.sources() if row["path"] in paths}
    found.refuse_lost([row for row in log.sources if row.number in numbers])
    places.refuse_lost(find_masks(project, pairs))


def _compared(out: str, pairs: int, log: Log) -> RebuildReport:
    made, wanted = read_sums(Path(out, CHECKSUMS)), log.sums
    both = made.keys() & wanted.keys()
    return RebuildReport(
        out=out,
        pairs=pairs,
        files=len(made),
        compared=bool(wanted),
        differing=sorted(name for name in both if made[name] != wanted[name]),
        missing=sorted(wanted.keys() - made.keys()) if wanted else [],
        added=sorted(made.keys() - wanted.keys()) if wanted else [],
        program=None if log.head.program == __version__ else log.head.program,
    )
