"""How long painting takes: over all chips, and the strokes on the one in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel

from napari_s2label.one_thread import OneThread
from napari_s2label.parts import paint_words
from napari_s2label.parts.following import follow
from s2label.errors import S2LabelError

if TYPE_CHECKING:
    from napari_s2label.easel import Easel
    from s2label.catalog.effort import Effort
    from s2label.project import Project
    from s2label.types import Act


class EffortLine(QLabel):
    """Reads the effort in a thread whenever a chip is settled: of many masks it takes a moment."""

    _read = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._project: Project | None = None
        self._thread: OneThread | None = None
        self._words = ""
        self._strokes = 0
        self.setWordWrap(True)
        self.setStyleSheet("font-size: 11px")
        self._read.connect(self._on_read)

    def follow(self, easel: Easel | None, project: Project | None) -> None:
        """Show the effort of another project from now on, or of none."""
        self._let_go()
        self._project = project
        if easel is None or project is None:
            self.clear()
            return
        # Made here and not once: the desk closes the project after it has told.
        self._thread = OneThread("effort")
        self.destroyed.connect(self._thread.shutdown)
        follow(easel.painter.kept, self, self._on_painter_kept)
        follow(easel.painter.loaded, self, self._on_painter_loaded)
        follow(easel.painter.settled, self, self._on_painter_settled)
        self._on_painter_loaded()
        self._on_painter_settled()

    def _let_go(self) -> None:
        if self._thread is not None:
            self._thread.shutdown(wait=True, cancel_futures=True)
            self._thread = None

    def _on_painter_settled(self) -> None:
        if self._thread is not None and self._project is not None:
            self._thread.submit(self._answer, self._project)

    def _answer(self, project: Project) -> None:
        try:
            self._read.emit(project.catalog.canvases.effort())
        except S2LabelError:
            return  # whoever writes to this catalog next says what is wrong with it

    def _on_read(self, effort: Effort) -> None:
        self._words = paint_words.effort(effort)
        self._show()

    def _on_painter_loaded(self) -> None:
        self._strokes = 0
        self._show()

    def _on_painter_kept(self, _: Act) -> None:
        self._strokes += 1
        self._show()

    def _show(self) -> None:
        lines = [self._words, paint_words.strokes(self._strokes) if self._strokes else ""]
        self.setText("\n".join(line for line in lines if line))
