"""Work that writes, done in order by one thread, so that nobody waits for the disk."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

from s2label.errors import DiskError
from s2label.refusals import refusal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Entry:
    """Work that was submitted: what it touches and how it leaves that, and whom to tell."""

    future: Future[Any]
    touches: frozenset[str]
    leaves: Mapping[str, Any] | None
    then: Callable[[Any], object] | None
    failed: Callable[[Exception], object] | None


class Ledger:
    """Does work in the order in which it was submitted, each piece as soon as it can.

    All methods are called from one thread, the owner's; what they call back runs there too.

    Parameters
    ----------
    on_error : callable
        Gets the error of work that broke off; later work is done nevertheless. What the system
        refused comes as a `DiskError` that says what to do.
    post : callable, optional
        Runs a callable in the owner's thread, soon. Without it there is no thread: work is done,
        and told, before `submit` returns.
    rest_s : float
        Work begins so many seconds after it was submitted, or as soon as somebody waits for it:
        in between the owner has the interpreter to itself, to show what comes next.
    """

    def __init__(
        self,
        on_error: Callable[[Exception], object],
        post: Callable[[Callable[[], None]], object] | None = None,
        rest_s: float = 0.0,
    ) -> None:
        self._on_error = on_error
        self._rest_s = rest_s
        self._is_awaited = Event()
        self._post = post
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="s2label-ledger") if post else None
        self._entries: deque[Entry] = deque()
        self._failures = 0

    def submit(
        self,
        work: Callable[[], T],
        touches: Collection[str] = (),
        then: Callable[[T], object] | None = None,
        failed: Callable[[Exception], object] | None = None,
        leaves: Mapping[str, Any] | None = None,
    ) -> Future[T]:
        """Have work done after all that was submitted before.

        Parameters
        ----------
        work : callable
            What writes; runs in the ledger's thread.
        touches : collection of str
            Ids of what it changes (images, masks, places), for `wait_for`.
        then, failed : callable, optional
            Told, in the owner's thread, what it returned, or its error instead of `on_error`.
        leaves : mapping of str to anything, optional
            How everything that it touches will stand, for those who `read` before it is done;
            None where only the work itself finds that out.
        """
        if self._thread is None:
            future = _done(work)
        else:
            future = self._thread.submit(self._rest, work, time.monotonic() + self._rest_s)
        self._entries.append(Entry(future, frozenset(touches), leaves, then, failed))
        if self._post is None:
            self.tell()
        else:
            post = self._post
            future.add_done_callback(lambda _: post(self.tell))
        return future

    def touched(self) -> frozenset[str]:
        """Return the ids that work touches which is not done yet."""
        return frozenset().union(*(entry.touches for entry in self._pending()))

    def wait_for(self, ids: Collection[str]) -> None:
        """Wait until no work is left that touches one of these ids; tells nothing yet."""
        self._wait([e.future for e in self._entries if not e.touches.isdisjoint(ids)])

    def read(
        self,
        look: Callable[[], T],
        ids_of: Callable[[T], Collection[str]],
        foresee: Callable[[T, Mapping[str, Any]], T | None] | None = None,
    ) -> T:
        """Return what there is to see once no work is left that touches it.

        Parameters
        ----------
        look : callable
            Reads; is called again where work had to be waited for.
        ids_of : callable
            Returns the ids of all that was read.
        foresee : callable, optional
            Gets what was read before some work was done, and how that work `leaves` what it
            touches; returns what would be read after it, or None where that has to be waited for.
        """
        pending = self._pending()  # asked before reading: it may be done in between
        seen = look()
        ids = ids_of(seen)
        in_way = [entry for entry in pending if not entry.touches.isdisjoint(ids)]
        if not in_way:
            return seen
        if foresee is not None and all(entry.leaves is not None for entry in in_way):
            left = {id_: how for entry in in_way for id_, how in (entry.leaves or {}).items()}
            foreseen = foresee(seen, left)
            if foreseen is not None:
                return foreseen
        self.wait_for(ids)
        return look()

    def flush(self) -> bool:
        """Wait for all work and tell of it; return whether none of it broke off."""
        before = self._failures
        self._wait([entry.future for entry in self._entries])
        self.tell()
        return self._failures == before

    def tell(self) -> None:
        """Call back for all work that is done and was not told yet, in order."""
        while self._entries and self._entries[0].future.done():
            entry = self._entries.popleft()
            error = entry.future.exception()
            if isinstance(error, OSError):
                cause, error = error, DiskError(refusal_of(error))  # a user reads it
                error.__cause__ = cause
            if isinstance(error, Exception):
                self._failures += 1
                (entry.failed or self._on_error)(error)
            elif error is not None:
                raise error
            elif entry.then is not None:
                entry.then(entry.future.result())

    def close(self) -> bool:
        """Do and tell what is left, then end the thread; return whether none of it broke off."""
        is_well = self.flush()
        if self._thread is not None:
            self._thread.shutdown()
        return is_well

    def _pending(self) -> list[Entry]:
        return [entry for entry in self._entries if not entry.future.done()]

    def _wait(self, futures: list[Future[Any]]) -> None:
        self._is_awaited.set()
        wait(futures)
        self._is_awaited.clear()

    def _rest(self, work: Callable[[], T], begin_s: float) -> T:
        self._is_awaited.wait(max(0.0, begin_s - time.monotonic()))
        return work()


def _done(work: Callable[[], T]) -> Future[T]:
    future: Future[T] = Future()
    try:
        future.set_result(work())
    except Exception as error:  # the same fate as in a thread: kept, and told by `tell`
        future.set_exception(error)
    return future
