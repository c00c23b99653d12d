"""How the numbers of scenes become reflectance, for those that do not tell it themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.field_names import FIELD_NAMES
from napari_s2label.parts.import_form import KIND_WORDS, wrong_in_words
from napari_s2label.parts.text_field import TextField
from s2label.bands import parse_bands
from s2label.importers.options import ImportOptions, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

# Setting -> (what holds while it is empty, what it is).
_TEXTS = {
    "quantification": (
        "divide by",
        "Reflectance (0 to 1) = (pixel value + what is added) / this; empty: as the scene says",
    ),
    "offset": ("add first", "Added to the pixel values, such as -1000; empty: as the scene says"),
    "bands": ("all", "Bands to take, or names of unnamed ones, such as B02,B03,B04,B08"),
    "date": ("from the names", "Date of the scenes, such as 2023-01-08"),
}
_ROWS = {
    "Pixel values": ("quantification", "offset"),
    "Bands": ("bands",),
    "Date": ("date",),
}
_ANY_TIP = "Else a scene is refused where its pixel values cannot be reflectance"


class SceneReading(QWidget):
    """The settings of an import that count for whole scenes.

    Signals
    -------
    changed : no arguments
        Another setting.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        kinds = {str(kind): KIND_WORDS.get(kind, str(kind)) for kind in Kind}
        self.kind = Choice(kinds, "Kind of the scenes")
        self.texts = {name: TextField(hint, tip) for name, (hint, tip) in _TEXTS.items()}
        self.any_values = QCheckBox("take unusual values")
        self.any_values.setToolTip(_ANY_TIP)
        self.any_values.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._arrange()
        self.kind.currentIndexChanged.connect(self._on_changed)
        self.any_values.toggled.connect(self._on_changed)
        for field in self.texts.values():
            field.textChanged.connect(self._on_changed)

    def _arrange(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 0, 0, 4)
        grid.setSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        grid.addWidget(QLabel("Kind"), 0, 0)
        grid.addWidget(self.kind, 0, 1, 1, 2)
        for number, (label, names) in enumerate(_ROWS.items(), start=1):
            grid.addWidget(QLabel(label), number, 0)
            for place, name in enumerate(names, start=1):
                grid.addWidget(self.texts[name], number, place, 1, 3 - len(names))
        grid.addWidget(self.any_values, len(_ROWS) + 1, 0, 1, 3)

    def _on_changed(self, _: object) -> None:
        wrong = self.wrong()
        for name, field in self.texts.items():
            field.mark(name in wrong)
        self.changed.emit()

    def options(self) -> ImportOptions:
        """Return the settings.

        Raises
        ------
        ValueError
            If one cannot be; pydantic's says which.
        """
        values: dict[str, Any] = {n: f.text().strip() for n, f in self.texts.items()}
        values = {name: text for name, text in values.items() if text}
        if "bands" in values:
            values["bands"] = parse_bands(values["bands"])
        kind, any_values = Kind(self.kind.value), self.any_values.isChecked()
        return ImportOptions(kind=kind, any_values=any_values, **values)

    def wrong(self) -> Mapping[str, str]:
        """Return what is wrong, in words, by setting."""
        try:
            self.options()
        except ValidationError as error:
            return {
                str(e["loc"][0]): f"{FIELD_NAMES[str(e['loc'][0])]}: {wrong_in_words(e['msg'])}"
                for e in error.errors()
            }
        except ValueError as error:
            return {"bands": f"Bands: {error}"}
        return {}

    def show_options(self, options: ImportOptions) -> None:
        """Put settings into the fields."""
        self.kind.choose(str(options.kind))
        self.any_values.setChecked(options.any_values)
        shown = {
            "quantification": options.quantification,
            "offset": options.offset,
            "bands": ",".join(options.bands) or None,
            "date": options.date,
        }
        for name, value in shown.items():
            number = isinstance(value, float)
            self.texts[name].setText(
                "" if value is None else f"{value:g}" if number else str(value)
            )
