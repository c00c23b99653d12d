"""A review: a queue of chips, the one in view, and acts on it. Plain Python with signals."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from psygnal import Signal

from s2label.errors import S2LabelError
from s2label.review import suspecting
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
    from s2label.suspicions import SuspicionRecord
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
        self._suspicion: SuspicionRecord | None = None
        # Unlabelled objects answered by painting that is not on disk yet.
        self._painted_objects: set[str] = set()
        self.ledger = Ledger(self._on_ledger_error, post, _REST_S)
        self._walk = Walk(catalog, self._finish_reading, post)
        self._begin(bookmark)

    def take_painter(self, painter: Painter) -> None:
        """Let somebody paint on the chip in view; undo and redo go through the painter."""
        self.painter = painter
        painter.kept.connect(self._on_painter_kept)
        painter.lost.connect(self._on_painter_lost)

    def _on_painter_kept(self, act: Act) -> None:
        if not act.changes:
            self.pace.stir(self._clock())
            return
        object_id = self._catalog.object_of_act(act.id)
        if object_id is not None:
            self._painted_objects.discard(object_id)
            self._walk.note_states({object_id: State.ACCEPTED})
        self.acted.emit(act)

    def _on_painter_lost(self, _: str) -> None:
        """Ask again about objects whose pixels could not be kept."""
        lost, self._painted_objects = sorted(self._painted_objects), set()
        self._walk.note_states(dict.fromkeys(lost, State.OPEN))
        suspicion = self._catalog.suspicion(lost[0]) if lost else None
        if suspicion is not None:
            self._show_again(suspicion.image_id, suspicion.id)

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
        image_id = self._chip.image.id if self._chip else None
        return Bookmark(queue, image_id, self.suspicion.id if self.suspicion else None)

    @property
    def suspicion(self) -> SuspicionRecord | None:
        """The unlabelled object asked about, answered or not; None in queues of anything else."""
        chip, suspicion = self._chip, self._suspicion
        if chip is None or suspicion is None or self.queue.subject is not Subject.SUSPICION:
            return None
        return suspicion if suspicion.image_id == chip.image.id else None

    @property
    def progress(self) -> tuple[int, int]:
        """Decided and all images (masks, unlabelled objects) of the project."""
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
        self._ask_about_one()
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
        self._suspicion = None
        self.pace.begin(self._clock())
        self.queue_changed.emit(spec)
        self._ask(spec)

    def read_queue_again(self) -> None:
        """Sort the queue anew by what is known now; the chip in view stays."""
        self._ask(self.queue, self._entry_in_view())

    def renew_queue(self) -> None:
        """Read the queue anew, whose order has changed: its start comes after the chip in view."""
        # No entry has this name: the chip in view counts as a visit from outside.
        self._ask(self.queue, "")

    def _ask(self, spec: QueueSpec, anchor: str | None = None) -> None:
        self._walk.forget_suspicious(self.ledger.touched())
        self._walk.ask(spec, anchor)

    # -- acts ------------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the image in view, and its mask if that is still open, and go on.

        A mask that was rejected on another date stays rejected: one press on a clear image must
        not bring back a wrong mask. Where the mask is decided on, too, or it is masks that one
        goes through, what is suspicious about it is called fine: it stood before one's eyes.
        """
        chip = self._settled_chip()
        if chip is None:
            return
        decisions = [self._about_image(chip, Verdict.ACCEPT)]
        is_open = chip.mask is not None and chip.mask.state is State.OPEN
        if chip.mask is not None and is_open:
            decisions.append(self._about_mask(chip.mask, Verdict.ACCEPT))
        if is_open or self.queue.subject is Subject.MASK:
            decisions += suspecting.called_fine(chip)
        self._decide(chip, decisions)

    def call_fine(self) -> None:
        """Say that nothing suspected of the mask in view is wrong, and go on.

        It is not asked again for the same reason. Unlabelled objects are asked about one by one.
        Without an open suspicion nothing happens, and that is told.
        """
        chip = self._settled_chip()
        decisions = suspecting.called_fine(chip) if chip is not None else []
        if chip is None or not decisions:
            self.told.emit(suspecting.NOTHING_SUSPICIOUS)
            return
        self._decide(chip, decisions)

    def answer(self, is_so: bool, provenance: int | None = None) -> None:
        """Say whether the unlabelled object in view is one, and go on to the next.

        Where it is, its pixels become its class in the mask: one act with the answer, so that one
        undo takes back both. Pixels that a person painted or ignored stay. Where no object is asked
        about nothing happens, and that is told.

        Parameters
        ----------
        is_so : bool
            Yes, or no.
        provenance : int, optional
            For yes: the number in mask files of the model that proposes it.

        Raises
        ------
        ValueError
            If the answer is yes, and nobody says by which model, or the suspicion no class.
        """
        chip, suspicion = self._chip, self.suspicion
        if chip is None or suspicion is None:
            self.told.emit(suspecting.NO_OBJECT)
        elif is_so:
            self._paint_object(chip, suspicion, provenance)
        else:
            was_open = suspicion in chip.suspicions
            self._decide(chip, [suspecting.answered(chip, suspicion, Verdict.REJECT)])
            if not was_open:
                self.told.emit(suspecting.PAINTED_STAYS)

    def _paint_object(
        self, chip: ChipView, suspicion: SuspicionRecord, provenance: int | None
    ) -> None:
        value = suspicion.class_value
        if provenance is None or value is None:
            raise ValueError(
                "an unlabelled object is painted with its class and its model's number"
            )
        painter = self.painter
        if painter is None or not painter.holds(chip):
            self.told.emit(suspecting.NOT_HELD)
            return
        painter.interrupted.emit()  # a stroke under way belongs before it
        indices, classes, staying = suspecting.object_pixels(suspicion, value, painter)
        decisions = [suspecting.answered(chip, suspicion, Verdict.ACCEPT)]
        if not len(indices):
            self._decide(chip, decisions)
        else:
            self._painted_objects.add(suspicion.id)
            is_at_start = self._note_decided(chip, decisions)
            painter.accept(indices, classes, provenance, decisions)
            self.pace.note(self._clock())
            if not is_at_start:
                self._follow(self._walk.forward(), even_at_end=True)
        if staying:
            self.told.emit(suspecting.staying_in_words(staying))

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
            self._note_act(act)
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

        def work() -> tuple[Act | None, dict[str, State], dict[str, bool]]:
            act = do()
            if act is None:
                return None, {}, {}
            states = self._catalog.states_of_act(act.id)
            return act, states, self._catalog.suspicious_masks_of_act(act.id)

        def tell(answer: tuple[Act | None, dict[str, State], dict[str, bool]]) -> None:
            act, states, suspicious = answer
            self._walk.note_states(states)
            self._walk.note_suspicious(suspicious)
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
        is_at_start = self._note_decided(chip, decisions)
        touches = {decision.id for decision in decisions}
        if any(decision.subject is Subject.SUSPICION for decision in decisions):
            touches |= ids_seen(chip)  # which of its suspicions are open changes
        self.ledger.submit(
            lambda: self._catalog.decide(decisions, seconds),
            touches=touches,
            then=self._on_decided,
            failed=lambda error: self._on_refused(chip, error),
        )
        if not is_at_start:
            self._follow(self._walk.forward(), even_at_end=True)

    def _note_decided(self, chip: ChipView, decisions: Sequence[Decision]) -> bool:
        """Note what will be decided; return whether the queue's start came into view meanwhile."""
        is_at_start = self._finish_reading()
        states = {d.id: STATE_OF_VERDICT[d.verdict] for d in decisions}
        self._walk.note_states(states | suspecting.objects_after(chip, decisions))
        self._walk.note_suspicious(suspecting.suspicious_after(chip, decisions))
        return is_at_start

    def _note_act(self, act: Act) -> None:
        """Note how all stands that an act decided on."""
        self._walk.note_states(self._catalog.states_of_act(act.id))
        self._walk.note_suspicious(self._catalog.suspicious_masks_of_act(act.id))

    def _on_decided(self, act: Act | None) -> None:
        if act is None:
            return
        if self.queue.subject is Subject.SUSPICION:
            # With a mask that is rejected go the objects of all its dates.
            self._walk.note_states(self._catalog.states_of_act(act.id))
        self.acted.emit(act)

    def _on_refused(self, chip: ChipView, error: Exception) -> None:
        """Say why a decision is not on disk, and show its chip again."""
        self.told.emit(str(error))
        self.show(chip.image.id)
        self._walk.note_states(self._states_in_view())
        if (chip_now := self._chip) is not None and chip_now.mask is not None:
            is_suspicious = bool(suspecting.of_mask(chip_now))
            self._walk.note_suspicious({chip_now.mask.id: is_suspicious})
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
        self._note_act(act)
        image_id = self._catalog.image_of_act(act.id)
        if image_id is not None:
            self._show_again(image_id, self._catalog.object_of_act(act.id))
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

    def _show_again(self, image_id: str, object_id: str | None = None) -> None:
        self._read(image_id)
        self._ask_about_one(object_id)
        entry = self._entry_in_view() or image_id
        if self._walk.seek(entry) and not self._walk.is_reading:
            self.chip_changed.emit(self._chip)
            return
        # What was decided when the queue was read may be open now, and part of it.
        self._ask(self.queue, entry)
        if self._walk.is_reading:
            self.chip_changed.emit(self._chip)

    def _begin(self, bookmark: Bookmark) -> None:
        """Show a chip at once where it is quickly found; the queue is read meanwhile."""
        self.pace.begin(self._clock())
        image_id = bookmark.image_id
        if image_id is None and self.queue.order is QueueOrder.NAME:
            first = self._catalog.queue(self.queue, limit=1)
            image_id = self._image_of(first[0]) if first else None
        self._read(image_id)
        objects = suspecting.objects_in(self._chip) if self._chip is not None else []
        is_open = bookmark.suspicion_id in [each.id for each in objects]
        self._ask_about_one(bookmark.suspicion_id if is_open else None)
        self._ask(self.queue, self._entry_in_view())

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
            is_object = self.queue.subject is Subject.SUSPICION
            self._suspicion = self._catalog.suspicion(entry) if is_object else None
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
        """Return the image to show for an entry: itself, its own, or a mask's clearest date."""
        if self.queue.subject is Subject.IMAGE:
            return entry
        if self.queue.subject is Subject.SUSPICION:
            suspicion = self._catalog.suspicion(entry)
            return suspicion.image_id if suspicion is not None else None
        found = self._catalog.place_of_mask(entry)
        if found is None or found[1] is not None:
            return None if found is None else found[1]
        dates = self._dates_of(found[0])
        dates.sort(key=lambda d: (_SHOWN_FIRST.index(d.state), d.nodata_share or 0.0))
        shown = self._suspected_by(entry) if self.queue.only_suspicious else None
        is_fit = any(date.id == shown and date.state is not State.REJECTED for date in dates)
        if is_fit:
            return shown
        return dates[0].id if dates else None

    def _suspected_by(self, mask_id: str) -> str | None:
        """Return the image by which the foremost suspicion of a mask is looked at."""
        suspicions = self._catalog.suspicions([mask_id]).get(mask_id)
        return suspicions[0].image_id if suspicions else None

    def _dates_of(self, place_id: str) -> list[DatedImage]:
        touched = self.ledger.touched()
        dates = self._catalog.dates_of_place(place_id)
        if touched.isdisjoint(ids := [date.id for date in dates]):
            return dates
        self.ledger.wait_for(ids)
        return self._catalog.dates_of_place(place_id)

    def _ask_about_one(self, object_id: str | None = None) -> None:
        """Ask about an unlabelled object of the chip in view, without a name about the foremost."""
        self._suspicion = None
        if self._chip is not None and self.queue.subject is Subject.SUSPICION:
            wanted = self._catalog.suspicion(object_id) if object_id is not None else None
            is_in_view = wanted is not None and wanted.image_id == self._chip.image.id
            foremost = next(iter(suspecting.objects_in(self._chip)), None)
            self._suspicion = wanted if is_in_view else foremost

    def _entry_in_view(self) -> str | None:
        """Return what stands for the chip in view in the queue; None where there is no chip."""
        if self._chip is None:
            return None
        if self.suspicion is not None:
            return self.suspicion.id
        is_mask = self.queue.subject is Subject.MASK and self._chip.mask is not None
        return self._chip.mask.id if is_mask and self._chip.mask else self._chip.image.id

    def _states_in_view(self) -> dict[str, State]:
        chip = self._chip
        if chip is None:
            return {}
        states = {chip.image.id: chip.image_state}
        states |= {each.id: State.OPEN for each in suspecting.objects_in(chip)}
        return states | ({chip.mask.id: chip.mask.state} if chip.mask is not None else {})


def ids_seen(chip: ChipView) -> set[str]:
    """Return the ids of all that a chip shows: image, place and mask."""
    return {chip.image.id, chip.place.id} | ({chip.mask.id} if chip.mask is not None else set())
