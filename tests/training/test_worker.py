"""The worker answers in the right order, says what is wrong, and never ends over a question."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from s2label_training import warm_models
from s2label_training.bundle import ModelClass
from s2label_training.questions import (
    Question,
    QuestionError,
    WaitingQuestions,
    question_of,
)
from s2label_training.shelf import Shelf
from s2label_training.worker import Worker

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.cli.child import CHILD_VARIABLE, WORKER, WindowLine
from s2label.framing import Frame, framed, read_frame
from s2label.project import open_project
from s2label.suggestion_files import write_suggestion
from s2label.suggestions import STROKES_MODEL, Suggestion
from s2label.types import Provenance
from tests.factories import shelf
from tests.factories.commands import run
from tests.factories.painting import RealPainting
from tests.factories.projects import apart, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIDE_PX = 32


# -- the order of answers --------------------------------------------------------------------------


def suggest(number: int, image: str = "", *, urgent: bool = False, model: str = "m") -> Question:
    image = image or f"image {number}"
    return Question(id=number, ask="suggest", image=image, model=model, urgent=urgent)


def order_of(*questions: Question) -> list[int]:
    waiting = WaitingQuestions()
    for question in questions:
        waiting.add(question)
    return [taken.id for taken in iter(waiting.take, None)]


def test_urgent_questions_come_first_the_newest_before_others() -> None:
    asked = [suggest(1), suggest(2, urgent=True), suggest(3), suggest(4, urgent=True)]
    assert order_of(*asked) == [4, 2, 1, 3]


def test_learning_comes_before_what_is_asked_of_it() -> None:
    learn = Question(id=2, ask="learn")
    assert order_of(suggest(1, urgent=True), learn, suggest(3, urgent=True)) == [2, 3, 1]


def test_a_model_is_loaded_in_its_turn_among_those_asked_ahead() -> None:
    load = Question(id=2, ask="load", model="m")
    assert order_of(suggest(1), load, suggest(3), suggest(4, urgent=True)) == [4, 1, 2, 3]


def test_one_answer_answers_the_same_question_asked_before() -> None:
    learns = [Question(id=number, ask="learn") for number in (3, 4)]
    asked = [suggest(1, "a"), suggest(2, "a", urgent=True), suggest(5, "a", model="other")]
    assert order_of(*asked, *learns) == [4, 2, 5]


def test_what_is_forgotten_waits_no_longer_unless_somebody_waits_for_it() -> None:
    forget = Question(id=6, ask="forget", before=5)
    load = Question(id=3, ask="load", model="m")
    asked = [suggest(1), suggest(2, urgent=True), load, suggest(4), suggest(5)]
    assert order_of(*asked, forget) == [2, 3, 5]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12))
def test_every_question_is_answered_or_has_the_answer_of_a_newer_one(
    asked: list[tuple[str, bool]],
) -> None:
    questions = [suggest(n, image, urgent=urgent) for n, (image, urgent) in enumerate(asked)]
    answered = order_of(*questions)
    assert len(set(answered)) == len(answered)
    assert {image for image, _ in asked} == {questions[n].image for n in answered}


@pytest.mark.parametrize(
    "header",
    [
        pytest.param({"ask": "suggest"}, id="no number"),
        pytest.param({"id": 1, "ask": "sing"}, id="of no kind"),
        pytest.param({"id": 1, "ask": "load", "model_": "m"}, id="misspelt"),
        pytest.param({"id": True, "ask": "learn"}, id="number of another kind"),
    ],
)
def test_what_is_no_question_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(QuestionError, match="not a question"):
        question_of(header)


# -- answers -----------------------------------------------------------------------------------


class Talk:
    """Asks a worker in a thread of this process; `answer` waits for what it says next."""

    def __init__(self, questions: SimpleQueue[bytes], descriptor: int) -> None:
        self._questions = questions
        self._answers = os.fdopen(descriptor, "rb")
        self._number = 0

    def ask(self, ask: str, **words: Any) -> None:
        self.say({"id": (number := self._number + 1), "ask": ask, **words})
        self._number = number

    def say(self, header: dict[str, Any]) -> None:
        self._questions.put(b"".join(framed(header, {})))

    def answer(self) -> Frame:
        frame = read_frame(self._answers)
        assert frame is not None, "the worker ended"
        return frame

    def suggestion(self, image_id: str, model: str) -> Frame:
        self.ask("suggest", image=image_id, model=model)
        return self.answer()

    def close(self) -> None:
        self._questions.put(b"")
        self._answers.close()


@contextmanager
def worker_of(folder: Path) -> Iterator[Talk]:
    """Run a worker on a project, as its own process would."""
    questions: SimpleQueue[bytes] = SimpleQueue()
    reading, writing = os.pipe()

    def work() -> None:
        with open_project(folder) as opened, os.fdopen(writing, "wb") as answers:
            Worker(opened, WindowLine(questions, answers)).run()

    thread = Thread(target=work)
    thread.start()
    talk = Talk(questions, reading)
    try:
        yield talk
    finally:
        talk.close()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a project of two places with two dates each, nothing painted."""
    return make_project(tmp_path, apart(2, mask_values=()), VESSELS)


