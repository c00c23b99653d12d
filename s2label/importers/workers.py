"""Worker processes: each takes tasks, one after the other, and ends with the process it works for.

Not those of `multiprocessing`, which run the main program's file again in every process and
outlive a main process that is killed.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

Result_co = TypeVar("Result_co", covariant=True)


class Task(Protocol[Result_co]):
    """Something to do that can be pickled, and so can its result."""

    def __call__(self) -> Result_co:
        """Do it."""


class Workers(Generic[Result_co]):
    """Some processes that do tasks.

    Parameters
    ----------
    count : int
        How many.
    """

    def __init__(self, count: int) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: queue.SimpleQueue[subprocess.Popen[bytes]] = queue.SimpleQueue()
        for _ in range(count):
            with suppress(OSError):  # then there is one less
                self._processes.append(_start())
                self._idle.put(self._processes[-1])
        self._askers = ThreadPoolExecutor(count)

    def __enter__(self) -> Workers[Result_co]:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        self._askers.shutdown(cancel_futures=True)
        for process in self._processes:
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent yet
                    if pipe is not None:
                        pipe.close()

    def submit(self, task: Task[Result_co]) -> Future[Result_co]:
        """Let a worker do a task; the future has an exception if it did not come to its end."""
        return self._askers.submit(self._ask, task)

    def _ask(self, task: Task[Result_co]) -> Result_co:
        worker = self._idle.get_nowait()  # there is one for each thread, unless it broke
        assert worker.stdin is not None
        assert worker.stdout is not None
        pickle.dump(task, worker.stdin, pickle.HIGHEST_PROTOCOL)
        worker.stdin.flush()
        result: Result_co = pickle.load(worker.stdout)
        self._idle.put(worker)
        return result


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "s2label.importers.workers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # whoever asked meets the same error and reports it
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def main() -> None:
    """Do the tasks that come through stdin; results go to stdout."""
    # Ctrl-C reaches every process of the terminal; the one that was asked ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    results = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries may print
    tasks: queue.SimpleQueue[Task[Any]] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(sys.stdin.buffer, tasks), daemon=True).start()
    while True:
        pickle.dump(tasks.get()(), results, pickle.HIGHEST_PROTOCOL)
        results.flush()


def _take(stdin: BinaryIO, tasks: queue.SimpleQueue[Task[Any]]) -> None:
    """Take tasks until stdin closes, which happens even when the other side is killed; then end."""
    try:
        while True:
            tasks.put(pickle.load(stdin))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
