"""Reads a queue beside the work: a hundred thousand entries take longer than a frame."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from s2label.review.position import Position

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from s2label.catalog.store import Catalog
    from s2label.queue_specs import QueueSpec


class QueueReader:
    """Reads one queue at a time, in a thread of its own; the last one asked for counts.

    Parameters
    ----------
    catalog : Catalog
        Is asked for the entries.
    on_read : callable
        Called in the owner's thread when the queue that was asked for last is there.
    post : callable, optional
        Runs a callable in the owner's thread, soon. Without it there is no thread: `on_read` is
        called before `ask` returns.
    """

    def __init__(
        self,
        catalog: Catalog,
        on_read: Callable[[], object],
        post: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._catalog = catalog
        self._on_read = on_read
        self._post = post
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="s2label-queue") if post else None
        self._asked: Future[Position] | None = None
        self._there: Position | None = None

    @property
    def is_reading(self) -> bool:
        """Whether a queue was asked for and not taken yet."""
        return self._asked is not None or self._there is not None

    def ask(self, spec: QueueSpec) -> None:
        """Read a queue; answers to earlier questions are dropped."""
        if self._asked is not None:
            self._asked.cancel()
        if self._thread is None or self._post is None:
            self._there = self._read(spec)
            self._on_read()
            return
        post = self._post
        asked = self._asked = self._thread.submit(self._read, spec)
        asked.add_done_callback(lambda _: post(lambda: self._tell(asked)))

    def take(self) -> Position:
        """Return the start of the queue that was asked for, waiting for it where need be.

        Raises
        ------
        CatalogError
            If it could not be read.
        """
        asked, there = self._asked, self._there
        self._asked = self._there = None
        if there is not None:
            return there
        return asked.result() if asked is not None else Position()

    def close(self) -> None:
        """Stop; what was asked for is not told any more."""
        if self._asked is not None:
            self._asked.cancel()
        self._asked = self._there = None
        if self._thread is not None:
            self._thread.shutdown()

    def _read(self, spec: QueueSpec) -> Position:
        return Position(self._catalog.queue(spec))

    def _tell(self, asked: Future[Position]) -> None:
        if asked is self._asked:
            self._on_read()
