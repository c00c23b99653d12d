"""What is made of scenes: by which model, where to, which files, from which probability on."""

from __future__ import annotations

from datetime import datetime
from importlib.util import find_spec
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.long_choice import LongChoice
from napari_s2label.parts.path_field import PathField
from napari_s2label.parts.scene_reading import SceneReading
from napari_s2label.parts.scene_words import NO_BOKEH
from napari_s2label.parts.sections import Sections
from napari_s2label.parts.text_field import TextField
from napari_s2label.scene_wish import MAP, OBJECTS, PROBABILITIES, RGB, SceneWish
from napari_s2label.training_facts import model_in_a_line
from s2label.types import BACKGROUND, Lifetime

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

    from napari_s2label.parts.dialogs import Dialogs
    from napari_s2label.training_facts import Models

READING = "How scenes are read"
_IN_USE = ""
_MAKES = {
    OBJECTS: ("objects", "Each vessel with its length, width and heading (GeoJSON)"),
    MAP: ("map", "A page for the browser that opens without network (HTML)"),
    RGB: ("picture", "The scene in red, green and blue; needed to look at results here"),
    PROBABILITIES: ("probabilities", "How sure the model is; needed to find doubtful places"),
}
_LAND_TIP = (
    "Leaves out tiles without water within 1 km, as a coarse look tells: quicker for vessels.\n"
    "Narrow waters far from any other can be missed; the result says what was left out"
)
_MODEL_TIP = "The model that predicts"
_THRESHOLD_TIP = "Probability, above 0 and up to 1, from which on a class is taken"
_OWN_THRESHOLD = "the model's own"
_STAYS = "For classes that move, such as vessels; this model's classes stay where they are"
_NO_BACKGROUND = "For models that tell background, as those of vessels do"


