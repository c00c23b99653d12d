"""Whole products become scenes, one a granule, of which chips are cut and stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.band_files import finest_of
from s2label.importers.band_folder import DEFAULT_CHIP_PX
from s2label.importers.safe.bands import read_granule_bands, said_by
from s2label.importers.safe.facts import UnclearProductError, learn_facts
from s2label.importers.safe.finding import find_products, holds_product
from s2label.importers.safe.layout import find_granules, find_product_metadata
from s2label.importers.scene import Scene, check_same_bands

if TYPE_CHECKING:
    from s2label.importers.contract import ImportContext, Unit
    from s2label.importers.mask_files import MaskFinder
    from s2label.importers.safe.files import ProductFiles
    from s2label.importers.safe.finding import Found
    from s2label.importers.safe.layout import Granule


class SafeImporter:
    """Imports L1C and L2A products: a zip, a ``.SAFE`` folder, or a folder that holds such."""

    def recognises(self, source: Path) -> bool:
        """Tell whether a path is a zip or a product, or holds one."""
        return holds_product(source)

    def find_units(
        self, source: Path, context: ImportContext, finder: MaskFinder | None
    ) -> list[Unit]:
        """Return the units of every granule."""
        return [unit for scene in find_scenes(source, context, finder) for unit in scene.units()]

    def rasters(self, source: Path) -> list[Path]:
        """Return the images of products, so that nobody takes them for masks."""
        return [
            Path(files.path_of(name))
            for files in find_products(source).products
            for name in files.names
            if name.endswith(".jp2")
        ]


def find_scenes(source: Path, context: ImportContext, finder: MaskFinder | None) -> list[Scene]:
    """Return every granule of the products at or below a path; reads headers and metadata.

    Among several products, those that are damaged are left out with a note.

    Raises
    ------
    InputError
        If no product can be read, or one needs a word of the user.
    """
    found = find_products(source)
    scenes = _read_products(found, context, finder)
    if not scenes:
        raise _nothing_read(source, found)
    check_same_bands(scenes)
    left_out = tuple(f"{error}; the product was left out" for error in found.damaged)
    first = scenes[0]
    scenes[0] = replace(first, notes=(*first.notes, *left_out, *found.notes))
    return scenes


def _read_products(found: Found, context: ImportContext, finder: MaskFinder | None) -> list[Scene]:
    scenes: list[Scene] = []
    for files in found.products:
        try:
            scenes += read_product(files, context, finder)
        except UnclearProductError:
            raise
        except InputError as error:
            found.damaged.append(error)
    return scenes


def _nothing_read(source: Path, found: Found) -> InputError:
    if not found.damaged:
        return InputError(source, "no Sentinel-2 product", "a zip or a .SAFE folder")
    if len(found.damaged) == 1:
        return found.damaged[0]
    text = f"none of {len(found.damaged)} products can be read; the first: {found.damaged[0]}"
    return InputError(source, text)


def read_product(
    files: ProductFiles, context: ImportContext, finder: MaskFinder | None
) -> list[Scene]:
    """Return the scenes of one product, one for each granule with images.

    Raises
    ------
    InputError
        If it has no granule with images, or one that does not fit its metadata.
    UnclearProductError
        If the user has to say something first.
    """
    granules = find_granules(files)
    with_pixels = [granule for granule in granules if granule.has_pixels]
    if not with_pixels:
        raise _without_pixels(files, granules)
    empty = tuple(
        f"{files.where}: granule {granule.name} is empty and was left out"
        for granule in granules
        if not granule.has_pixels
    )
    scenes = [
        _read_scene(files, granule, len(with_pixels) == 1, context, finder)
        for granule in with_pixels
    ]
    return [replace(scenes[0], notes=(*scenes[0].notes, *empty)), *scenes[1:]]


def _without_pixels(files: ProductFiles, granules: list[Granule]) -> InputError:
    advice = "download the whole product"
    if find_product_metadata(files) or any(granule.metadata for granule in granules):
        found = "metadata without pixels: no band in any granule"
        return InputError(files.where, found, "JP2 files in GRANULE/*/IMG_DATA", advice)
    if not granules:
        return InputError(files.where, "no granule in it", "a folder in GRANULE", advice)
    found = f"no band in any of {len(granules)} granules"
    return InputError(files.where, found, "JP2 files in GRANULE/*/IMG_DATA", advice)


def _read_scene(
    files: ProductFiles,
    granule: Granule,
    is_only: bool,
    context: ImportContext,
    finder: MaskFinder | None,
) -> Scene:
    options = context.options
    facts = learn_facts(files, granule)
    read = read_granule_bands(files, granule, facts, options)
    product = facts.metadata.name if facts.metadata and facts.metadata.name else files.name
    return Scene(
        name=f"T{facts.tile}" if len(facts.tile) == 5 else facts.tile,
        scene=product if is_only else f"{product}/{granule.name}",
        folder=files.where.parent,
        date=options.date.isoformat() if options.date else facts.date,
        grid=finest_of(read.bands).grid,
        bands=tuple(file.raster for file in read.bands),
        radiometry=f"{facts.level}: {said_by(read.bands)}",
        chip_px=options.chip or DEFAULT_CHIP_PX,
        context=context,
        mask_names=(product, f"T{facts.tile}"),
        finder=finder,
        notes=(*facts.notes, *read.notes),
        is_stored=True,
        rasters=tuple(read.others),
    )
