"""The gate: whether a new model beats the one in use on the same checked, held-out chips.

See docs/gate.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.alone import alone
from s2label.catalog.store import now
from s2label.types import BACKGROUND
from s2label_training.bundle import ModelClass
from s2label_training.changed import draw_changed, keep_verdict
from s2label_training.comparison import Arena, Scoring
from s2label_training.opponents import choose_opponent, find_held_out, old_record
from s2label_training.rivals import ModelRival
from s2label_training.ruling import Case, rule
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.bundle import ModelRecord
    from s2label_training.verdicts import Verdict

_DRAFT = ".changed"
_BACKGROUND = ModelClass(value=BACKGROUND, name="background", colour="#000000")


def judge(project: Project, new: str) -> Job[Verdict]:
    """Compare a model with the one in use, and keep the verdict in its bundle.

    Nothing is promoted. The project may be open for reading only.

    Parameters
    ----------
    project : Project
        The project.
    new : str
        Id of the model.

    Raises
    ------
    InputError
        If the model is not there or damaged, or a mask cannot be read.
    S2LabelError
        If another program judges it.
    """
    shelf = Shelf(project.folder)
    record = shelf.record(new)
    busy = f"{new}: another program is judging it; wait until it has"
    with alone(shelf.models / f".judging-{new}", busy):
        return (yield from _judge(project, shelf, record))


def _judge(project: Project, shelf: Shelf, record: ModelRecord) -> Job[Verdict]:
    new, bundle = record.id, shelf.folder(record.id)
    old, told = old_record(shelf, new)
    held_out = find_held_out(project, record, old)
    opponent = choose_opponent(shelf, old, record.lifetime, held_out.chips, told)
    classes = _classes(project, record, old)
    values = {*record.class_values, *opponent.rival.class_values, *project.classes.values}
    numbers = (
        shelf.numbers().get(opponent.record.id, 0) if opponent.record else 0,
        shelf.numbers().get(new, 0),
    )
    scoring = Scoring.of(values, record.lifetime, record.recipe.labels.trust, numbers)
    arena = Arena(project, opponent.rival, ModelRival(bundle), scoring)
    compared = yield from arena.compare(held_out.chips)
    verdict = rule(Case(record, opponent, held_out, classes, now()), compared)
    drawn = draw_changed(project, arena, compared.chips, classes.values(), bundle / _DRAFT)
    changed = yield from drawn
    verdict = verdict.model_copy(update={"changed": changed})
    keep_verdict(bundle, bundle / _DRAFT, verdict)
    return verdict


def _classes(project: Project, *records: ModelRecord | None) -> dict[int, ModelClass]:
    """Return every class that models or the project know, by value; the project's names hold."""
    known = {BACKGROUND: _BACKGROUND}
    for record in records:
        known |= {each.value: each for each in record.classes} if record else {}
    own = project.classes.classes
    return known | {c.value: ModelClass(value=c.value, name=c.name, colour=c.colour) for c in own}
