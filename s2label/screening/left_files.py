"""Screenings on their way from whoever screened to the one that may write the catalog.

Whoever screens may not be the one who writes: the window has the project while its child works. So
results are left in ``rasters/cloud/.left``, some hundred images a file, and whoever writes takes
them over: the command when it is done, the window when a project is opened and when a job ends.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from s2label.durable import put_whole
from s2label.screening.findings import IMAGE_KINDS
from s2label.types import FindingRecord, ScreeningRecord

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from s2label.project import Project

_FOLDER = "rasters/cloud/.left"


class _Left(BaseModel):
    """What a file holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    records: tuple[ScreeningRecord, ...]
    findings: tuple[FindingRecord, ...]


def leave_screenings(
    project_folder: Path, records: Sequence[ScreeningRecord], findings: Sequence[FindingRecord]
) -> None:
    """Leave what was found in some hundred images for whoever writes the catalog."""
    if not records:
        return
    folder = project_folder / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    left = _Left(records=tuple(records), findings=tuple(findings))
    # In the order of time, so that the latest word is the last.
    path = folder / f"{time.time_ns():020d}-{os.getpid()}.json"
    put_whole(path, left.model_dump_json().encode())


def left_records(project_folder: Path) -> dict[str, ScreeningRecord]:
    """Return image id -> what was left of it and nobody has taken over yet."""
    return {
        record.image_id: record
        for path in _waiting(project_folder)
        if (left := _read(path)) is not None
        for record in left.records
    }


def take_screenings(project: Project) -> int:
    """Take over all that was left; returns how many files that were.

    Parameters
    ----------
    project : Project
        Open for writing.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the files then stay.
    """
    taken = 0
    while take_oldest_screenings(project):
        taken += 1
    return taken


def take_oldest_screenings(project: Project) -> bool:
    """Take over the oldest file that was left; tells whether there was one.

    After the last one follows what only all images together can tell (`guard_of_project`).

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    if not take_oldest_left(project):
        return False
    if next(_waiting(project.folder), None) is None:
        _look_at_all(project)
    return True


def take_oldest_left(project: Project) -> bool:
    """Take over the oldest file that was left, and no more; tells whether there was one.

    What only all images together can tell is then due (`is_look_due`): the window, which must not
    wait for that, finds it in a thread.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    path = next(_waiting(project.folder), None)
    if path is None:
        return False
    left = _read(path)
    if left is not None:
        # What all images together told of these stays until somebody looks at all again.
        project.catalog.screenings.note(left.records, left.findings, IMAGE_KINDS)
    _due(project.folder).touch()
    path.unlink(missing_ok=True)
    return True


def is_look_due(project_folder: Path) -> bool:
    """Tell whether images were screened and nobody has looked at all of them together since."""
    return _due(project_folder).is_file()


def note_looked(project_folder: Path) -> None:
    """Note that somebody has looked at all images together."""
    _due(project_folder).unlink(missing_ok=True)


def _due(project_folder: Path) -> Path:
    return project_folder / _FOLDER / "look-due"


def _look_at_all(project: Project) -> None:
    # Imported here: the window takes files over, and need not load all of the guard for that.
    from s2label.screening.guard_of_project import note_project_findings

    note_project_findings(project)
    note_looked(project.folder)


def _waiting(project_folder: Path) -> Iterator[Path]:
    return iter(sorted((project_folder / _FOLDER).glob("[0-9]*.json")))


def _read(path: Path) -> _Left | None:
    """Return what a file holds; None if it is damaged: the next screening leaves it again."""
    try:
        return _Left.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
