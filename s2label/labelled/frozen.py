"""What was chosen once and stays: ``models/validation.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from s2label.durable import write_whole
from s2label.errors import ProjectError

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "validation.json"
_FORMAT = 1
_ADVICE = (
    "restore it from a backup; without it nobody can tell which chips models have learnt from "
    "(if there are no models yet, delete it: sides are chosen anew)"
)


class Side(StrEnum):
    """What a place is for; set aside is neither to learn from nor to score on."""

    TRAINING = "training"
    VALIDATION = "validation"
    SET_ASIDE = "set aside"


@dataclass(frozen=True)
class FrozenSides:
    """Sides that were chosen before, by place id.

    ``divided`` are the places of a scene that had to be divided, since it was the only one.
    """

    places: dict[str, Side] = field(default_factory=dict)
    divided: frozenset[str] = frozenset()


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: int
    is_by_group: bool
    places: dict[str, Side]
    divided: list[str] = []


def read_frozen(path: Path) -> FrozenSides:
    """Read what was chosen before; nothing where there is no file yet.

    Raises
    ------
    ProjectError
        If the file is damaged, or of a newer program.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return FrozenSides()
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"{path}: cannot be read ({error}); {_ADVICE}") from error
    try:
        document = _Document.model_validate_json(text)
    except ValidationError as error:
        raise ProjectError(f"{path}: damaged ({_cause(error)}); {_ADVICE}") from error
    if document.format != _FORMAT:
        raise ProjectError(f"{path}: of another version of the program; use that one, or newer")
    return FrozenSides(document.places, frozenset(document.divided))


def write_frozen(path: Path, frozen: FrozenSides) -> None:
    """Write what was chosen, whole or not at all."""
    document = _Document(
        format=_FORMAT,
        is_by_group=not frozen.divided,
        places=dict(sorted(frozen.places.items())),
        divided=sorted(frozen.divided),
    )
    text = json.dumps(document.model_dump(mode="json"), indent=1) + "\n"
    write_whole(path, text.encode())


def _cause(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return " ".join(f"{where} {first['msg']}".split())
