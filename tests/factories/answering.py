"""Taking over what a model proposes, and answering for unlabelled objects, twice: see `painting`.

A yes paints the object and answers in one act, so that one undo takes back both.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.painting.accepting import accepted_pixels
from s2label.review.suspecting import answered, object_pixels
from s2label.types import IGNORE as IGNORED
from s2label.types import NOT_LABELLED, Verdict
from tests.factories.painting import IGNORE, MASK, RealPainting
from tests.factories.painting_model import (
    HUMAN,
    NEVER,
    Decided,
    Painted,
    PaintingModel,
)
from tests.factories.suspicions import unlabelled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from s2label.project import Project
    from s2label.suspicions import SuspicionRecord

A_MODEL = 16
OBJECT_PX = 2
OBJECT_CLASS = 1


@dataclass(frozen=True, eq=False)
class Answered(Painted):
    """A yes that painted: the stroke, and the object for which it answers."""

    object_id: str = ""


class AnsweringModel(PaintingModel):
    """Painting, with unlabelled objects that are suspected: id -> number of image, left and top."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.objects: dict[str, tuple[int, int, int]] = {}

    def suspect(self, object_id: str, number: int, x: int, y: int) -> None:
        """Note an object of two by two pixels in an image."""
        self.objects[object_id] = (number, x, y)

    def accept(self, proposed: Mapping[int, int], value: int | None) -> bool:
        """Take over what is proposed, by index of a pixel; of one class only, where that is given.

        Pixels that a person painted stay, and those that are ignored, in the mask or the image.
        """
        before, ignored = self.canvas(MASK), self.canvas(IGNORE)[0] == IGNORED
        after = before.copy()
        for index, wanted in proposed.items():
            y, x = divmod(index, before.shape[2])
            is_closed = before[0, y, x] == IGNORED or before[1, y, x] == HUMAN or ignored[y, x]
            is_wanted = wanted != NOT_LABELLED and value in (None, wanted)
            if is_wanted and not is_closed and before[0, y, x] != wanted:
                after[:, y, x] = wanted, A_MODEL
        return self._keep(MASK, before, after)

    def answer(self, object_id: str, *, is_so: bool) -> bool:
        """Say whether an object is one; yes paints it."""
        number, left, top = self.objects[object_id]
        assert number == self.view
        width = self.canvas(MASK).shape[2]
        rows, columns = range(top, top + OBJECT_PX), range(left, left + OBJECT_PX)
        pixels = {y * width + x: OBJECT_CLASS for y in rows for x in columns}
        was = self.answer_to(object_id)
        if is_so and self.accept(pixels, None):
            stroke = self.done[-1]
            assert isinstance(stroke, Painted)
            self.done[-1] = Answered(**vars(stroke), object_id=object_id)
            return True
        verdict = Verdict.ACCEPT if is_so else Verdict.REJECT
        if was is verdict:
            return False
        self._act(Decided({object_id: ((verdict, ""), 0)}))
        return True

    def answer_to(self, object_id: str) -> Verdict:
        """Return what the acts that stand say of an object."""
        said = NEVER
        for act in self.done:
            if isinstance(act, Answered) and act.object_id == object_id:
                said = Verdict.ACCEPT, ""
            elif isinstance(act, Decided) and object_id in act.said:
                said = act.said[object_id][0]
        return said[0]

    def _show(self, ids: Collection[str]) -> None:
        super()._show([id_ for id_ in ids if id_ in self.shown])


class RealAnswering(RealPainting):
    """Painting, accepting and answering as the window does."""

    def suspect(self, number: int, x: int, y: int, audit: str) -> str | None:
        """Note an object of an image that has a mask; return the id of the suspicion."""
        chip = self.project.catalog.chip(self.images[number])
        assert chip is not None
        if chip.mask is None:
            return None
        record = unlabelled(chip, x=x, y=y, audit=audit)
        self.project.catalog.note_suspicions([record], [chip.mask.id], audit)
        return record.id

    def accept(self, proposed: Mapping[int, int], value: int | None) -> bool:
        """Take over what is proposed, as `AnsweringModel.accept`."""
        mask, ignore = self.painter.canvas(MASK), self.painter.canvas(IGNORE)
        classes = np.full(mask.classes.shape, NOT_LABELLED, np.uint8)
        classes.reshape(-1)[list(proposed)] = list(proposed.values())
        chosen = accepted_pixels(classes, mask, ignore.classes != IGNORED, value)
        return self.painter.accept(*chosen, A_MODEL)

    def answer(self, object_id: str, *, is_so: bool) -> bool:
        """Say whether the object in view is one, as `review.answering` does."""
        chip, record = self.painter.chip, self._record(object_id)
        assert chip is not None
        decisions = [answered(chip, record, Verdict.ACCEPT if is_so else Verdict.REJECT)]
        indices, classes, _ = object_pixels(record, OBJECT_CLASS, self.painter)
        if is_so and len(indices):
            return self.painter.accept(indices, classes, A_MODEL, decisions)
        return self._tell(self.project.catalog.decide(decisions))

    def _record(self, object_id: str) -> SuspicionRecord:
        record = self.project.catalog.suspicion(object_id)
        assert record is not None
        return record


def answers_on_disk(folder: Path) -> dict[str, Verdict]:
    """Return object (id of suspicion) -> what was said of it last, where anything was."""
    query = "SELECT subject_id, verdict FROM decision WHERE subject = 'suspicion' ORDER BY id"
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as connection:
        return {id_: Verdict(verdict) for id_, verdict in connection.execute(query)}


def assert_same_answers(folder: Path, model: AnsweringModel) -> None:
    """Compare what was said of all objects."""
    told = answers_on_disk(folder)
    for object_id in model.objects:
        found, expected = told.get(object_id, Verdict.OPEN), model.answer_to(object_id)
        assert found is expected, f"{object_id}: {found} instead of {expected}"
