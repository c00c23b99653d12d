"""Finds the mask of a scene in what the user gave."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.mask_files.candidates import candidates_under, named_candidate
from s2label.importers.mask_files.coco import CocoFile
from s2label.importers.mask_files.found_mask import (
    FoundMask,
    MaskFile,
    NoMaskError,
    Rank,
    Scene,
    listed,
)
from s2label.importers.mask_files.geotiff import GeoTiffFile
from s2label.importers.mask_files.known_scenes import KnownScenes
from s2label.importers.mask_files.png import PngFile
from s2label.importers.mask_files.shelf import Shelf
from s2label.types import Lifetime

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.types import ClassTable

# In a folder that holds one mask in several forms, the first of these is taken.
_KINDS = (CocoFile, PngFile, GeoTiffFile)
_AMBIGUOUS = "give the mask file itself, or name it as the scene"


class MaskFinder:
    """Masks of a file or folder, asked for scene by scene.

    Parameters
    ----------
    path : Path
        A mask file, or a folder that is searched with all folders in it.
    table : ClassTable
        The classes that the masks may hold.
    exclude : collection of Path
        Band files of the source: never masks, and their names and folders tell the scenes apart.

    Raises
    ------
    InputError
        If the path does not exist, is a file and no mask, or a mask in the folder is damaged.
    """

    def __init__(self, path: Path, table: ClassTable, exclude: Collection[Path] = ()) -> None:
        self._table = table
        bands = {band.resolve() for band in exclude}
        self._known = KnownScenes(bands)
        self._is_named = not path.is_dir()
        if self._is_named:
            files = [self._named(path.absolute(), bands)]
        else:
            files = candidates_under(path.resolve(), self._known, bands)
        self._files = {file.path: file for file in files}
        self._shelves = [
            Shelf([file for file in files if isinstance(file, kind)], self._known)
            for kind in _KINDS
        ]
        self._matched: set[Path] = set()
        self._takers: dict[Hashable, tuple[Hashable, str]] = {}

    def _named(self, path: Path, bands: Collection[Path]) -> MaskFile:
        if not path.exists():
            raise InputError(path, "no such file or folder", "a mask file or a folder of masks")
        if not path.is_file():
            raise InputError(path, "not a regular file", "a mask file or a folder of masks")
        if path.resolve() in bands:
            raise InputError(path, "a band file of the source itself", "its mask")
        return named_candidate(path, self._known)

    @property
    def unused(self) -> tuple[Path, ...]:
        """Mask files that no scene has matched so far."""
        return tuple(path for path in self._files if path not in self._matched)

    def find(self, name: str, folder: Path, grid: Grid) -> FoundMask | None:
        """Return the mask of a scene, None where there is none.

        Parameters
        ----------
        name : str
            The scene's stem.
        folder : Path
            The scene's folder; masks in it come before equally good ones elsewhere.
        grid : Grid
            Where the scene lies; the mask is returned on it.

        Raises
        ------
        InputError
            If the mask contradicts the scene, or several files could be meant.
        ClassValueError
            If the mask holds a class that the table lacks.
        """
        scene = Scene(name, folder.resolve(), grid)
        for number, shelf in enumerate(self._shelves):
            found = self._first_on(shelf, scene)
            if found is not None:
                self._note_other_forms(self._shelves[number + 1 :], scene)
                return found
        self._refuse_other_ground(scene)
        return None

    def _first_on(self, shelf: Shelf, scene: Scene) -> FoundMask | None:
        for rank, tier in shelf.tiers(scene):
            masks = self._masks_of(tier, scene)
            if len(masks) > 1:
                names = listed([str(path) for path in masks])
                found = f"ambiguous: several masks match the scene {scene.name}: {names}"
                raise InputError(scene.folder, found, "one mask", _AMBIGUOUS)
            for path, mask in masks.items():
                self._refuse_second_taker(path, rank, scene)
                self._matched.add(path)
                return mask
        return None

    def _masks_of(self, tier: list[MaskFile], scene: Scene) -> dict[Path, FoundMask]:
        """Read the files of a tier until there are two masks: more would not be less ambiguous."""
        masks: dict[Path, FoundMask] = {}
        for file in tier:
            try:
                masks[file.path] = file.read(scene, self._table)
            except NoMaskError:
                if self._is_named:
                    raise
                self._files.pop(file.path, None)
            if len(masks) > 1:
                break
        return masks

    def _refuse_second_taker(self, path: Path, rank: Rank, scene: Scene) -> None:
        """Raise where a mask without a name has already gone to another scene.

        Size alone cannot tell two pieces of ground apart, nor ground two dates of moving things.
        """
        if rank == Rank.NAME:
            return
        taken = scene.grid.shape if rank == Rank.SIZE else scene.grid.key
        is_static = self._table.lifetime == Lifetime.STATIC
        taker = scene.grid.key if is_static else (scene.name, scene.folder)
        first, name = self._takers.setdefault((path, taken), (taker, scene.name))
        if first != taker:
            found = f"ambiguous: fits the scenes {name} and {scene.name} equally"
            raise InputError(path, found, "one scene for one mask", _AMBIGUOUS)

    def _note_other_forms(self, shelves: list[Shelf], scene: Scene) -> None:
        for shelf in shelves:
            _, tier = next(shelf.tiers(scene), (None, []))
            self._matched.update(file.path for file in tier)

    def _refuse_other_ground(self, scene: Scene) -> None:
        """Raise where the one GeoTIFF that the user named lies somewhere else."""
        for file in self._files.values():
            if not self._is_named or not isinstance(file, GeoTiffFile) or file.grid is None:
                continue
            found = f"covers {_bounds_words(file.grid)}"
            expected = f"a mask that covers the whole scene {scene.name}"
            raise InputError(file.path, found, f"{expected}, {_bounds_words(scene.grid)}")


def _bounds_words(grid: Grid) -> str:
    # Degrees need the digits that metres do not.
    digits = 1 if grid.gsd[0] > 0.1 else 6
    numbers = ", ".join(f"{number:.{digits}f}" for number in grid.bounds)
    return f"({numbers}) in {grid.crs[:40]}"
