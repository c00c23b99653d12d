"""Multi-band rasters: each file is a chip, or a scene that is cut where ``--chip`` says so."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.bands import band_in_name, band_of_text
from s2label.errors import InputError
from s2label.importers.band_folder import RASTER_SUFFIXES
from s2label.importers.dates import date_in_name
from s2label.importers.scene import Scene, check_same_bands
from s2label.importers.values import choose_scale, require_real_numbers
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
        inside = masks.absolute()
        return [
            path
            for path in paths
            if count_bands(path) > 2 or not path.absolute().is_relative_to(inside)
        ]


def raster_paths(source: Path) -> list[Path]:
    """Return the rasters at a path, told by suffix or else by content, in order."""
    if source.is_file():
        return [source]
    found = []
    for name, folders, files in os.walk(source):
        folders.sort()
        found += [path for path in (Path(name) / file for file in files) if _is_candidate(path)]
    return sorted(found)


def _is_candidate(path: Path) -> bool:
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
        names = name_bands(path, dataset, options)
        bands, said_by = _band_rasters(path, dataset, names, options)
        grid = grid_of(dataset)
    return Scene(
        name=path.stem,
        scene=f"{path.parent.name}/{path.name}",
        folder=path.parent,
        date=options.date.isoformat() if options.date else date_in_name(path.stem),
        grid=grid,
        bands=bands,
        radiometry=said_by,
        chip_px=options.chip,
        context=context,
        mask_names=(path.stem,),
        finder=finder,
    )


def name_bands(path: Path, dataset: DatasetReader, options: ImportOptions) -> dict[str, int]:
    """Return band name -> index (from 1) by descriptions, else by ``--bands`` in its order.

    Raises
    ------
    InputError
        If the bands cannot be named, or a wanted one is missing.
    """
    named = _described(path, dataset)
    if named is not None:
        wanted = options.bands or tuple(named)
        missing = [name for name in wanted if name not in named]
        if missing:
            advice = f"there are {', '.join(named)}"
            raise InputError(path, f"no band {', '.join(missing)}", advice=advice)
        return {name: named[name] for name in wanted}
    if not options.bands:
        advice = "name them in order with --bands, such as --bands B02,B03,B04,B08"
        raise InputError(path, f"{dataset.count} bands without names", advice=advice)
    if len(options.bands) != dataset.count:
        expected = f"the {len(options.bands)} of --bands"
        raise InputError(path, f"{dataset.count} bands", expected, "name every band")
    return {name: index for index, name in enumerate(options.bands, start=1)}


def _described(path: Path, dataset: DatasetReader) -> dict[str, int] | None:
    if dataset.count == 1 and (name := band_in_name(path.stem)):
        return {name: 1}
    names = [band_of_text(text or "") for text in dataset.descriptions]
    if None in names:
        return None
    if len(set(names)) != len(names):
        found = f"band descriptions {', '.join(map(str, dataset.descriptions))}"
        raise InputError(path, found, "each band once")
    return {str(name): index for index, name in enumerate(names, start=1)}


def _band_rasters(
    path: Path, dataset: DatasetReader, names: dict[str, int], options: ImportOptions
) -> tuple[tuple[BandRaster, ...], str]:
    source = source_of(path)
    rasters, said = [], set()
    for name, index in names.items():
        dtype = dataset.dtypes[index - 1]
        require_real_numbers(path, dtype)
        scale = choose_scale(dtype, dataset.scales[index - 1], dataset.offsets[index - 1], options)
        nodata = dataset.nodatavals[index - 1]
        rasters.append(
            BandRaster(name, source, index, scale.quantification, scale.offset_dn, nodata)
        )
        said.add(scale.said_by)
    return tuple(rasters), "; ".join(sorted(said))
