"""Screenings, handed over from whoever screened (see `handover`), some hundred images a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from s2label.handover import Handover
from s2label.screening.findings import IMAGE_KINDS
from s2label.screening_records import FindingRecord, ScreeningRecord

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.project import Project


class _Left(BaseModel):
    """What a file holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    records: tuple[ScreeningRecord, ...]
    findings: tuple[FindingRecord, ...]


_HANDOVER = Handover("rasters/cloud/.left", _Left)


def leave_screenings(
    project_folder: Path, records: Sequence[ScreeningRecord], findings: Sequence[FindingRecord]
) -> None:
    """Leave what was found in some hundred images for whoever writes the catalog."""
    if not records:
        return
    _HANDOVER.leave(project_folder, _Left(records=tuple(records), findings=tuple(findings)))


def left_records(project_folder: Path) -> dict[str, ScreeningRecord]:
    """Return image id -> what was left of it and nobody has taken over yet."""
    return {
        record.image_id: record
        for left in _HANDOVER.read(project_folder)
        for record in left.records
    }


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
    if not _HANDOVER.waiting(project.folder):
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

    def note(left: _Left) -> None:
        # What all images together told of these stays until somebody looks at all again.
        project.catalog.screenings.note(left.records, left.findings, IMAGE_KINDS)
        _due(project.folder).touch()

    return _HANDOVER.take_oldest(project.folder, note)


def is_look_due(project_folder: Path) -> bool:
    """Tell whether images were screened and nobody has looked at all of them together since."""
    return _due(project_folder).is_file()


def note_looked(project_folder: Path) -> None:
    """Note that somebody has looked at all images together."""
    _due(project_folder).unlink(missing_ok=True)


def _due(project_folder: Path) -> Path:
    return _HANDOVER.folder(project_folder) / "look-due"


def _look_at_all(project: Project) -> None:
    # Imported here: the window takes files over, and need not load all of the guard for that.
    from s2label.screening.guard_of_project import note_project_findings

    note_project_findings(project)
    note_looked(project.folder)
