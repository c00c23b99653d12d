"""Folders with one raster per band: ``…_B08_(Raw).tiff``, ``T33_B02_10m.jp2``, ``B8A.tif``."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.bands import band_in_name, stem_without_band
from s2label.errors import InputError
from s2label.importers.band_files import finest_of, read_band_files, require_same_ground
from s2label.importers.baselines import require_offset
from s2label.importers.dates import date_in_name
from s2label.importers.folder_facts import read_folder_facts
from s2label.importers.quality_rasters import find_beside_bands, read_quality
from s2label.importers.scene import Scene, check_same_bands
from s2label.raster import is_raster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.importers.band_files import BandFile
    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.folder_facts import FolderFacts
    from s2label.importers.mask_files import MaskFinder
    from s2label.importers.options import ImportOptions
    from s2label.types import BandRaster

DEFAULT_CHIP_PX = 64
RASTER_SUFFIXES = {".tif", ".tiff", ".gtiff", ".jp2", ".j2k"}
# macOS puts a file of this name beside each file on disks that are not its own.
COMPANION_PREFIX = "._"
_OF_RESOLUTION = re.compile(r"R\d0m", re.IGNORECASE)
# Never rasters of a band, though their names may hold one; other suffixes are looked into.
_OTHER_SUFFIXES = {
    ".xml", ".json", ".geojson", ".txt", ".csv", ".md", ".html", ".gml", ".ovr", ".npy", ".npz",
    ".tfw", ".jgw", ".png", ".jpg", ".jpeg", ".safe", ".zip", ".sha256", ".pdf", ".part",
}  # fmt: skip


class BandFolderImporter:
    """Imports folders, and folders of folders, that hold one raster per band."""

    def recognises(self, source: Path) -> bool:
        """Tell whether a folder, or one below it, holds files named after bands."""
        return source.is_dir() and next(scene_folders(source), None) is not None

    def find_units(
        self, source: Path, context: ImportContext, finder: MaskFinder | None
    ) -> list[Unit]:
        """Return the rows of tiles of every image in the folder."""
        return [unit for scene in find_scenes(source, context, finder) for unit in scene.units()]

    def rasters(self, source: Path) -> list[Path]:
        """Return the files that are bands, so that nobody takes them for masks."""
        return [path for folder in scene_folders(source) for path in band_paths(folder)]


def find_scenes(source: Path, context: ImportContext, finder: MaskFinder | None) -> list[Scene]:
    """Return every image at or below a folder; reads headers.

    Raises
    ------
    InputError
        If there is none, or the bands of one do not fit together.
    """
    folders = list(scene_folders(source))
    _require_whole_images(folders)
    scenes = [scene for folder in folders for scene in _read_folder(folder, context, finder)]
    if not scenes:
        advice = "name the files after their bands, such as x_B02.tif"
        raise InputError(source, "no file that is named after a band", advice=advice)
    return scenes


def _require_whole_images(folders: list[Path]) -> None:
    """Raise `InputError` for a product's folders by resolution: each has some of its bands."""
    parts = Counter(folder.parent for folder in folders if _OF_RESOLUTION.fullmatch(folder.name))
    for parent, count in parts.items():
        if count > 1:
            advice = "give the product itself, its .SAFE folder or zip, or one of the folders"
            raise InputError(parent, "a product's bands, by resolution", "whole images", advice)


def scene_folders(source: Path) -> Iterator[Path]:
    """Yield the folders that hold band files; below such a folder nothing is searched."""
    for name, folders, _ in os.walk(source):
        folders.sort()
        if band_paths(Path(name)):
            folders.clear()
            yield Path(name)


def band_paths(folder: Path) -> list[Path]:
    """Return the files of a folder that are named after a band and may be rasters."""
    return sorted(path for path in folder.iterdir() if _may_be_band(path))


def _may_be_band(path: Path) -> bool:
    suffix = path.suffix.casefold()
    # Quality masks of products carry band names too.
    if band_in_name(path.stem) is None or path.name.startswith(("MSK_", COMPANION_PREFIX)):
        return False
    if suffix in RASTER_SUFFIXES:
        return True
    return suffix not in _OTHER_SUFFIXES and path.is_file() and is_raster(path)


def _read_folder(folder: Path, context: ImportContext, finder: MaskFinder | None) -> list[Scene]:
    facts = read_folder_facts(folder)
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in band_paths(folder):
        groups[stem_without_band(path.stem)].append(path)
    stems = sorted(groups)
    scenes = [
        _read_image(folder, stem, groups[stem], len(stems) == 1, context, finder, facts)
        for stem in stems
    ]
    check_same_bands(scenes)
    return scenes


def _read_image(
    folder: Path,
    stem: str,
    paths: list[Path],
    is_only: bool,
    context: ImportContext,
    finder: MaskFinder | None,
    facts: FolderFacts,
) -> Scene:
    options = context.options
    files, others = read_band_files(folder, paths, options, facts)
    require_offset(files, options)
    grid, item = finest_of(files).grid, facts.item_of(files[0].path)
    rasters, notes = _read_others(folder, stem, is_only, others, files)
    return Scene(
        name=(item.tile if item else None) or folder.name,
        scene=item.name if item else f"{folder.parent.name}/{folder.name}/{stem}",
        folder=folder,
        date=_date_of(folder, stem, files[0].path, options, facts),
        grid=grid,
        bands=tuple(f.raster for f in files),
        radiometry="; ".join(sorted({f.scale.said_by for f in files})),
        chip_px=options.chip or DEFAULT_CHIP_PX,
        context=context,
        # With several dates in a folder, only the name of the date tells their masks apart.
        mask_names=(folder.name, stem) if is_only and stem else (stem or folder.name,),
        finder=finder,
        notes=(*facts.notes, *notes),
        # A chip out of JPEG2000 would cost a block of a million pixels each time it is read.
        is_stored=any(f.is_jpeg2000 for f in files),
        rasters=rasters,
    )


def _date_of(
    folder: Path, stem: str, file: Path, options: ImportOptions, facts: FolderFacts
) -> str | None:
    if options.date:
        return options.date.isoformat()
    named = date_in_name(stem)
    return named or facts.date_of(file) or date_in_name(folder.name)


def _read_others(
    folder: Path, stem: str, is_only: bool, others: list[BandFile], files: list[BandFile]
) -> tuple[tuple[BandRaster, ...], tuple[str, ...]]:
    """Return what screening may use besides the bands imported, and notes about what it cannot."""
    finest = finest_of(files)
    rasters, notes = [], []
    for other in others:
        try:
            require_same_ground(other, finest)
            rasters.append(other.raster)
        except InputError as error:
            notes.append(f"{error}; left out, screening does without")
    for name, path in find_beside_bands(folder, stem, is_only=is_only).items():
        try:
            rasters.append(read_quality(name, path, finest.grid))
        except InputError as error:
            notes.append(f"{error}; left out, screening does without")
    return tuple(rasters), tuple(notes)