def paint(folder: Path, value: int, rows: range) -> None:
    """Paint rows of the first image."""
    with open_project(folder, write=True) as project:
        painting = RealPainting(project)
        painting.look(0)
        chosen = [y * SIDE_PX + x for y in rows for x in range(SIDE_PX)]
        painting.paint(CanvasKind.MASK, chosen, value, Provenance.HUMAN, drawn=False)


def images_of(folder: Path) -> list[str]:
    with open_project(folder) as project:
        return project.catalog.image_ids()


def test_strokes_are_learnt_and_suggested_from(folder: Path) -> None:
    paint(folder, 1, range(10, 14))
    paint(folder, 0, range(20, 30))
    with worker_of(folder) as talk:
        talk.ask("learn")
        learnt = talk.answer()
        suggested = talk.suggestion(images_of(folder)[1], STROKES_MODEL)

    assert learnt.header["id"] == 1
    assert learnt.header["learnt"]["pixels"] == {"background": 320, "vessel": 128}
    assert suggested.header["id"] == 2
    assert suggested.header["class_values"] == [0, 1]
    assert suggested.header["provenance"] == Provenance.STROKES
    assert 0 <= suggested.header["threshold"] <= 1
    assert suggested.header["seconds"] >= 0
    assert suggested.arrays["probabilities"].shape == (2, SIDE_PX, SIDE_PX)


def test_it_sees_what_is_painted_while_it_runs(folder: Path) -> None:
    with worker_of(folder) as talk:
        talk.ask("learn")
        nothing = talk.answer()
        paint(folder, 1, range(10, 14))
        talk.ask("learn")
        one_class = talk.answer()
        paint(folder, 0, range(20, 30))
        talk.ask("learn")
        both = talk.answer()

    assert nothing.header["error"].startswith("nothing is painted yet")
    assert "paint some background too (Shift+F)" in one_class.header["error"]
    assert both.header["learnt"]["chips"] == 1


def test_a_question_in_error_is_answered_in_words_and_the_next_one_as_well(folder: Path) -> None:
    paint(folder, 1, range(10, 14))
    paint(folder, 0, range(20, 30))
    with worker_of(folder) as talk:
        talk.say({"id": 7, "ask": "sing"})
        no_question = talk.answer()
        no_image = talk.suggestion("nowhere", STROKES_MODEL)
        no_model = talk.suggestion(images_of(folder)[0], "nobody")
        good = talk.suggestion(images_of(folder)[0], STROKES_MODEL)

    assert no_question.header["id"] == 7
    assert no_question.header["error"].startswith("not a question: ask")
    assert no_image.header["error"] == "nowhere: no such image in this project"
    assert "nobody" in no_model.header["error"]
    assert "error" not in good.header


def test_an_error_that_nobody_foresaw_is_told_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(self: object, model: str) -> None:
        raise RuntimeError("out of\nmemory")

    monkeypatch.setattr(warm_models.WarmModels, "load", break_off)
    with worker_of(folder) as talk:
        talk.ask("load", model="m")
        told = talk.answer()
        talk.ask("learn")
        next_one = talk.answer()

    words = "unexpected error, please report it: RuntimeError: out of memory"
    assert told.header["error"] == words
    assert next_one.header["id"] == 2


