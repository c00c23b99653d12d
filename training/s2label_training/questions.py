"""What a window asks of its worker, and in which order it is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from collections.abc import Mapping


class QuestionError(S2LabelError):
    """What was asked is no question."""


class Question(BaseModel):
    """One question.

    ``suggest``: what `model` proposes for `image`; `urgent` where somebody waits. ``load``: have
    `model` ready. ``learn``: learn from strokes. ``forget``: no answer; questions for suggestions
    with ids below `before` that wait and are not urgent are dropped.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: int
    ask: Literal["suggest", "load", "learn", "forget"]
    image: str = ""
    model: str = ""
    urgent: bool = False
    before: int = 0

    @property
    def is_ahead(self) -> bool:
        """Whether it asks for a suggestion for which nobody waits yet."""
        return self.ask == "suggest" and not self.urgent


def question_of(header: Mapping[str, Any]) -> Question:
    """Return the question of a frame's header.

    Raises
    ------
    QuestionError
        If it is none.
    """
    try:
        return Question.model_validate(dict(header))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "question"
        raise QuestionError(f"not a question: {where}: {first['msg']}") from error


class WaitingQuestions:
    """Questions that wait: learning first, then urgent ones, the newest first, then all others.

    Learning comes first because what is asked after it is asked of what was learnt. An answer
    answers the same question asked before it as well, so those are dropped.
    """

    def __init__(self) -> None:
        self._waiting: list[Question] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, question: Question) -> None:
        """Let a question wait; or drop those that a ``forget`` means."""
        if question.ask != "forget":
            self._waiting.append(question)
            return
        self._waiting = [q for q in self._waiting if not (q.is_ahead and q.id < question.before)]

    def take(self) -> Question | None:
        """Return the question to answer now; None where none waits."""
        if not self._waiting:
            return None
        learn = [question for question in self._waiting if question.ask == "learn"]
        urgent = [question for question in self._waiting if question.urgent]
        taken = (learn or urgent or self._waiting[:1])[-1]
        self._waiting = [question for question in self._waiting if not _is_same(question, taken)]
        return taken


def _is_same(one: Question, other: Question) -> bool:
    return (one.ask, one.image, one.model) == (other.ask, other.image, other.model)
