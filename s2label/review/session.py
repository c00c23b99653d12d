"""A review: a queue of chips, the one in view, and acts on it. Plain Python with signals."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from psygnal import Signal

from s2label.errors import S2LabelError
from s2label.review.acting import Acting
from s2label.review.answering import Answering
from s2label.review.bookmark import Bookmark
from s2label.review.deciding import Deciding
from s2label.review.in_view import InView
from s2label.review.ledger import Ledger
from s2label.review.pace import Pace
from s2label.review.stepping import Stepping
from s2label.review.tour import Tour
from s2label.review.work_clock import WorkClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.queue_specs import QueueSpec
    from s2label.suspicions import SuspicionRecord
    from s2label.types import Act, Verdict

# Until a decision is written: somewhat longer than the next chip takes to the screen. Done at the
# same time, Python's threads would take turns and a chip of 256 px came up to 40 ms later.
REST_S = 0.1


class ReviewSession:
    """One person going through one project.

    Parameters
    ----------
    catalog : Catalog
        Open for writing.
    bookmark : Bookmark, optional
        Where to begin.
    clock : callable
        Returns seconds that only go forward; measures the pace.
    post : callable, optional
        Runs a callable in the thread that owns the session, soon. With it decisions are written
        and queues are read in threads, and what follows from them is told through it. Without
        it everything is done before a call returns.

    Attributes
    ----------
    ledger : Ledger
        Whatever else writes to the catalog while a session is open is submitted here, too.
    pace : Pace
        How fast decisions are made.

    Signals
    -------
    chip_changed : ChipView or None
        Another chip is in view, or the same one with another state; None when there is none.
    acted : Act
        Something was decided, taken back or done again, and is on disk.
    queue_changed : QueueSpec
        Another queue, or the same one read anew.
    told : str
        What an act did, where that is not to be seen; why it was refused; or that the queue ends.
    """

    chip_changed = Signal(object)
    acted = Signal(object)
    queue_changed = Signal(object)
    told = Signal(str)

    def __init__(
        self,
        catalog: Catalog,
        bookmark: Bookmark | None = None,
        clock: Callable[[], float] = time.monotonic,
        post: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        bookmark = bookmark or Bookmark()
        told, acted = self.told.emit, self.acted.emit
        self._catalog = catalog
        self._clock = WorkClock(clock)
        self.pace = Pace()
        ledger = self.ledger = Ledger(self._on_ledger_error, post, REST_S)
        self._view = InView(catalog, ledger, bookmark.queue)
        tour = self._tour = Tour(catalog, ledger, self._view, self._on_tour_changed, told, post)
        acting = self._acting = Acting(catalog, ledger, tour, acted)
        self._deciding = Deciding(catalog, ledger, tour, acting, self._note_decision, told)
        self._answering = Answering(catalog, tour, self._deciding, self._note_pace, told)
        self._stepping = Stepping(catalog, ledger, tour, acting, acted, told)
        tour.begin(bookmark)
        self._note_look(self.chip)

    def take_painter(self, painter: Painter) -> None:
        """Let somebody paint on the chip in view; undo and redo go through the painter."""
        self._view.painter = painter
        painter.take_clock(self._clock)
        painter.kept.connect(self._on_painter_kept)
        painter.lost.connect(self._on_painter_lost)
        painter.not_settled.connect(self._on_painter_not_settled)

    def close(self) -> bool:
        """Finish what is being written; return whether all of it could be."""
        if self.painter is not None:
            self.painter.settle()
        self._tour.walk.close()
        return self.ledger.close()

    # -- what is in view -------------------------------------------------------------------

    @property
    def chip(self) -> ChipView | None:
        """The chip in view."""
        return self._view.chip

    @property
    def suspicion(self) -> SuspicionRecord | None:
        """The unlabelled object asked about, answered or not; None in queues of anything else."""
        return self._view.suspicion

    @property
    def painter(self) -> Painter | None:
        """Who paints on the chip in view; None where there is no screen."""
        return self._view.painter

    @property
    def queue(self) -> QueueSpec:
        """What one goes through."""
        return self._view.queue

    @property
    def bookmark(self) -> Bookmark:
        """Where to begin the next time."""
        return self._view.bookmark

    @property
    def progress(self) -> tuple[int, int]:
        """Decided and all images (masks, unlabelled objects) of the project."""
        self.ledger.flush()
        still_open, total = self._catalog.count_open(self.queue.subject)
        return total - still_open, total

    @property
    def is_reading(self) -> bool:
        """Whether the queue is still being read; the chip in view can be decided on already."""
        return self._tour.walk.is_reading

    @property
    def number(self) -> tuple[int, int]:
        """Number of the entry in view, from 1, and length of the queue."""
        return self._tour.walk.number

    def coming_images(self) -> list[str]:
        """Return the images that come next, the nearest first."""
        return self._tour.coming_images()

    # -- going through the queue -----------------------------------------------------------

    def show(self, image_id: str) -> None:
        """Bring an image into view, wherever it is in the queue or outside of it."""
        self._tour.show(image_id)

    def look_again(self) -> None:
        """Read the chip in view again: it is not what it was."""
        self._tour.refresh()

    def forward(self) -> None:
        """Go to the next entry of the queue; where only open ones are wanted, to one of those."""
        self._tour.forward()

    def back(self) -> None:
        """Go to the entry that was before, decided or not."""
        self._tour.back()

    def set_queue(self, spec: QueueSpec) -> None:
        """Go through another queue, from its beginning, as soon as it is read."""
        self.ledger.flush()
        self._view.begin(spec)
        self._clock.restart()
        self.queue_changed.emit(spec)
        self._tour.ask()

    def read_queue_again(self) -> None:
        """Sort the queue anew by what is known now; the chip in view stays."""
        self._tour.ask(self._view.entry)

    def renew_queue(self) -> None:
        """Read the queue anew, whose order has changed: its start comes after the chip in view."""
        # No entry has this name: the chip in view counts as a visit from outside.
        self._tour.ask("")

    def finish_reading(self) -> bool:
        """Wait for a queue that is being read, as steps do; return whether its start came."""
        return self._tour.finish_reading()

    # -- acts ------------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the image in view, and its mask if that is still open, and go on.

        In a queue of suspicious masks what is suspicious about it is called fine (see
        `deciding.accepting`).
        """
        self._deciding.accept()

    def call_fine(self) -> None:
        """Say that nothing suspected of the mask in view is wrong, and go on.

        It is not asked again for the same reason. Unlabelled objects are asked about one by one.
        Without an open suspicion nothing happens, and that is told.
        """
        self._deciding.call_fine()

    def answer(self, is_so: bool, provenance: int | None = None) -> None:
        """Say whether the unlabelled object in view is one, and go on to the next.

        For yes its pixels are painted: `provenance` is the number in mask files of the model that
        proposes it. Details, and what is raised without it, as in `Answering.answer`.
        """
        self._answering.answer(is_so, provenance)

    def reject_image(self, reason: str) -> None:
        """Reject the image in view and go on."""
        self._deciding.reject_image(reason)

    def reject_mask(self, reason: str) -> None:
        """Reject the mask in view and go on; without a mask nothing happens."""
        self._deciding.reject_mask(reason)

    def decide_images(self, ids: Iterable[str], verdict: Verdict, reason: str = "") -> None:
        """Decide on many images in one act; the view stays where it is.

        Why it could not be written is told.
        """
        try:
            self._acting.decide_images(ids, verdict, reason)
        except S2LabelError as error:
            self.told.emit(str(error))

    def submit_act(
        self,
        do: Callable[[], Act | None],
        then: Callable[[Act | None], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Have an act done that may take seconds, after all others; the view stays where it is.

        `do` writes the act and returns it, or None; the others are told the act, or why there is
        none (see `Acting.submit`).
        """
        self._acting.submit(do, then, failed)

    def undo(self) -> Act | None:
        """Take back the last act and show the chip it changed; None if there is none.

        One of many decisions is taken back in the ledger's thread; None as well, and told then.
        """
        return self._stepping.undo()

    def redo(self) -> Act | None:
        """Do the act again that was taken back last, and show its chip; None if there is none."""
        return self._stepping.redo()

    # -- what is told to it ----------------------------------------------------------------

    def _on_tour_changed(self, chip: ChipView | None) -> None:
        self._note_look(chip)
        self.chip_changed.emit(chip)

    def _note_look(self, chip: ChipView | None) -> None:
        self._clock.look_at(None if chip is None else chip.image.id)

    def _note_decision(self) -> float:
        took_s = self._clock.take()
        self._note_pace()
        return took_s

    def _note_pace(self) -> None:
        self.pace.note(self._clock.active_s)

    def _on_painter_kept(self, act: Act) -> None:
        if act.changes:
            self._answering.note_kept(act)
            self.acted.emit(act)
        else:
            self._acting.note_suspected(act)

    def _on_painter_lost(self, _: str) -> None:
        self._answering.ask_again()

    def _on_painter_not_settled(self, text: str) -> None:
        self.told.emit(text)

    def _on_ledger_error(self, error: Exception) -> None:
        self.told.emit(str(error))
        if not isinstance(error, S2LabelError):
            raise error
