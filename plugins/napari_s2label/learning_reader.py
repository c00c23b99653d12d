"""Questions to a project, answered in a thread: at a hundred thousand images they take a second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Qt, Signal

from napari_s2label.one_thread import OneThread
from s2label.errors import S2LabelError
from s2label.project import open_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2label.project import Project


@dataclass(frozen=True, eq=False)
class _Question:
    """What is asked of which project, and whom to tell."""

    name: str
    folder: Path
    ask: Callable[[Project], Any]
    then: Callable[[Any], object]
    failed: Callable[[str], object]


class ProjectReader(QObject):
    """Asks one project after the other; of questions of one name only the latest is answered.

    The project is opened anew for each: the desk may close its own meanwhile.
    """

    _answered = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()  # and no parent: it lives as long as a thread has to answer
        self._folder: Path | None = None
        self._latest: dict[str, _Question] = {}
        self._thread = OneThread("order")
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    def begin(self, folder: Path | None) -> None:
        """Ask another project from now on, or none; what was asked before is not answered."""
        self._folder = folder
        self._latest.clear()

    def is_asked(self, name: str) -> bool:
        """Tell whether a question of that name has no answer yet."""
        return name in self._latest

    def ask(
        self,
        name: str,
        question: Callable[[Project], Any],
        then: Callable[[Any], object],
        failed: Callable[[str], object],
    ) -> None:
        """Ask the project that is open.

        Parameters
        ----------
        name : str
            The latest question of a name takes the place of earlier ones.
        question : callable
            Reads; runs in the thread.
        then, failed : callable
            Told the answer, or why there is none, in the window's thread.
        """
        if self._folder is None:
            return
        asked = _Question(name, self._folder, question, then, failed)
        self._latest[name] = asked
        self._thread.submit(self._answer, asked)

    def _answer(self, asked: _Question) -> None:
        if self._latest.get(asked.name) is not asked:
            return
        try:
            with open_project(asked.folder) as project:
                answer: Any = asked.ask(project)
        except (S2LabelError, OSError) as error:
            answer = error
        self._answered.emit(asked, answer)

    def _on_answered(self, asked: _Question, answer: Any) -> None:
        if self._latest.get(asked.name) is not asked:
            return
        del self._latest[asked.name]
        if isinstance(answer, Exception):
            asked.failed(str(answer))
        else:
            asked.then(answer)
