"""Jobs: commands of this program in child processes. This file and `warm.py` alone know processes.

The window never waits for Python in another thread, a stop is certain, memory comes back, and a
crash is a message. The child's side is ``s2label/cli/child.py``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

from napari_s2label.time_left import TimeLeft
from s2label.cli.child import CHILD_VARIABLE, JOB
from s2label.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_GRACE_MS = 5000
_ERROR_BYTES = 64 * 1024
_PREFIXES = ("s2label: ", "Error: ")


class CommandJob(QObject):
    """A command of this program, run in a child process.

    Parameters
    ----------
    arguments : sequence of str
        The command and its arguments, without ``--json-lines``.
    parent : QObject, optional
        With it the job ends.

    Signals
    -------
    progressed : Progress
        A step; of steps of one kind that come at once only the last, and those that bring data.
    finished : dict
        It is done; the result as the command printed it.
    failed : str
        It is not done, and why, in one line.
    stopped : no arguments
        It was stopped as asked; run again it goes on where it was.
    ended : no arguments
        After any of the last three.
    """

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(str)
    stopped = Signal()
    ended = Signal()

    def __init__(self, arguments: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.command = arguments[0]
        self.is_stopping = False
        self._left = TimeLeft()
        self._records, self._errors = b"", b""
        self._result: dict[str, Any] | None = None
        self._pid = 0
        self._grace = QTimer(self)
        self._grace.setSingleShot(True)
        self._grace.timeout.connect(self._kill)
        self._process = new_process([*arguments, "--json-lines"], self, JOB)
        self._process.readyReadStandardOutput.connect(self._on_process_output)
        self._process.readyReadStandardError.connect(self._on_process_error_output)
        self._process.finished.connect(self._on_process_finished)
        self._process.errorOccurred.connect(self._on_process_error)

    @property
    def is_running(self) -> bool:
        """Whether the child is there."""
        return bool(self._process.state() != QProcess.ProcessState.NotRunning)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until it is done; None where nobody can tell yet."""
        return self._left.seconds

    @property
    def pid(self) -> int:
        """Id of the child, which leads a process group of its own; 0 before it started."""
        return self._pid

    def start(self) -> None:
        """Start the child."""
        self._process.start()
        self._pid = int(self._process.processId() or 0)

    def stop(self, within_ms: int = _GRACE_MS) -> None:
        """Ask the child to stop; kill it and all it started if it has not after a while."""
        if not self.is_running or self.is_stopping:
            return
        self.is_stopping = True
        if sys.platform == "win32":
            self._process.closeWriteChannel()  # the child sees it and stops
        else:
            _signal(self._process, self._pid, signal.SIGINT)
        self._grace.start(within_ms)

    def close(self) -> None:
        """End the child at once: the window goes. Nothing breaks; run again, it goes on."""
        if self.is_running:
            self.is_stopping = True
            self._kill()
            self._process.waitForFinished(_GRACE_MS)

    def _kill(self) -> None:
        kill_process(self._process, self._pid)

    def _on_process_output(self) -> None:
        self._records += self._process.readAllStandardOutput().data()
        *lines, self._records = self._records.split(b"\n")
        steps = list(self._read(lines))
        for step, following in zip_longest(steps, steps[1:]):
            self._left.note(step)
            if step.data or following is None or following.message != step.message:
                self.progressed.emit(step)

    def _read(self, lines: Sequence[bytes]) -> Iterator[Progress]:
        for line in lines:
            match json.loads(line):
                case {"result": dict(result)}:
                    self._result = result
                    if self.is_stopping:  # all is written; torch takes seconds to unload
                        self._grace.start(0)
                case {"progress": dict(step)}:
                    yield Progress(**step)

    def _on_process_error_output(self) -> None:
        added = self._process.readAllStandardError().data()
        self._errors = (self._errors + added)[-_ERROR_BYTES:]

    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        # Whatever else goes wrong ends in `finished`.
        if error == QProcess.ProcessError.FailedToStart:
            self.failed.emit(f"{sys.executable}: {self._process.errorString()}")
            self.ended.emit()

    def _on_process_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._grace.stop()
        self._on_process_output()
        self._on_process_error_output()
        crashed = status == QProcess.ExitStatus.CrashExit
        if crashed:
            kill_process(self._process, self._pid)  # what it started must not outlive it
        # A result means that the work was done, even if `check` then says 1 or a library crashes.
        if self._result is not None or (code == 0 and not crashed):
            self.finished.emit(self._result or {})
        elif self.is_stopping:
            self.stopped.emit()
        else:
            broke_off = f"The {self.command} broke off (code {code}); start it again, it goes on."
            self.failed.emit(reason_of(self._errors, broke_off))
        self.ended.emit()


def new_process(arguments: Sequence[str], parent: QObject, role: str) -> QProcess:
    """Return a process of this program that is not started yet.

    Parameters
    ----------
    arguments : sequence of str
        The command and its arguments.
    parent : QObject
        With it the process ends.
    role : str
        ``JOB`` or ``WORKER``, see `s2label.cli.child`.
    """
    process = QProcess(parent)
    environment = QProcessEnvironment.systemEnvironment()
    environment.insert(CHILD_VARIABLE, role)
    process.setProcessEnvironment(environment)
    process.setProgram(sys.executable)
    # -P: a folder named like a library, where the window was started, must not be imported.
    process.setArguments(["-P", "-m", "s2label", *arguments])
    return process


def kill_process(process: QProcess, pid: int) -> None:
    """End a process and all that it started, at once; `pid` is what it had, 0 before its start."""
    if sys.platform != "win32":
        _signal(process, pid, signal.SIGKILL)
    process.kill()


def _signal(process: QProcess, pid: int, number: signal.Signals) -> None:
    if sys.platform == "win32" or not pid:
        return
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # so young that it does not lead its group yet
        if process.state() != QProcess.ProcessState.NotRunning:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def reason_of(errors: bytes, broke_off: str) -> str:
    """Return why a process ended: the program's own line, else what is known of its end.

    Parameters
    ----------
    errors : bytes
        What it printed on stderr.
    broke_off : str
        What to say where it printed no reason.
    """
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    for line in reversed(lines):
        for prefix in _PREFIXES:
            if line.startswith(prefix):
                return line.removeprefix(prefix)
    return broke_off + (f" Its last words: {lines[-1][:200]}" if lines else "")
