"""The order learnt from decisions: begun by itself, in a child, and taken over bit by bit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_s2label.learning_reader import ProjectReader
from napari_s2label.lending import ProjectJobs
from napari_s2label.parts import rest_words as words
from s2label.learnt.left_order import LearntOrder, read_order, take_oldest_chances
from s2label.learnt.readiness import count_decisions, find_obstacle, is_due
from s2label.queue_specs import QueueOrder, QueueSpec

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob
    from s2label.project import Project
    from s2label.review.session import ReviewSession
    from s2label.screening_records import LearningCounts
    from s2label.types import Act

_TITLE = "Learning"
# Counting waits until somebody pauses: it must not come between two keys.
_REST_MS = 700


class OrderLearning:
    """What the window knows of the learnt order; it belongs to the desk, not to a dock.

    Parameters
    ----------
    desk : Desk
        Whose project it is.

    Attributes
    ----------
    order : LearntOrder or None
        What was learnt last.
    counts : LearningCounts or None
        What there is to learn from; None until it was counted.
    trouble : str
        Why the last attempt failed, or nothing.
    is_taking : bool
        Whether chances are being taken over.

    Signals
    -------
    changed : no arguments
        Any of these, or whether it is learning.
    learnt : no arguments
        Another order holds, all of it.
    """

    changed = Signal()
    learnt = Signal()

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.order: LearntOrder | None = None
        self.counts: LearningCounts | None = None
        self.trouble = ""
        self.is_taking = False
        self._failed_at = 0
        self._reader = ProjectReader()
        self.jobs = ProjectJobs(desk)
        self.jobs.ended.connect(self._on_jobs_ended)
        self._rest = QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.count)
        desk.project_changed.connect(self._on_desk_project_changed)
        desk.jobs.ended.connect(self._on_desk_jobs_ended)

    @property
    def is_learning(self) -> bool:
        """Whether a child learns."""
        return self.jobs.job is not None

    def close(self) -> None:
        """End the child; the window goes."""
        self._reader.begin(None)
        self._rest.stop()
        self.jobs.close()

    def count(self) -> None:
        """Count decisions, and learn if that is due."""
        self._reader.ask("counts", count_decisions, self._take_counts, self._note_trouble)

    def learn(self) -> None:
        """Learn now, in a child that gives way to the window."""
        session, project = self._desk.session, self._desk.project
        if session is None or project is None or self.is_learning:
            return
        session.ledger.flush()  # the child reads from the disk what was decided
        self.trouble = ""
        wiring = self.jobs.started.connect(self._follow)
        try:
            self.jobs.start(_TITLE, ["learn", str(project.folder)], writes=False)
        finally:
            self.jobs.started.disconnect(wiring)
        self.changed.emit()

    def show_doubtful(self) -> None:
        """Go through the open images, the likeliest to be rejected first."""
        if self._desk.session is not None:
            self._desk.session.set_queue(QueueSpec(order=QueueOrder.REJECTION, descending=True))

    # -- how ---------------------------------------------------------------------------------

    def _follow(self, job: CommandJob) -> None:
        job.failed.connect(self._note_trouble)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self._rest.stop()
        self.jobs.close()
        folder = self._desk.project.folder if self._desk.project is not None else None
        self._reader.begin(folder)
        self.order, self.counts, self.trouble, self._failed_at = None, None, "", 0
        self.is_taking = False
        if session is not None and self._desk.project is not None:
            session.acted.connect(self._on_session_acted)
            self.order = read_order(self._desk.project.folder)
            self.count()
            self._take_over(session)
        self.changed.emit()

    def _on_session_acted(self, _: Act) -> None:
        self._rest.start()

    def _on_desk_jobs_ended(self) -> None:
        self._rest.start()  # more may be screened now

    def _take_counts(self, counts: LearningCounts) -> None:
        self.counts = counts
        since = self.order.learnt_from if self.order is not None else None
        known = max(since or 0, self._failed_at) or None
        if is_due(counts, known) and not self.is_learning:
            self.learn()
        self.changed.emit()

    def _note_trouble(self, why: str) -> None:
        self.trouble = words.trouble(why)
        # Not tried again at every decision: after so many as an order waits for.
        self._failed_at = self.counts.decided if self.counts is not None else 0
        self.changed.emit()

    def _on_jobs_ended(self) -> None:
        session, project = self._desk.session, self._desk.project
        if session is not None and project is not None and not self.trouble:
            self.order = read_order(project.folder)
            self._take_over(session, is_new=True)
        self.changed.emit()

    def _take_over(self, session: ReviewSession, *, is_new: bool = False) -> None:
        """Take over what a child left, a piece at a time: decisions get in between."""
        project = self._desk.project
        if project is not None:
            self.is_taking = is_new
            session.ledger.submit(
                partial(take_oldest_chances, project),
                then=lambda is_more: self._go_on(session, project, is_more, is_new),
            )

    def _go_on(self, session: ReviewSession, project: Project, is_more: bool, is_new: bool) -> None:
        if self._desk.session is not session or self._desk.project is not project:
            return
        if is_more:
            self._take_over(session, is_new=True)
            return
        self.is_taking = False
        if is_new:
            self._tell_learnt(session)
        self.changed.emit()

    def _tell_learnt(self, session: ReviewSession) -> None:
        self.learnt.emit()
        is_by_chance = session.queue.order is QueueOrder.REJECTION and not session.queue.among
        if is_by_chance:
            session.renew_queue()
        session.look_again()  # the chip in view has another chance
        if self.order is not None:
            self._desk.told.emit(words.learnt(self.order))

    @property
    def can_learn(self) -> bool:
        """Whether nothing stands in the way of learning now."""
        known = self.counts is not None and find_obstacle(self.counts) is None
        return known and not self.is_learning and not self.is_taking
