"""Screening all images, as a job beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QVBoxLayout

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.job_start import JobStart
from napari_s2label.parts.screen_words import METHODS, screen_report

if TYPE_CHECKING:
    from napari_s2label.desk import Desk
    from s2label.screening_records import ScreeningCounts

_TITLE = "Screening"
_TIP = (
    "Looks once at every image: how much of it is cloud, shadow, haze or snow, and whether its\n"
    "numbers look wrong. Nothing is rejected; you go on meanwhile. Stopped, it goes on later."
)
_METHOD_TIP = "Who says where clouds are; images found by another method are screened again"
_AGAIN_TIP = "Screen all images again, also those that were screened before"


class ScreenStart(JobStart):
    """A method, a button and the job that it starts.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Screen", _TIP, _TITLE, screen_report)
        self.button.setMinimumHeight(34)
        self.method = Choice(METHODS, _METHOD_TIP)
        self.again = QCheckBox("also those screened before")
        self.again.setToolTip(_AGAIN_TIP)
        self.again.hide()
        self.again.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.button, self.method, self.again, self.bar):
            column.addWidget(part)
        self.follow_running()

    def note(self, counts: ScreeningCounts) -> None:
        """Offer to screen all images again only where some are screened."""
        self.again.setVisible(counts.screened > 0)

    def arguments(self, folder: str) -> list[str]:
        """Return the command with what was chosen."""
        chosen = ["screen", folder, "--method", self.method.value]
        return [*chosen, "--again"] if self.again.isChecked() else chosen

    def on_progressed(self) -> None:
        """Show what was found so far."""
        self._desk.screening.take_now_and_then()

    def on_ended(self) -> None:
        """Screen all images again only where it is asked for again."""
        self.again.setChecked(False)
