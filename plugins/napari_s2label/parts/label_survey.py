"""What there is to learn from: chips, groups, pixels of each class, and how many are checked."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from napari_s2label.parts.message import Message
from napari_s2label.parts.reports import counted
from s2label.labelled.survey import pixels_by_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.labelled.survey import LabelSurvey
    from s2label.types import ClassTable

# As many lines as what is told when it has been counted: what lies below stays in place.
_COUNTING = "counting ...\n"
NOTHING = "Nothing is labelled yet: paint some chips, or import masks."
_ONE_PLACE = "All of them lie in one group of ground: scores will flatter."
_UNCHECKED = (
    "Nothing is checked yet: the model can learn, but not be scored, and does not come into use "
    "by itself. Accept some chips, or count imported masks as checked."
)
_GREY = "#8a8f98"
_CHECKED_TIP = "Painted here, or in a mask that was accepted. Only these score and judge models."
_SMALL = "font-size: 11px"


class LabelSurveyView(QWidget):
    """Shows a survey of labels.

    Attributes
    ----------
    note : Message
        What follows from it; the dock has it below whatever is clicked on, which stays in place.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words, self.note = QLabel(_COUNTING), Message()
        self.words.setWordWrap(True)
        self.words.setToolTip(_CHECKED_TIP)
        self.pixels: dict[str, QLabel] = {}
        self._survey: LabelSurvey | None = None
        self._grid = QGridLayout()
        self._grid.setSpacing(1)
        self._grid.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.words)
        column.addLayout(self._grid)

    def expect(self, classes: ClassTable) -> None:
        """Show what will be counted, before it is."""
        self._survey = None
        self.words.setText(_COUNTING)
        self.note.tell("")
        self._make_rows(list(pixels_by_name({}, classes)), classes)

    def show_survey(self, survey: LabelSurvey, classes: ClassTable) -> None:
        """Show what was counted."""
        self._survey = survey
        chips, groups = counted(survey.chips, "chip"), counted(survey.groups, "group")
        checked = f"{_percent(survey.checked_share)} of the labels are checked"
        told = f"{chips} in {groups} of ground\n{checked}"
        self.words.setText(told if survey.chips else NOTHING)
        if list(survey.pixels) != list(self.pixels):
            self._make_rows(list(survey.pixels), classes)
        for name, label in self.pixels.items():
            label.setText(f"{survey.pixels[name]:,} px" if survey.pixels[name] else "none")

    def show_trust(self, is_imported_trusted: bool) -> None:
        """Say what follows from the survey for a training that trusts imported masks, or not."""
        survey = self._survey
        if survey is None or not survey.chips:
            self.note.tell("")
        elif not survey.checked_share and not is_imported_trusted:
            self.note.tell(_UNCHECKED, "warn")
        else:
            self.note.tell(_ONE_PLACE if survey.groups == 1 else "", "warn")

    def _make_rows(self, names: Sequence[str], classes: ClassTable) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            item.widget().deleteLater()
        colours = {c.name: c.colour for c in classes.classes}
        self.pixels = {name: QLabel() for name in names}
        for row, (name, pixels) in enumerate(self.pixels.items()):
            swatch = f'<span style="color:{colours.get(name, _GREY)}">&#9632;</span>'
            label = QLabel(f"{swatch} {escape(name)}")
            # A long name is cut; it must not push its pixels out of the dock.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            pixels.setAlignment(Qt.AlignmentFlag.AlignRight)
            for column, part in enumerate((label, pixels)):
                part.setStyleSheet(_SMALL)
                self._grid.addWidget(part, row, column)


def _percent(share: float) -> str:
    """Return a share 0..1 as people say it: little is not nothing."""
    return "less than 1 %" if 0 < share < 0.01 else f"{100 * share:.0f} %"
