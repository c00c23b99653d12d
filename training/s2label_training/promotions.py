"""The history of promotions, ``models/in_use.json``: which model was in use when.

It is only ever appended to; a rollback is one more row. Provenance numbers stand here, so that a
pixel names its model even after the model's folder was deleted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

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


class Use(BaseModel):
    """A promotion: from then on this model is in use.

    Parameters
    ----------
    model : str
        Id of the model.
    number : int
        16..255, what pixels accepted from it say of who set them; a model keeps its number.
    at : str
        When, UTC.
    who, program : str
        Who promoted it, with which version of the program.
    why : str
        A reason in a few words.
    is_rollback : bool
        Whether it took the promotion before it back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(pattern=ID_PATTERN)
    number: int = Field(ge=Provenance.FIRST_MODEL, le=LAST_NUMBER)
    at: str
    who: str
    program: str
    why: str
    is_rollback: bool = False


class _History(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    uses: tuple[Use, ...]

    @model_validator(mode="after")
    def _a_number_is_one_model(self) -> _History:
        if len({(use.model, use.number) for use in self.uses}) != len(_numbers(self.uses)):
            raise ValueError("uses: found a model with two numbers, expected one for ever")
        if len(set(_numbers(self.uses).values())) != len(_numbers(self.uses)):
            raise ValueError("uses: found a number of two models, expected one of each")
        return self


def read_uses(path: Path) -> list[Use]:
    """Return all promotions, the oldest first; none where there is no file.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return []
    except ValueError as error:
        raise InputError(path, f"not JSON ({error})", "promotions", _ADVICE) from error
    if not isinstance(document, dict):
        raise InputError(path, "not a JSON object", "promotions", _ADVICE)
    try:
        return list(checked(_History, document, path).uses)
    except InputError as error:
        raise InputError(path, str(error).removeprefix(f"{path}: "), advice=_ADVICE) from error


def append_use(path: Path, model: str, why: str, *, is_rollback: bool = False) -> Use:
    """Add a promotion and return it; the caller keeps the lock.

    Raises
    ------
    ProjectError
        If no number is left for a new model.
    """
    uses = read_uses(path)
    numbers = _numbers(uses)
    author = this_author()
    use = Use(
        model=model,
        number=numbers.get(model) or _free_number(path, set(numbers.values())),
        at=now(),
        who=author.who,
        program=author.program,
        why=why,
        is_rollback=is_rollback,
    )
    history = _History(uses=(*uses, use))
    write_whole(path, history.model_dump_json(indent=1).encode() + b"\n")
    return use


def model_before(uses: Sequence[Use]) -> str | None:
    """Return the model that a rollback would bring back; None where there is none.

    A rollback takes one promotion back, so that a second one goes one further and not forth again.
    """
    standing: list[str] = []
    for use in uses:
        standing = standing[:-1] if use.is_rollback else [*standing, use.model]
    return standing[-2] if len(standing) > 1 else None


def _numbers(uses: Sequence[Use]) -> dict[str, int]:
    return {use.model: use.number for use in uses}


def _free_number(path: Path, taken: set[int]) -> int:
    free = set(range(Provenance.FIRST_MODEL, LAST_NUMBER + 1)) - taken
    if not free:
        raise ProjectError(
            f"{path}: {len(taken)} models were in use, and a mask file can name no more; "
            "promote one of those again, or go on in a new project"
        )
    return min(free)
