"""Auditing at a desk: a child looks for wrong labels, what it finds is taken over and counted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from psygnal import Signal
from qtpy.QtCore import QTimer

from napari_s2label.audit_ground import count_suspected, look_at_ground
from napari_s2label.learning_reader import ProjectReader
from napari_s2label.lending import ProjectJobs
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.suspicion_files import take_oldest_suspicions
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from s2label_training.recipe import Recipe

    from napari_s2label.audit_ground import AuditGround, SuspicionCounts
    from napari_s2label.desk import Desk
    from napari_s2label.jobs import CommandJob
    from s2label.progress import Progress
    from s2label.review.session import ReviewSession
    from s2label.types import Act

TITLE = "Audit"
MASKS_QUEUE = QueueSpec(Subject.MASK, QueueOrder.SUSPICION, descending=True, only_suspicious=True)
OBJECTS_QUEUE = QueueSpec(Subject.SUSPICION, QueueOrder.SUSPICION, descending=True)
# Counting waits until somebody pauses: it must not come between two keys.
_REST_MS = 400


class Auditing:
    """What docks share about audits; it follows one project after the other.

    An audit runs in a slot of its own: one goes on deciding, painting and importing meanwhile.

    Parameters
    ----------
    desk : Desk
        Whose project it is.

    Attributes
    ----------
    ground : AuditGround or None
        What there is to look at, as it was counted last.
    counts : SuspicionCounts or None
        What is suspected, as it was counted last.
    recipes : dict
        Name -> recipe, as an audit takes it; empty until they are read.
    step : Progress or None
        The last step of the audit that runs.
    report : dict or None
        What the last audit of this project came to.
    trouble : str
        Why something did not work, or nothing.

    Signals
    -------
    changed : no arguments
        Any of these, or whether an audit runs.
    """

    changed = Signal()

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.ground: AuditGround | None = None
        self.counts: SuspicionCounts | None = None
        self.recipes: dict[str, Recipe] = {}
        self.step: Progress | None = None
        self.report: Mapping[str, Any] | None = None
        self.trouble = ""
        self._is_watched = False
        self._audited: Path | None = None
        self._folder: Path | None = None
        self._reader = ProjectReader()
        self.jobs = ProjectJobs(desk)
        self.jobs.started.connect(self._on_jobs_started)
        self.jobs.ended.connect(self._on_jobs_ended)
        self._rest = QTimer()
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.count)
        desk.project_changed.connect(self._on_desk_project_changed)

    @property
    def is_running(self) -> bool:
        """Whether a child audits."""
        return self.jobs.job is not None

    @property
    def audited(self) -> Path | None:
        """Folder of the project that is audited, or was last."""
        return self._audited

    def close(self) -> None:
        """End the child, which goes on when it is started again: the window goes."""
        self._reader.begin(None)
        self._rest.stop()
        self.jobs.close()

    # -- running -----------------------------------------------------------------------------

    def start(self, arguments: Sequence[str]) -> None:
        """Run ``s2label audit`` with some options, or go on with the one that ended early."""
        session, project = self._desk.session, self._desk.project
        if session is None or project is None or self.is_running:
            return
        self._settle(session)
        self.trouble, self.report, self.step = "", None, None
        self._audited = project.folder
        self.jobs.start(TITLE, ["audit", str(project.folder), *arguments], writes=False)
        self.changed.emit()

    def _settle(self, session: ReviewSession) -> None:
        """Make a version of what is painted in view: the child reads versions, from the disk."""
        easel = self._desk.easel
        if easel is not None:
            easel.finish_stroke()
            if not easel.painter.is_settled:
                easel.painter.settle()
                session.ledger.flush()
                session.look_again()
        session.ledger.flush()

    def stop(self) -> None:
        """Ask the audit to stop; started again it goes on."""
        if self.jobs.job is not None:
            self.jobs.job.stop()
            self.changed.emit()

    def _on_jobs_started(self, job: CommandJob) -> None:
        job.progressed.connect(self._on_job_progressed)
        job.finished.connect(self._on_job_finished)
        job.failed.connect(self._on_job_failed)

    def _on_job_progressed(self, step: Progress) -> None:
        self.step = step
        self.changed.emit()

    def _on_job_finished(self, result: Mapping[str, Any]) -> None:
        self.report = result or None

    def _on_job_failed(self, why: str) -> None:
        self.trouble = why

    def _on_jobs_ended(self) -> None:
        self.step = None
        if self._desk.session is not None and self._audited == self._folder:
            self._take_next(self._desk.session, False)
        self.look()
        self.changed.emit()

    # -- what was found ----------------------------------------------------------------------

    def _take_next(self, session: ReviewSession, is_new: bool) -> None:
        """Take over what a child left, a piece at a time: what the user does gets in between."""
        if self._desk.project is not None and self._desk.session is session:
            work = partial(take_oldest_suspicions, self._desk.project)
            session.ledger.submit(work, then=partial(self._on_taken, session, is_new))

    def _on_taken(self, session: ReviewSession, is_new: bool, is_more: bool) -> None:
        if self._desk.session is not session:
            return
        if is_more:
            self._take_next(session, True)
            return
        if is_new:
            if session.queue.order is QueueOrder.SUSPICION:
                session.read_queue_again()
            session.look_again()
        self.count()

    # -- questions ---------------------------------------------------------------------------

    def watch(self, is_watched: bool) -> None:
        """Say whether somebody wants to know: what is there to audit, and what is suspected."""
        self._is_watched = is_watched
        self.look()
        self.count()

    def look(self) -> None:
        """Look what there is to audit, in a thread, if somebody wants to know."""
        if self._is_watched:
            self._reader.ask("ground", look_at_ground, self._take_ground, self._note_trouble)

    def count(self) -> None:
        """Count what is suspected, in a thread, if somebody wants to know."""
        if self._is_watched:
            self._reader.ask("counts", count_suspected, self._take_counts, self._note_trouble)

    def show_masks(self) -> None:
        """Go through the suspicious masks, the foremost first."""
        if self._desk.session is not None:
            self._desk.session.set_queue(MASKS_QUEUE)

    def show_objects(self) -> None:
        """Go through the unlabelled objects, one at a time."""
        if self._desk.session is not None:
            self._desk.session.set_queue(OBJECTS_QUEUE)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        self._rest.stop()
        folder = self._desk.folder
        if folder != self._folder:  # else a job has the project, or gives it back
            self._folder = folder
            self.jobs.close()
            self.report, self.step, self.trouble = None, None, ""
            self.ground = self.counts = None
        self._reader.begin(folder if session is not None else None)
        if session is not None:
            session.acted.connect(self._on_session_acted)
            self._take_next(session, False)
            self.look()
        self.changed.emit()

    def _on_session_acted(self, _: Act) -> None:
        self._rest.start()

    def _take_ground(self, found: tuple[AuditGround, dict[str, Recipe]]) -> None:
        self.ground, self.recipes = found
        self.changed.emit()

    def _take_counts(self, counts: SuspicionCounts) -> None:
        self.counts = counts
        self.changed.emit()

    def _note_trouble(self, why: str) -> None:
        self.trouble = why
        self.changed.emit()
