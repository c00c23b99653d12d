"""The explore dock: what is in the data, and a way from every figure to its chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.desk import desk_of
from napari_s2label.parts import paint_words
from napari_s2label.parts.dialogs import Dialogs
from napari_s2label.parts.explore_figures import ExploreFigures
from napari_s2label.parts.explore_start import ExploreStart
from napari_s2label.parts.following import follow
from napari_s2label.parts.message import Message
from napari_s2label.parts.narrow_dock import NarrowDock

if TYPE_CHECKING:
    import napari

    from napari_s2label.explore_reader import FigureInView
    from napari_s2label.exploring import Explored
    from s2label.review.session import ReviewSession


class ExploreWidget(NarrowDock):
    """Exploring the project in view, while one goes on with it.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        The viewer whose project it is.
    dialogs : Dialogs, optional
        What asks where to save.
    """

    def __init__(self, napari_viewer: napari.Viewer, dialogs: Dialogs | None = None) -> None:
        super().__init__()
        self._desk = desk_of(napari_viewer)
        exploring = self._desk.exploring
        self.message = Message()
        self.start = ExploreStart(self._desk)
        self.figures = ExploreFigures(exploring, dialogs or Dialogs())
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(6)
        for part in (self.message, self.start, self.figures):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inside)
        follow(self._desk.project_changed, self, self._on_desk_project_changed)
        follow(exploring.changed, self, self._on_exploring_changed)
        follow(exploring.figure_read, self, self._on_exploring_figure_read)
        follow(exploring.told, self, self._on_exploring_told)
        self._on_desk_project_changed(self._desk.session)

    def _on_desk_project_changed(self, session: ReviewSession | None) -> None:
        desk = self._desk
        self.start.button.setEnabled(session is not None and desk.jobs.job is None)
        none = paint_words.LENT if desk.is_lent else paint_words.NO_PROJECT
        self.message.tell("" if session is not None else none)

    def _on_exploring_changed(self, explored: Explored | None) -> None:
        self.figures.show_explored(explored)

    def _on_exploring_figure_read(self, figure: FigureInView) -> None:
        self.figures.show_figure(figure)

    def _on_exploring_told(self, words: str) -> None:
        self.figures.message.tell(words, "bad")
