"""Multi-band rasters: each file is a chip, or a scene that is cut where ``--chip`` says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.band_folder import COMPANION_PREFIX, RASTER_SUFFIXES
from s2label.importers.band_names import name_bands
from s2label.importers.claims import require_pixels
from s2label.importers.dates import date_in_name
from s2label.importers.scale import choose_scale, require_real_numbers
from s2label.importers.scene import Scene, check_same_bands
from s2label.raster import grid_of, is_raster, open_raster, source_of
from s2label.types import BandRaster

if TYPE_CHECKING:
    from rasterio import DatasetReader

    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.mask_files import MaskFinder
    from s2label.importers.options import ImportOptions


class GeotiffImporter:
    """Imports a multi-band raster, or a folder of them."""

    def recognises(self, source: Path) -> bool:
        """Tell whether there is any raster at all."""
        return bool(raster_paths(source))

    def find_units(
        self, source: Path, context: ImportContext, finder: MaskFinder | None
    ) -> list[Unit]:
        """Return the files, or their rows of tiles."""
        scenes = [_read_file(path, context, finder) for path in self._chips(source, context)]
        if not scenes:
            raise InputError(source, "no raster", "GeoTIFF or JPEG2000 files")
        check_same_bands(scenes)
        return [unit for scene in scenes for unit in scene.units()]

    def rasters(self, source: Path) -> list[Path]:
        """Return the files with several bands, so that nobody takes them for masks."""
        return [path for path in raster_paths(source) if count_bands(path) > 2]

    def _chips(self, source: Path, context: ImportContext) -> list[Path]:
        paths = raster_paths(source)
        masks = context.options.masks
        if masks is None or source.is_file():
            return paths
        # Masks that lie among or below the images are one or two bands, images have more.
        return [path for path in paths if count_bands(path) > 2 or not _is_below(path, masks)]


def raster_paths(source: Path) -> list[Path]:
    """Return the rasters at a path, told by suffix or else by content, in order."""
    if source.is_file():
        return [source]
    found = []
    for name, folders, files in os.walk(source):
        folders.sort()
        found += [path for path in (Path(name) / file for file in files) if _is_candidate(path)]
    return sorted(found)


def _is_below(path: Path, folder: Path) -> bool:
    """Tell whether a file, or what it is a link to, lies at or below a path."""
    inside = folder.resolve()
    return any(
        p.is_relative_to(inside) for p in (path.resolve(), path.parent.resolve() / path.name)
    )


def _is_candidate(path: Path) -> bool:
    if path.name.startswith(COMPANION_PREFIX):
        return False
    suffix = path.suffix.casefold()
    # A file without any suffix may be a raster; other suffixes say what they are.
    return suffix in RASTER_SUFFIXES or (suffix == "" and path.is_file() and is_raster(path))


def count_bands(path: Path) -> int:
    """Return the number of bands of a raster."""
    with open_raster(path) as dataset:
        return int(dataset.count)


def _read_file(path: Path, context: ImportContext, finder: MaskFinder | None) -> Scene:
    options = context.options
    with open_raster(path) as dataset:
        require_pixels(path, dataset)
        named = name_bands(path, dataset.descriptions, options.bands)
        bands, said_by = _band_rasters(path, dataset, named.indexes, options)
        grid = grid_of(dataset)
    return Scene(
        name=path.stem,
        scene=f"{path.parent.name}/{path.name}",
        folder=path.parent,
        date=options.date.isoformat() if options.date else date_in_name(path.stem),
        grid=grid,
        bands=bands,
        radiometry="; ".join([said_by, *named.notes]),
        chip_px=options.chip,
        context=context,
        mask_names=(path.stem,),
        finder=finder,
        notes=tuple(f"{path.name}: {note}" for note in named.notes),
    )


def _band_rasters(
    path: Path, dataset: DatasetReader, names: dict[str, int], options: ImportOptions
) -> tuple[tuple[BandRaster, ...], str]:
    source = source_of(path)
    rasters, said = [], set()
    for name, index in names.items():
        dtype = dataset.dtypes[index - 1]
        require_real_numbers(path, dtype)
        tags = dataset.scales[index - 1], dataset.offsets[index - 1]
        scale = choose_scale(dtype, *tags, options, path)
        nodata = dataset.nodatavals[index - 1]
        rasters.append(
            BandRaster(name, source, index, scale.quantification, scale.offset_dn, nodata)
        )
        said.add(scale.said_by)
    return tuple(rasters), "; ".join(sorted(said))
