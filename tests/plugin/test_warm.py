"""The warm worker is a real process: it answers, it may crash, and it dies with the window."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from napari_s2label import warm
from napari_s2label.jobs import new_process
from napari_s2label.warm import WarmWorker

from s2label.canvases import CanvasKind
from s2label.classes import VESSELS
from s2label.project import open_project
from s2label.suggestions import STROKES_MODEL, Suggestion
from s2label.types import Provenance
from tests.factories.painting import RealPainting
from tests.factories.processes import wait_for_end
from tests.factories.projects import apart, make_project
from tests.factories.suggesting import put_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from qtpy.QtCore import QObject, QProcess

    from s2label.project import Project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")

LONG_MS = 60_000
SIDE_PX = 32

WINDOW = """
import sys
from pathlib import Path
from qtpy.QtCore import QCoreApplication
from napari_s2label.warm import WarmWorker
application = QCoreApplication(sys.argv)
worker = WarmWorker(Path(sys.argv[1]))
worker.loaded.connect(lambda model: print(worker.pid, flush=True))
worker.load("strokes")
getattr(application, "exec", getattr(application, "exec_", None))()
"""


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Return a project, open for writing as a window has it, with some pixels painted."""
    folder = make_project(tmp_path, apart(3, mask_values=()), VESSELS)
    with open_project(folder, write=True) as opened:
        paint(opened)
        yield opened


def paint(project: Project, images: tuple[int, ...] = (0, 2)) -> None:
    """Paint a vessel and background on some images; the last one's strokes are not settled."""
    painting = RealPainting(project)
    middle = [y * SIDE_PX + x for y in range(10, 14) for x in range(8, 20)]
    sea = [y * SIDE_PX + x for y in range(20, 30) for x in range(32)]
    for number in images:
        painting.look(number)
        painting.paint(CanvasKind.MASK, middle, 1, Provenance.HUMAN, drawn=False)
        painting.paint(CanvasKind.MASK, sea, 0, Provenance.HUMAN, drawn=False)


@pytest.fixture
def worker(project: Project, qtbot: QtBot) -> Iterator[WarmWorker]:
    """Return the worker of the project; it ends with the test."""
    worker = WarmWorker(project.folder)
    yield worker
    worker.close()


def suggested(worker: WarmWorker, qtbot: QtBot, image_id: str) -> Suggestion:
    """Ask for a suggestion from strokes, and wait for it."""
    with qtbot.waitSignal(worker.suggested, timeout=LONG_MS) as told:
        worker.ask_suggestion(image_id, STROKES_MODEL, urgent=True)
    suggestion: Suggestion = told.args[0]
    return suggestion


