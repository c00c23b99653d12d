"""Accepting the rest: how many it would be, the sample that is looked at, and the one act."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_s2label.learning_reader import ProjectReader
from napari_s2label.parts import rest_words as words
from s2label.learnt.rest import (
    BELOW,
    ERROR,
    RestError,
    accept_rest,
    draw_sample,
    review_rest,
    sample_size,
)
from s2label.learnt.rest_file import FILE_NAME, forget_plan
from s2label.queue_specs import QueueSpec
from s2label.types import State

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from napari_s2label.learning_order import OrderLearning
    from s2label.learnt.rest import RestReview
    from s2label.project import Project
    from s2label.review.session import ReviewSession
    from s2label.types import Act

_REST_MS = 300


class RestReviewing:
    """What the window knows of the rest; it belongs to the desk, not to a dock.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    learning : OrderLearning
        Says when there are other chances.

    Attributes
    ----------
    below : float
        Images whose chance is smaller are the rest; while a sample is drawn, as it was drawn.
    review : RestReview or None
        How far the sample is; None where none is drawn, or all of its rest is accepted.
    unseen : int
        How many images of what was drawn last stand as accepted unseen.
    trouble : str
        What went wrong last, or nothing.
    is_drawing, is_accepting : bool
        What goes on.

    Signals
    -------
    changed : no arguments
        Any of these.
    """

    changed = Signal()

    def __init__(self, desk: Desk, learning: OrderLearning) -> None:
        self._desk, self._learning = desk, learning
        self.below = BELOW
        self.review: RestReview | None = None
        self.unseen = 0
        self.trouble = ""
        self.is_accepting = False
        self._chances = np.empty(0)
        self._reader = ProjectReader()
        self._rest = QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.look)
        desk.project_changed.connect(self._on_desk_project_changed)
        desk.jobs.ended.connect(self._rest.start)
        learning.learnt.connect(self.look_at_all)

    @property
    def is_drawing(self) -> bool:
        """Whether a sample is being drawn."""
        return self._reader.is_asked("draw")

    @property
    def counts(self) -> tuple[int, int, int]:
        """Open images under the threshold, all that have a chance, and the size of a sample."""
        below = int(np.searchsorted(self._chances, self.below))
        return below, self._chances.size, sample_size(ERROR)

    def close(self) -> None:
        """Ask nothing more; the window goes."""
        self._reader.begin(None)
        self._rest.stop()

    def look(self) -> None:
        """Look how things stand, in a thread; while the sample is open, only at the sample."""
        if self.review is None or not self.review.open_sample:
            self.look_at_all()
            return
        look = partial(_look_at_sample, self.review)
        self._reader.ask("look", look, self._take_sample, self._note_trouble)

    def look_at_all(self) -> None:
        """Look how things stand, in a thread."""
        self._reader.ask("look", _look, self._take, self._note_trouble)

    def choose(self, below: float) -> None:
        """Choose another threshold; while a sample is drawn it stays."""
        if self.review is None:
            self.below = below
            self.changed.emit()

    def draw(self) -> None:
        """Draw the sample and go through it."""
        if self._desk.session is None or self.is_drawing or self.review is not None:
            return
        self._desk.session.ledger.flush()  # what was decided is on disk when it is drawn
        self.trouble = ""
        draw = partial(draw_sample, below=self.below, anew=True)
        self._reader.ask("draw", draw, self._take_drawn, self._note_trouble)
        self.changed.emit()

    def show_sample(self) -> None:
        """Go through what is still to be looked at of the sample."""
        session, review = self._desk.session, self.review
        if session is not None and review is not None and review.open_sample:
            session.set_queue(QueueSpec(among=review.open_sample, title=words.SAMPLE_TITLE))

    def forget(self) -> None:
        """Throw the sample away; what was decided stays."""
        if self._desk.project is not None:
            forget_plan(self._desk.project.folder)
            self._leave_sample()
            self.look_at_all()

    def accept(self) -> None:
        """Accept the rest as one act, with the error that the sample supports."""
        session, project, review = self._desk.session, self._desk.project, self.review
        if session is None or project is None or review is None or self.is_accepting:
            return
        self.is_accepting, self.trouble = True, ""
        error = max(ERROR, math.ceil(1000 * review.error) / 1000)
        do = partial(accept_rest, project, error)
        session.submit_act(do, self._note_accepted, self._note_refused)
        self.changed.emit()

    # -- how ---------------------------------------------------------------------------------

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self._rest.stop()
        folder = self._desk.project.folder if self._desk.project is not None else None
        self._reader.begin(folder)
        self.review, self.trouble, self._chances = None, "", np.empty(0)
        self.unseen, self.is_accepting = 0, False
        if session is not None:
            session.acted.connect(self._on_session_acted)
            self.look()
        self.changed.emit()

    def _take_sample(self, review: RestReview) -> None:
        if review.open_sample:
            self.review = review
            self.changed.emit()
        else:
            self.look_at_all()

    def _on_session_acted(self, _: Act) -> None:
        self._rest.start()

    def _take(self, found: tuple[RestReview | None, list[float]]) -> None:
        review, chances = found
        self._chances = np.array(chances)
        was_open = self.review is not None and bool(self.review.open_sample)
        # A plan of which nothing is left is done: another threshold may be chosen.
        self.review = review if review is not None and review.rest else None
        self.unseen = review.unseen if review is not None else 0
        if self.review is not None:
            self.below = self.review.plan.below
            if was_open and not self.review.open_sample:
                self._desk.told.emit(words.sample_standing(self.review))
        self.changed.emit()

    def _take_drawn(self, review: RestReview) -> None:
        self.review = review
        self.show_sample()
        self.changed.emit()

    def _note_trouble(self, why: str) -> None:
        self.trouble = why
        self.changed.emit()

    def _note_accepted(self, act: Act | None) -> None:
        self.is_accepting = False
        if act is not None:
            self._desk.told.emit(words.accepted(act.changes, self._desk.keys["undo"]))
        self._leave_sample()
        self.look_at_all()
        self.changed.emit()

    def _note_refused(self, error: Exception) -> None:
        self.is_accepting = False
        self.look_at_all()
        self._note_trouble(words.CHANGED if isinstance(error, RestError) else str(error))

    def _leave_sample(self) -> None:
        """Leave the queue of the sample, where one is in it: nothing of it is left to be done."""
        session = self._desk.session
        if session is not None and session.queue.title == words.SAMPLE_TITLE:
            self._learning.show_doubtful()


def _look(project: Project) -> tuple[RestReview | None, list[float]]:
    with project.catalog.snapshot():
        chances = project.catalog.screenings.open_chances()
        is_drawn = (project.folder / FILE_NAME).exists()
        return review_rest(project) if is_drawn else None, chances


def _look_at_sample(review: RestReview, project: Project) -> RestReview:
    """Return a review with the sample as it is now: between two keys nobody waits for the rest."""
    chips = project.catalog.chips(review.plan.sample).values()
    still_open = tuple(chip.image.id for chip in chips if chip.image_state is State.OPEN)
    return replace(
        review,
        decided=len(chips) - len(still_open),
        rejected=sum(chip.image_state is State.REJECTED for chip in chips),
        open_sample=tuple(id_ for id_ in review.plan.sample if id_ in set(still_open)),
    )