class SceneForm(QWidget):
    """The settings of a prediction, but for the scenes.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for a folder.

    Signals
    -------
    changed : no arguments
        Another setting.
    """

    changed = Signal()

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self._record: ModelRecord | None = None
        self._models: Models | None = None
        self._wished = ""
        self._forbidden: set[QCheckBox] = set()
        self.model = LongChoice({_IN_USE: "the model in use"}, _MODEL_TIP)
        self.folder = PathField(dialogs, "beside the project", "Folder of the results")
        self.makes = {what: _new_box(*words) for what, words in _MAKES.items()}
        self.skip_land = _new_box("leave out land", _LAND_TIP)
        self.threshold = TextField(_OWN_THRESHOLD, _THRESHOLD_TIP)
        self.reading = SceneReading()
        self.sections = Sections({READING: self.reading})
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        grid = QGridLayout()
        grid.setSpacing(3)
        grid.setColumnStretch(1, 1)
        for number, (label, part) in enumerate(
            {"Model": self.model, "Results": self.folder, "Threshold": self.threshold}.items()
        ):
            grid.addWidget(QLabel(label), number, 0)
            grid.addWidget(part, number, 1)
        column.addLayout(grid)
        boxes = [*self.makes.values(), self.skip_land]
        for group in (boxes[:3], boxes[3:]):
            row = QHBoxLayout()
            row.setSpacing(8)
            for box in group:
                row.addWidget(box)
            row.addStretch(1)
            column.addLayout(row)
        column.addWidget(self.sections)

    def _connect(self) -> None:
        self.model.activated.connect(self._on_model_activated)
        self.folder.changed.connect(self.changed)
        self.threshold.textChanged.connect(lambda _: self.changed.emit())
        self.reading.changed.connect(self.changed)
        for box in (*self.makes.values(), self.skip_land):
            box.toggled.connect(lambda _: self.changed.emit())

    # -- models ------------------------------------------------------------------------------------

    def show_models(self, models: Models) -> None:
        """Offer the models of a project; the chosen one stays chosen, if it is still there."""
        self._models = models
        self.model.blockSignals(True)
        self.model.clear()
        in_use = models.record(models.in_use)
        now = f"in use: {in_use.recipe.name}" if in_use else "in use: none yet"
        self.model.addItem(now, _IN_USE)
        for record in models.records:
            self.model.addItem(_model_words(record), record.id)
        self.model.setCurrentIndex(max(0, self.model.findData(self._wished)))
        self.model.blockSignals(False)
        self._show_record()

    @property
    def knows_models(self) -> bool:
        """Whether the models of the project are read."""
        return self._models is not None

    def forget_models(self) -> None:
        """Offer no models until those of another project are read."""
        self._models = None

    @property
    def record(self) -> ModelRecord | None:
        """The model that would predict."""
        if self._models is None:
            return None
        return self._models.record(self.model.value or self._models.in_use)

    def _on_model_activated(self, _: int) -> None:
        self._wished = self.model.value
        self._show_record()
        self.changed.emit()

    def _show_record(self) -> None:
        record = self.record
        own = "" if record is None else f": {record.threshold:.2f}"
        self.threshold.setPlaceholderText(_OWN_THRESHOLD + own)
        whole = f"\n{model_in_a_line(record)}\n{record.id}" if record else ""
        self.model.setToolTip(_MODEL_TIP + whole)
        stays = record is not None and record.lifetime is not Lifetime.MOVING
        everywhere = record is not None and BACKGROUND not in record.class_values
        self._allow(self.makes[OBJECTS], _MAKES[OBJECTS][1], _STAYS if stays else "")
        self._allow(self.skip_land, _LAND_TIP, _NO_BACKGROUND if everywhere else "")
        no_bokeh = NO_BOKEH if find_spec("bokeh") is None else ""
        self._allow(self.makes[MAP], _MAKES[MAP][1], no_bokeh)

    def _allow(self, box: QCheckBox, tip: str, obstacle: str) -> None:
        # Not asked of the box itself: all are disabled while a prediction runs.
        (self._forbidden.add if obstacle else self._forbidden.discard)(box)
        box.setEnabled(not obstacle)
        box.setToolTip(obstacle or tip)

    def _is_wanted(self, box: QCheckBox) -> bool:
        return bool(box.isChecked()) and box not in self._forbidden

    # -- the wish ----------------------------------------------------------------------------------

    def wish(self, sources: tuple[Path, ...]) -> SceneWish:
        """Return what is chosen.

        Raises
        ------
        ValueError
            If a setting cannot be; pydantic's says which.
        """
        threshold = self.threshold.text().strip()
        return SceneWish.model_validate(
            {
                "sources": sources,
                "folder": self.folder.path,
                "model": self.model.value,
                "makes": tuple(what for what, box in self.makes.items() if self._is_wanted(box)),
                "skip_land": self._is_wanted(self.skip_land),
                "threshold": threshold or None,
                "options": self.reading.options(),
            }
        )

    def wrong(self) -> list[str]:
        """Return what is wrong, in words."""
        lines = list(self.reading.wrong().values())
        if not self._is_threshold():
            lines.append("Threshold: has to be a number above 0 and up to 1, such as 0.5")
        self.threshold.mark(not self._is_threshold())
        return lines

    def _is_threshold(self) -> bool:
        text = self.threshold.text().strip()
        try:
            return not text or 0 < float(text) <= 1
        except ValueError:
            return False

    def show_wish(self, wish: SceneWish, folder: Path | None) -> None:
        """Put a wish into the fields, without telling of it."""
        self.blockSignals(True)
        self._wished = wish.model
        self.folder.show_path(folder)
        self.threshold.setText("" if wish.threshold is None else f"{wish.threshold:g}")
        for what, box in self.makes.items():
            box.setChecked(what in wish.makes)
        self.skip_land.setChecked(wish.skip_land)
        self.reading.show_options(wish.options)
        self.blockSignals(False)


def _new_box(label: str, tip: str) -> QCheckBox:
    box = QCheckBox(label)
    box.setToolTip(tip)
    box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return box


def _model_words(record: ModelRecord) -> str:
    made = datetime.fromisoformat(record.created_at).astimezone()
    return f"{record.recipe.name} {made:%m-%d %H:%M}"
