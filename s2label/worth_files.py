"""Worths on their way from the program that suggests to the one that may write the catalog.

Whoever suggests may not be the one who writes: the window has the project while its child works.
So each run leaves a file of its own in ``models/.worth``, and whoever writes takes it over: when
the project is opened, or, in the window, when a job ends.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
    # In the order of time, so that the latest word is the last.
    path = folder / f"{time.time_ns():020d}-{os.getpid()}.json"
    put_whole(path, _Worths(model=model, worths=dict(worths)).model_dump_json().encode())


def take_worths(project: Project) -> int:
    """Take over what was left; returns for how many images.

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
    for path in sorted((project.folder / _FOLDER).glob("[0-9]*.json")):
        found = _read(path)
        if found is not None:
            taken += project.catalog.note_worths(found.model, found.worths)
        with suppress(OSError):  # taken over once more, it changes nothing
            path.unlink()
    return taken


def _read(path: Path) -> _Worths | None:
    """Return what a file holds; None if it is damaged: the next run leaves it again."""
    try:
        return _Worths.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
