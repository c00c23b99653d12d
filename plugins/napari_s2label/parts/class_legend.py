"""The legend of the mask, which is also how a class is taken in hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from napari_s2label.parts.legend_row import LegendRow
from napari_s2label.parts.paint_words import IGNORED_HERE, MEANINGS
from s2label.types import BACKGROUND, IGNORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from napari_s2label.layers import ChipLayers
    from s2label.types import ClassTable

# In the place of a value: the raster of what is ignored in the image in view.
IGNORED_IN_IMAGE = -1
_MOST_DIGIT = 9


class ClassLegend(QWidget):
    """A row for each value that can be painted, with the pixels that have it.

    Signals
    -------
    chosen : int
        The user wants that value, or `IGNORED_IN_IMAGE`.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, LegendRow] = {}
        self._key_ids: dict[int, str] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_classes(self, classes: ClassTable, layers: ChipLayers) -> None:
        """Make the rows of a class table, coloured as on the picture."""
        self._clear()
        names = {c.value: (c.name, f"Class {c.value}: {c.name}") for c in classes.classes}
        for value in layers.mask.selectable:
            name, tooltip = (MEANINGS | names).get(value, (str(value), ""))
            self._add(value, name, layers.mask.colormap.map(value), tooltip)
        ignored = layers.ignore.colormap.map(IGNORE)
        self._add(IGNORED_IN_IMAGE, "ignored in this image", ignored, f"For {IGNORED_HERE}")
        numbered = enumerate((BACKGROUND, *classes.values))
        self._key_ids = {v: f"class_{number}" for number, v in numbered if number <= _MOST_DIGIT}
        self._key_ids[IGNORED_IN_IMAGE] = "tool_ignore"

    def show_keys(self, keys: Mapping[str, str]) -> None:
        """Write the keys (action id -> key) that take a row in hand."""
        for value, row in self.rows.items():
            row.show_key(keys.get(self._key_ids.get(value, ""), ""))

    def show_pixels(self, counts: Mapping[int, int]) -> None:
        """Write how many pixels have each value."""
        for value, row in self.rows.items():
            row.show_pixels(counts.get(value, 0))

    def mark(self, in_hand: int) -> None:
        """Show which value is in hand."""
        for value, row in self.rows.items():
            row.mark(value == in_hand)

    def _add(self, value: int, name: str, colour: Sequence[float], tooltip: str) -> None:
        row = LegendRow(name, colour, tooltip)
        row.clicked.connect(lambda: self.chosen.emit(value))
        self.rows[value] = row
        self._column.addWidget(row)

    def _clear(self) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.deleteLater()
        self.rows = {}
