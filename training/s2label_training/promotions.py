"""The history of promotions, ``models/in_use.json``: which model was in use when.

It is only ever appended to; a rollback is one more row. Provenance numbers stand here, so that a
pixel names its model even after the model's folder was deleted; also those of models that were
never in use, but whose proposals somebody wanted to see.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from s2label.catalog.store import now, this_author
from s2label.durable import write_whole
from s2label.errors import InputError, ProjectError
from s2label.types import Provenance
from s2label_training.bundle import ID_PATTERN
from s2label_training.documents import checked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LAST_NUMBER = 255
_ADVICE = "it holds the numbers of all models: restore it from a backup, do not delete it"


class SupersededError(ProjectError):
    """Another model came into use since one looked; nothing was changed."""


class Numbered(BaseModel):
    """A model with its number.

    Parameters
    ----------
    model : str
        Id of the model.
    number : int
        16..255, what pixels accepted from it say of who set them; a model keeps its number.
    at : str
        When, UTC.
    who, program : str
        Who was behind it, with which version of the program.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(pattern=ID_PATTERN)
    number: int = Field(ge=Provenance.FIRST_MODEL, le=LAST_NUMBER)
    at: str
    who: str
    program: str


class Use(Numbered):
    """A promotion: from then on this model is in use.

    Parameters
    ----------
    why : str
        A reason in a few words.
    is_rollback : bool
        Whether it took the promotion before it back.
    """

    why: str
    is_rollback: bool = False


class History(BaseModel):
    """What stands in the file.

    Parameters
    ----------
    uses : tuple of Use
        All promotions, the oldest first.
    looked : tuple of Numbered
        Models that got their number because somebody looked at what they propose.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    uses: tuple[Use, ...]
    looked: tuple[Numbered, ...] = ()

    @property
    def numbers(self) -> dict[str, int]:
        """Id of a model -> its provenance number."""
        return {row.model: row.number for row in (*self.looked, *self.uses)}

    @model_validator(mode="after")
    def _a_number_is_one_model(self) -> History:
        pairs = {(row.model, row.number) for row in (*self.looked, *self.uses)}
        if len(pairs) != len(self.numbers):
            raise ValueError("uses: found a model with two numbers, expected one for ever")
        if len(set(self.numbers.values())) != len(self.numbers):
            raise ValueError("uses: found a number of two models, expected one of each")
        return self


def read_history(path: Path) -> History:
    """Return all promotions and numbers; none where there is no file.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return History(uses=())
    except (RecursionError, ValueError) as error:
        raise InputError(path, f"not JSON ({error})", "promotions", _ADVICE) from error
    if not isinstance(document, dict):
        raise InputError(path, "not a JSON object", "promotions", _ADVICE)
    try:
        return checked(History, document, path)
    except InputError as error:
        raise InputError(path, str(error).removeprefix(f"{path}: "), advice=_ADVICE) from error


def append_use(path: Path, model: str, why: str, *, is_rollback: bool = False) -> Use:
    """Add a promotion and return it; the caller keeps the lock.

    Raises
    ------
    ProjectError
        If no number is left for a new model.
    """
    history = read_history(path)
    use = Use(**_row(path, history, model), why=why, is_rollback=is_rollback)
    _write(path, history.model_copy(update={"uses": (*history.uses, use)}))
    return use


def append_number(path: Path, model: str) -> Numbered:
    """Give a model that has no number yet one, and return it; the caller keeps the lock.

    Raises
    ------
    ProjectError
        If no number is left for a new model.
    """
    history = read_history(path)
    numbered = Numbered(**_row(path, history, model))
    _write(path, history.model_copy(update={"looked": (*history.looked, numbered)}))
    return numbered


def model_before(uses: Sequence[Use]) -> str | None:
    """Return the model that a rollback would bring back; None where there is none.

    A rollback takes one promotion back, so that a second one goes one further and not forth again.
    """
    standing: list[str] = []
    for use in uses:
        standing = standing[:-1] if use.is_rollback else [*standing, use.model]
    return standing[-2] if len(standing) > 1 else None


def _row(path: Path, history: History, model: str) -> dict[str, Any]:
    """Return what is said of a model in either list."""
    numbers = history.numbers
    author = this_author()
    return {
        "model": model,
        "number": numbers.get(model) or _free_number(path, set(numbers.values())),
        "at": now(),
        "who": author.who,
        "program": author.program,
    }


def _write(path: Path, history: History) -> None:
    write_whole(path, history.model_dump_json(indent=1).encode() + b"\n")


def _free_number(path: Path, taken: set[int]) -> int:
    free = set(range(Provenance.FIRST_MODEL, LAST_NUMBER + 1)) - taken
    if not free:
        raise ProjectError(
            f"{path}: {len(taken)} models have a number, and a mask file can name no more; "
            "take one of those again, or go on in a new project"
        )
    return min(free)
