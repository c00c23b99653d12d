"""Counts what there is to learn from, in a thread: once at a time, however often it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from napari_s2label.one_thread import OneThread
from s2label.errors import S2LabelError
from s2label.labelled.chips import find_groups
from s2label.labelled.survey import LabelSurvey, survey_labels
from s2label.project import open_project
from s2label.refusals import in_words

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(eq=False)
class _Counted:
    """The project that is counted, and what stays between two counts."""

    folder: Path
    groups: dict[str, str] = field(default_factory=dict)


class LabelCounting(QObject):
    """Counts the labels of one project after the other, as they are on disk.

    Signals
    -------
    counted : LabelSurvey
        What there is to learn from.
    failed : str
        It cannot be counted, and why.
    """

    counted = Signal(object)
    failed = Signal(str)
    _answered = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()  # and no parent: it lives as long as a thread has to answer
        self._project: _Counted | None = None
        self._is_counting = self._is_wanted = False
        self._thread = OneThread("counting")
        self._answered.connect(self._on_answered)

    def begin(self, folder: Path | None) -> None:
        """Count another project from now on, or none; after an import begin anew."""
        self._project = None if folder is None else _Counted(folder)
        self._is_wanted = False

    def ask(self) -> None:
        """Ask for a count; while one goes on, another follows it, and no more than one."""
        self._is_wanted = True
        self._go_on()

    def _go_on(self) -> None:
        if self._is_wanted and not self._is_counting and self._project is not None:
            self._is_counting, self._is_wanted = True, False
            self._thread.submit(self._answer, self._project)

    def _answer(self, project: _Counted) -> None:
        try:
            self._answered.emit(project, _count(project))
        except (S2LabelError, OSError) as error:
            self._answered.emit(project, in_words(error))

    def _on_answered(self, project: _Counted, answer: LabelSurvey | str) -> None:
        self._is_counting = False
        if project is self._project:
            if isinstance(answer, str):
                self.failed.emit(answer)
            else:
                self.counted.emit(answer)
        self._go_on()


def _count(counted: _Counted) -> LabelSurvey:
    # Opened anew: the desk may close its own meanwhile.
    with open_project(counted.folder) as project:
        # Only an import changes groups; after one it is begun anew.
        counted.groups = counted.groups or find_groups(project)
        return survey_labels(project, counted.groups)
