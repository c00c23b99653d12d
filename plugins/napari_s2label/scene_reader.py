"""Reads what the scene dock shows, in a thread: products have many headers, results many rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, Signal

from napari_s2label import training_facts
from napari_s2label.one_thread import OneThread
from napari_s2label.scene_areas import SceneFacts, measure_areas
from napari_s2label.scene_facts import SceneFinder, numbers_refusal, objects_of
from s2label.errors import S2LabelError
from s2label.refusals import in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

    from napari_s2label.scene_facts import SceneEntry, SceneResult
    from napari_s2label.scene_wish import SceneWish

_MODELS, _LOOK, _NUMBERS, _FACTS = "models", "look", "numbers", "facts"


@dataclass(frozen=True)
class _Failure:
    words: str


class SceneReader(QObject):
    """Answers questions; of several of a kind only the last one is answered.

    Signals
    -------
    models_read : Models
        The models of a project.
    looked : Looked
        What there is for a wish.
    numbers_read : SceneEntry, str
        Why a scene's numbers cannot be reflectance; empty where they can.
    measured : SceneResult, SceneFacts
        What was found in a scene.
    failed : str
        Something cannot be read, and why.
    """

    models_read = Signal(object)
    looked = Signal(object)
    numbers_read = Signal(object, str)
    measured = Signal(object, object)
    failed = Signal(str)
    _answered = Signal(str, int, object)

    def __init__(self) -> None:
        super().__init__()  # and no parent: it lives as long as a thread has to answer
        self._numbers: dict[str, int] = {}
        self._finder = SceneFinder()
        self._quick = OneThread("scenes")
        self._slow = OneThread("areas")
        self._answered.connect(self._on_answered)

    def forget(self) -> None:
        """Answer nothing of what was asked so far: another project is in view."""
        for kind in self._numbers:
            self._numbers[kind] += 1

    def ask_models(self, project: Path) -> None:
        """Ask for the models of a project."""
        self._ask(self._quick, _MODELS, partial(training_facts.read_models, project))

    def ask_look(self, wish: SceneWish, model: ModelRecord | None, folder: Path) -> None:
        """Ask what there is for a wish."""
        self._ask(self._quick, _LOOK, partial(self._finder.look, wish, model, folder))

    def ask_numbers(self, entry: SceneEntry, wish: SceneWish, model: ModelRecord) -> None:
        """Ask whether a scene's numbers can be reflectance."""
        self._ask(self._slow, _NUMBERS, partial(_check_numbers, entry, wish, model))

    def ask_facts(self, result: SceneResult) -> None:
        """Ask what was found in a scene."""
        self._ask(self._slow, _FACTS, partial(_measure, result))

    def _ask(self, thread: OneThread, kind: str, question: Callable[[], object]) -> None:
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        thread.submit(self._answer, kind, self._numbers[kind], question)

    def _answer(self, kind: str, number: int, question: Callable[[], object]) -> None:
        if number != self._numbers[kind]:
            return
        try:
            answer: object = question()
        except (S2LabelError, OSError) as error:
            answer = _Failure(in_words(error))
        self._answered.emit(kind, number, answer)

    def _on_answered(self, kind: str, number: int, answer: Any) -> None:
        if number != self._numbers[kind]:
            return
        if isinstance(answer, _Failure):
            self.failed.emit(answer.words)
        elif kind == _MODELS:
            self.models_read.emit(answer)
        elif kind == _LOOK:
            self.looked.emit(answer)
        elif kind == _NUMBERS:
            self.numbers_read.emit(*answer)
        else:
            self.measured.emit(*answer)


def _measure(result: SceneResult) -> tuple[SceneResult, SceneFacts]:
    return result, SceneFacts(measure_areas(result.classes), objects_of(result))


def _check_numbers(
    entry: SceneEntry, wish: SceneWish, model: ModelRecord
) -> tuple[SceneEntry, str]:
    return entry, numbers_refusal(entry, wish, model)
