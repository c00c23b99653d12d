"""An order on its way from whoever learnt it to the one that may write the catalog.

Whoever learns may not be the one who writes: the window has the project while its child works. So
chances are left in ``models/.order``, some hundred images a file, and whoever writes takes them
over. Beside them stays what is to be said of the order: ``order.json``.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s2label.durable import put_whole
from s2label.learnt.hit_rate import HitRate

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.learnt.learning import Learnt
    from s2label.project import Project

_FOLDER, _RECORD = "models/.order", "order.json"
# A file is taken over at once, and decisions wait for that: some hundredths of a second.
_IMAGES = 200


class LearntOrder(BaseModel):
    """What is to be said of the order that was learnt last.

    Parameters
    ----------
    learnt_from, rejected : int
        From how many decisions, and how many of them reject.
    images, unscreened : int
        How many open images got a chance, and how many did not, since they were not screened.
    hit_rate : HitRate or None
        How well it foresees decisions.
    reasons : dict
        Image id -> what speaks most for rejecting it, of the likeliest images.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    learnt_from: int
    rejected: int
    images: int
    unscreened: int = 0
    hit_rate: HitRate | None = None
    reasons: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class _Chances(BaseModel):
    """What a file holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    learnt_from: int
    chances: dict[str, Annotated[float, Field(ge=0, le=1)]]


def leave_order(project_folder: Path, learnt: Learnt) -> None:
    """Leave chances for whoever writes the catalog, in place of those that still wait."""
    folder = project_folder / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for path in _waiting(project_folder):
        path.unlink(missing_ok=True)
    items = list(learnt.chances.items())
    for start in range(0, len(items), _IMAGES):
        chances = dict(items[start : start + _IMAGES])
        some = _Chances(learnt_from=learnt.learnt_from, chances=chances)
        path = folder / f"{time.time_ns():020d}-{os.getpid()}.json"
        put_whole(path, some.model_dump_json().encode())
    record = LearntOrder.model_validate({**learnt.record, "reasons": learnt.reasons})
    put_whole(folder / _RECORD, record.model_dump_json().encode())


def read_order(project_folder: Path) -> LearntOrder | None:
    """Return what is to be said of the order; None if none was learnt, or nobody can read it."""
    try:
        return LearntOrder.model_validate_json((project_folder / _FOLDER / _RECORD).read_bytes())
    except (OSError, ValidationError):
        return None


def take_order(project: Project) -> int:
    """Take over all chances that were left; returns how many files that were.

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
    while take_oldest_chances(project):
        taken += 1
    return taken


def take_oldest_chances(project: Project) -> bool:
    """Take over the oldest file that was left; tells whether there was one.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    path = min(_waiting(project.folder), default=None)
    if path is None:
        return False
    found = _read(path)
    if found is not None:
        project.catalog.screenings.note_chances(found.chances, found.learnt_from)
    path.unlink(missing_ok=True)
    return True


def _waiting(project_folder: Path) -> list[Path]:
    return list((project_folder / _FOLDER).glob("[0-9]*.json"))


def _read(path: Path) -> _Chances | None:
    """Return what a file holds; None if it is damaged or gone: the next order leaves it again."""
    try:
        return _Chances.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
