"""The bands of one image in files of their own: read, chosen, and of one ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.bands import band_in_name, in_order
from s2label.errors import InputError
from s2label.grid import crs_words
from s2label.importers.claims import require_pixels
from s2label.importers.scale import Scale, choose_scale, require_real_numbers
from s2label.raster import grid_of, open_raster, source_of
from s2label.types import BandRaster

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from s2label.grid import Grid
    from s2label.importers.folder_facts import FolderFacts
    from s2label.importers.options import ImportOptions


@dataclass(frozen=True)
class BandFile:
    """One band of one image in a file of its own.

    ``is_offset_told`` tells that a document beside it says its offset, which may be 0; ``baseline``
    is the processing baseline that such a document tells.
    """

    path: Path
    raster: BandRaster
    grid: Grid
    scale: Scale
    is_whole_number: bool
    is_jpeg2000: bool = False
    is_offset_told: bool = False
    baseline: tuple[int, int] | None = None


def read_band_files(
    folder: Path, paths: Iterable[Path], options: ImportOptions, facts: FolderFacts
) -> tuple[list[BandFile], list[BandFile]]:
    """Return the wanted bands of an image, and the rest, each at its finest resolution.

    Reads headers.

    Raises
    ------
    InputError
        If a wanted band is missing, one is there twice, or they lie on different ground.
    """
    there = _finest(_read_band(p, options, facts) for p in paths)
    files = _choose_bands(folder, there, options)
    finest = finest_of(files)
    for file in files:
        require_same_ground(file, finest)
    return files, [file for file in there.values() if file not in files]


def finest_of(files: Iterable[BandFile]) -> BandFile:
    """Return the first band of the finest resolution."""
    return min(files, key=lambda file: file.grid.gsd)


def _read_band(path: Path, options: ImportOptions, facts: FolderFacts) -> BandFile:
    name = band_in_name(path.stem)
    assert name is not None
    with open_raster(path) as dataset:
        if dataset.count != 1:
            advice = "a raster with several bands is imported with --kind geotiff"
            raise InputError(path, f"{dataset.count} bands", "one band per file", advice)
        require_real_numbers(path, dataset.dtypes[0])
        require_pixels(path, dataset)
        statement = facts.statement(path, name)
        tags = dataset.scales[0], dataset.offsets[0]
        scale = choose_scale(dataset.dtypes[0], *tags, options, path, statement)
        raster = BandRaster(
            name, source_of(path), 1, scale.quantification, scale.offset_dn, dataset.nodata
        )
        is_whole_number = not dataset.dtypes[0].startswith("float")
        return BandFile(
            path,
            raster,
            grid_of(dataset),
            scale,
            is_whole_number,
            is_jpeg2000=dataset.driver == "JP2OpenJPEG",
            is_offset_told=statement is not None and statement.offset_dn is not None,
            baseline=facts.baseline_of(path),
        )


def _finest(files: Iterable[BandFile]) -> dict[str, BandFile]:
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


def require_same_ground(file: BandFile, finest: BandFile) -> None:
    """Raise `InputError` unless a band lies where the finest one does."""
    if file.grid.crs != finest.grid.crs:
        expected = f"{crs_words(finest.grid.crs)} as in {finest.path.name}"
        raise InputError(file.path, f"CRS {crs_words(file.grid.crs)}", expected)
    # Coarser grids of cropped products may begin up to one coarse pixel off.
    coarsest = max(*file.grid.gsd, *finest.grid.gsd)
    limit = coarsest if file.grid.gsd != finest.grid.gsd else 0.01 * coarsest
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
