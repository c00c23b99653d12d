"""A choice of a few things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox

if TYPE_CHECKING:
    from collections.abc import Mapping


class Choice(QComboBox):
    """A combo box of values with words; never takes the keyboard.

    Parameters
    ----------
    words : mapping
        Value -> what the user reads.
    tooltip : str
        What is chosen, in a sentence.
    """

    def __init__(self, words: Mapping[str, str], tooltip: str) -> None:
        super().__init__()
        self.setToolTip(tooltip)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        # Else the longest words would set the width of the dock.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        for value, shown in words.items():
            self.addItem(shown, value)

    @property
    def value(self) -> str:
        """The value chosen."""
        return str(self.currentData())

    def choose(self, value: str) -> None:
        """Choose a value."""
        self.setCurrentIndex(self.findData(value))