def test_it_suggests_from_strokes_and_says_what_it_learnt_from(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    image_id = project.catalog.image_ids()[1]

    suggestion = suggested(worker, qtbot, image_id)
    with qtbot.waitSignal(worker.learnt, timeout=LONG_MS) as learnt:
        worker.ask_learn()

    assert (suggestion.image_id, suggestion.model) == (image_id, STROKES_MODEL)
    assert suggestion.provenance == Provenance.STROKES
    assert suggestion.class_values == (0, 1)
    assert suggestion.probabilities.shape == (2, SIDE_PX, SIDE_PX)
    assert suggestion.probabilities.dtype == np.uint8
    assert learnt.args[0]["chips"] == 2
    assert learnt.args[0]["pixels"] == {"background": 640, "vessel": 96}


def test_strokes_that_came_after_its_start_are_learnt_from(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    suggested(worker, qtbot, project.catalog.image_ids()[1])
    paint(project, images=(4,))

    with qtbot.waitSignal(worker.learnt, timeout=LONG_MS) as learnt:
        worker.ask_learn()

    assert learnt.args[0]["chips"] == 3


def test_it_starts_with_the_first_question(worker: WarmWorker, qtbot: QtBot) -> None:
    assert not worker.is_running
    with qtbot.waitSignal(worker.loaded, timeout=LONG_MS) as loaded:
        worker.load(STROKES_MODEL)
    assert loaded.args == [STROKES_MODEL]
    assert worker.is_running


def test_a_question_without_an_answer_is_told_and_the_next_one_answered(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(worker.failed, timeout=LONG_MS) as failed:
        number = worker.ask_suggestion("nowhere", STROKES_MODEL, urgent=True)
    pid = worker.pid

    suggested(worker, qtbot, project.catalog.image_ids()[0])

    assert failed.args == [number, "nowhere: no such image in this project"]
    assert worker.pid == pid


def test_a_model_of_other_classes_is_refused_in_words(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    put_in_use(project.folder, "strange-1", value=9)
    with qtbot.waitSignal(worker.failed, timeout=LONG_MS) as failed:
        worker.ask_suggestion(project.catalog.image_ids()[0], "strange-1", urgent=True)

    assert failed.args[1].startswith("strange-1 suggests 9 (vessel), but this project has")


def test_dropped_questions_are_not_answered(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    images = project.catalog.image_ids()
    answered: list[str] = []
    worker.suggested.connect(lambda suggestion: answered.append(suggestion.image_id))

    urgent = worker.ask_suggestion(images[0], STROKES_MODEL, urgent=True)
    for image_id in images[1:4]:
        last = worker.ask_suggestion(image_id, STROKES_MODEL, urgent=False)
    worker.forget_before(last)
    with qtbot.waitSignal(worker.learnt, timeout=LONG_MS):
        worker.ask_learn()
    qtbot.waitUntil(lambda: len(answered) == 2, timeout=LONG_MS)
    suggested(worker, qtbot, images[4])  # nothing else came before it

    assert urgent < last
    assert answered == [images[0], images[3], images[4]]


def test_a_killed_worker_is_told_and_the_next_question_starts_another(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    image_id = project.catalog.image_ids()[1]
    before = suggested(worker, qtbot, image_id)
    killed = worker.pid

    with qtbot.waitSignal(worker.died, timeout=LONG_MS) as died:
        os.kill(killed, signal.SIGKILL)
    after = suggested(worker, qtbot, image_id)

    assert died.args == [
        "The process that suggests broke off (code 9); ask again to start another."
    ]
    assert worker.pid != killed
    np.testing.assert_array_equal(after.probabilities, before.probabilities)


def test_a_question_to_a_worker_that_is_killed_over_it_is_not_answered_later(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    images = project.catalog.image_ids()
    suggested(worker, qtbot, images[0])
    answered: list[str] = []
    worker.suggested.connect(lambda suggestion: answered.append(suggestion.image_id))

    os.kill(worker.pid, signal.SIGSTOP)
    worker.ask_suggestion(images[1], STROKES_MODEL, urgent=True)
    with qtbot.waitSignal(worker.died, timeout=LONG_MS):
        os.kill(worker.pid, signal.SIGKILL)
    suggested(worker, qtbot, images[2])

    assert answered == [images[2]]


def test_a_project_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path, qtbot: QtBot) -> None:
    worker = WarmWorker(tmp_path / "nowhere")

    with qtbot.waitSignal(worker.died, timeout=LONG_MS) as died:
        worker.load(STROKES_MODEL)

    (reason,) = died.args
    assert reason == f"{tmp_path / 'nowhere'}: no such project; make one with `s2label init`"
    assert not worker.is_running


def test_what_is_no_answer_ends_the_worker_and_is_told(
    worker: WarmWorker, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def printing(arguments: Sequence[str], parent: QObject, role: str) -> QProcess:
        process = new_process(arguments, parent, role)
        process.setArguments(["-c", "print('no frame at all', flush=True); input()"])
        return process

    monkeypatch.setattr(warm, "new_process", printing)
    with qtbot.waitSignal(worker.died, timeout=LONG_MS) as died:
        worker.load(STROKES_MODEL)

    assert "cannot be understood" in died.args[0]
    assert wait_for_end(worker.pid)


def test_closing_ends_it_at_once_and_tells_nothing(
    worker: WarmWorker, project: Project, qtbot: QtBot
) -> None:
    suggested(worker, qtbot, project.catalog.image_ids()[0])
    pid = worker.pid

    with qtbot.assertNotEmitted(worker.died), qtbot.assertNotEmitted(worker.suggested):
        worker.ask_suggestion(project.catalog.image_ids()[1], STROKES_MODEL, urgent=True)
        worker.close()
        assert wait_for_end(pid, 0)

    assert not worker.is_running


def test_it_ends_with_a_window_that_is_killed(project: Project) -> None:
    command = [sys.executable, "-c", WINDOW, str(project.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as window:
        assert window.stdout is not None
        child = int(window.stdout.readline())
        window.kill()

    assert wait_for_end(child)


def test_torch_does_not_come_into_the_window() -> None:
    command = "import napari_s2label.warm, sys; print('torch' in sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", command], capture_output=True, text=True, check=True
    )
    assert told.stdout == "False\n"
