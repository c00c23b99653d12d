"""The two bars of a contact sheet: what it shows, and what to do with the selected images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from napari_s2label.parts.sheet_keys import VERDICTS
from s2label.types import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

SIDES_PX = (64, 96, 256)
DATES, NEXT = "dates of this place", "next chips"
_IMAGES_ONLY = "Images only: their masks stay as they are."
_ROWS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("accept", "Accept selected"), ("reopen", "Reopen")),
    (
        ("reject_cloudy", "Cloudy"),
        ("reject_hazy", "Hazy"),
        ("reject_nodata", "Nodata"),
        ("reject_other", "Other"),
    ),
)
_VERDICTS = VERDICTS | {"reopen": (Verdict.OPEN, "")}
_STYLE = "font-size: 11px; padding: 2px"


class SheetChoices(QWidget):
    """Which images, how large, and whether masks are outlined.

    Signals
    -------
    source_chosen : no argument
        The other source.
    look_chosen : no argument
        Another size, or outlines on or off.
    """

    source_chosen = Signal()
    look_chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._source, self._outlines = QComboBox(), QCheckBox("mask")
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._is_chosen = False
        self._source.addItems([DATES, NEXT])
        self._size.setRange(SIDES_PX[0], SIDES_PX[2])
        self._size.setValue(SIDES_PX[1])
        self._source.setToolTip("What the sheet shows")
        self._outlines.setToolTip("Draw the outlines of the mask")
        self._size.setToolTip("Size of the thumbnails")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        for part in (self._source, self._size, self._outlines):
            part.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        grid.addWidget(self._source, 0, 0, 1, 2)
        grid.addWidget(self._outlines, 0, 2)
        grid.addWidget(QLabel("size"), 1, 0)
        grid.addWidget(self._size, 1, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        self._source.activated.connect(self._on_source_activated)
        self._size.valueChanged.connect(self._on_look_changed)
        self._outlines.toggled.connect(self._on_look_changed)

    @property
    def is_by_date(self) -> bool:
        """Whether the dates of the place are wanted, instead of the next chips."""
        return bool(self._source.currentText() == DATES)

    @property
    def side_px(self) -> int:
        """Longest side of the thumbnails."""
        return int(self._size.value())

    @property
    def is_outlined(self) -> bool:
        """Whether masks are outlined."""
        return bool(self._outlines.isChecked())

    def choose_source(self, source: str) -> None:
        """Choose a source as a click does."""
        self._source.setCurrentText(source)
        self._on_source_activated()

    def prefer_source(self, source: str) -> None:
        """Choose a source where nobody has chosen one yet."""
        if not self._is_chosen:
            self._source.setCurrentText(source)

    def _on_source_activated(self, _: int = 0) -> None:
        self._is_chosen = True
        self.source_chosen.emit()

    def _on_look_changed(self, _: object) -> None:
        self.look_chosen.emit()


class SheetButtons(QWidget):
    """Decide on the selected images; never takes the keyboard away.

    Signals
    -------
    decided : Verdict, str
        What was pressed: verdict and reason.
    """

    decided = Signal(object, str)

    def __init__(self) -> None:
        super().__init__()
        self._buttons: dict[str, QPushButton] = {}
        self._status = _small_label()
        self._status.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self._status)
        for row in _ROWS:
            column.addLayout(self._row(row))

    def _row(self, row: tuple[tuple[str, str], ...]) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(3)
        if row[0][0] != "accept":
            line.addWidget(_small_label("Reject"))
        for id_, label in row:
            button = QPushButton(label)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setFixedHeight(24)
            button.setStyleSheet(_STYLE)
            button.clicked.connect(lambda _=False, id_=id_: self.decided.emit(*_VERDICTS[id_]))
            self._buttons[id_] = button
            line.addWidget(button, 2 if id_ == "accept" else 1)
        return line

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Say in the tooltips what a button does, and with which key that goes faster."""
        for id_, button in self._buttons.items():
            verdict, reason = _VERDICTS[id_]
            does = f"{str(verdict).capitalize()} the selected images" + f": {reason}" * bool(reason)
            key = f"\n{keys[id_]} does it while several are selected" if id_ in keys else ""
            button.setToolTip(f"{does}. {_IMAGES_ONLY} One undo takes it back.{key}")

    def show_selection(self, selected: int, remaining: int) -> None:
        """Say how many are selected and what the keys act on; without any the buttons rest."""
        if selected > 1:
            text = f"{selected:,} of {remaining:,} selected; keys act on all {selected:,}"
        else:
            text = f"{remaining:,} images; keys act on the chip in view" if remaining else ""
        self._status.setText(text)
        for button in self._buttons.values():
            button.setEnabled(selected > 0)


def _small_label(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setStyleSheet("font-size: 11px")
    return label
