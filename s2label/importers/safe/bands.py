"""The bands and quality rasters of one granule: opened, compared, and chosen; reads headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.bands import BAND_IDS
from s2label.errors import InputError
from s2label.grid import crs_words
from s2label.importers.band_files import BandFile, finest_of, require_same_ground
from s2label.importers.quality_rasters import read_quality
from s2label.importers.safe.facts import UnclearProductError
from s2label.importers.safe.radiometry import nodata_of, scale_of_band
from s2label.raster import grid_of, open_raster, source_of
from s2label.types import BandRaster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.grid import Grid
    from s2label.importers.options import ImportOptions
    from s2label.importers.safe.facts import ProductFacts
    from s2label.importers.safe.files import ProductFiles
    from s2label.importers.safe.layout import Granule

# What detectors and land-cover models most often want; those of 10 m first.
DEFAULT_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12", "B8A")
_DTYPE = "uint16"
# The side of a whole tile at 10 m.
_MOST_PX = 10_980


@dataclass
class GranuleBands:
    """What could be opened of a granule: bands in the order wanted, other rasters, notes."""

    bands: list[BandFile] = field(default_factory=list)
    others: list[BandRaster] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_granule_bands(
    files: ProductFiles, granule: Granule, facts: ProductFacts, options: ImportOptions
) -> GranuleBands:
    """Open the bands that are wanted, and all others for screening.

    Without a wish, a default band that is missing or damaged is left out with a note.

    Raises
    ------
    InputError
        If no band can be read, or they do not lie on one ground, or not on that of their tile.
    UnclearProductError
        If a band that was asked for is missing, or nobody knows its value scale.
    """
    found = GranuleBands()
    _require_asked(files, granule, facts, options)
    damages = _read_wanted(files, granule, facts, options, found)
    if not found.bands:
        raise _nothing_left(files, granule, damages)
    finest = finest_of(found.bands)
    for file in found.bands:
        require_same_ground(file, finest)
    _require_ground_of_tile(finest, facts)
    _read_others(files, granule, facts, options, found)
    return found


def _require_asked(
    files: ProductFiles, granule: Granule, facts: ProductFacts, options: ImportOptions
) -> None:
    missing = [name for name in options.bands if name not in granule.bands]
    if missing:
        there = ", ".join(name for name in granule.bands if name in BAND_IDS)
        found = f"no {', '.join(missing)} in this {facts.level} product"
        raise UnclearProductError(files.where, found, advice=f"there are {there}")


def _read_wanted(
    files: ProductFiles,
    granule: Granule,
    facts: ProductFacts,
    options: ImportOptions,
    found: GranuleBands,
) -> list[InputError]:
    damages = []
    for name in options.bands or DEFAULT_BANDS:
        if name not in granule.bands:
            found.notes.append(f"{files.where}: {name} is missing and was left out")
            continue
        path = Path(files.path_of(granule.bands[name][0]))
        try:
            found.bands.append(read_band(path, name, facts, options))
        except UnclearProductError:
            raise
        except InputError as error:
            if options.bands:
                raise
            damages.append(error)
    if found.bands:
        found.notes += [f"{error}; the band was left out" for error in damages]
    return damages


def read_band(path: Path, name: str, facts: ProductFacts, options: ImportOptions) -> BandFile:
    """Open one band of a product.

    Raises
    ------
    InputError
        If it is no raster of one band of 16 bits.
    UnclearProductError
        If nobody knows its value scale.
    """
    with open_raster(path) as dataset:
        if dataset.count != 1 or dataset.dtypes[0] != _DTYPE:
            found = f"{dataset.count} bands of {dataset.dtypes[0]}"
            advice = "it is a picture or was converted; download the product anew"
            raise InputError(path, found, f"one band of {_DTYPE}", advice)
        grid, tagged = grid_of(dataset), dataset.nodata
    scale = scale_of_band(name, facts, options, path)
    nodata = nodata_of(scale, facts) if tagged is None else tagged
    source = source_of(path)
    raster = BandRaster(name, source, 1, scale.quantification, scale.offset_dn, nodata)
    return BandFile(path, raster, grid, scale, is_whole_number=True)


def _read_others(
    files: ProductFiles,
    granule: Granule,
    facts: ProductFacts,
    options: ImportOptions,
    found: GranuleBands,
) -> None:
    """Add what screening may use: classes, masks, and bands that were not imported."""
    finest = finest_of(found.bands)
    imported = {file.raster.name for file in found.bands}
    paths = {name: granule.bands[name][0] for name in granule.bands if name not in imported}
    for name, inner in {**paths, **granule.quality}.items():
        path = Path(files.path_of(inner))
        try:
            found.others.append(_read_other(path, name, facts, options, finest))
        except InputError as error:
            if name not in DEFAULT_BANDS:  # that one was told of already
                found.notes.append(f"{error}; left out, screening does without")


def _read_other(
    path: Path, name: str, facts: ProductFacts, options: ImportOptions, finest: BandFile
) -> BandRaster:
    if name in BAND_IDS:
        file = read_band(path, name, facts, options)
        require_same_ground(file, finest)
        return file.raster
    return read_quality(name, path, finest.grid)


def _require_ground_of_tile(finest: BandFile, facts: ProductFacts) -> None:
    """Raise `InputError` if a band does not lie in its tile; cropped products are only part."""
    if max(finest.grid.shape) > _MOST_PX:  # damage, or a trap: what is declared has to be read
        found = f"{finest.grid.width} x {finest.grid.height} px"
        expected = f"at most {_MOST_PX} px a side, as a whole tile has"
        raise InputError(finest.path, found, expected, "download the product anew")
    tile = facts.tile_metadata
    if tile is None:
        return
    if finest.grid.crs != tile.crs:
        found = f"CRS {crs_words(finest.grid.crs)}"
        raise InputError(finest.path, found, f"{tile.crs} as its metadata says")
    if not _contains(tile.bounds, finest.grid):
        left, _, _, top = finest.grid.bounds
        found = f"begins at ({left:.10g}, {top:.10g}), outside its tile {tile.tile}"
        advice = "metadata and images of two products are mixed; download it anew"
        raise InputError(finest.path, found, advice=advice)


def _contains(bounds: tuple[float, float, float, float], grid: Grid) -> bool:
    margin = 2 * max(grid.gsd)
    left, bottom, right, top = grid.bounds
    return (
        left >= bounds[0] - margin
        and bottom >= bounds[1] - margin
        and right <= bounds[2] + margin
        and top <= bounds[3] + margin
    )


def _nothing_left(files: ProductFiles, granule: Granule, damages: list[InputError]) -> InputError:
    if not damages:
        there = ", ".join(granule.bands)
        found = f"none of {', '.join(DEFAULT_BANDS)} in it"
        return InputError(files.where, found, advice=f"choose from {there} with --bands")
    if len(damages) == 1:
        return damages[0]
    found = f"none of {len(damages)} bands can be read, such as {_without_path(damages[0])}"
    return InputError(files.where, found)


def _without_path(error: InputError) -> str:
    """Return a message with the file's name alone: the product's path stands before it."""
    return str(error).replace(str(error.where.parent), "").lstrip("/")


def said_by(files: Iterable[BandFile]) -> str:
    """Say who told the value scale of some bands."""
    return "; ".join(sorted({file.scale.said_by for file in files}))
