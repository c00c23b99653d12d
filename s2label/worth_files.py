"""Worths on their way from the program that suggests to the one that may write the catalog.

Whoever suggests may not be the one who writes: the window has the project while its child works.
So each run leaves files of its own in ``models/.worth``, and whoever writes takes them over: the
command when it is done, the window when a project is opened and when a job ends.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s2label.catalog.rows import chunked
from s2label.durable import put_whole

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from s2label.project import Project

_FOLDER = "models/.worth"


class _Worths(BaseModel):
    """What a file holds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = Field(max_length=200)
    worths: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]


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
    if not worths:
        return
    folder = project.folder / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # A file is taken over at once, and decisions wait for that: a tenth of a second for a chunk.
    for ids in chunked(worths):
        some = _Worths(model=model, worths={id_: worths[id_] for id_ in ids})
        # In the order of time, so that the latest word is the last.
        path = folder / f"{time.time_ns():020d}-{os.getpid()}.json"
        put_whole(path, some.model_dump_json().encode())


def take_worths(project: Project) -> int:
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
    while take_oldest_worths(project):
        taken += 1
    return taken


def take_oldest_worths(project: Project) -> bool:
    """Take over the oldest file that was left; tells whether there was one, else as `take_worths`.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the file then stays.
    """
    path = min((project.folder / _FOLDER).glob("[0-9]*.json"), default=None)
    if path is None:
        return False
    found = _read(path)
    if found is not None:
        project.catalog.note_worths(found.model, found.worths)
    path.unlink(missing_ok=True)
    return True


def _read(path: Path) -> _Worths | None:
    """Return what a file holds; None if it is damaged: the next run leaves it again."""
    try:
        return _Worths.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
