"""A walk through a queue: it is read in a thread, and what is decided meanwhile is passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.review.position import Position
from s2label.review.queue_reader import QueueReader
from s2label.types import State, Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from s2label.catalog.store import Catalog
    from s2label.queue_specs import QueueSpec


class Walk:
    """Where somebody is in a queue.

    Parameters
    ----------
    catalog : Catalog
        Is asked for queues.
    on_read : callable
        Called in the owner's thread when a queue is there, to `settle` it.
    post : callable, optional
        Runs a callable in the owner's thread, soon; without it queues are read at once.
    """

    def __init__(
        self,
        catalog: Catalog,
        on_read: Callable[[], object],
        post: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._reader = QueueReader(catalog, on_read, post)
        self._position = Position()
        self._only_open = True
        self._only_suspicious = False
        self._anchor: str | None = None
        # Never forgotten: of any queue that is read these are no longer open.
        self._decided: set[str] = set()
        # Masks about which nothing is suspicious any more, whatever their state is.
        self._unsuspicious: set[str] = set()

    @property
    def is_reading(self) -> bool:
        """Whether a queue was asked for that is not settled yet."""
        return self._reader.is_reading

    @property
    def number(self) -> tuple[int, int]:
        """Number of the entry in view, from 1, and length of the queue; 0 while it is read."""
        return (0, 0) if self.is_reading else (self._position.number, len(self._position))

    def ask(self, spec: QueueSpec, anchor: str | None = None) -> None:
        """Have a queue read; one goes on from the anchor, else begins at the queue's start."""
        self._only_open = spec.only_open
        self._only_suspicious = spec.subject is Subject.MASK and spec.only_suspicious
        self._anchor = anchor
        self._reader.ask(spec)

    def settle(self) -> bool:
        """Walk through the queue that was asked for; return whether one is at its start.

        Raises
        ------
        CatalogError
            If it could not be read.
        """
        anchor, self._anchor = self._anchor, None
        self._position = self._reader.take()
        if anchor is not None:
            self._position.seek(anchor)
        return anchor is None

    def current(self) -> str | None:
        """Return the entry that one is at; None in an empty queue."""
        return self._position.current()

    def forward(self) -> str | None:
        """Go on to the next entry that is wanted; None, and nothing changes, at the end."""
        return self._position.forward(self._passed)

    def back(self) -> str | None:
        """Go to the entry before, decided or not; None, and nothing changes, at the start."""
        return self._position.back()

    def seek(self, entry: str) -> bool:
        """Go to an entry, or visit one outside of the queue; return whether it is in the queue."""
        if self.is_reading:
            self._anchor = entry
        self._position.seek(entry)
        return entry in self._position

    def coming(self) -> list[str]:
        """Return the next entries, the nearest first; none while the queue is read."""
        return [] if self.is_reading else self._position.coming(self._passed)

    def note_states(self, states: Mapping[str, State]) -> None:
        """Note how entries stand now."""
        self._decided -= states.keys()
        self._decided |= {id_ for id_, state in states.items() if state is not State.OPEN}

    def note_suspicious(self, masks: Mapping[str, bool]) -> None:
        """Note of masks whether they have an open suspicion now."""
        self._unsuspicious -= masks.keys()
        self._unsuspicious |= {id_ for id_, is_suspicious in masks.items() if not is_suspicious}

    def forget_suspicious(self, touched: Collection[str]) -> None:
        """Forget what was noted of masks, but of those whose decisions are not on disk yet.

        A queue that is read now knows better: another audit may have looked at them.
        """
        self._unsuspicious.intersection_update(touched)

    def close(self) -> None:
        """Stop reading."""
        self._reader.close()

    @property
    def _passed(self) -> set[str]:
        if self._only_suspicious:
            return self._unsuspicious
        return self._decided if self._only_open else set()
