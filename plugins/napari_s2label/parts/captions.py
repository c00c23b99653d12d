"""Words over the columns of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence


class Captions(QWidget):
    """A word over each column; the columns are equally wide.

    Parameters
    ----------
    words : sequence of str
        From left to right.
    """

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for word in words:
            label = QLabel(word)
            label.setStyleSheet("font-size: 11px")
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            # The longest word must not make its column wider than the picture's.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            row.addWidget(label, 1)
