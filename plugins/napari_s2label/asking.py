"""Questions to the worker that keeps a model loaded, and its answers, kept for a while."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Protocol

from psygnal import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2label.suggestions import Suggestion

# A chip of 256 px and 8 classes takes half a megabyte.
_KEPT = 48


class _Told(Protocol):
    def connect(self, slot: Callable[..., Any], /) -> object: ...


class Worker(Protocol):
    """Suggests and learns somewhere else; questions have numbers that grow."""

    @property
    def suggested(self) -> _Told:
        """Tells of a `Suggestion`."""

    @property
    def learnt(self) -> _Told:
        """Tells of what was learnt from strokes, a dict."""

    @property
    def failed(self) -> _Told:
        """Tells of the number of a question that has no answer, and why."""

    @property
    def died(self) -> _Told:
        """Tells why the worker is gone, with all questions; the next one starts another."""

    def ask_suggestion(self, image_id: str, model: str, urgent: bool) -> int:
        """Ask what a model proposes for an image; returns the number of the question."""

    def ask_learn(self) -> int:
        """Ask to learn from all strokes that are kept; returns the number of the question."""

    def load(self, model: str) -> object:
        """Load a model, so that the first question need not wait for it."""

    def forget_before(self, number: int) -> object:
        """Drop questions with smaller numbers that wait and are not urgent."""

    def close(self) -> object:
        """End at once."""


class Asking:
    """Asks one worker, which starts with the first question.

    Answers are kept by image and model: while a project is open for writing no import can bring
    another version of an image, and whoever opens it again makes another one of these.

    Parameters
    ----------
    make_worker : callable
        Returns a worker.

    Signals
    -------
    answered : Suggestion
        There is one more answer, asked ahead or not.
    learnt : dict
        The model of the strokes is another.
    failed : str, str
        Id of the image for which there is no answer, empty where it is not about one; and why.
    died : str
        The worker is gone, and why; the next question starts another.
    """

    answered = Signal(object)
    learnt = Signal(object)
    failed = Signal(str, str)
    died = Signal(str)

    def __init__(self, make_worker: Callable[[], Worker]) -> None:
        self._make_worker = make_worker
        self._worker: Worker | None = None
        self._kept: OrderedDict[tuple[str, str], Suggestion] = OrderedDict()
        self._ahead: dict[int, tuple[str, str]] = {}
        self._urgent: dict[int, tuple[str, str]] = {}
        self._learning = 0  # number of that question
        self._deaths = 0

    def answer(self, image_id: str, model: str) -> Suggestion | None:
        """Return what a model proposes for an image, if that is known."""
        return self._kept.get((image_id, model))

    def ask(self, image_id: str, model: str) -> None:
        """Ask about the image in view, unless that was asked already."""
        question = (image_id, model)
        if question not in self._urgent.values():
            self._ask(question, self._urgent, urgent=True)

    def ask_ahead(self, image_ids: Sequence[str], model: str) -> None:
        """Ask about images that come into view soon; what was asked ahead before is dropped."""
        wanted = [(image_id, model) for image_id in image_ids]
        waiting = {*self._ahead.values(), *self._urgent.values()}
        for question in wanted:
            is_known = question in waiting or question in self._kept
            if not is_known and not self._ask(question, self._ahead, urgent=False):
                return
        self._drop_but(set(wanted))

    def learn(self) -> None:
        """Ask to learn from strokes."""
        self._learning = self._ready().ask_learn()

    def load(self, model: str) -> None:
        """Have a model loaded."""
        self._ready().load(model)

    def forget(self) -> None:
        """Forget all answers: the models are others than before."""
        self._kept.clear()

    def close(self) -> None:
        """End the worker, if there is one."""
        worker, self._worker = self._worker, None
        self._ahead.clear()
        self._urgent.clear()
        self.forget()
        if worker is not None:
            worker.close()

    def _ready(self) -> Worker:
        if self._worker is None:
            worker = self._worker = self._make_worker()
            worker.suggested.connect(self._on_worker_suggested)
            worker.learnt.connect(self._on_worker_learnt)
            worker.failed.connect(self._on_worker_failed)
            worker.died.connect(self._on_worker_died)
        return self._worker

    def _ask(
        self, question: tuple[str, str], waiting: dict[int, tuple[str, str]], *, urgent: bool
    ) -> bool:
        """Ask; returns whether an answer may come: a process can fail while it is started."""
        deaths = self._deaths
        number = self._ready().ask_suggestion(*question, urgent=urgent)
        if self._deaths != deaths:
            return False
        waiting[number] = question
        return True

    def _drop_but(self, wanted: set[tuple[str, str]]) -> None:
        """Drop what was asked ahead before the first question that is still wanted."""
        first = next((n for n, question in self._ahead.items() if question in wanted), None)
        old = [n for n in self._ahead if first is None or n < first]
        if not old:
            return
        for number in old:
            del self._ahead[number]
        self._ready().forget_before(old[-1] + 1)

    def _on_worker_suggested(self, suggestion: Suggestion) -> None:
        if self._worker is None:  # closed meanwhile
            return
        question = (suggestion.image_id, suggestion.model)
        for waiting in (self._ahead, self._urgent):
            for number in [n for n, asked in waiting.items() if asked == question]:
                del waiting[number]
        self._kept[question] = suggestion
        self._kept.move_to_end(question)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.answered.emit(suggestion)

    def _on_worker_learnt(self, report: dict[str, Any]) -> None:
        if self._worker is not None:
            self.forget()
            self.learnt.emit(report)

    def _on_worker_failed(self, number: int, words: str) -> None:
        # What was asked ahead, or to be loaded, is asked again when somebody waits for it.
        self._ahead.pop(number, None)
        question = self._urgent.pop(number, None)
        if self._worker is not None and (question is not None or number == self._learning):
            self.failed.emit("" if question is None else question[0], words)

    def _on_worker_died(self, words: str) -> None:
        if self._worker is None:
            return
        self._deaths += 1
        self._ahead.clear()
        self._urgent.clear()
        self.died.emit(words)
