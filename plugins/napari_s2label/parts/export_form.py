"""The settings of an export."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.field_names import FIELD_NAMES
from napari_s2label.parts.message import Message
from napari_s2label.parts.path_field import PathField
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.text_field import TextField
from s2label.errors import ExportError
from s2label.exports.options import ExportOptions, Format

if TYPE_CHECKING:
    from pathlib import Path

    from napari_s2label.parts.dialogs import Dialogs

_FORMATS = {
    str(Format.GEOTIFF): "GeoTIFF, all bands",
    str(Format.PNG): "PNG, 8-bit RGB",
    str(Format.NPZ): "NumPy archives, all bands",
    str(Format.COCO): "COCO objects, PNG images",
    str(Format.STAC): "STAC catalog, GeoTIFF",
}

_OUT_TIP = "Where the data set goes; an earlier export there is replaced"
_SEED_TIP = "Another number deals the places out anew to training, validation and test"
_START_TIP = "Write images, masks, the split and a description"


class ExportForm(QWidget):
    """What to export, and where to.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for a folder.

    Signals
    -------
    requested : list of str
        Export this: arguments of the command, after the project.
    """

    requested = Signal(object)

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self.out = PathField(
            dialogs,
            "folder to make",
            _OUT_TIP,
        )
        self.format = Choice(_FORMATS, "How images and masks are written")
        self.include_open = QCheckBox("also what is still open")
        self.include_open.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.include_open.setToolTip(
            "Else only what is accepted; what is rejected is never exported"
        )
        self.void = TextField("254", "Value in the masks of pixels that nobody labelled, 0 to 254")
        self.seed = TextField("0", _SEED_TIP)
        self.licence = TextField("none", "Licence of the data set, such as CC-BY-4.0")
        self.error = Message()
        self.start = PlainButton("Export", _START_TIP, self._on_start)
        self._arrange()
        self.out.changed.connect(self._check)
        for field in (self.void, self.seed):
            field.textChanged.connect(lambda _: self._check())
        self._check()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(3)
        rows: dict[str, tuple[QWidget, ...]] = {
            "Where to": (self.out,),
            "Format": (self.format,),
            "": (self.include_open,),
            FIELD_NAMES["void"]: (self.void,),
            FIELD_NAMES["seed"]: (self.seed,),
            "Licence": (self.licence,),
        }
        for number, (label, row) in enumerate(rows.items()):
            grid.addWidget(QLabel(label), number, 0)
            for place, part in enumerate(row, start=1):
                grid.addWidget(part, number, place, 1, 3 - len(row))
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 6)
        column.setSpacing(3)
        column.addLayout(grid)
        column.addWidget(self.error)
        column.addWidget(self.start)

    def suggest(self, project_folder: Path) -> None:
        """Suggest a folder beside a project."""
        self.out.show_path(project_folder.with_name(f"{project_folder.name}-export"))

    def options(self) -> ExportOptions:
        """Return the settings.

        Raises
        ------
        ValueError, ExportError
            If one cannot be.
        """
        void, seed = self.void.text().strip(), self.seed.text().strip()
        return ExportOptions(
            format=Format(self.format.value),
            include_open=self.include_open.isChecked(),
            void=_number(FIELD_NAMES["void"], void) if void else None,
            seed=_number(FIELD_NAMES["seed"], seed) if seed else 0,
            licence=self.licence.text().strip(),
        )

    def _check(self) -> None:
        wrong = ""
        try:
            self.options()
        except (ValueError, ExportError) as error:
            # The settings call it "void"; nobody has read that word here.
            wrong = re.sub(r"^void\b", FIELD_NAMES["void"], str(error))
        self.error.tell(wrong, "bad")
        self.start.setEnabled(not wrong and self.out.path is not None)

    def _on_start(self) -> None:
        self.requested.emit([str(self.out.path), *export_arguments(self.options())])


def export_arguments(options: ExportOptions) -> list[str]:
    """Return settings as options of the command line."""
    arguments = ["--format", str(options.format), "--seed", str(options.seed)]
    arguments += ["--include-open"] if options.include_open else []
    arguments += ["--void", str(options.void)] if options.void is not None else []
    return arguments + (["--licence", options.licence] if options.licence else [])


def _number(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{name}: {text!r} is not a whole number") from None
