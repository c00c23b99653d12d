"""Reads what the window says of screening, in a thread: a large project takes a moment."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_s2label.one_thread import OneThread
from napari_s2label.screening_proposal import Wish, propose
from s2label.errors import S2LabelError
from s2label.project import open_project
from s2label.refusals import in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2label.project import Project

# More cloud than this: a little, too much for many uses, hardly any ground.
CLOUDY = (0.1, 0.4, 0.8)


class ScreeningReader(QObject):
    """Answers questions about one project after the other; of equal ones only the last.

    It opens projects to read by itself: the desk closes its own while a question is answered.

    Signals
    -------
    counted : ScreeningCounts
        How far screening is, and what it found.
    proposed : Proposal
        Which dates would stay.
    listed : str, list of str
        A kind of finding, and the images that have one that is open.
    compared : list of FindingRecord
        What only all images together tell.
    failed : str
        Something cannot be read, and why.
    """

    counted = Signal(object)
    proposed = Signal(object)
    listed = Signal(str, object)
    compared = Signal(object)
    failed = Signal(str)
    _answered = Signal(str, int, object)

    def __init__(self) -> None:
        super().__init__()  # and no parent: it lives as long as a thread has to answer
        self._folder: Path | None = None
        self._numbers: dict[str, int] = {}
        self._threads: dict[str, OneThread] = {}
        self._answered.connect(self._on_answered)

    def begin(self, folder: Path | None) -> None:
        """Read of another project from now on, or of none; older questions are not answered."""
        self._folder = folder
        for thread in self._threads.values():
            thread.shutdown(wait=False, cancel_futures=True)
        # What compares all images may take long: the others do not wait behind it.
        self._threads = {name: OneThread(name) for name in ("screening", "guard")}
        self._numbers = {kind: number + 1 for kind, number in self._numbers.items()}

    def ask_counts(self) -> None:
        """Ask how far screening is."""
        self._ask("counts", _count, self.counted.emit)

    def ask_proposal(self, wish: Wish) -> None:
        """Ask which dates would stay."""
        self._ask("proposal", partial(propose, wish=wish), self.proposed.emit)

    def drop_proposal(self) -> None:
        """Leave what was asked for last unanswered: nobody wants to know any more."""
        self._drop("proposal")

    def ask_images(self, kind: str) -> None:
        """Ask for the images with an open finding of a kind."""
        self._ask("images", partial(_list_images, kind=kind), partial(self.listed.emit, kind))

    def ask_comparison(self) -> None:
        """Ask for what only all images together tell."""
        self._ask("comparison", _compare, self.compared.emit, "guard")

    def _drop(self, kind: str) -> int:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def _ask(
        self,
        kind: str,
        question: Callable[[Project], object],
        tell: Callable[[Any], None],
        thread: str = "screening",
    ) -> None:
        if self._folder is None:
            return
        asked = (kind, self._drop(kind), self._folder, question, tell)
        self._threads[thread].submit(self._answer, *asked)

    def _answer(
        self,
        kind: str,
        number: int,
        folder: Path,
        question: Callable[[Project], object],
        tell: Callable[[Any], None],
    ) -> None:
        if number != self._numbers[kind]:
            return
        try:
            with open_project(folder) as project:
                answer = partial(tell, question(project))
        except (S2LabelError, OSError) as error:
            answer = partial(self.failed.emit, in_words(error))
        self._answered.emit(kind, number, answer)

    def _on_answered(self, kind: str, number: int, tell: Callable[[], None]) -> None:
        if number == self._numbers[kind]:
            tell()


def _count(project: Project) -> object:
    return project.catalog.screenings.counts(CLOUDY)


def _list_images(project: Project, kind: str) -> object:
    return project.catalog.screenings.images_with_open(kind)


def _compare(project: Project) -> object:
    from s2label.screening.guard_of_project import find_in_project

    return find_in_project(project)
