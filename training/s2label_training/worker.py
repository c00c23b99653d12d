"""The warm worker: one process that keeps models loaded and answers a window's questions.

Questions and answers are frames (`s2label.framing`). A question is a header as `Question` says.
An answer has the question's ``id``, the ``seconds`` it took, and one of: ``image``, ``model``,
``provenance``, ``class_values`` and ``threshold`` with the array ``probabilities`` (class, y, x)
uint8; ``loaded``, a model; ``learnt``, a `LearnReport`; ``error``, why there is none.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from s2label.errors import S2LabelError
from s2label.framing import FrameError, FrameReader, write_frame
from s2label.refusals import refusal_of
from s2label_training.questions import QuestionError, WaitingQuestions, question_of
from s2label_training.warm_models import WarmModels

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label.cli.child import WindowLine
    from s2label.project import Project
    from s2label_training.questions import Question


class Worker:
    """Answers questions, one at a time, until the window is gone.

    Parameters
    ----------
    project : Project
        Open for reading.
    line : WindowLine
        Where questions come from and answers go.
    """

    def __init__(self, project: Project, line: WindowLine) -> None:
        self._line = line
        self._models = WarmModels(project)
        self._reader = FrameReader()
        self._waiting = WaitingQuestions()

    def run(self) -> None:
        """Answer until the window is gone.

        Raises
        ------
        FrameError
            If what comes is no frame: where the next question begins is not known then.
        """
        while self._hear():
            question = self._waiting.take()
            if question is not None:
                self._answer(question)

    def _hear(self) -> bool:
        """Take all that was said, waiting where nothing is to be done; tell whether to go on."""
        while not (self._waiting and self._line.questions.empty()):
            said = self._line.questions.get()
            if not said:
                return False
            for frame in self._reader.feed(said):
                self._note(frame.header)
        return True

    def _note(self, header: Mapping[str, Any]) -> None:
        try:
            self._waiting.add(question_of(header))
        except QuestionError as error:
            self._say({"id": header.get("id", -1), "error": str(error)})

    def _answer(self, question: Question) -> None:
        start_s = perf_counter()
        try:
            header, arrays = self._work_out(question)
        except Exception as error:  # the edge: a question must not end the worker
            header, arrays = {"error": _in_words(error)}, {}
        header |= {"id": question.id, "seconds": round(perf_counter() - start_s, 4)}
        try:
            self._say(header, arrays)
        except FrameError as error:
            self._say({"id": question.id, "error": str(error)})

    def _work_out(self, question: Question) -> tuple[dict[str, Any], dict[str, Any]]:
        if question.ask == "learn":
            return {"learnt": self._models.learn().as_dict()}, {}
        if question.ask == "load":
            self._models.load(question.model)
            return {"loaded": question.model}, {}
        found = self._models.suggest(question.image, question.model)
        header = {
            "image": found.image_id,
            "model": found.model,
            "provenance": found.provenance,
            "class_values": list(found.class_values),
            "threshold": found.threshold,
        }
        return header, {"probabilities": found.probabilities}

    def _say(self, header: dict[str, Any], arrays: dict[str, Any] | None = None) -> None:
        write_frame(self._line.answers, header, arrays)


def _in_words(error: Exception) -> str:
    if isinstance(error, S2LabelError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return refusal_of(error)
    cause = " ".join(f"{type(error).__name__}: {error}".split())
    return f"unexpected error, please report it: {cause[:500]}"