def test_a_suggestion_that_is_kept_is_read_without_loading_a_model(folder: Path) -> None:
    image_id = images_of(folder)[0]
    likely = np.arange(2 * SIDE_PX * SIDE_PX, dtype=np.uint8).reshape(2, SIDE_PX, SIDE_PX)
    shelf.write_bundle(folder / "models", "model-1")
    number = Shelf(folder).promote("model-1", "for a test").number
    kept = Suggestion(image_id, "model-1", number, (0, 1), likely, 0.35)
    with open_project(folder) as project:
        chip = project.catalog.chip(image_id)
        assert chip is not None
        write_suggestion(project, chip.image, chip.place.grid, kept)

    with worker_of(folder) as talk:
        told = talk.suggestion(image_id, "model-1")

    np.testing.assert_array_equal(told.arrays["probabilities"], likely)
    assert told.header["provenance"] == number
    assert told.header["threshold"] == 0.35


def test_a_bundle_suggests_as_its_predictor_does(folder: Path) -> None:
    from s2label_training.predict import Predictor

    from s2label.raster import read_bands, reflectance
    from tests.factories.bundles import record, write_bundle

    write_bundle(folder / "models" / "tiny-1", record("tiny-1"))
    models = Shelf(folder)
    number = models.promote("tiny-1", "for a test").number
    image_id = images_of(folder)[0]
    with worker_of(folder) as talk:
        talk.ask("load", model="tiny-1")
        loaded = talk.answer()
        told = talk.suggestion(image_id, "tiny-1")

    assert loaded.header["loaded"] == "tiny-1"
    assert told.header["provenance"] == number
    with open_project(folder) as project:
        chip = project.catalog.chip(image_id)
    assert chip is not None
    values = reflectance(read_bands(chip.image.bands, chip.place.grid), chip.image.bands)
    expected = Predictor(models.folder("tiny-1")).probabilities(values)
    difference = told.arrays["probabilities"] / 255 - expected
    assert abs(difference).max() < 0.01


def test_without_the_training_extra_it_says_which_one_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.write_bundle(folder / "models", "tiny-1")
    monkeypatch.setitem(sys.modules, "s2label_training.predict", None)
    with worker_of(folder) as talk:
        told = talk.suggestion(images_of(folder)[0], "tiny-1")

    assert 'pip install "napari-s2label[training]"' in told.header["error"]


def test_a_model_of_other_classes_is_refused_before_torch_is_needed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s2label_training.predict", None)
    quay = ModelClass(value=7, name="quay", colour="#00ff00")
    shelf.write_bundle(folder / "models", "strange", classes=(quay,))
    image_id = images_of(folder)[0]
    with open_project(folder) as project:
        chip = project.catalog.chip(image_id)
        assert chip is not None
        likely = np.zeros((1, SIDE_PX, SIDE_PX), np.uint8)
        kept = Suggestion(image_id, "strange", 17, (7,), likely, 0.5)
        write_suggestion(project, chip.image, chip.place.grid, kept)
    with worker_of(folder) as talk:
        talk.ask("load", model="strange")
        told = [talk.answer(), talk.suggestion(image_id, "strange")]

    for answer in told:
        assert "strange suggests 7 (quay), but this project has" in answer.header["error"]


# -- as a process --------------------------------------------------------------------------------


def test_only_a_window_starts_it(folder: Path) -> None:
    printed = run("worker", folder)
    assert printed.code == 1
    assert "only the window starts this" in printed.err


NOISY = """
import os, sys
from s2label_training import pixels
learn = pixels.StrokeLearner.learn
def noisy(self):
    print("a library talks"); os.write(1, b"so does one in C"); return learn(self)
pixels.StrokeLearner.learn = noisy
from s2label.cli import script
script()
"""


def test_what_libraries_print_does_not_reach_the_answers(folder: Path) -> None:
    command = [sys.executable, "-c", NOISY, "worker", str(folder)]
    environment = {**os.environ, CHILD_VARIABLE: WORKER}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for part in framed({"id": 1, "ask": "learn"}, {}):
            process.stdin.write(part)
        process.stdin.flush()
        answer = read_frame(process.stdout)
        _, errors = process.communicate()

    assert answer is not None
    assert answer.header["error"].startswith("nothing is painted yet")
    assert b"a library talks" in errors
    assert b"so does one in C" in errors
