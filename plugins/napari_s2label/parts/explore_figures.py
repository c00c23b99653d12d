"""The figures of an exploration: which one, small in the dock or large, and saved."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.figure_picture import FigurePicture
from napari_s2label.parts.message import Message
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.reports import counted

if TYPE_CHECKING:
    from napari_s2label.explore_reader import FigureInView, Part
    from napari_s2label.exploring import Explored, Exploring
    from napari_s2label.parts.dialogs import Dialogs

_VIEW_TIP = "Which figure; a click on a bar, a bin or a point goes through the images behind it"
_LARGE_TIP = "Show the figure in a window of its own; clicks mean the same there"
_SAVE_TIPS = {
    "png": "Save this figure as a picture",
    "svg": "Save this figure as a drawing that can be scaled",
    "csv": "Save the numbers of this figure",
}
_LARGE_PX = (1000, 780)


class ExploreFigures(QWidget):
    """Shows what was explored, one figure at a time.

    Parameters
    ----------
    exploring : Exploring
        What there is to show.
    dialogs : Dialogs
        What asks where to save.
    """

    def __init__(self, exploring: Exploring, dialogs: Dialogs) -> None:
        super().__init__()
        self._exploring, self._dialogs = exploring, dialogs
        self.view = Choice({}, _VIEW_TIP)
        self.picture, self.message = FigurePicture(), Message()
        self.large = PlainButton("Larger", _LARGE_TIP, self._on_large_clicked)
        self.buttons = {
            suffix: PlainButton(suffix.upper(), tip, partial(self._save, suffix), 48)
            for suffix, tip in _SAVE_TIPS.items()
        }
        self.window_of_figure: LargeFigure | None = None
        self._arrange()
        self.view.activated.connect(self._on_view_chosen)
        self.picture.clicked.connect(self._on_picture_clicked)
        self.show_explored(exploring.explored)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.large)
        for button in self.buttons.values():
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.view)
        column.addWidget(self.picture)
        column.addWidget(self.message)
        column.addLayout(row)

    def show_explored(self, explored: Explored | None) -> None:
        """Offer the figures of another run; the one in view stays where it has that, too."""
        before = self.view.value
        self.view.clear()
        for name, title in ({} if explored is None else explored.figures).items():
            self.view.addItem(title, name)
        self.view.choose(before)
        if self.view.currentIndex() < 0:
            self.view.setCurrentIndex(0)
        self.setVisible(explored is not None)
        self.message.tell("")
        if explored is None:
            self.show_figure(None)
        else:
            self._exploring.ask_figure(self.view.value)

    def show_figure(self, figure: FigureInView | None) -> None:
        """Show a figure here, and large where that is open."""
        self.picture.show_figure(figure)
        if self.window_of_figure is not None:
            self.window_of_figure.show_figure(figure, self.view.currentText())

    def _on_view_chosen(self, _: int) -> None:
        self._exploring.ask_figure(self.view.value)

    def _on_picture_clicked(self, part: Part) -> None:
        self._exploring.go_through(part.image_ids, part.words)
        self.message.tell(f"{counted(len(part.image_ids), 'image')} {part.words}: the queue now")

    def _on_large_clicked(self) -> None:
        if self.window_of_figure is None:
            self.window_of_figure = LargeFigure(self)
            self.window_of_figure.picture.clicked.connect(self._on_picture_clicked)
        self.window_of_figure.show_figure(self.picture.figure, self.view.currentText())
        self.window_of_figure.show()
        self.window_of_figure.raise_()

    def _save(self, suffix: str) -> None:
        name = self.view.value
        path = self._dialogs.target(self, f"Save {suffix.upper()}", f"{name}.{suffix}")
        if path is not None:
            self._exploring.save(name, suffix, path)


class LargeFigure(QScrollArea):
    """A window with one figure, as wide as the window.

    Parameters
    ----------
    owner : QWidget
        With it the window goes.
    """

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.setWindowFlag(Qt.WindowType.Window)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Else the width would change with the height, and that with the width.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.picture = FigurePicture()
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.picture)
        column.addStretch(1)
        self.setWidget(inside)
        self.resize(*_LARGE_PX)

    def show_figure(self, figure: FigureInView | None, title: str) -> None:
        """Show a figure; without one the window goes out of sight."""
        self.setWindowTitle(title)
        self.picture.show_figure(figure)
        if figure is None:
            self.hide()
        elif not self.isVisible():
            wide, high = _LARGE_PX
            needed = round(wide * figure.picture.height() / figure.picture.width())
            self.resize(wide, min(high, needed))
