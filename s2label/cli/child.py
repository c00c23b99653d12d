"""The child's side: this program, run by a window that reads what it tells.

A child ends with its window, gives way to it, and keeps its records apart from whatever libraries
print. A job only tells; a worker is asked questions and answers them. The window's side is
``napari_s2label/jobs.py`` and ``warm.py``.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO

# Says what a child is. A variable, not an option: no user should ever read of it in a help text.
CHILD_VARIABLE = "S2LABEL_CHILD"
JOB, WORKER = "1", "worker"
# Measured on 2 cores: with nice 10 a busy child costs the window nothing that one would notice.
# Somebody waits for a worker: it gives way to the window, but not to a job.
_NICENESS = {JOB: 10, WORKER: 5}
_GRACE_S = 5.0
_READ_BYTES = 64 * 1024


@dataclass(frozen=True)
class WindowLine:
    """How a child talks with its window.

    Parameters
    ----------
    questions : SimpleQueue of bytes
        What the window writes, in pieces as they come; empty bytes when it is gone.
    answers : binary stream
        What the window reads; nothing that libraries print gets there.
    """

    questions: SimpleQueue[bytes]
    answers: IO[bytes]


def become_child() -> None:
    """Behave as the child of a window if this program was started as one; else do nothing."""
    # Taken away, so that no program that a child starts takes itself for one.
    role = os.environ.pop(CHILD_VARIABLE, "")
    if role not in _NICENESS:
        return
    _stand_apart(_NICENESS[role])
    _keep_records_apart()
    heard = _keep_questions_apart()
    threading.Thread(target=_listen, args=heard, name="s2label-window", daemon=True).start()


def window_line() -> WindowLine | None:
    """Return the line to the window; None if there is none."""
    if isinstance(sys.stdin, _ChildInput) and isinstance(sys.stdout, _ChildOutput):
        return WindowLine(sys.stdin.questions, sys.stdout.answers)
    return None


def _stand_apart(niceness: int) -> None:
    # A shell's background jobs ignore SIGINT, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32":
        with suppress(PermissionError):  # leads a session already
            os.setsid()
        os.nice(niceness)


class _ChildOutput(io.TextIOWrapper):
    """What ``print`` writes to in a child: stderr; records or answers go where stdout went."""

    records: io.TextIOWrapper
    answers: IO[bytes]


def _keep_records_apart() -> None:
    sys.stdout.flush()
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what C libraries print goes to stderr as well
    output = _ChildOutput(
        os.fdopen(1, "wb", closefd=False), "utf-8", "replace", line_buffering=True
    )
    output.answers = answers
    output.records = io.TextIOWrapper(answers, "utf-8", line_buffering=True)
    sys.stdout = output
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")


class _ChildInput(io.TextIOWrapper):
    """What libraries read from in a child: nothing; questions come as the window writes them."""

    questions: SimpleQueue[bytes]


def _keep_questions_apart() -> tuple[int, SimpleQueue[bytes]]:
    """Return the descriptor on which the window writes, and where to put what it says."""
    window = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = _ChildInput(os.fdopen(0, "rb", closefd=False), "utf-8")
    sys.stdin.questions = SimpleQueue()
    return window, sys.stdin.questions


def _listen(window: int, questions: SimpleQueue[bytes]) -> None:
    """Hand over what the window says until it is gone, even killed; then end."""
    with suppress(OSError):
        while said := os.read(window, _READ_BYTES):
            questions.put(said)
    questions.put(b"")
    _interrupt()
    time.sleep(_GRACE_S)
    if sys.platform == "win32":
        os._exit(1)
    os.killpg(0, signal.SIGKILL)


def _interrupt() -> None:
    if sys.platform == "win32":
        import _thread

        _thread.interrupt_main()
    else:
        # To the process, not to this thread: it has to wake the main thread out of a long call.
        os.kill(os.getpid(), signal.SIGINT)
