"""The window's side of the warm worker, the process that keeps models loaded.

Its side is ``s2label_training/worker.py``, which says what questions and answers are.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QCoreApplication, QObject, QProcess, Signal

from napari_s2label.jobs import kill_process, new_process, reason_of
from s2label.cli.child import WORKER
from s2label.framing import FrameError, FrameReader, framed
from s2label.suggestions import Suggestion

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.framing import Frame

_END_MS = 5000
_ERROR_BYTES = 64 * 1024
_BROKE_OFF = "The process that suggests broke off (code {code}); ask again to start another."


class WarmWorker(QObject):
    """Asks one process to suggest and to learn, without ever waiting for it.

    It starts with the first question and, after a crash, with the next one.

    Parameters
    ----------
    project_folder : Path
        The project; the process reads it while this program has it open for writing.
    parent : QObject, optional
        With it the process ends.

    Signals
    -------
    suggested : Suggestion
        What was asked for; answers to questions that were dropped do not come.
    learnt : dict
        What was learnt from, see `LearnReport`.
    loaded : str
        A model is ready.
    failed : int, str
        A question has no answer, and why.
    died : str
        The process is gone, and with it what it had learnt and all questions; and why.
    """

    suggested = Signal(object)
    learnt = Signal(object)
    loaded = Signal(str)
    failed = Signal(int, str)
    died = Signal(str)

    def __init__(self, project_folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = project_folder
        self._numbers = count(1)
        self._process: QProcess | None = None
        self._pid = 0
        self._begin_anew()
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.close)

    def _begin_anew(self) -> None:
        self._reader = FrameReader()
        self._errors = b""
        # Number of a question -> whether it is only asked ahead.
        self._open: dict[int, bool] = {}

    @property
    def is_running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Id of the process, which leads a process group of its own; 0 before the first start."""
        return self._pid

    # -- asking --------------------------------------------------------------------------------

    def ask_suggestion(self, image_id: str, model: str, urgent: bool) -> int:
        """Ask what a model proposes for an image; return the number of the question.

        Parameters
        ----------
        image_id : str
            The image.
        model : str
            Id of a bundle of the project, or `suggestions.STROKES_MODEL`.
        urgent : bool
            Whether somebody waits for it; urgent questions come first, the newest before others.
        """
        asked = {"image": image_id, "model": model, "urgent": urgent}
        return self._ask({"ask": "suggest", **asked}, is_ahead=not urgent)

    def ask_learn(self) -> int:
        """Ask to learn from all strokes that are kept; return the number of the question."""
        return self._ask({"ask": "learn"})

    def load(self, model: str) -> int:
        """Have a model loaded, so that the first question need not wait; return the number."""
        return self._ask({"ask": "load", "model": model})

    def forget_before(self, number: int) -> None:
        """Drop questions with smaller numbers that are not urgent."""
        self._open = {n: ahead for n, ahead in self._open.items() if n >= number or not ahead}
        if self._process is not None:
            self._write({"id": next(self._numbers), "ask": "forget", "before": number})

    def _ask(self, header: dict[str, Any], *, is_ahead: bool = False) -> int:
        self.start()
        number = next(self._numbers)
        self._open[number] = is_ahead
        self._write({"id": number, **header})
        return number

    def _write(self, header: dict[str, Any]) -> None:
        if self._process is not None:
            self._process.write(b"".join(framed(header, {})))

    # -- the process ---------------------------------------------------------------------------

    def start(self) -> None:
        """Start the process if it is not there."""
        if self._process is not None:
            return
        self._begin_anew()
        process = self._process = new_process(["worker", str(self._folder)], self, WORKER)
        process.readyReadStandardOutput.connect(self._on_process_output)
        process.readyReadStandardError.connect(self._on_process_error_output)
        process.finished.connect(self._on_process_finished)
        process.errorOccurred.connect(self._on_process_error)
        process.start()
        self._pid = int(process.processId() or 0)

    def close(self) -> None:
        """End the process at once; nothing is told any more of what was asked."""
        process = self._let_go()
        if process is not None:
            kill_process(process, self._pid)
            process.waitForFinished(_END_MS)
            process.deleteLater()

    def _let_go(self) -> QProcess | None:
        """Have no process any more; what comes of it is not heard."""
        process, self._process = self._process, None
        if process is not None:
            process.blockSignals(True)
        return process

    def _die(self, reason: str) -> None:
        process = self._let_go()
        if process is None:
            return
        self._open.clear()
        kill_process(process, self._pid)  # what it started must not outlive it
        process.deleteLater()
        self.died.emit(reason)

    def _on_process_error(self, error: QProcess.ProcessError) -> None:
        # Whatever else goes wrong ends in `finished`.
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._die(f"{self._process.program()}: {self._process.errorString()}")

    def _on_process_finished(self, code: int) -> None:
        self._on_process_output()
        self._on_process_error_output()
        self._die(reason_of(self._errors, _BROKE_OFF.format(code=code)))

    def _on_process_error_output(self) -> None:
        if self._process is not None:
            added = self._process.readAllStandardError().data()
            self._errors = (self._errors + added)[-_ERROR_BYTES:]

    # -- answers -------------------------------------------------------------------------------

    def _on_process_output(self) -> None:
        process = self._process
        if process is None:
            return
        try:
            frames = self._reader.feed(process.readAllStandardOutput().data())
        except FrameError as error:
            self._die(f"The process that suggests cannot be understood ({error}); ask again.")
            return
        for frame in frames:
            if self._process is process:  # whoever hears of one may end it
                self._tell(frame)

    def _tell(self, frame: Frame) -> None:
        match frame.header:
            case {"id": int(number)} if self._open.pop(number, None) is None:
                return  # forgotten, or asked of an earlier process
            case {"id": int(number), "error": str(words)}:
                self.failed.emit(number, words)
            case {"learnt": dict(report)}:
                self.learnt.emit(report)
            case {"loaded": str(model)}:
                self.loaded.emit(model)
            case {"image": _}:
                self.suggested.emit(_suggestion_of(frame))


def _suggestion_of(frame: Frame) -> Suggestion:
    header = frame.header
    return Suggestion(
        header["image"],
        header["model"],
        header["provenance"],
        tuple(header["class_values"]),
        frame.arrays["probabilities"],
        header["threshold"],
    )
