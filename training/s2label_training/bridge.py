"""The bridge from a library's own loop to a job: what runs in a thread becomes a generator.

Lightning's ``fit`` returns when it is done and calls back on the way; a job yields. So ``fit`` runs
in a thread that puts its steps into a queue, and the job, in the caller's thread, takes them out.
The caller stays free: Ctrl-C arrives in the main thread and is answered at once, however long a
step of the network takes.
"""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from s2label.progress import Job, Progress

Result = TypeVar("Result")

# Steps without data come out no more often: a GPU makes hundreds a second.
_EVERY_S = 0.1
_LOOK_S = 0.1


class StopRequested(Exception):
    """The work was asked to stop, and does."""


class Steering:
    """What the work in the thread is given: where to tell its steps, and whether to stop.

    Parameters
    ----------
    wish : threading.Event, optional
        Set by whoever wants the work to stop.
    """

    def __init__(self, wish: threading.Event | None = None) -> None:
        self._steps: SimpleQueue[Progress] = SimpleQueue()
        self._wish = wish or threading.Event()
        self._last_told = 0.0

    def tell(self, step: Progress) -> None:
        """Tell a step; those without data only now and then."""
        now = time.monotonic()
        if step.data or now - self._last_told >= _EVERY_S:
            self._last_told = now
            self._steps.put(step)

    def stop(self) -> None:
        """Ask the work to stop."""
        self._wish.set()

    def check(self) -> None:
        """Raise `StopRequested` if the work was asked to stop."""
        if self._wish.is_set():
            raise StopRequested

    def next_step(self) -> Progress | None:
        """Return the next step that was told; None where there is none for a moment."""
        try:
            return self._steps.get(timeout=_LOOK_S)
        except Empty:
            return None


def watched(job: Job[Result], steering: Steering) -> Job[Result]:
    """Go on with a job of the caller's thread as long as nobody wants it to stop.

    Raises
    ------
    StopRequested
        As soon as somebody does.
    """
    while True:
        steering.check()
        try:
            step = next(job)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        yield step


class Bridge(Generic[Result]):
    """Work in a thread.

    Parameters
    ----------
    work : callable
        What is done.
    steering : Steering
        Where the work tells its steps, and sees whether to stop.
    """

    def __init__(self, work: Callable[[], Result], steering: Steering) -> None:
        self._work, self._steering = work, steering
        self._results: list[Result] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="s2label-fit")

    def steps(self) -> Job[Result]:
        """Start the work and yield its steps; return its result.

        However it ends, the work ends soon after; `wait` waits for that.

        Raises
        ------
        StopRequested
            As soon as somebody wants the work to stop, even if it is still in a long step.
        BaseException
            What the work raised.
        """
        self._thread.start()
        try:
            yield from self._told()
        except BaseException:
            self._steering.stop()
            raise
        if self._error is not None:
            raise self._error
        return self._results[0]

    def wait(self, timeout_s: float) -> None:
        """Wait until the thread has ended, but not longer."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)

    def _told(self) -> Iterator[Progress]:
        while True:
            # Asked before the queue is: what a thread told before it ended is not lost.
            is_alive = self._thread.is_alive()
            step = self._steering.next_step()
            if step is not None:
                yield step
            elif not is_alive:
                return
            self._steering.check()

    def _run(self) -> None:
        try:
            self._results.append(self._work())
        except BaseException as error:  # comes out in the caller's thread
            self._error = error
