"""Suggesting for all open chips, as a job beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtWidgets import QVBoxLayout

from napari_s2label.parts import suggest_words
from napari_s2label.parts.job_start import JobStart
from napari_s2label.worths import take_worths_in_turn

if TYPE_CHECKING:
    from napari_s2label.desk import Desk

_TITLE = "Suggesting"
_LABEL = "Suggest for all open chips"
_TIP = (
    "The model in use looks at every chip that is not decided yet; you go on meanwhile.\n"
    "What was suggested already is not done again."
)


class SuggestAll(JobStart):
    """A button and the job that it starts.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, _LABEL, _TIP, _TITLE, suggest_words.suggested_report)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.button)
        column.addWidget(self.bar)
        self.follow_running()

    def arguments(self, folder: str) -> list[str]:
        """Return the command."""
        return ["suggest", folder]

    def on_ended(self) -> None:
        """Take over what looks are worth."""
        take_worths_in_turn(self._desk)
