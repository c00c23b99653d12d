"""Suspicions, handed over from the program that audits (see `handover`), some masks a file."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, model_validator

from s2label.catalog.rows import chunked
from s2label.handover import Handover
from s2label.suspicions import SuspicionRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from s2label.project import Project

# With their outlines so many are taken over in some hundredths of a second.
_MOST_RECORDS = 100


class LeftSuspicions(BaseModel):
    """What a file holds: the masks that were looked at, and all that was suspected of them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    audit: str = Field(min_length=1, max_length=200)
    looked_at: tuple[str, ...]
    records: tuple[SuspicionRecord, ...]

    @model_validator(mode="after")
    def _all_of_one_audit(self) -> LeftSuspicions:
        if any(record.audit != self.audit for record in self.records):
            raise ValueError("a suspicion of another audit")
        return self


_HANDOVER = Handover("models/.suspicions", LeftSuspicions)


def leave_suspicions(
    project_folder: Path, audit: str, looked_at: Iterable[str], records: Sequence[SuspicionRecord]
) -> None:
    """Leave what an audit found for whoever writes the catalog.

    Parameters
    ----------
    project_folder : Path
        Of a project that may be open for reading only.
    audit : str
        Id of the audit.
    looked_at : iterable of str
        Ids of all masks that it looked at, with those of which it suspects nothing.
    records : sequence of SuspicionRecord
        What it found.
    """
    of_mask: dict[str, list[SuspicionRecord]] = defaultdict(list)
    for record in records:
        of_mask[record.mask_id].append(record)
    for masks in _pieces(dict.fromkeys(looked_at), of_mask):
        some = tuple(record for id_ in masks for record in of_mask.get(id_, ()))
        left = LeftSuspicions(audit=audit, looked_at=tuple(masks), records=some)
        _HANDOVER.leave(project_folder, left)


def _pieces(
    looked_at: Iterable[str], of_mask: dict[str, list[SuspicionRecord]]
) -> Iterator[list[str]]:
    """Yield masks in lists that are quickly taken over; all that is known of one stays together."""
    for chunk in chunked(looked_at):
        masks: list[str] = []
        count = 0
        for id_ in chunk:
            more = len(of_mask.get(id_, ()))
            if masks and count + more > _MOST_RECORDS:
                yield masks
                masks, count = [], 0
            masks.append(id_)
            count += more
        yield masks


def read_left(project_folder: Path) -> Iterator[LeftSuspicions]:
    """Yield what was left and nobody has taken over yet, the oldest first; it goes on waiting."""
    return _HANDOVER.read(project_folder)


def take_oldest_suspicions(project: Project) -> bool:
    """Take over the oldest file that was left; tells whether there was one.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    catalog = project.catalog
    return _HANDOVER.take_oldest(
        project.folder,
        lambda left: catalog.note_suspicions(left.records, left.looked_at, left.audit),
    )
