"""What somebody wants of a scene: which model, which files. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.errors import InputError, S2LabelError
from s2label.importers.options import ImportOptions
from s2label.results.places import (
    MAP_SUFFIXES,
    OBJECTS_SUFFIXES,
    RASTER_SUFFIXES,
    require_apart,
    require_no_source,
    require_outside,
    require_place,
)
from s2label.types import Lifetime
from s2label_training.bundle import RECORD_NAME
from s2label_training.chosen_model import require_in_use
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.scenes import FoundScene
    from s2label_training.bundle import ModelRecord

_SUFFIXES = {
    "classes": RASTER_SUFFIXES,
    "rgb": RASTER_SUFFIXES,
    "probabilities": RASTER_SUFFIXES,
    "objects": OBJECTS_SUFFIXES,
    "map": MAP_SUFFIXES,
}


@dataclass(frozen=True)
class ResultFiles:
    """Files that a prediction makes; all but the classes only where they are wanted.

    Parameters
    ----------
    classes, probabilities, rgb : Path
        Rasters.
    objects : Path or None
        GeoJSON.
    map : Path or None
        HTML.
    """

    classes: Path
    probabilities: Path | None = None
    rgb: Path | None = None
    objects: Path | None = None
    map: Path | None = None

    def wanted(self) -> Iterator[tuple[str, Path]]:
        """Yield what each wanted file is, and its path."""
        for name in _SUFFIXES:
            path: Path | None = getattr(self, name)
            if path is not None:
                yield name, path

    @property
    def needs_rgb(self) -> bool:
        """Whether colours are needed: for a file of their own, or for the map."""
        return self.rgb is not None or self.map is not None

    def check(self) -> None:
        """Raise `InputError` for a file that cannot be made where it is wanted."""
        for name, path in self.wanted():
            require_place(path, name, _SUFFIXES[name])
        require_apart(path for _, path in self.wanted())

    def check_kinds(self, record: ModelRecord) -> None:
        """Raise `S2LabelError` if a model cannot make what is wanted, whatever the scene."""
        if self.objects is not None and record.lifetime is not Lifetime.MOVING:
            raise S2LabelError(
                f"--objects: {record.id} tells classes that stay where they are; objects are for "
                "classes that move, such as vessels"
            )


@dataclass(frozen=True)
class SceneRequest:
    """A scene, and what is wanted of it.

    Parameters
    ----------
    source : Path
        What holds the scene.
    files : ResultFiles
        What is made.
    options : ImportOptions
        How its numbers become reflectance.
    skip_land : bool
        Leave out tiles that a low-resolution look finds no water in or near.
    threshold : float or None
        Probability from which a class is taken, 0..1; None: the model's own.
    again : bool
        Begin anew, whatever is there.
    """

    source: Path
    files: ResultFiles
    options: ImportOptions = field(default_factory=ImportOptions)
    skip_land: bool = False
    threshold: float | None = None
    again: bool = False

    def check(self, found: FoundScene, bundle: Path | None = None) -> None:
        """Raise `InputError` for a file that cannot be made, or that would replace what is read.

        Parameters
        ----------
        found : FoundScene
            What is at the source.
        bundle : Path, optional
            Folder of the model.
        """
        self.files.check()
        paths = [path for _, path in self.files.wanted()]
        require_no_source(paths, (self.source, *found.files))
        for path in paths:
            if bundle is not None:
                require_outside(path, bundle, "the model")


def find_bundle(path: Path) -> Path:
    """Return the bundle that is meant: a model's folder, or the model in use of a project.

    Raises
    ------
    InputError
        If there is neither.
    """
    if (path / RECORD_NAME).is_file():
        return path
    if (path / "project.toml").is_file():
        shelf = Shelf(path)
        return shelf.folder(require_in_use(shelf))
    found = "no model and no project" if path.is_dir() else "no such folder"
    expected = f"the folder of a model, with {RECORD_NAME}, or of a project"
    raise InputError(path, found, expected, "`s2label models PROJECT` lists a project's models")
