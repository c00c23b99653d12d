"""Folders with one raster per band: ``…_B08_(Raw).tiff``, ``T33_B02_10m.jp2``, ``B8A.tif``."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.bands import band_in_name, in_order, stem_without_band
from s2label.errors import InputError
from s2label.importers.dates import date_in_name
from s2label.importers.scene import Scene, check_same_bands
from s2label.importers.values import Scale, choose_scale, require_real_numbers
from s2label.raster import grid_of, is_raster, open_raster, source_of
from s2label.types import BandRaster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.grid import Grid
    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.mask_files import MaskFinder
    from s2label.importers.options import ImportOptions

DEFAULT_CHIP_PX = 64
RASTER_SUFFIXES = {".tif", ".tiff", ".gtiff", ".jp2", ".j2k"}
# Never rasters of a band, though their names may hold one; other suffixes are looked into.
_OTHER_SUFFIXES = {
    ".xml", ".json", ".geojson", ".txt", ".csv", ".md", ".html", ".gml", ".ovr", ".npy", ".npz",
    ".tfw", ".jgw", ".png", ".jpg", ".jpeg", ".safe", ".zip", ".sha256", ".pdf", ".part",
}  # fmt: skip


@dataclass(frozen=True)
class BandFile:
    """One band of one image in a file of its own."""

    path: Path
    raster: BandRaster
    grid: Grid
    scale: Scale


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
    scenes = [
        scene for folder in scene_folders(source) for scene in _read_folder(folder, context, finder)
    ]
    if not scenes:
        advice = "name the files after their bands, such as x_B02.tif"
        raise InputError(source, "no file that is named after a band", advice=advice)
    return scenes


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
    if band_in_name(path.stem) is None or path.name.startswith("MSK_"):
        return False
    if suffix in RASTER_SUFFIXES:
        return True
    return suffix not in _OTHER_SUFFIXES and path.is_file() and is_raster(path)


def _read_folder(folder: Path, context: ImportContext, finder: MaskFinder | None) -> list[Scene]:
    groups: dict[str, list[Path]] = defaultdict(list)
    for path in band_paths(folder):
        groups[stem_without_band(path.stem)].append(path)
    stems = sorted(groups)
    scenes = [
        _read_image(folder, stem, groups[stem], len(stems) == 1, context, finder) for stem in stems
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
) -> Scene:
    options = context.options
    files = _choose_bands(folder, _finest(_read_band(p, options) for p in paths), options)
    finest = min(files, key=lambda f: f.grid.gsd)
    for file in files:
        _require_same_ground(file, finest)
    date = (
        options.date.isoformat()
        if options.date
        else date_in_name(stem) or date_in_name(folder.name)
    )
    return Scene(
        name=folder.name,
        scene=f"{folder.parent.name}/{folder.name}/{stem}",
        folder=folder,
        date=date,
        grid=finest.grid,
        bands=tuple(f.raster for f in files),
        radiometry="; ".join(sorted({f.scale.said_by for f in files})),
        chip_px=options.chip or DEFAULT_CHIP_PX,
        context=context,
        # With several dates in a folder, only the name of the date tells their masks apart.
        mask_names=(folder.name, stem) if is_only and stem else (stem or folder.name,),
        finder=finder,
    )


def _read_band(path: Path, options: ImportOptions) -> BandFile:
    name = band_in_name(path.stem)
    assert name is not None
    with open_raster(path) as dataset:
        if dataset.count != 1:
            advice = "a raster with several bands is imported with --kind geotiff"
            raise InputError(path, f"{dataset.count} bands", "one band per file", advice)
        require_real_numbers(path, dataset.dtypes[0])
        scale = choose_scale(dataset.dtypes[0], dataset.scales[0], dataset.offsets[0], options)
        raster = BandRaster(
            name, source_of(path), 1, scale.quantification, scale.offset_dn, dataset.nodata
        )
        return BandFile(path, raster, grid_of(dataset), scale)


def _finest(files: Iterator[BandFile]) -> dict[str, BandFile]:
    """Keep the finest raster of each band: products hold some bands at several resolutions."""
    chosen: dict[str, BandFile] = {}
    for file in files:
        other = chosen.get(file.raster.name)
        if other is not None and other.grid.gsd == file.grid.gsd:
            advice = "keep one of them in the folder"
            found = f"{file.raster.name} is there twice, also as {other.path.name}"
            raise InputError(file.path, found, "one raster per band and date", advice)
        if other is None or file.grid.gsd < other.grid.gsd:
            chosen[file.raster.name] = file
    return chosen


def _choose_bands(
    folder: Path, files: dict[str, BandFile], options: ImportOptions
) -> list[BandFile]:
    wanted = options.bands or tuple(in_order(files))
    missing = [name for name in wanted if name not in files]
    if missing:
        found = f"no {', '.join(missing)}"
        raise InputError(folder, found, advice=f"there are {', '.join(in_order(files))}")
    return [files[name] for name in wanted]


def _require_same_ground(file: BandFile, finest: BandFile) -> None:
    if file.grid.crs != finest.grid.crs:
        expected = f"{finest.grid.crs} as in {finest.path.name}"
        raise InputError(file.path, f"CRS {file.grid.crs}", expected)
    # Coarser grids of cropped products may begin up to one coarse pixel off.
    limit = max(file.grid.gsd) if file.grid.gsd != finest.grid.gsd else 0.01 * max(file.grid.gsd)
    pairs = zip(file.grid.bounds, finest.grid.bounds, strict=True)
    if any(abs(a - b) > limit for a, b in pairs):
        raise InputError(
            file.path,
            f"{file.grid.width} x {file.grid.height} px at {_corner(file.grid)}",
            f"the ground of {finest.path.name}, {finest.grid.width} x {finest.grid.height} px "
            f"at {_corner(finest.grid)}",
        )


def _corner(grid: Grid) -> str:
    left, _, _, top = grid.bounds
    return f"({left:.10g}, {top:.10g})"
