"""A button that leaves the keyboard where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton, QSizePolicy

if TYPE_CHECKING:
    from collections.abc import Callable


class PlainButton(QPushButton):
    """A button for something that has no key.

    Parameters
    ----------
    label : str
        Short words.
    tooltip : str
        What it does, in a sentence.
    on_click : callable
        Does it.
    width_px : int, optional
        Its width; else it takes its share of the row.
    """

    def __init__(
        self,
        label: str,
        tooltip: str,
        on_click: Callable[[], object],
        width_px: int | None = None,
    ) -> None:
        super().__init__(label)
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        if width_px is None:
            # Else the longest words would set the width of the dock.
            self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        else:
            self.setFixedWidth(width_px)
        self.setMinimumHeight(26)
        self.setStyleSheet("padding: 2px")
        self.clicked.connect(lambda: on_click())
