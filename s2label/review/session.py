"""A review: a queue of chips, the one in view, and acts on it. Plain Python with signals."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from psygnal import Signal

from s2label.review.bookmark import Bookmark
from s2label.review.pace import Pace
from s2label.review.position import Position
from s2label.types import ChipView, Decision, MaskView, QueueSpec, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from s2label.catalog.store import Catalog
    from s2label.types import Act


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

    Signals
    -------
    chip_changed : ChipView or None
        Another chip is in view, or the same one with another state; None when there is none.
    acted : Act
        Something was decided, taken back or done again.
    queue_changed : QueueSpec
        Another queue, or the same one read anew.
    told : str
        What an act did, where that is not to be seen; or that the queue ends here.
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
    ) -> None:
        bookmark = bookmark or Bookmark()
        self._catalog = catalog
        self._clock = clock
        self.pace = Pace()
        self.queue = bookmark.queue
        self._position = Position(catalog.queue(bookmark.queue))
        self._chip: ChipView | None = None
        self._begin_at(bookmark.image_id)

    # -- what is in view -------------------------------------------------------------------

    @property
    def chip(self) -> ChipView | None:
        """The chip in view."""
        return self._chip

    @property
    def bookmark(self) -> Bookmark:
        """Where to begin the next time."""
        return Bookmark(self.queue, self._chip.image.id if self._chip else None)

    @property
    def progress(self) -> tuple[int, int]:
        """Decided and all images (or masks) of the project."""
        counts = self._catalog.counts()
        name = f"{self.queue.subject}s"
        return counts[name] - counts[f"{name}_open"], counts[name]

    def coming_images(self) -> list[str]:
        """Return the images that come next, the nearest first."""
        images = (self._image_of(entry) for entry in self._position.coming())
        return [image for image in images if image is not None]

    @property
    def number(self) -> tuple[int, int]:
        """Number of the entry in view, from 1, and length of the queue."""
        return self._position.number, len(self._position)

    def show(self, image_id: str) -> None:
        """Bring an image into view, wherever it is in the queue or outside of it."""
        self._position.seek(self._entry_of(image_id))
        self._look_at(image_id)

    def forward(self) -> None:
        """Go to the next entry of the queue, decided or not."""
        entry = self._position.forward()
        if entry is None:
            self.told.emit("this is the last one of the queue")
        self._follow(entry)

    def back(self) -> None:
        """Go to the entry that was before."""
        self._follow(self._position.back())

    def set_queue(self, spec: QueueSpec) -> None:
        """Go through another queue, from its beginning."""
        self.queue = spec
        self._position = Position(self._catalog.queue(spec))
        self.queue_changed.emit(spec)
        self._begin_at(None)

    # -- acts ------------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the image in view, and its mask if that is still open, and go on.

        A mask that was rejected on another date stays rejected: one press on a clear image must
        not bring back a wrong mask.
        """
        chip = self._chip
        if chip is None:
            return
        decisions = [self._about_image(chip, Verdict.ACCEPT)]
        if chip.mask is not None and chip.mask.state is State.OPEN:
            decisions.append(self._about_mask(chip.mask, Verdict.ACCEPT))
        self._decide(decisions)

    def reject_image(self, reason: str) -> None:
        """Reject the image in view and go on."""
        if self._chip is not None:
            self._decide([self._about_image(self._chip, Verdict.REJECT, reason)])

    def reject_mask(self, reason: str) -> None:
        """Reject the mask in view and go on; without a mask nothing happens."""
        if self._chip is not None and self._chip.mask is not None:
            self._decide([self._about_mask(self._chip.mask, Verdict.REJECT, reason)])

    def decide_images(self, ids: Iterable[str], verdict: Verdict, reason: str = "") -> None:
        """Decide on many images in one act; the view stays where it is."""
        act = self._catalog.decide([Decision(Subject.IMAGE, id_, verdict, reason) for id_ in ids])
        self._refresh()
        if act is not None:
            self.acted.emit(act)

    def undo(self) -> Act | None:
        """Take back the last act and show the chip it changed; None if there is none."""
        return self._step_in_time(self._catalog.undo(), "taken back", "nothing to undo")

    def redo(self) -> Act | None:
        """Do the act again that was taken back last, and show its chip; None if there is none."""
        return self._step_in_time(self._catalog.redo(), "done again", "nothing to redo")

    @staticmethod
    def _about_image(chip: ChipView, verdict: Verdict, reason: str = "") -> Decision:
        return Decision(Subject.IMAGE, chip.image.id, verdict, reason, chip.image.version)

    @staticmethod
    def _about_mask(mask: MaskView, verdict: Verdict, reason: str = "") -> Decision:
        return Decision(Subject.MASK, mask.id, verdict, reason, mask.version)

    # -- how -------------------------------------------------------------------------------

    def _decide(self, decisions: Sequence[Decision]) -> None:
        seconds = self.pace.note(self._clock())
        act = self._catalog.decide(decisions, seconds) if decisions else None
        self._follow(self._position.forward(), even_at_end=True)
        if act is not None:
            self.acted.emit(act)

    def _step_in_time(self, act: Act | None, done: str, nothing: str) -> Act | None:
        if act is None:
            self.told.emit(nothing)
            return None
        image_id = self._catalog.image_of_act(act.id)
        if image_id is not None:
            if self._entry_of(image_id) not in self._position:
                # What was decided when the queue was read may be open now, and part of it.
                self._position = Position(self._catalog.queue(self.queue))
            self.show(image_id)
        self.acted.emit(act)
        self.told.emit(f"{act.changes} decision{'s' if act.changes != 1 else ''} {done}")
        return act

    def _begin_at(self, image_id: str | None) -> None:
        self.pace.begin(self._clock())
        if image_id is not None and self._catalog.chip(image_id) is not None:
            self.show(image_id)
        else:
            self._follow(self._position.current(), even_at_end=True)

    def _follow(self, entry: str | None, *, even_at_end: bool = False) -> None:
        if entry is not None:
            self._look_at(self._image_of(entry))
        elif even_at_end:
            self._refresh()

    def _refresh(self) -> None:
        self._look_at(self._chip.image.id if self._chip else None)

    def _look_at(self, image_id: str | None) -> None:
        self._chip = None if image_id is None else self._catalog.chip(image_id)
        self.chip_changed.emit(self._chip)

    def _image_of(self, entry: str) -> str | None:
        """Return the image to show for an entry: itself, or the clearest date of a mask."""
        if self.queue.subject is Subject.IMAGE:
            return entry
        found = self._catalog.place_of_mask(entry)
        if found is None or found[1] is not None:
            return None if found is None else found[1]
        dates = self._catalog.dates_of_place(found[0])
        dates.sort(key=lambda d: (d.state is State.REJECTED, d.nodata_share or 0.0))
        return dates[0].id if dates else None

    def _entry_of(self, image_id: str) -> str:
        if self.queue.subject is Subject.IMAGE:
            return image_id
        chip = self._catalog.chip(image_id)
        return chip.mask.id if chip is not None and chip.mask is not None else image_id
