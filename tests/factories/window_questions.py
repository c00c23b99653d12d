"""A real window that answers questions about its train dock, and shows where its buttons are.

Run as a program it is ``s2label open`` that also reads Python expressions from stdin, a line each,
and answers each with its value as JSON; `AskedWindow` is the side of the test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_s2label.late_dock import LateDockWidget
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.posting import Post
from qtpy.QtCore import QPoint
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QApplication, QDockWidget, QScrollArea, QWidget

from tests.factories.window import Window, wait_until
from tests.factories.window_mouse import mouse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_s2label.train import TrainWidget

RECIPE_NAME = "own.toml"
_ROOT = Path(__file__).resolve().parents[2]


class AskedWindow(Window):
    """A running window; "Own ..." of its train dock chooses ``own.toml`` beside the project."""

    def __init__(self, project: Path) -> None:
        self._title = f"s2label - {project.name}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.factories.window_questions", str(project)],
            cwd=_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_until(self._is_active, "the window")

    def ask(self, expression: str) -> Any:
        """Return the value of an expression over ``dock``, ``desk`` and ``modules``.

        Raises
        ------
        RuntimeError
            If it has none: the error of the expression, in words.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(expression.encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{expression}: {answer['error']}")
        return answer["value"]

    def kill(self) -> None:
        """End the program as a crash would, if it runs."""
        super().kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def click_on(self, widget: str) -> None:
        """Click on a widget of the train dock with the mouse: ``form.start``."""
        self.click_at(f"dock.{widget}")

    def click_at(self, widget: str) -> None:
        """Click with the mouse on a widget that an expression gives.

        What arrives above it while the mouse is on its way moves it on: then again.
        """
        wait_until(lambda: self._points_at(widget), f"the mouse is on {widget}")
        mouse("click", 1)

    def _points_at(self, widget: str) -> bool:
        if not self.ask(f"{widget}.isActiveWindow()"):  # the window manager still puts it in place
            return False
        mouse("mousemove", *self.ask(f"place_of({widget})"))
        return bool(self.ask(f"is_at_mouse({widget})"))


class _Questions:
    """Reads questions in a thread and answers them in that of the window."""

    def __init__(self, recipe: Path) -> None:
        self._recipe = recipe
        self._post = Post()
        self._answers = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print is no answer
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in sys.stdin:
            self._post(partial(self._answer, line))

    def _answer(self, expression: str) -> None:
        try:
            answer = {"value": self._value_of(expression)}
        except Exception as error:  # without an answer whoever asks would wait for ever
            answer = {"error": repr(error)}
        print(json.dumps(answer), file=self._answers, flush=True)

    def _value_of(self, expression: str) -> Any:
        _make_late_docks()
        dock = _train_dock()
        dock.form._dialogs = Dialogs(files=lambda *_: [self._recipe])
        known = {"dock": dock, "desk": dock._desk, "modules": sys.modules}
        known |= {"place_of": place_of, "is_at_mouse": is_at_mouse}
        return eval(expression, known)


def _make_late_docks() -> None:
    """Make the docks that nobody has looked at yet: questions may be about any."""
    for held in [w for w in QApplication.allWidgets() if isinstance(w, LateDockWidget)]:
        held.show_if(True)


def _train_dock() -> TrainWidget:
    from napari_s2label.train import TrainWidget

    return next(w for w in QApplication.allWidgets() if isinstance(w, TrainWidget))


def place_of(widget: QWidget) -> tuple[int, int]:
    """Bring a widget into sight, in a dock or elsewhere; return where its middle is."""
    parents = list(_parents_of(widget))
    for parent in parents:
        if isinstance(parent, QDockWidget):
            parent.raise_()
    QApplication.processEvents()
    for parent in parents:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
    QApplication.processEvents()
    middle = widget.mapToGlobal(QPoint(widget.width() // 2, widget.height() // 2))
    return middle.x(), middle.y()


def _parents_of(widget: QWidget) -> Iterator[QWidget]:
    while (parent := widget.parentWidget()) is not None:
        yield parent
        widget = parent


def is_at_mouse(widget: QWidget) -> bool:
    """Tell whether a click would go to a widget, wherever Qt saw the mouse last."""
    found = QApplication.widgetAt(QCursor.pos())
    return found is not None and (found is widget or widget.isAncestorOf(found))


def main() -> None:
    """Open the project that is named, and answer until the window is closed."""
    from napari_s2label.app import open_in_window

    project = Path(sys.argv[1])
    _Questions(project.parent / RECIPE_NAME)  # its thread keeps it
    open_in_window(project)


if __name__ == "__main__":
    main()
