"""The child's side of a job: this program, run by a window that reads its records.

A child ends with its window, gives way to it, and keeps its records apart from whatever libraries
print. The window's side is ``napari_s2label/jobs.py``.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import time
from contextlib import suppress

# Set to 1 for a child. A variable, not an option: no user should ever read of it in a help text.
CHILD_VARIABLE = "S2LABEL_CHILD"
# Measured on 2 cores: with nice 10 a busy child costs the window nothing that one would notice.
_NICENESS = 10
_GRACE_S = 5.0


def become_child() -> None:
    """Behave as the child of a window if this program was started as one; else do nothing."""
    # Taken away, so that no program that a child starts takes itself for one.
    if os.environ.pop(CHILD_VARIABLE, "") != "1":
        return
    _stand_apart()
    _keep_records_apart()
    threading.Thread(target=_end_with_window, name="s2label-window", daemon=True).start()


def _stand_apart() -> None:
    # A shell's background jobs ignore SIGINT, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32":
        with suppress(PermissionError):  # leads a session already
            os.setsid()
        os.nice(_NICENESS)


class _ChildOutput(io.TextIOWrapper):
    """What ``print`` writes to in a child: stderr; records go where stdout went."""

    records: io.TextIOWrapper


def _keep_records_apart() -> None:
    sys.stdout.flush()
    records = os.dup(1)
    os.dup2(2, 1)  # what C libraries print goes to stderr as well
    output = _ChildOutput(
        os.fdopen(1, "wb", closefd=False), "utf-8", "replace", line_buffering=True
    )
    output.records = io.TextIOWrapper(os.fdopen(records, "wb"), "utf-8", line_buffering=True)
    sys.stdout = output
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="replace")


def _end_with_window() -> None:
    """Wait until stdin closes, which happens even when the window is killed; then end."""
    with suppress(OSError):
        while os.read(0, 1024):
            pass
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
