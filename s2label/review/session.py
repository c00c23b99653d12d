"""A review: a queue of chips, the one in view, and acts on it. Plain Python with signals."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from psygnal import Signal

from s2label.errors import S2LabelError
from s2label.review.bookmark import Bookmark
from s2label.review.ledger import Ledger
from s2label.review.pace import Pace
from s2label.review.walk import Walk
from s2label.types import (
    STATE_OF_VERDICT,
    ChipView,
    Decision,
    MaskView,
    QueueOrder,
    QueueSpec,
    State,
    Subject,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from s2label.catalog.store import Catalog
    from s2label.painting.painter import Painter
    from s2label.types import Act, DatedImage

# Until a decision is written: about as long as the next chip takes to the screen. Done at the
# same time, Python's threads would take turns and the chip came 8 ms later.
_REST_S = 0.04
# Acts of more decisions are taken back beside the window: 100,000 take some ten seconds.
_MANY_DECISIONS = 500
# Which date of a place shows its mask: one that goes into the data set before one that may.
_SHOWN_FIRST = (State.ACCEPTED, State.OPEN, State.REJECTED)


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
    painter : Painter or None
        Paints on the chip in view, where there is a screen; undo and redo go through it.
    ledger : Ledger
        Whatever else writes to the catalog while a session is open is submitted here, too.

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
        self._catalog = catalog
        self._clock = clock
        self.pace = Pace()
        self.painter: Painter | None = None
        self.queue = bookmark.queue
        self._chip: ChipView | None = None
        self.ledger = Ledger(self._on_ledger_error, post, _REST_S)
        self._walk = Walk(catalog, self._finish_reading, post)
        self._begin(bookmark.image_id)

    def take_painter(self, painter: Painter) -> None:
        """Let somebody paint on the chip in view; undo and redo go through the painter."""
        self.painter = painter
        painter.kept.connect(self._on_painter_kept)

    def _on_painter_kept(self, _: Act) -> None:
        self.pace.stir(self._clock())

    def close(self) -> bool:
        """Finish what is being written; return whether all of it could be."""
        if self.painter is not None:
            self.painter.settle()
        self._walk.close()
        return self.ledger.close()

    # -- what is in view -------------------------------------------------------------------

    @property
    def chip(self) -> ChipView | None:
        """The chip in view."""
        return self._chip

    @property
    def bookmark(self) -> Bookmark:
        """Where to begin the next time."""
        # Ten thousand ids would be written at every step.
        queue = replace(self.queue, among=(), title="")
        return Bookmark(queue, self._chip.image.id if self._chip else None)

    @property
    def progress(self) -> tuple[int, int]:
        """Decided and all images (or masks) of the project."""
        self.ledger.flush()
        still_open, total = self._catalog.count_open(self.queue.subject)
        return total - still_open, total

    @property
    def is_reading(self) -> bool:
        """Whether the queue is still being read; the chip in view can be decided on already."""
        return self._walk.is_reading

    def coming_images(self) -> list[str]:
        """Return the images that come next, the nearest first."""
        images = (self._image_of(entry) for entry in self._walk.coming())
        return [image for image in images if image is not None]

    @property
    def number(self) -> tuple[int, int]:
        """Number of the entry in view, from 1, and length of the queue."""
        return self._walk.number

    def show(self, image_id: str) -> None:
        """Bring an image into view, wherever it is in the queue or outside of it."""
        self._read(image_id)
        self._walk.seek(self._entry_in_view() or image_id)
        self.chip_changed.emit(self._chip)

    def look_again(self) -> None:
        """Read the chip in view again: it is not what it was."""
        self._refresh()

    def forward(self) -> None:
        """Go to the next entry of the queue; where only open ones are wanted, to one of those."""
        if self._finish_reading():
            return
        entry = self._walk.forward()
        if entry is None:
            self.told.emit("this is the last one of the queue")
        self._follow(entry)

    def back(self) -> None:
        """Go to the entry that was before, decided or not."""
        if not self._finish_reading():
            self._follow(self._walk.back())

    def set_queue(self, spec: QueueSpec) -> None:
        """Go through another queue, from its beginning, as soon as it is read."""
        self.ledger.flush()
        self.queue = spec
        self.pace.begin(self._clock())
        self.queue_changed.emit(spec)
        self._walk.ask(spec)

    def read_queue_again(self) -> None:
        """Sort the queue anew by what is known now; the chip in view stays."""
        self._walk.ask(self.queue, self._entry_in_view())

    def renew_queue(self) -> None:
        """Read the queue anew, whose order has changed: its start comes after the chip in view."""
        # No entry has this name: the chip in view counts as a visit from outside.
        self._walk.ask(self.queue, "")

    # -- acts ------------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the image in view, and its mask if that is still open, and go on.

        A mask that was rejected on another date stays rejected: one press on a clear image must
        not bring back a wrong mask.
        """
        chip = self._settled_chip()
        if chip is None:
            return
        decisions = [self._about_image(chip, Verdict.ACCEPT)]
        if chip.mask is not None and chip.mask.state is State.OPEN:
            decisions.append(self._about_mask(chip.mask, Verdict.ACCEPT))
        self._decide(chip, decisions)

    def reject_image(self, reason: str) -> None:
        """Reject the image in view and go on."""
        if self._chip is not None:
            self._decide(self._chip, [self._about_image(self._chip, Verdict.REJECT, reason)])

    def reject_mask(self, reason: str) -> None:
        """Reject the mask in view and go on; without a mask nothing happens."""
        chip = self._settled_chip()
        if chip is not None and chip.mask is not None:
            self._decide(chip, [self._about_mask(chip.mask, Verdict.REJECT, reason)])

    def decide_images(self, ids: Iterable[str], verdict: Verdict, reason: str = "") -> None:
        """Decide on many images in one act; the view stays where it is."""
        self.ledger.flush()
        act = self._catalog.decide([Decision(Subject.IMAGE, id_, verdict, reason) for id_ in ids])
        if act is not None:
            self._walk.note_states(self._catalog.states_of_act(act.id))
        self._refresh()
        if act is not None:
            self.acted.emit(act)

    def submit_act(
        self,
        do: Callable[[], Act | None],
        then: Callable[[Act | None], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
    ) -> None:
        """Have an act done that may take seconds, after all others; the view stays where it is.

        Parameters
        ----------
        do : callable
            Writes the act and returns it, or None where nothing changes.
        then, failed : callable, optional
            Told the act, or why there is none, instead of `told`.
        """

        def work() -> tuple[Act | None, dict[str, State]]:
            act = do()
            return act, self._catalog.states_of_act(act.id) if act is not None else {}

        def tell(answer: tuple[Act | None, dict[str, State]]) -> None:
            act, states = answer
            self._walk.note_states(states)
            self._refresh()
            self._on_decided(act)
            if then is not None:
                then(act)

        self.ledger.submit(work, then=tell, failed=failed)

    def undo(self) -> Act | None:
        """Take back the last act and show the chip it changed; None if there is none.

        One of many decisions is taken back in the ledger's thread; None as well, and told then.
        """
        if not self._finish_writing():
            return None  # what was meant to be taken back never came about, and that was told
        if self._is_large(self._catalog.next_undo()):
            self._submit_step(self._catalog.undo, "taken back")
            return None
        step = self._catalog.undo if self.painter is None else self.painter.undo
        return self._step_in_time(step, "taken back", "nothing to undo")

    def redo(self) -> Act | None:
        """Do the act again that was taken back last, and show its chip; None if there is none."""
        if not self._finish_writing():
            return None
        if self._is_large(self._catalog.next_redo()):
            self._submit_step(self._catalog.redo, "done again")
            return None
        step = self._catalog.redo if self.painter is None else self.painter.redo
        return self._step_in_time(step, "done again", "nothing to redo")

    def _settled_chip(self) -> ChipView | None:
        """Return the chip in view; what was painted on it is a version before it is decided on."""
        if self.painter is not None and not self.painter.is_settled and self._chip is not None:
            self.painter.settle()
            self._read(self._chip.image.id)
        return self._chip

    @staticmethod
    def _about_image(chip: ChipView, verdict: Verdict, reason: str = "") -> Decision:
        return Decision(Subject.IMAGE, chip.image.id, verdict, reason, chip.image.version)

    @staticmethod
    def _about_mask(mask: MaskView, verdict: Verdict, reason: str = "") -> Decision:
        return Decision(Subject.MASK, mask.id, verdict, reason, mask.version)

    # -- how -------------------------------------------------------------------------------

    def _decide(self, chip: ChipView, decisions: Sequence[Decision]) -> None:
        seconds = self.pace.note(self._clock())
        is_at_start = self._finish_reading()
        self._walk.note_states({d.id: STATE_OF_VERDICT[d.verdict] for d in decisions})
        self.ledger.submit(
            lambda: self._catalog.decide(decisions, seconds),
            touches=[decision.id for decision in decisions],
            then=self._on_decided,
            failed=lambda error: self._on_refused(chip, error),
        )
        if not is_at_start:
            self._follow(self._walk.forward(), even_at_end=True)

    def _on_decided(self, act: Act | None) -> None:
        if act is not None:
            self.acted.emit(act)

    def _on_refused(self, chip: ChipView, error: Exception) -> None:
        """Say why a decision is not on disk, and show its chip again."""
        self.told.emit(str(error))
        self.show(chip.image.id)
        self._walk.note_states(self._states_in_view())
        if not isinstance(error, S2LabelError):
            raise error

    def _on_ledger_error(self, error: Exception) -> None:
        self.told.emit(str(error))
        if not isinstance(error, S2LabelError):
            raise error

    def _step_in_time(self, step: Callable[[], Act | None], done: str, nothing: str) -> Act | None:
        try:
            act = step()
        except S2LabelError as error:
            self.told.emit(str(error))
            return None
        if act is None:
            self.told.emit(nothing)
            return None
        self._walk.note_states(self._catalog.states_of_act(act.id))
        image_id = self._catalog.image_of_act(act.id)
        if image_id is not None:
            self._show_again(image_id)
        self.acted.emit(act)
        self.told.emit(f"{act.in_words} {done}")
        return act

    def _finish_writing(self) -> bool:
        """Wait until all is on disk, a stroke under way too; tell whether none of it broke off."""
        if self.painter is not None:
            self.painter.finish_drawing()
        return self.ledger.flush()

    def _is_large(self, act_id: int | None) -> bool:
        """Tell whether an act that stands last has many decisions."""
        return act_id is not None and self._catalog.decision_count(act_id) > _MANY_DECISIONS

    def _submit_step(self, step: Callable[[], Act | None], done: str) -> None:
        """Have an act taken back or done again that takes seconds, and tell when it is."""

        def show(act: Act | None) -> None:
            image_id = self._catalog.image_of_act(act.id) if act is not None else None
            if act is not None and image_id is not None:
                self._show_again(image_id)
                self.told.emit(f"{act.in_words} {done}")

        self.told.emit("many decisions at once: a moment ...")
        self.submit_act(step, then=show)

    def _show_again(self, image_id: str) -> None:
        self._read(image_id)
        entry = self._entry_in_view() or image_id
        if self._walk.seek(entry) and not self._walk.is_reading:
            self.chip_changed.emit(self._chip)
            return
        # What was decided when the queue was read may be open now, and part of it.
        self._walk.ask(self.queue, entry)
        if self._walk.is_reading:
            self.chip_changed.emit(self._chip)

    def _begin(self, image_id: str | None) -> None:
        """Show a chip at once where it is quickly found; the queue is read meanwhile."""
        self.pace.begin(self._clock())
        if image_id is None and self.queue.order is QueueOrder.NAME:
            first = self._catalog.queue(self.queue, limit=1)
            image_id = self._image_of(first[0]) if first else None
        self._read(image_id)
        self._walk.ask(self.queue, self._entry_in_view())

    def _finish_reading(self) -> bool:
        """Take the queue that was asked for; return whether its start came into view."""
        if not self._walk.is_reading:
            return False
        try:
            is_at_start = self._walk.settle()
        except S2LabelError as error:
            self.told.emit(str(error))
            return False
        if is_at_start:
            self._follow(self._walk.current(), even_at_end=True)
        else:
            self.chip_changed.emit(self._chip)
        return is_at_start

    def _follow(self, entry: str | None, *, even_at_end: bool = False) -> None:
        if entry is not None:
            self._look_at(self._image_of(entry))
        elif even_at_end:
            self._refresh()

    def _refresh(self) -> None:
        self._look_at(self._chip.image.id if self._chip else None)

    def _look_at(self, image_id: str | None) -> None:
        self._read(image_id)
        self.chip_changed.emit(self._chip)

    def _read(self, image_id: str | None) -> None:
        if self.painter is not None and (self._chip is None or self._chip.image.id != image_id):
            self.painter.settle()
        self._chip = None
        if image_id is None:
            return
        touched = self.ledger.touched()  # asked before reading: it may be done in between
        self._chip = self._catalog.chip(image_id)
        if self._chip is not None and not touched.isdisjoint(ids := ids_seen(self._chip)):
            self.ledger.wait_for(ids)
            self._chip = self._catalog.chip(image_id)

    def _image_of(self, entry: str) -> str | None:
        """Return the image to show for an entry: itself, or the clearest date of a mask."""
        if self.queue.subject is Subject.IMAGE:
            return entry
        found = self._catalog.place_of_mask(entry)
        if found is None or found[1] is not None:
            return None if found is None else found[1]
        dates = self._dates_of(found[0])
        dates.sort(key=lambda d: (_SHOWN_FIRST.index(d.state), d.nodata_share or 0.0))
        return dates[0].id if dates else None

    def _dates_of(self, place_id: str) -> list[DatedImage]:
        touched = self.ledger.touched()
        dates = self._catalog.dates_of_place(place_id)
        if touched.isdisjoint(ids := [date.id for date in dates]):
            return dates
        self.ledger.wait_for(ids)
        return self._catalog.dates_of_place(place_id)

    def _entry_in_view(self) -> str | None:
        """Return what stands for the chip in view in the queue; None where there is no chip."""
        if self._chip is None:
            return None
        is_mask = self.queue.subject is Subject.MASK and self._chip.mask is not None
        return self._chip.mask.id if is_mask and self._chip.mask else self._chip.image.id

    def _states_in_view(self) -> dict[str, State]:
        chip = self._chip
        if chip is None:
            return {}
        states = {chip.image.id: chip.image_state}
        return states | ({chip.mask.id: chip.mask.state} if chip.mask is not None else {})


def ids_seen(chip: ChipView) -> set[str]:
    """Return the ids of all that a chip shows: image, place and mask."""
    return {chip.image.id, chip.place.id} | ({chip.mask.id} if chip.mask is not None else set())
