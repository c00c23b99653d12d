"""What somebody wants of many scenes: which model, which folders. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.options import ImportOptions
from s2label.results.places import (
    MAP_SUFFIXES,
    OBJECTS_SUFFIXES,
    RASTER_SUFFIXES,
    require_outside,
    require_outside_projects,
)
from s2label_training.bundle import read_record
from s2label_training.scene.request import ResultFiles, SceneRequest

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class ScenesRequest:
    """Scenes, and what is wanted of each.

    Parameters
    ----------
    source : Path
        A folder of scenes, a text list of paths, or a single source.
    folders : ResultFiles
        The folder of each kind of result; results are named after scenes.
    options, skip_land, threshold, again
        See `SceneRequest`.
    """

    source: Path
    folders: ResultFiles
    options: ImportOptions = field(default_factory=ImportOptions)
    skip_land: bool = False
    threshold: float | None = None
    again: bool = False

    def check(self, bundle: Path) -> None:
        """Make the folders.

        Parameters
        ----------
        bundle : Path
            Folder of the model.

        Raises
        ------
        S2LabelError
            If a folder cannot be made where it is wanted, or the model cannot make what is wanted.
        """
        if not self.source.exists():
            raise InputError(self.source, "no such file or folder")
        for what, folder in self.folders.wanted():
            _require_folder(folder, what)
            require_outside_projects(folder)
            require_outside(folder, bundle, "the model")
        self.folders.check_kinds(read_record(bundle))
        for _, folder in self.folders.wanted():
            folder.mkdir(exist_ok=True)

    def of_scene(self, source: Path, name: str) -> SceneRequest:
        """Return the request for one scene, by the name of its files."""
        endings = {
            "classes": ".tif",
            "probabilities": "_probabilities.tif",
            "rgb": "_rgb.tif",
            "objects": ".geojson",
            "map": ".html",
        }
        paths = {what: folder / (name + endings[what]) for what, folder in self.folders.wanted()}
        wishes = (self.options, self.skip_land, self.threshold, self.again)
        return SceneRequest(source, ResultFiles(**paths), *wishes)


def _require_folder(folder: Path, what: str) -> None:
    expected, advice = f"a folder for the {what} of many scenes", "OUT.tif is for one scene"
    if folder.is_dir():
        return
    if folder.exists():
        raise InputError(folder, "a file", expected, advice)
    suffixes = {*RASTER_SUFFIXES, *OBJECTS_SUFFIXES, *MAP_SUFFIXES}
    if {folder.name.casefold(), folder.suffix.casefold()} & suffixes:
        raise InputError(folder, "the name of a file", expected, advice)
    if not folder.parent.is_dir():
        raise InputError(folder.parent, "no such folder", advice="make it first")
