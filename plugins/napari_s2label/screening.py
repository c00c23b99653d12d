"""Screening at a desk: what was found is taken over, counted, settled, and dates are chosen."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from psygnal import Signal

from napari_s2label.screening_proposal import Wish, propose
from napari_s2label.screening_reader import ScreeningReader
from s2label.queue_specs import QueueOrder, QueueSpec
from s2label.screening.dates import reject_others
from s2label.screening.left_files import is_look_due, note_looked, take_oldest_left
from s2label.types import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from napari_s2label.desk import Desk
    from napari_s2label.screening_proposal import Proposal
    from s2label.project import Project
    from s2label.review.session import ReviewSession
    from s2label.screening_records import FindingRecord, ScreeningCounts
    from s2label.types import Act

_BY_SCREENING = (QueueOrder.CLOUD, QueueOrder.FINDING)
# While a child screens, what it has left is taken over no more often than this.
_TAKEN_EVERY_S = 15.0


class Screening:
    """What docks share about screening; it follows one project after the other.

    Nothing here is done in the window's thread: files are taken over and findings settled by the
    session's ledger, in turns with what somebody decides; everything else is read in threads.

    Parameters
    ----------
    desk : Desk
        Whose project it is.

    Attributes
    ----------
    counts : ScreeningCounts or None
        How far screening is, as it was counted last.
    proposal : Proposal or None
        The dates that are proposed.

    Signals
    -------
    changed : no arguments
        More is known of images, or findings are settled or open again.
    counted : ScreeningCounts
        Answers `ask_counts`.
    proposal_changed : Proposal or None
        Other dates are proposed, or none.
    told : str
        Something cannot be done, and why.
    """

    changed = Signal()
    counted = Signal(object)
    proposal_changed = Signal(object)
    told = Signal(str)

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.counts: ScreeningCounts | None = None
        self.proposal: Proposal | None = None
        self._taken = self._compared_after = 0
        self._taken_at_s = 0.0
        self._reader = ScreeningReader()
        self._reader.counted.connect(self._on_reader_counted)
        self._reader.proposed.connect(self.take_proposal)
        self._reader.listed.connect(self._on_reader_listed)
        self._reader.compared.connect(self._on_reader_compared)
        self._reader.failed.connect(self._on_reader_failed)
        desk.project_changed.connect(self._on_desk_project_changed)
        desk.jobs.ended.connect(self.take)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        project = self._desk.project
        self._reader.begin(None if session is None or project is None else project.folder)
        self.counts = None
        self.take_proposal(None)
        self._taken = 0
        if session is not None:
            session.acted.connect(self._on_session_acted)
            self.take()

    # -- what was found ------------------------------------------------------------------------

    def take(self) -> None:
        """Take over all that was left for the open project; what the user does gets in between."""
        self._taken_at_s = time.monotonic()
        if self._desk.session is not None:
            self._take_next(self._desk.session, False)

    def take_now_and_then(self) -> None:
        """Take over what was left, unless that was done a moment ago."""
        if time.monotonic() - self._taken_at_s > _TAKEN_EVERY_S:
            self.take()

    def _take_next(self, session: ReviewSession, is_new: bool) -> None:
        if self._desk.project is not None:
            work = partial(take_oldest_left, self._desk.project)
            session.ledger.submit(work, then=partial(self._on_taken, session, is_new))

    def _on_taken(self, session: ReviewSession, is_new: bool, is_more: bool) -> None:
        project = self._desk.project
        if self._desk.session is not session or project is None:
            return
        if is_more:
            self._taken += 1
            self._take_next(session, True)
            return
        if is_new:
            self._tell_changed(session)
        if is_look_due(project.folder) and self._desk.jobs.job is None:
            # While a child still screens, all images would be compared again and again.
            self._compared_after = self._taken
            self._reader.ask_comparison()

    def _tell_changed(self, session: ReviewSession) -> None:
        if session.queue.order in _BY_SCREENING:
            session.read_queue_again()
        session.look_again()
        if self._desk.easel is not None and self._desk.easel.overlays.wanted == "clouds":
            self._desk.easel.overlays.load()
        self._propose_again()
        self.changed.emit()

    def _on_reader_compared(self, records: Sequence[FindingRecord]) -> None:
        session, project = self._desk.session, self._desk.project
        if session is not None and project is not None:
            is_all = self._compared_after == self._taken
            work = partial(_note_compared, project, records, is_all)
            session.ledger.submit(work, then=lambda _: self._on_noted(session))

    def _on_noted(self, session: ReviewSession) -> None:
        if self._desk.session is session:
            self._tell_changed(session)

    # -- questions -----------------------------------------------------------------------------

    def ask_counts(self) -> None:
        """Ask how far screening is; `counted` answers."""
        self._reader.ask_counts()

    def _on_reader_counted(self, counts: ScreeningCounts) -> None:
        self.counts = counts
        self.counted.emit(counts)

    def _on_reader_failed(self, why: str) -> None:
        self.told.emit(why)

    # -- findings ------------------------------------------------------------------------------

    def show_findings(self, kind: str) -> None:
        """Go through the images that have an open finding of a kind, and no others."""
        self._reader.ask_images(kind)

    def _on_reader_listed(self, kind: str, image_ids: Sequence[str]) -> None:
        if image_ids:
            self._go_through(image_ids, f"with the finding {kind!r}")
        else:
            self.told.emit(f"no image has an open finding {kind!r} any more")

    def _go_through(self, image_ids: Sequence[str], title: str) -> None:
        if self._desk.session is not None:
            spec = QueueSpec(Subject.IMAGE, only_open=False, among=tuple(image_ids), title=title)
            self._desk.session.set_queue(spec)

    def settle(self, kind: str, why: str) -> None:
        """Note that the open findings of a kind are no trouble, and why."""
        self._submit(lambda project: project.catalog.screenings.settle(kind, None, why))

    def reopen(self, kind: str) -> None:
        """Take back that the findings of a kind are settled."""
        self._submit(lambda project: project.catalog.screenings.reopen(kind, None))

    def _submit(self, do: Callable[[Project], object]) -> None:
        session, project = self._desk.session, self._desk.project
        if session is not None and project is not None:
            session.ledger.submit(partial(do, project), then=lambda _: self._on_noted(session))

    # -- dates ---------------------------------------------------------------------------------

    def propose(self, wish: Wish) -> None:
        """Ask which dates would stay; `proposal_changed` answers."""
        self._reader.ask_proposal(wish)

    def take_proposal(self, proposal: Proposal | None) -> None:
        """Propose dates, or none any more."""
        if proposal is None:
            self._reader.drop_proposal()
        if proposal is not self.proposal:
            self.proposal = proposal
            self.proposal_changed.emit(proposal)

    def show_proposal(self) -> None:
        """Go through the images that would stay; the contact sheet shows those that would go."""
        if self.proposal is not None and self.proposal.staying:
            self._go_through(self.proposal.staying, "of those that would stay")

    def reject_others(self, then: Callable[[Act | None], object]) -> None:
        """Reject what the proposal does not keep, as one act, by what is known at that moment."""
        session, project = self._desk.session, self._desk.project
        if session is None or project is None or self.proposal is None:
            return
        session.submit_act(partial(_reject, project, self.proposal.wish), then=then)

    def _on_session_acted(self, _: Act) -> None:
        self._propose_again()

    def _propose_again(self) -> None:
        if self.proposal is not None:
            self._reader.ask_proposal(self.proposal.wish)


def _reject(project: Project, wish: Wish) -> Act | None:
    return reject_others(project, propose(project, wish).choices)


def _note_compared(project: Project, records: Sequence[FindingRecord], is_all: bool) -> None:
    from s2label.screening.guard_of_project import note_found

    note_found(project, records)
    if is_all:
        note_looked(project.folder)
