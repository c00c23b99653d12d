"""What to explore, as a job beside everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QLabel, QSpinBox, QVBoxLayout

from napari_s2label.exploring import QUEUE, TITLE, ExploreWish
from napari_s2label.parts.choice import Choice
from napari_s2label.parts.job_start import JobStart
from napari_s2label.parts.reports import Report
from napari_s2label.parts.text_field import TextField
from s2label.explore.options import MOST_SAMPLES, ExploreOptions, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qtpy.QtWidgets import QWidget

    from napari_s2label.desk import Desk

_TIP = (
    "Counts all labels, draws pixels of every class by chance and shows them as figures. Nothing\n"
    "is changed, and you go on meanwhile."
)
_WHICH_TIP = "Which images"
_TRUST_TIP = "Whose labels count; ignored pixels and those without data never do"
_BANDS_TIP = "Bands and indices for histograms and violins, such as B02,B08,NDVI"
_SCATTER_TIP = "One across and one up, such as B08,NDWI"
_SAMPLES_TIP = "How many pixels are drawn of all classes together; rare classes give all they have"
_SEED_TIP = "Another number draws other pixels"
_WHICH = {
    "": "all that are not rejected",
    QUEUE: "the queue in view",
    "state = accepted": "accepted images",
    "state = open": "open images",
    "state = rejected and mask = any": "rejected images",
}
_TRUST = {Trust.ALL: "all labels", Trust.IMPORTED: "checked, imported", Trust.CHECKED: "checked"}
_STOP_TIP = "Stop it; what was shown before stays, and started again it begins anew"
_STOPPED = "{title} was stopped; what was shown before stays."
_MOST_SEED = 2**31 - 1


class ExploreStart(JobStart):
    """What is wished, a button, and the job that it starts.

    Parameters
    ----------
    desk : Desk
        Whose project it is.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Explore", _TIP, TITLE, explore_report)
        self.button.setMinimumHeight(34)
        self.which = Choice(_WHICH, _WHICH_TIP)
        self.trust = Choice({str(each): words for each, words in _TRUST.items()}, _TRUST_TIP)
        self.bands = TextField("all bands", _BANDS_TIP)
        self.scatter = TextField("B08,B11", _SCATTER_TIP)
        self.samples = _spin_box(1, MOST_SAMPLES, ExploreOptions.samples, _SAMPLES_TIP)
        self.samples.setSingleStep(10_000)
        self.seed = _spin_box(0, _MOST_SEED, 0, _SEED_TIP)
        self._arrange()
        self.bar.say_of_stop(_STOP_TIP, _STOPPED)
        self.follow_running()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(3)
        rows: dict[str, QWidget] = {
            "Images": self.which,
            "Labels": self.trust,
            "Bands": self.bands,
            "Scatter": self.scatter,
            "Pixels": self.samples,
            "Seed": self.seed,
        }
        for number, (label, part) in enumerate(rows.items()):
            grid.addWidget(QLabel(label), number, 0)
            grid.addWidget(part, number, 1)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(grid)
        column.addWidget(self.button)
        column.addWidget(self.bar)

    def wish(self) -> ExploreWish:
        """Return what is chosen."""
        options = ["--trust", self.trust.value, "--seed", str(self.seed.value())]
        options += ["--samples", str(self.samples.value())]
        for option, field in (("--bands", self.bands), ("--scatter", self.scatter)):
            text = field.text().strip()
            options += [option, text] if text else []
        return ExploreWish(self.which.value, tuple(options))

    def arguments(self, folder: str) -> list[str]:
        """Return the command with what was chosen."""
        return self._desk.exploring.command(folder, self.wish())


def _spin_box(least: int, most: int, value: int, tip: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    box.setGroupSeparatorShown(True)
    box.setValue(value)
    box.setToolTip(tip)
    box.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    return box


def explore_report(result: Mapping[str, Any]) -> Report:
    """Return what was drawn, and what the next hour is worth."""
    sampled = f"; {result['words']}" if result["sampled"] else ""
    lines = [f"{result['chips']:,} chips{sampled}."]
    notes = result["notes"]
    return Report("\n".join([*lines, *notes, *result["in_short"]]), "warn" if notes else "good")
