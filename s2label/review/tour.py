"""A tour through a queue: each step brings another chip into view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import S2LabelError
from s2label.queue_specs import QueueOrder
from s2label.review.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.review.bookmark import Bookmark
    from s2label.review.in_view import InView
    from s2label.review.ledger import Ledger


class Tour:
    """Moves a view along a queue.

    Parameters
    ----------
    catalog : Catalog
        Is asked for queues.
    ledger : Ledger
        Knows which decisions are not on disk yet.
    view : InView
        What follows the steps.
    changed : callable
        Told the chip whenever another one is in view, or the same one was read again.
    told : callable
        Told that the queue ends, or why it could not be read.
    post : callable, optional
        Runs a callable in the owner's thread, soon; without it queues are read at once.

    Attributes
    ----------
    view : InView
        What follows the steps.
    walk : Walk
        Is told what was decided, so that it is passed over.
    """

    def __init__(
        self,
        catalog: Catalog,
        ledger: Ledger,
        view: InView,
        changed: Callable[[ChipView | None], object],
        told: Callable[[str], object],
        post: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self.view = view
        self._changed = changed
        self._told = told
        self.walk = Walk(catalog, self.finish_reading, post)

    def begin(self, bookmark: Bookmark) -> None:
        """Show a chip at once where it is quickly found; the queue is read meanwhile."""
        image_id = bookmark.image_id
        if image_id is None and self.view.queue.order is QueueOrder.NAME:
            first = self._catalog.queue(self.view.queue, limit=1)
            image_id = self.view.image_of(first[0]) if first else None
        self.view.read(image_id)
        self.view.ask_about_open(bookmark.suspicion_id)
        self.ask(self.view.entry)

    def ask(self, anchor: str | None = None) -> None:
        """Have the queue read anew; one goes on from the anchor, else begins at its start."""
        self.walk.forget_suspicious(self._ledger.touched())
        self.walk.ask(self.view.queue, anchor)

    def finish_reading(self) -> bool:
        """Take the queue that was asked for; return whether its start came into view."""
        if not self.walk.is_reading:
            return False
        try:
            is_at_start = self.walk.settle()
        except S2LabelError as error:
            self._told(str(error))
            return False
        if is_at_start:
            self._follow(self.walk.current(), even_at_end=True)
        else:
            self._changed(self.view.chip)
        return is_at_start

    def forward(self) -> None:
        """Go to the next entry that is wanted; at the end that is told."""
        if self.finish_reading():
            return
        entry = self.walk.forward()
        if entry is None:
            self._told("this is the last one of the queue")
        self._follow(entry)

    def go_on(self) -> None:
        """Go to the next entry that is wanted; at the end the chip is read again."""
        self._follow(self.walk.forward(), even_at_end=True)

    def back(self) -> None:
        """Go to the entry that was before, decided or not."""
        if not self.finish_reading():
            self._follow(self.walk.back())

    def coming_images(self) -> list[str]:
        """Return the images that come next, the nearest first."""
        images = (self.view.image_of(entry) for entry in self.walk.coming())
        return [image for image in images if image is not None]

    def show(self, image_id: str) -> None:
        """Bring an image into view, wherever it is in the queue or outside of it."""
        self.view.read(image_id)
        self.view.ask_about()
        self.walk.seek(self.view.entry or image_id)
        self._changed(self.view.chip)

    def show_again(self, image_id: str, object_id: str | None = None) -> None:
        """Bring an image into view whose state changed; the queue is read anew if it has to be."""
        self.view.read(image_id)
        self.view.ask_about(object_id)
        entry = self.view.entry or image_id
        if self.walk.seek(entry) and not self.walk.is_reading:
            self._changed(self.view.chip)
            return
        # What was decided when the queue was read may be open now, and part of it.
        self.ask(entry)
        if self.walk.is_reading:
            self._changed(self.view.chip)

    def refresh(self) -> None:
        """Read the chip in view again, and show it."""
        self.view.read_again()
        self._changed(self.view.chip)

    def _follow(self, entry: str | None, *, even_at_end: bool = False) -> None:
        if entry is not None:
            self.view.read_entry(entry)
            self._changed(self.view.chip)
        elif even_at_end:
            self.refresh()
