"""An order, handed over from whoever learnt it (see `handover`), some hundred images a file.

Beside the files stays what is to be said of the order: ``order.json``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s2label.durable import make_folder, put_whole
from s2label.handover import Handover
from s2label.learnt.hit_rate import HitRate

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.learnt.learning import Learnt
    from s2label.project import Project

_RECORD = "order.json"
# Taken over in some hundredths of a second.
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


_HANDOVER = Handover("models/.order", _Chances)


def leave_order(project_folder: Path, learnt: Learnt) -> None:
    """Leave chances for whoever writes the catalog, in place of those that still wait."""
    for path in _HANDOVER.waiting(project_folder):
        path.unlink(missing_ok=True)
    items = list(learnt.chances.items())
    for start in range(0, len(items), _IMAGES):
        chances = dict(items[start : start + _IMAGES])
        some = _Chances(learnt_from=learnt.learnt_from, chances=chances)
        _HANDOVER.leave(project_folder, some)
    record = LearntOrder.model_validate({**learnt.record, "reasons": learnt.reasons})
    path = _record_path(project_folder)
    make_folder(path.parent, inside=project_folder)
    put_whole(path, record.model_dump_json().encode())


def read_order(project_folder: Path) -> LearntOrder | None:
    """Return what is to be said of the order; None if none was learnt, or nobody can read it."""
    try:
        return LearntOrder.model_validate_json(_record_path(project_folder).read_bytes())
    except (OSError, ValidationError):
        return None


def take_oldest_chances(project: Project) -> bool:
    """Take over the oldest file that was left; tells whether there was one.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    screenings = project.catalog.screenings
    return _HANDOVER.take_oldest(
        project.folder, lambda left: screenings.note_chances(left.chances, left.learnt_from)
    )


def _record_path(project_folder: Path) -> Path:
    return _HANDOVER.folder(project_folder) / _RECORD
