"""Chips that two models see most differently: pictures of both; a click shows the chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.captions import Captions
from napari_s2label.parts.scaled_picture import ScaledPicture

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_COLUMNS = ("image", "truth")


@dataclass(frozen=True)
class ChangedChip:
    """A chip as two models see it.

    Parameters
    ----------
    image_id : str
        Which chip.
    words : str
        Place and date.
    score : str
        How good the old and the new proposal are.
    picture : Path
        Image, truth, old and new proposal side by side.
    """

    image_id: str
    words: str
    score: str
    picture: Path


class ChangedChips(QWidget):
    """A picture per chip, under each other.

    Signals
    -------
    chosen : str
        The id of the image that somebody wants to see.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[ScaledPicture] = []
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)

    def show_chips(self, chips: Sequence[ChangedChip], before: str = "before") -> None:
        """Show other chips; those whose picture is gone are left out.

        Parameters
        ----------
        chips : sequence of ChangedChip
            Those that changed most first.
        before : str
            What the new model was compared with, in a word.
        """
        self.pictures = []
        while (item := self._rows.takeAt(0)) is not None:
            item.widget().deleteLater()
        shown = [row for chip in chips if (row := self._row(chip)) is not None]
        for part in ([Captions((*_COLUMNS, before, "new"))] if shown else []) + shown:
            self._rows.addWidget(part)

    def _row(self, chip: ChangedChip) -> QWidget | None:
        picture = ScaledPicture()
        if not picture.show_file(chip.picture, f"{chip.words}: click to show this chip"):
            picture.deleteLater()
            return None
        picture.answers_clicks = True
        picture.setCursor(Qt.CursorShape.PointingHandCursor)
        picture.clicked.connect(lambda: self.chosen.emit(chip.image_id))
        self.pictures.append(picture)
        words = QLabel(f"{chip.words}: {chip.score}")
        words.setWordWrap(True)
        words.setStyleSheet("font-size: 11px")
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(1)
        column.addWidget(words)
        column.addWidget(picture)
        return row
