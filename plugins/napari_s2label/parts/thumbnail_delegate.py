"""Paints one cell of a contact sheet: thumbnail, state as border and word, name or date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QModelIndex, QRect, QRectF, QSize, Qt
from qtpy.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QTextOption
from qtpy.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from napari_s2label.parts.thumbnail_grid import BORDER_PX, LINE_PX, MARGIN_PX
from napari_s2label.parts.thumbnail_model import CELL, ThumbnailModel
from napari_s2label.parts.words import STATE_COLOURS, percent
from napari_s2label.screening_proposal import STAYS
from s2label.types import State

if TYPE_CHECKING:
    from napari_s2label.parts.thumbnail_model import Cell
    from s2label.chip_views import ChipView

_FONT_PX = 11
_SELECTED = QColor("#3d6fb4")
_IN_VIEW = QColor("#ffd54a")
_EMPTY = QColor("#3a3f48")
_TEXT, _DIM = QColor("#e8e8ea"), QColor("#a9adb5")
_WARNS, _STAYS = QColor("#ffb74d"), QColor("#8fd0ff")
_STRIP = QColor(0, 0, 0, 190)


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints a `Cell` into the whole cell of the grid."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)
        self._side_px = 0
        self._cell_size = QSize()

    def fit(self, side_px: int, cell_size: QSize) -> None:
        """Paint with another longest side of thumbnails, into cells of another size."""
        self._side_px, self._cell_size = side_px, cell_size

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """Return the size of the grid, the same for all cells."""
        return self._cell_size

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Paint a cell."""
        cell: Cell = index.data(CELL)
        painter.save()
        painter.setFont(_font(option.font))
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect.adjusted(1, 1, -1, -1), _SELECTED)
        picture = self._picture_rect(option.rect)
        self._paint_picture(painter, picture, cell)
        model = index.model()
        if isinstance(model, ThumbnailModel) and model.id_at(index.row()) == model.in_view:
            _frame(painter, picture, _IN_VIEW, BORDER_PX + 3, 2)
        if cell.chip is not None:
            _paint_state(painter, picture, cell.chip)
            _paint_scores(painter, picture, cell.chip, model.marks.get(cell.chip.image.id, ""))
            top = picture.bottom() + BORDER_PX + 3
            _paint_words(painter, top, option.rect, cell.chip, model.is_by_date)
        painter.restore()

    def _picture_rect(self, rect: QRect) -> QRect:
        left = rect.left() + (rect.width() - self._side_px) // 2
        return QRect(left, rect.top() + MARGIN_PX + BORDER_PX, self._side_px, self._side_px)

    def _paint_picture(self, painter: QPainter, rect: QRect, cell: Cell) -> None:
        painter.fillRect(rect, _EMPTY)
        if cell.image is not None:
            size = cell.image.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRect(rect.topLeft(), size)
            target.moveCenter(rect.center())
            painter.drawImage(target, cell.image)
        elif cell.problem:
            painter.setPen(_DIM)
            draw_wrapped(painter, rect, "cannot be read")


def draw_wrapped(painter: QPainter, rect: QRect, text: str) -> None:
    """Write a text into the middle of a rectangle, on as many lines as it needs."""
    option = QTextOption(Qt.AlignmentFlag.AlignCenter)
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    painter.drawText(QRectF(rect), text, option)


def _font(font: QFont) -> QFont:
    small = QFont(font)
    small.setPixelSize(_FONT_PX)
    return small


def _frame(painter: QPainter, rect: QRect, colour: QColor, outside_px: int, width: int) -> None:
    # Qt draws the line of a rectangle half outside; this one lies wholly around the picture.
    painter.setPen(QPen(colour, width, join=Qt.PenJoinStyle.MiterJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(-outside_px, -outside_px, outside_px - 1, outside_px - 1))


def _paint_state(painter: QPainter, picture: QRect, chip: ChipView) -> None:
    _frame(painter, picture, QColor(STATE_COLOURS[chip.image_state]), BORDER_PX - 1, BORDER_PX)
    if chip.mask is not None and chip.mask.state is State.REJECTED:
        strip = QRect(picture.left(), picture.top(), picture.width(), LINE_PX)
        painter.fillRect(strip, _STRIP)
        painter.setPen(QColor(STATE_COLOURS[State.REJECTED]).lighter(120))
        _draw_line(painter, strip, f"mask: {chip.mask.reason or 'rejected'}")


def _paint_scores(painter: QPainter, picture: QRect, chip: ChipView, mark: str) -> None:
    """Write cloud and findings, and what is proposed, into the lower corners of the picture."""
    finding = "!" if chip.finding is not None else ""
    cloud = "" if chip.cloud is None else f"\u2601 {percent(chip.cloud)}"
    _paint_badge(painter, picture, f"{finding} {cloud}".strip(), _WARNS if finding else _TEXT)
    _paint_badge(painter, picture, mark, _STAYS if mark == STAYS else _TEXT, is_left=True)


def _paint_badge(
    painter: QPainter, picture: QRect, text: str, colour: QColor, *, is_left: bool = False
) -> None:
    if not text:
        return
    width = QFontMetrics(painter.font()).horizontalAdvance(text) + 6
    left = picture.left() if is_left else picture.right() + 1 - width
    badge = QRect(left, picture.bottom() + 1 - LINE_PX, width, LINE_PX)
    painter.fillRect(badge, _STRIP)
    painter.setPen(colour)
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def _paint_words(
    painter: QPainter, top: int, rect: QRect, chip: ChipView, is_by_date: bool
) -> None:
    """Write name or date below the picture, and under it the state."""
    date, state = chip.image.date or "", str(chip.image_state)
    if is_by_date:
        names = [date or "no date"]
        states = [f"{state}: {chip.image_reason}" if chip.image_reason else state]
    else:
        names, word = [chip.place.name], chip.image_reason or state
        # The century goes first where a cell is narrow, then the date.
        states = [f"{date} {word}".strip(), f"{date[2:]} {word}".strip(), word]
    colour = QColor(STATE_COLOURS[chip.image_state]).lighter(135)
    for number, (texts, pen) in enumerate(((names, _TEXT), (states, colour))):
        painter.setPen(pen)
        line = QRect(rect.left() + 2, top + number * LINE_PX, rect.width() - 4, LINE_PX)
        _draw_line(painter, line, *texts)


def _draw_line(painter: QPainter, rect: QRect, *texts: str) -> None:
    """Write the first text that fits; the last one is shortened where it must be."""
    metrics = QFontMetrics(painter.font())
    fitting = (text for text in texts if metrics.horizontalAdvance(text) <= rect.width())
    shortened = metrics.elidedText(texts[-1], Qt.TextElideMode.ElideMiddle, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, next(fitting, shortened))
