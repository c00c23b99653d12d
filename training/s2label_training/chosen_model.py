"""Which model suggests in a project, and whether it may. Knows no torch."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from s2label.errors import InputError, S2LabelError
from s2label_training.suitability import class_refusal

if TYPE_CHECKING:
    from s2label.types import ClassTable
    from s2label_training.bundle import ModelRecord
    from s2label_training.shelf import Shelf


def require_model(shelf: Shelf, classes: ClassTable, model: str = "") -> ModelRecord:
    """Return the record of the model that is to suggest.

    All that can be refused without its network is refused here: that takes seconds to load.

    Parameters
    ----------
    shelf : Shelf
        The models of the project.
    classes : ClassTable
        The classes of the project.
    model : str
        Id of a model; the one in use if empty.

    Raises
    ------
    S2LabelError
        If there is none, its record is damaged, or its classes are not those of the project.
    """
    record = shelf.record(model or require_in_use(shelf))
    reason = class_refusal(record, classes)
    if reason:
        raise S2LabelError(reason)
    return record


def require_in_use(shelf: Shelf) -> str:
    """Return the model in use.

    Raises
    ------
    InputError
        If there is none.
    """
    model = shelf.in_use
    if model is None:
        advice = "train one (`s2label train`), or `s2label models promote` one that is there"
        raise InputError(shelf.models, "no model in use yet", advice=advice)
    return model


def outdated_models(shelf: Shelf, record: ModelRecord) -> set[str]:
    """Return models whose proposals nobody needs beside those of a newer one.

    Those are all that are older, if the newer one is in use, and none otherwise: whoever only
    looks at a model keeps what the others proposed.
    """
    uses = shelf.uses()
    if not uses or uses[-1].model != record.id:
        return set()
    records = shelf.records()
    older = {each.id for each in records if each.created_at < record.created_at}
    before = {use.model for use in takewhile(lambda use: use.model != record.id, uses)}
    return older | (before - {each.id for each in records})
