"""What is written of an audit that is under way: ``audit.json``. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from s2label.durable import write_whole
from s2label.errors import InputError
from s2label.labelled.folds import Fold, Folds
from s2label_training.bundle import ID_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RECORD_NAME = "audit.json"
# A model of a fold has this name in every audit, so that audits do not use up the numbers by which
# pixels name the model that set them.
FOLD_PREFIX = "audit-fold-"


class FoldRecord(BaseModel):
    """A fold: name of its model, places that it holds, places around that nobody learns from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=ID_PATTERN)
    held: frozenset[str] = Field(min_length=1)
    aside: frozenset[str]


class AuditRecord(BaseModel):
    """An audit that is under way.

    ``inputs`` is what it was asked for; ``masks`` maps the masks to their versions when it began.
    Of the folds in ``predicting`` no older proposals are left, of those in ``predicted`` all chips
    have one. ``rate`` is the learning rate that the first fold searched for all, if it did.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = 1
    id: str = Field(pattern=ID_PATTERN)
    inputs: dict[str, Any]
    is_by_group: bool
    folds: tuple[FoldRecord, ...] = Field(min_length=2)
    masks: dict[str, int]
    predicting: frozenset[str] = frozenset()
    predicted: frozenset[str] = frozenset()
    rate: float | None = Field(default=None, gt=0)

    @property
    def names(self) -> tuple[str, ...]:
        """The models of all folds."""
        return tuple(fold.name for fold in self.folds)

    def fold(self, name: str) -> Fold:
        """Return what the model of a fold learns from: all that no fold holds is left out."""
        of_name = next(fold for fold in self.folds if fold.name == name)
        everything = frozenset().union(*(fold.held for fold in self.folds))
        return Fold(name, of_name.held, everything - of_name.held - of_name.aside)

    def fold_of_places(self) -> dict[str, str]:
        """Return place id -> name of the fold that holds it."""
        return {id_: fold.name for fold in self.folds for id_ in fold.held}


def record_of(
    id_: str, inputs: dict[str, Any], folds: Folds, masks: Mapping[str, int]
) -> AuditRecord:
    """Return the record of an audit that begins.

    Parameters
    ----------
    id_ : str
        Its id.
    inputs : dict
        What it was asked for, JSON types.
    folds : Folds
        Which places are held together.
    masks : mapping
        Mask id -> version.
    """
    everything = frozenset().union(*folds.held)
    rows = tuple(
        FoldRecord(name=f"{FOLD_PREFIX}{number}", held=held, aside=everything - held - training)
        for number, (held, training) in enumerate(
            zip(folds.held, folds.training, strict=True), start=1
        )
    )
    return AuditRecord(
        id=id_, inputs=inputs, is_by_group=folds.is_by_group, folds=rows, masks=dict(masks)
    )


def read_audit_record(folder: Path) -> AuditRecord:
    """Read the record of an audit.

    Raises
    ------
    InputError
        If it is damaged, or of another version of the program.
    """
    path = folder / RECORD_NAME
    try:
        return AuditRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        advice = "`s2label audit PROJECT --again` begins anew"
        raise InputError(path, "damaged, or of another program", advice=advice) from error


def write_audit_record(folder: Path, record: AuditRecord) -> None:
    """Write the record of an audit, whole or not at all."""
    write_whole(folder / RECORD_NAME, record.model_dump_json().encode() + b"\n")
