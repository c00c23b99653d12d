"""What looks are worth, handed over from the program that suggests (see `handover`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from s2label.catalog.rows import chunked
from s2label.handover import Handover

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.project import Project


class _Worths(BaseModel):
    """What a file holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = Field(max_length=200)
    worths: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]


_HANDOVER = Handover("models/.worth", _Worths)


def leave_worths(project: Project, model: str, worths: Mapping[str, float]) -> None:
    """Leave what looks are worth for whoever writes the catalog.

    Parameters
    ----------
    project : Project
        It may be open for reading only.
    model : str
        Id of the model that suggested.
    worths : mapping
        Image id -> worth, from `worth.worth_of`.
    """
    # A chunk takes a tenth of a second to be taken over.
    for ids in chunked(worths):
        some = _Worths(model=model, worths={id_: worths[id_] for id_ in ids})
        _HANDOVER.leave(project.folder, some)


def take_oldest_worths(project: Project) -> bool:
    """Take over the oldest file that was left; tells whether there was one.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    catalog = project.catalog
    return _HANDOVER.take_oldest(
        project.folder, lambda left: catalog.note_worths(left.model, left.worths)
    )
