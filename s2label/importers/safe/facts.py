"""What is known of a product before any pixel is read, and who said so."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.baselines import baseline_in_name
from s2label.importers.dates import date_in_name
from s2label.importers.safe.layout import find_product_metadata
from s2label.importers.safe.metadata import (
    Level,
    ProductMetadata,
    TileMetadata,
    WrongKindError,
    read_product_metadata,
    read_tile_metadata,
)

if TYPE_CHECKING:
    from s2label.importers.safe.files import ProductFiles
    from s2label.importers.safe.layout import Granule

_LEVEL = re.compile(r"(?:^|_)(?:MSI)?(L1C|L2A)(?:_|$)")
_TILE = re.compile(r"(?:^|_)T(\d\d[A-Z]{3})(?:_|$)")


class UnclearProductError(InputError):
    """Somebody has to say something before a product can be imported; nothing is broken."""


@dataclass(frozen=True)
class ProductFacts:
    """What is known of one granule of a product.

    ``said_by`` names the file that tells the value scale; ``metadata`` is None where that could
    not be read, and then its baseline alone tells the offset. ``notes`` are for the user.
    """

    level: Level
    baseline: tuple[int, int] | None
    tile: str
    date: str | None
    said_by: str
    metadata: ProductMetadata | None = None
    tile_metadata: TileMetadata | None = None
    notes: tuple[str, ...] = ()


def learn_facts(files: ProductFiles, granule: Granule) -> ProductFacts:
    """Return what metadata and names say of a granule.

    Raises
    ------
    InputError
        If the metadata belongs to another product, or nothing tells the level.
    UnclearProductError
        If name and metadata contradict each other about the baseline.
    """
    product, of_product = _read_product(files)
    tile, of_tile = _read_tile(files, granule)
    if product is not None:
        _require_same_product(files, granule, product)
    known = product.baseline if product else baseline_in_name(files.name)
    names = (product.name if product else "", granule.name, files.name)
    return ProductFacts(
        level=_level(files, product, tile, granule),
        baseline=known or (tile.baseline if tile else None),
        tile=(tile.tile if tile else "") or _first_match(_TILE, names) or files.name,
        date=_date(product, tile, names),
        said_by=_said_by(files, product, tile),
        metadata=product,
        tile_metadata=tile,
        notes=(*of_product, *of_tile),
    )


def _read_product(files: ProductFiles) -> tuple[ProductMetadata | None, list[str]]:
    names = find_product_metadata(files)
    notes: list[str] = []
    for name in names:
        try:
            return read_product_metadata(files.path_of(name)), notes
        except InputError as error:
            notes.append(f"{error}; its baseline tells the value scale instead")
    if not names:
        notes.append(f"{files.where}: no product metadata; its baseline tells the value scale")
    return None, notes


def _read_tile(files: ProductFiles, granule: Granule) -> tuple[TileMetadata | None, list[str]]:
    # Where the product's metadata is a tile's by mistake, it is still the metadata of that tile.
    names = [granule.metadata] if granule.metadata else find_product_metadata(files)
    notes: list[str] = []
    for name in names:
        try:
            return read_tile_metadata(files.path_of(name)), notes
        except WrongKindError as error:
            notes += [str(error)] if granule.metadata else []
        except InputError as error:
            notes.append(str(error))
    return None, notes


def _require_same_product(files: ProductFiles, granule: Granule, product: ProductMetadata) -> None:
    tile, said = _TILE.search(granule.name), _TILE.search(product.name)
    if tile and said and tile[1] != said[1]:
        found = f"its metadata is of tile {said[1]} ({product.name})"
        advice = "metadata and images of two products are mixed; download it anew"
        raise InputError(files.where, found, f"tile {tile[1]} as its granule", advice)
    named = baseline_in_name(files.name)
    if named is not None and named != product.baseline:
        found = f"its name says baseline {_words(named)}, its metadata {_words(product.baseline)}"
        advice = "rename it after the one that is right"
        raise UnclearProductError(files.where, found, advice=advice)


def _level(
    files: ProductFiles,
    product: ProductMetadata | None,
    tile: TileMetadata | None,
    granule: Granule,
) -> Level:
    said = [m.level for m in (product, tile) if m is not None and m.level is not None]
    named = [m[1] for name in (files.name, granule.name) if (m := _LEVEL.search(name))]
    for level in (*said, *map(Level, named)):
        return level
    found = "neither its name nor its metadata tells its level"
    raise InputError(files.where, found, "L1C or L2A", "give it the name it was downloaded with")


def _date(
    product: ProductMetadata | None, tile: TileMetadata | None, names: tuple[str, ...]
) -> str | None:
    if product is not None:
        return product.date.isoformat()
    named = next((date for name in names if (date := date_in_name(name))), None)
    return named or (tile.date.isoformat() if tile else None)


def _said_by(
    files: ProductFiles, product: ProductMetadata | None, tile: TileMetadata | None
) -> str:
    if product is not None:
        return find_product_metadata(files)[-1]
    if baseline_in_name(files.name) is not None:
        return "the baseline in its name"
    return "the baseline of its tile" if tile and tile.baseline else ""


def _first_match(pattern: re.Pattern[str], names: tuple[str, ...]) -> str:
    return next((m[1] for name in names if (m := pattern.search(name))), "")


def _words(baseline: tuple[int, int]) -> str:
    return f"{baseline[0]:02d}.{baseline[1]:02d}"
