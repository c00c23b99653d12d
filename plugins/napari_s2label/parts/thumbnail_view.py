"""The grid of thumbnails: scrolls, selects with mouse and keys, and tells what is in sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt, QTimer, Signal
from qtpy.QtGui import QKeySequence, QPainter
from qtpy.QtWidgets import QApplication, QFrame, QListView

from napari_s2label.parts.thumbnail_delegate import ThumbnailDelegate, draw_wrapped
from napari_s2label.parts.thumbnail_grid import ThumbnailGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from qtpy.QtCore import QEvent
    from qtpy.QtGui import QFocusEvent, QKeyEvent, QPaintEvent, QResizeEvent, QWheelEvent

    from napari_s2label.parts.thumbnail_model import ThumbnailModel

# A scroll that goes on asks for nothing; one that rests this long does.
_REST_MS = 20
_SIDE_PX = 96
_LEAST_HEIGHT_PX = 100
# What Qt counts for one notch of a wheel.
_NOTCH = 120
_OPEN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class ThumbnailView(QListView):
    """Thumbnails in as many columns as fit.

    Parameters
    ----------
    model : ThumbnailModel
        What is shown.
    press, release : callable
        Get key events first; return whether the key was theirs.

    Signals
    -------
    rested : no argument
        Other rows are in sight, and the scroll has come to rest.
    chosen : str
        The image to show in the viewer.
    selection_changed : no argument
        Other thumbnails are selected.
    """

    rested = Signal()
    chosen = Signal(str)
    selection_changed = Signal()

    def __init__(
        self,
        model: ThumbnailModel,
        press: Callable[[QKeyEvent], bool],
        release: Callable[[QKeyEvent], bool],
    ) -> None:
        super().__init__()
        self._sheet = model
        self._press, self._release = press, release
        self._message = ""
        self._delegate = ThumbnailDelegate(self)
        self._grid = ThumbnailGrid(_SIDE_PX, 0, 0)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.rested.emit)
        self._set_up()
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        for signal in (model.modelReset, model.rowsInserted):
            signal.connect(self._on_scrolled)

    def _set_up(self) -> None:
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(True)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there: a bar that comes and goes would rearrange the columns each time.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumHeight(_LEAST_HEIGHT_PX)

    # -- size and sight --------------------------------------------------------------------

    @property
    def side_px(self) -> int:
        """Longest side of a thumbnail, in pixels of the window."""
        return self._grid.side_px

    def set_side(self, side_px: int) -> None:
        """Show thumbnails in another size, keeping the first one in sight."""
        first = self.rows_in_sight().start
        self._fit(side_px)
        self.scrollTo(self._sheet.index(first), QListView.ScrollHint.PositionAtTop)
        self._on_scrolled()

    def _fit(self, side_px: int) -> None:
        """Let the columns fill the width, and whole lines the height."""
        width_px, height_px = self.viewport().width(), self.contentsRect().height()
        self._grid = ThumbnailGrid(side_px, width_px, height_px)
        # Else the end of the scroll would show half a line at the top.
        self.setViewportMargins(0, 0, 0, self._grid.left_over_px)
        self._sheet.batch = self._grid.batch
        cell = QSize(self._grid.cell_width_px, self._grid.cell_height_px)
        if cell != self.gridSize():
            self._delegate.fit(side_px, cell)
            self.setGridSize(cell)
        self.verticalScrollBar().setSingleStep(cell.height())

    def rows_in_sight(self, screens_ahead: int = 0) -> range:
        """Return the rows that are in sight, and those that scrolling on shows next."""
        scrolled_px = self.verticalScrollBar().value()
        return self._grid.rows_in_sight(scrolled_px, self._sheet.rowCount(), screens_ahead)

    def selected_ids(self) -> list[str]:
        """Return the selected images, in the order of the sheet."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return [self._sheet.id_at(row) for row in rows]

    def selected_count(self) -> int:
        """Return how many images are selected, without listing them."""
        ranges = self.selectionModel().selection()
        return sum(part.bottom() - part.top() + 1 for part in ranges)

    def show_row(self, row: int) -> None:
        """Bring a row into sight and let the arrow keys go on from there."""
        self._sheet.load_through(row)
        index = self._sheet.index(row)
        if self.selected_count() <= 1:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, flag)
        # A row that is cut off is brought to the top whole: in a low dock it is the only one.
        if not self.viewport().rect().contains(self.visualRect(index)):
            self.scrollTo(index, QListView.ScrollHint.PositionAtTop)

    def show_message(self, text: str) -> None:
        """Say in words why there is nothing to see; an empty text says nothing."""
        self._message = text
        self.viewport().update()

    # -- Qt's events -----------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns."""
        super().resizeEvent(event)
        self._fit(self.side_px)
        self._on_scrolled()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll whole lines with a wheel; a touch pad scrolls by pixels, as fingers expect."""
        lines, rest = divmod(event.angleDelta().y(), _NOTCH)
        if rest or not event.pixelDelta().isNull():
            super().wheelEvent(event)
            return
        bar, height_px = self.verticalScrollBar(), self._grid.cell_height_px
        bar.setValue((round(bar.value() / height_px) - lines) * height_px)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint thumbnails, or the message of an empty sheet."""
        super().paintEvent(event)
        if self._message and not self._sheet.rowCount():
            painter = QPainter(self.viewport())
            draw_wrapped(painter, self.viewport().rect().adjusted(12, 12, -12, -12), self._message)
            painter.end()

    def event(self, event: QEvent) -> bool:
        """Claim letters before a shortcut of the window takes them."""
        if event.type() == event.Type.ShortcutOverride and event.matches(
            QKeySequence.StandardKey.SelectAll
        ):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, select and move; all else goes to the desk, never to Qt's search by letter."""
        current = self._current_id if event.key() in _OPEN_KEYS else None
        # Opened again it would stay as it is: there the key means what it means everywhere.
        if current is not None and current != self._sheet.in_view:
            self.chosen.emit(current)
        elif self._press(event):
            event.accept()
        elif event.key() == Qt.Key.Key_Escape:
            self.clearSelection()
        elif event.text().strip() and not event.matches(QKeySequence.StandardKey.SelectAll):
            event.ignore()
        else:
            super().keyPressEvent(event)

    @property
    def _current_id(self) -> str | None:
        index = self.currentIndex()
        return self._sheet.id_at(index.row()) if index.isValid() else None

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Let go of a key that is held."""
        if not self._release(event):
            super().keyReleaseEvent(event)

    def moveCursor(self, action: Any, modifiers: Any) -> QModelIndex:
        """Step through rows as one reads: right of the last column comes the next line."""
        steps = {
            QListView.CursorAction.MoveLeft: -1,
            QListView.CursorAction.MoveRight: 1,
            QListView.CursorAction.MoveUp: -self._grid.columns,
            QListView.CursorAction.MoveDown: self._grid.columns,
        }
        current = self.currentIndex()
        if action not in steps or not current.isValid():
            return super().moveCursor(action, modifiers)
        row = current.row() + steps[action]
        return self._sheet.index(row) if 0 <= row < self._sheet.rowCount() else current

    def _on_selection_changed(self, *_: object) -> None:
        self.selection_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget the selection when somebody turns to something else in the window.

        The keys act on the chip in view from then on, and a selection would say otherwise.
        """
        elsewhere = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
        if event.reason() not in elsewhere:
            self.clearSelection()
        super().focusOutEvent(event)

    def _on_clicked(self, index: QModelIndex) -> None:
        plain = QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
        if plain and self.selected_count() == 1:
            self._on_double_clicked(index)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.chosen.emit(self._sheet.id_at(index.row()))

    def _on_scrolled(self, *_: object) -> None:
        self._rest.start()
