"""The learnt order: how well it foresees, learning now, the doubtful first, the chip in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from napari_s2label.parts import rest_words as words
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.roomy_message import RoomyMessage

if TYPE_CHECKING:
    from napari_s2label.learning_order import OrderLearning
    from s2label.chip_views import ChipView

_LINES = 3
_LEARN_TIP = (
    "Learns from your decisions which images you are likely to reject.\n"
    "It does so by itself after every 50 decisions."
)
_DOUBTFUL_TIP = "Go through the open images, the likeliest to be rejected first"


class RestOrder(QWidget):
    """Shows the order of a desk and lets it be learnt.

    Parameters
    ----------
    learning : OrderLearning
        What is known of it.
    """

    def __init__(self, learning: OrderLearning) -> None:
        super().__init__()
        self._learning = learning
        self.standing, self.chance = RoomyMessage(_LINES), RoomyMessage(_LINES)
        self.learn = PlainButton("Learn now", _LEARN_TIP, learning.learn)
        self.doubtful = PlainButton("Show the doubtful first", _DOUBTFUL_TIP, self._show_doubtful)
        column, row = QVBoxLayout(self), QHBoxLayout()
        for layout in (column, row):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(4)
        row.addWidget(self.learn, 2)
        row.addWidget(self.doubtful, 3)
        column.addWidget(self.standing)
        column.addLayout(row)
        column.addWidget(self.chance)

    def show_state(self, chip: ChipView | None) -> None:
        """Show how it stands, and what is known of the chip in view."""
        learning, order = self._learning, self._learning.order
        self.standing.tell(*words.standing(learning))
        self.standing.setToolTip(words.learnt_tip(order) if order is not None else "")
        self.learn.setEnabled(learning.can_learn)
        self.doubtful.setEnabled(order is not None)
        self.show_chip(chip)

    def show_chip(self, chip: ChipView | None) -> None:
        """Show how likely the chip in view is to be rejected, and why."""
        self.chance.tell(words.chance(chip, self._learning.order))

    def _show_doubtful(self) -> None:
        self._learning.show_doubtful()
