"""What is written of a training: how far it is, and what it learns from. Knows no torch."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from s2label.errors import InputError
from s2label_training.documents import checked
from s2label_training.recipe import Recipe

if TYPE_CHECKING:
    from pathlib import Path

Record = TypeVar("Record", bound=BaseModel)


class RunState(StrEnum):
    """How a training stands; one that "runs" without a lock was killed."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class RunRecord(BaseModel):
    """How far a training is.

    ``model`` is the bundle that was made of it last; empty before. ``fold`` names the fold of an
    audit that it trains for; empty otherwise.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    recipe: Recipe
    hold_out: tuple[str, ...] = ()
    fold: str = ""
    started_at: str
    epochs_done: int = Field(0, ge=0)
    state: RunState = RunState.RUNNING
    model: str = ""

    @property
    def in_words(self) -> str:
        """When it began and how far it came, for people."""
        began = datetime.fromisoformat(self.started_at).astimezone()
        of = f"{self.epochs_done} of {self.recipe.fit.epochs}"
        return f"{self.recipe.name} of {began:%Y-%m-%d %H:%M}, {of} epochs done"


class ChipData(BaseModel):
    """A chip as it was when a training began: its mask's version then, and its side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: str
    image_version: int
    group: str
    mask: str
    mask_version: int
    is_accepted: bool
    ignore: str
    ignore_version: int
    is_validation: bool


class RunData(BaseModel):
    """What a training learns from; the same when it is resumed, whatever was painted since."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    bands: tuple[str, ...]
    values: tuple[int, ...]
    offset: tuple[float, ...]
    scale: tuple[float, ...]
    typical: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]
    is_by_group: bool
    parent: str
    chips: tuple[ChipData, ...]


def read_run_record(kind: type[Record], path: Path) -> Record:
    """Read one of the two records.

    Raises
    ------
    InputError
        If the file is missing or damaged.
    """
    advice = "train anew"
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(path, "no such file", "the record of a training", advice) from error
    except (RecursionError, ValueError) as error:
        raise InputError(path, f"not JSON ({error})", advice=advice) from error
    return checked(kind, document, path)
