"""The settings of an import: the same that the command line reads, checked by the same model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from napari_s2label.parts.choice import Choice
from napari_s2label.parts.field_names import FIELD_NAMES, in_form_words
from napari_s2label.parts.message import Message
from napari_s2label.parts.path_field import PathField
from napari_s2label.parts.plain_button import PlainButton
from napari_s2label.parts.source_list import SourceList
from napari_s2label.parts.text_field import TextField
from s2label.bands import parse_bands
from s2label.importers.options import Around, ImportOptions, Kind
from s2label.tiling import Edge

if TYPE_CHECKING:
    from napari_s2label.parts.dialogs import Dialogs

KIND_WORDS = {
    Kind.AUTO: "find out by itself",
    Kind.LANDCOVERNET: "LandCoverNet",
    Kind.SAFE: "a product (zip, SAFE)",
    Kind.BANDS: "a folder of bands",
    Kind.GEOTIFF: "GeoTIFF files",
}
_EDGES = {Edge.DROP: "left out", Edge.PAD: "filled up", Edge.SHIFT: "overlapping"}
_AROUND = {"": "all of them", str(Around.MASKS): "those with a mask"}
# Setting -> (what holds while it is empty, what it is).
_TEXTS = {
    "chip": ("px", "Side of the chips in px; empty: 64 for band folders, else whole"),
    "stride": ("px", "Pixels from chip to chip; empty: the side of a chip"),
    "quantification": (
        "divide by",
        "Reflectance (0 to 1) = (pixel value + what is added) / this; empty: as the source says",
    ),
    "offset": ("add first", "Added to the pixel values, such as -1000; empty: as the source says"),
    "random": ("all", "So many tiles at random, of those that hold data; empty: all"),
    "seed": ("0", "Another number draws other tiles, and shifts them otherwise"),
    "jitter": ("0 px", "Chips around points are moved at random by up to so many px"),
    "bands": ("all", "Bands to import, or names of unnamed ones, such as B02,B03,B04,B08"),
    "date": ("from the names", "Date of the images, such as 2023-01-08"),
}
_ROWS = (
    ("Chip size, step", ("chip", "stride")),
    ("At the edge", ("edge",)),
    ("Tiles, number", ("around", "random")),
    ("Around points", ("points",)),
    ("Shift, seed", ("jitter", "seed")),
    ("Pixel values", ("quantification", "offset")),
    ("Bands", ("bands",)),
    ("Date", ("date",)),
)


class ImportForm(QWidget):
    """What to import, and how.

    Parameters
    ----------
    dialogs : Dialogs
        What asks for files and folders.

    Signals
    -------
    requested : list of str
        Import this: arguments of the command, after the project.
    """

    requested = Signal(object)

    def __init__(self, dialogs: Dialogs) -> None:
        super().__init__()
        self.sources = SourceList(dialogs)
        self.masks = PathField(dialogs, "none", "Masks: a file or a folder of them", with_file=True)
        self.texts = {name: TextField(hint, tip) for name, (hint, tip) in _TEXTS.items()}
        kinds = {str(kind): KIND_WORDS.get(kind, str(kind)) for kind in Kind}
        edges = {str(edge): _EDGES.get(edge, str(edge)) for edge in Edge}
        self.kind = Choice(kinds, "Kind of the sources")
        self.around = Choice(_AROUND, "Which tiles of a scene become chips")
        self.points = PathField(
            dialogs,
            "none",
            "A chip on each point of a file: GeoJSON, or CSV with columns lon and lat",
            with_file=True,
            with_folder=False,
        )
        self.edge = Choice(edges, "What is smaller than a chip at the edge")
        self.any_values = QCheckBox("take unusual values")
        self.any_values.setToolTip(
            "Else the import stops where pixel values cannot be right, so that a wrong scale shows"
        )
        self.any_values.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.error = Message()
        self.start = PlainButton("Import", "Images stay where they are", self._on_start)
        self._arrange()
        self.sources.changed.connect(self._check)
        for field in (*self.texts.values(), self.masks.field, self.points.field):
            field.textChanged.connect(lambda _: self._check())
        self.around.currentIndexChanged.connect(lambda _: self._check())
        self._check()

    def _arrange(self) -> None:
        parts: dict[str, QWidget] = {
            **self.texts,
            "edge": self.edge,
            "around": self.around,
            "points": self.points,
        }
        grid = QGridLayout()
        grid.setSpacing(3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        self.around.setMinimumContentsLength(3)  # it shares its row
        rows = [("Masks", (self.masks,)), ("Kind", (self.kind,))]
        rows += [(label, tuple(parts[name] for name in names)) for label, names in _ROWS]
        for number, (label, row) in enumerate(rows):
            grid.addWidget(QLabel(label), number, 0)
            for place, part in enumerate(row, start=1):
                grid.addWidget(part, number, place, 1, 3 - len(row))
        grid.addWidget(self.any_values, len(rows), 0, 1, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 0, 6)
        column.setSpacing(3)
        column.addWidget(self.sources)
        column.addLayout(grid)
        column.addWidget(self.error)
        column.addWidget(self.start)

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
        return ImportOptions(
            kind=Kind(self.kind.value),
            masks=self.masks.path,
            around=self.around.value or None,
            points=self.points.path,
            edge=Edge(self.edge.value),
            any_values=self.any_values.isChecked(),
            **values,
        )

    def _check(self) -> None:
        wrong = self._wrong()
        paths = {"masks": self.masks.field, "points": self.points.field}
        for name, field in {**self.texts, **paths}.items():
            field.mark(name in wrong)
        self.error.tell("\n".join(wrong.values()), "bad")
        self.start.setEnabled(not wrong and bool(self.sources.paths))

    def _wrong(self) -> dict[str, str]:
        """Return what is wrong, in words, by setting."""
        paths = {"masks": self.masks.path, "points": self.points.path}
        wrong = {n: f"no such file: {p}" for n, p in paths.items() if p and not p.exists()}
        try:
            self.options()
        except ValidationError as error:
            for entry in error.errors():
                name = str(entry["loc"][0])
                wrong[name] = f"{FIELD_NAMES[name]}: {wrong_in_words(entry['msg'])}"
        except ValueError as error:
            wrong["bands"] = f"Bands: {error}"
        return wrong

    def _on_start(self) -> None:
        sources = [str(path) for path in self.sources.paths]
        self.requested.emit([*sources, *import_arguments(self.options())])


def wrong_in_words(message: str) -> str:
    """Return a message of pydantic as people would say it."""
    message = message.removeprefix("Value error, ")
    words = message.split(",")[0].replace("Input should be", "has to be")
    words = in_form_words(words)
    return words.replace("greater than or equal to", "at least").replace("greater than", "above")


def import_arguments(options: ImportOptions) -> list[str]:
    """Return settings as options of the command line; those left alone are left out."""
    arguments: list[str] = []
    for name, value in options.model_dump(mode="json", exclude_defaults=True).items():
        arguments.append(f"--{name.replace('_', '-')}")
        if isinstance(value, list):
            arguments.append(",".join(value))
        elif value is not True:
            arguments.append(str(value))
    return arguments
