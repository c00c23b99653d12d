"""Old model against new, class by class."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from napari_s2label.parts.verdict_words import change_words, class_tip, old_word, score_words
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from s2label_training.verdicts import ClassChange, Verdict

_GOOD, _LOST, _SAME = "#7bc67e", "#ffb74d", "#c8ccd2"
_NO_CLASS = "#8a8f98"
_LEAST_CHANGE = 0.005


class Comparison(QWidget):
    """A row per class: score before, score now, and how that differs."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(1)
        self._grid.setColumnStretch(0, 1)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show the scores of another verdict."""
        self._clear()
        names = (verdict.score_name, old_word(verdict), "new", "")
        for column, word in enumerate(names):
            self._write(0, column, f"<i>{word}</i>", verdict.baseline if column == 1 else "")
        for row, change in enumerate(verdict.classes, start=1):
            self._write_class(row, change)
        self._write_whole(len(verdict.classes) + 1, verdict)

    def words(self) -> list[list[str]]:
        """Return what stands in each row, without its looks."""
        rows = range(self._grid.rowCount())
        cells = [[self._grid.itemAtPosition(row, column) for column in range(4)] for row in rows]
        return [[cell.widget().accessibleName() for cell in row] for row in cells if all(row)]

    def _write_class(self, row: int, change: ClassChange) -> None:
        tip = class_tip(change)
        colour = change.colour if change.value != BACKGROUND else _NO_CLASS
        name = f'<span style="color:{colour}">&#9632;</span> {escape(change.name)}'
        self._write(row, 0, name, tip, change.name)
        self._write_scores(row, change.old.score, change.new.score, tip, is_lost=change.is_lost)

    def _write_whole(self, row: int, verdict: Verdict) -> None:
        tip = "All classes together: this is what decides"
        self._write(row, 0, "<b>together</b>", tip, "together")
        self._write_scores(row, verdict.old_score, verdict.new_score, tip)

    def _write_scores(
        self, row: int, old: float | None, new: float | None, tip: str, *, is_lost: bool = False
    ) -> None:
        self._write(row, 1, score_words(old), tip)
        self._write(row, 2, score_words(new), tip)
        words = change_words(old, new)
        is_known = old is not None and new is not None
        is_gain = old is not None and new is not None and new - old >= _LEAST_CHANGE
        colour = _LOST if is_lost else _GOOD if is_gain else _SAME
        shown = f'<span style="color:{colour}">{words}</span>' if is_known else words
        self._write(row, 3, shown, tip, words)

    def _write(self, row: int, column: int, shown: str, tip: str, plain: str = "") -> None:
        label = QLabel(shown)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.setAccessibleName(plain or shown)
        label.setToolTip(tip)
        if column:
            label.setAlignment(Qt.AlignmentFlag.AlignRight)
        else:  # a long name is cut; it must not push the numbers out of the dock
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._grid.addWidget(label, row, column)

    def _clear(self) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().deleteLater()
