"""What one looks at: a chip, and the unlabelled object asked about where it is those."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from s2label.review import suspecting
from s2label.review.bookmark import Bookmark
from s2label.review.showing import Showing
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.queue_specs import QueueSpec
    from s2label.review.ledger import Ledger
    from s2label.suspicions import SuspicionRecord


class InView:
    """The chip in view, read as it stands once the ledger's work on it is done.

    Parameters
    ----------
    catalog : Catalog
        Is asked for chips and suspicions.
    ledger : Ledger
        Is waited for where its work touches a chip.
    queue : QueueSpec
        What one goes through.

    Attributes
    ----------
    queue : QueueSpec
        What one goes through; `begin` takes another.
    painter : Painter or None
        Paints on the chip in view; what it has is settled before another chip is read.
    """

    def __init__(self, catalog: Catalog, ledger: Ledger, queue: QueueSpec) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._showing = Showing(catalog, ledger)
        self.queue = queue
        self.painter: Painter | None = None
        self._chip: ChipView | None = None
        self._suspicion: SuspicionRecord | None = None

    @property
    def chip(self) -> ChipView | None:
        """The chip in view."""
        return self._chip

    @property
    def suspicion(self) -> SuspicionRecord | None:
        """The unlabelled object asked about, answered or not; None in queues of anything else."""
        chip, suspicion = self._chip, self._suspicion
        if chip is None or suspicion is None or self.queue.subject is not Subject.SUSPICION:
            return None
        return suspicion if suspicion.image_id == chip.image.id else None

    @property
    def entry(self) -> str | None:
        """What stands for the chip in view in the queue; None where there is no chip."""
        if self._chip is None:
            return None
        if self.suspicion is not None:
            return self.suspicion.id
        mask = self._chip.mask if self.queue.subject is Subject.MASK else None
        return self._chip.image.id if mask is None else mask.id

    @property
    def bookmark(self) -> Bookmark:
        """Where to begin the next time."""
        # Ten thousand ids would be written at every step.
        queue = replace(self.queue, among=(), title="")
        image_id = self._chip.image.id if self._chip else None
        return Bookmark(queue, image_id, self.suspicion.id if self.suspicion else None)

    def begin(self, queue: QueueSpec) -> None:
        """Go through another queue; the chip stays, and no object of it is asked about."""
        self.queue = queue
        self._suspicion = None

    def image_of(self, entry: str) -> str | None:
        """Return the image to show for an entry of the queue."""
        return self._showing.image_of(entry, self.queue)

    def read(self, image_id: str | None) -> None:
        """Take an image into view; none where there is no such image."""
        if self.painter is not None and (self._chip is None or self._chip.image.id != image_id):
            self.painter.settle()
        self._chip = None
        if image_id is not None:
            look = partial(self._catalog.chip, image_id)
            self._chip = self._ledger.read(look, ids_seen, _foreseen)

    def read_entry(self, entry: str) -> None:
        """Take the image of an entry into view; if it is an unlabelled object, ask about that."""
        is_object = self.queue.subject is Subject.SUSPICION
        self._suspicion = self._catalog.suspicion(entry) if is_object else None
        self.read(self.image_of(entry))

    def read_again(self) -> None:
        """Read the chip in view again."""
        self.read(self._chip.image.id if self._chip else None)

    def settled_chip(self) -> ChipView | None:
        """Return the chip in view; what was painted on it is a version before it is decided on."""
        if self.painter is not None and not self.painter.is_settled and self._chip is not None:
            self.painter.settle()
            self.read_again()
        return self._chip

    def ask_about(self, object_id: str | None = None) -> None:
        """Ask about an unlabelled object of the chip, without one of its own about the foremost."""
        self._suspicion = None
        if self._chip is not None and self.queue.subject is Subject.SUSPICION:
            wanted = self._catalog.suspicion(object_id) if object_id is not None else None
            is_in_view = wanted is not None and wanted.image_id == self._chip.image.id
            foremost = next(iter(suspecting.objects_in(self._chip)), None)
            self._suspicion = wanted if is_in_view else foremost

    def ask_about_open(self, object_id: str | None) -> None:
        """Ask about an unlabelled object that is still open, else about the foremost."""
        objects = suspecting.objects_in(self._chip) if self._chip is not None else []
        self.ask_about(object_id if object_id in [each.id for each in objects] else None)

    def states(self) -> dict[str, State]:
        """Return how all stands that the chip in view shows: image, mask, unlabelled objects."""
        chip = self._chip
        if chip is None:
            return {}
        states = {chip.image.id: chip.image_state}
        states |= {each.id: State.OPEN for each in suspecting.objects_in(chip)}
        return states | ({chip.mask.id: chip.mask.state} if chip.mask is not None else {})


def ids_seen(chip: ChipView | None) -> set[str]:
    """Return the ids of all that a chip shows: image, place and mask; without a chip none."""
    if chip is None:
        return set()
    return {chip.image.id, chip.place.id} | ({chip.mask.id} if chip.mask is not None else set())


def _foreseen(chip: ChipView | None, left: Mapping[str, Any]) -> ChipView | None:
    """Return a chip as it will be when decisions are written that leave its mask as it is told.

    Another date of the place just decided on comes next more often than any other chip: it need
    not wait for the disk. None where more than the mask's state changes, or suspicions may.
    """
    if chip is None or chip.mask is None or chip.suspicions:
        return None
    if ids_seen(chip) & left.keys() != {chip.mask.id}:
        return None
    state, reason = left[chip.mask.id]
    return replace(chip, mask=replace(chip.mask, state=state, reason=reason))
