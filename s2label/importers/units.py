"""The units of all sources of an import, and what looks for their masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.doubled_products import Products
from s2label.importers.mask_files import MaskFinder
from s2label.importers.recognise import choose_importer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.importers.contract import ImportContext, Importer, Unit
    from s2label.importers.options import ImportOptions


def find_units(
    sources: Sequence[Path], context: ImportContext
) -> tuple[list[Unit], list[MaskFinder]]:
    """Return the units of all sources, each once, and what looks for their masks.

    Raises
    ------
    InputError
        If a source holds nothing to import.
    """
    units: dict[str, Unit] = {}
    finders, products = [], Products()
    for source in dict.fromkeys(sources):
        importer = choose_importer(source, context.options.kind)
        finder = _mask_finder(context, importer, source)
        for unit in importer.find_units(source, context, finder):
            if products.takes(unit, source):
                known = units.get(unit.key)
                units[unit.key] = known.joined(unit) if known else unit
        finders += [finder] if finder else []
    if not units:
        raise _nothing_chosen(sources, context.options)
    # By name: the order in which sources are given makes no difference.
    return products.with_notes([units[key] for key in sorted(units)]), finders


def _nothing_chosen(sources: Sequence[Path], options: ImportOptions) -> InputError:
    where = sources[0] if len(sources) == 1 else f"{len(sources)} sources"
    if options.points is not None:
        found = f"no chip around a point of {options.points.name} lies inside"
        advice = "longitude comes before latitude; --edge pad takes points near the edge"
        return InputError(where, found, advice=advice)
    if options.around is not None:
        found = "no tile touches a mask"
        advice = "look at what --masks names, or leave out --around"
        return InputError(where, found, advice=advice)
    return InputError(where, "no tile holds data")


def _mask_finder(context: ImportContext, importer: Importer, source: Path) -> MaskFinder | None:
    masks = context.options.masks
    if masks is None:
        return None
    return MaskFinder(masks, context.classes, exclude=importer.rasters(source))
