"""What lies beside the bands of a folder and tells of them: a STAC item, a product's metadata."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.bands import stem_without_band
from s2label.errors import InputError
from s2label.importers.dates import date_in_name
from s2label.importers.safe.metadata import (
    ProductMetadata,
    TileMetadata,
    read_product_metadata,
    read_tile_metadata,
)
from s2label.importers.scale import Statement
from s2label.importers.stac_items import StacItem, find_items

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 4096


@dataclass(frozen=True)
class FolderFacts:
    """Documents in a folder, as far as they tell of its bands.

    ``product`` and ``tile`` are metadata of a product, the former with the path of its file;
    ``notes`` tell what was there and could not be read.
    """

    items: tuple[StacItem, ...] = ()
    product: tuple[Path, ProductMetadata] | None = None
    tile: TileMetadata | None = None
    notes: tuple[str, ...] = ()

    def item_of(self, file: Path) -> StacItem | None:
        """Return the item of a file: the one that names it, or the only one.

        Not an only one that names another image beside it, or is of another date: it would tell
        the wrong offset.
        """
        naming = [item for item in self.items if item.names(file)]
        if len(naming) == 1:
            return naming[0]
        if len(self.items) != 1:
            return None
        (item,) = self.items
        is_its = not item.stems or stem_without_band(file.stem) in item.stems
        return item if is_its and _may_be_of(file, item.date) else None

    def statement(self, file: Path, band: str) -> Statement | None:
        """Return what is said of the values of a band; an item before the product's own list."""
        item = self.item_of(file)
        by_item = item.statement(file) if item else None
        by_product = self._product_statement(file, band)
        if by_item is None or by_product is None or by_item.offset_dn is not None:
            return by_item or by_product
        quantification = by_item.quantification or by_product.quantification
        return Statement(quantification, by_product.offset_dn, by_product.by)

    def baseline_of(self, file: Path) -> tuple[int, int] | None:
        """Return the processing baseline, by whatever tells it."""
        item = self.item_of(file)
        if item is not None and item.baseline is not None:
            return item.baseline
        if self._is_of_product(file) and self.product is not None:
            return self.product[1].baseline
        return self.tile.baseline if self.tile else None

    def date_of(self, file: Path) -> str | None:
        """Return the day of the image, ``YYYY-MM-DD``."""
        item = self.item_of(file)
        if item is not None and item.date is not None:
            return item.date
        if self._is_of_product(file) and self.product is not None:
            return self.product[1].date.isoformat()
        return self.tile.date.isoformat() if self.tile else None

    def _is_of_product(self, file: Path) -> bool:
        return self.product is not None and _may_be_of(file, self.product[1].date.isoformat())

    def _product_statement(self, file: Path, band: str) -> Statement | None:
        if self.product is None or not self._is_of_product(file):
            return None
        path, metadata = self.product
        offset = metadata.offsets_dn.get(band)
        if offset is None and not metadata.has_offset:
            offset = 0.0
        return Statement(metadata.quantification, offset, path.name)


def read_folder_facts(folder: Path) -> FolderFacts:
    """Read the documents in a folder that tell of its bands.

    Raises
    ------
    InputError
        If there is a STAC item that is damaged.
    """
    product, tile, notes = None, None, []
    for path in sorted(folder.glob("*.xml")):
        head = _head_of(path)
        try:
            if b"_User_Product" in head:
                product = path, read_product_metadata(str(path))
            elif b"_Tile_ID" in head:
                tile = read_tile_metadata(str(path))
        except InputError as error:
            notes.append(f"{error}; read without it")
    return FolderFacts(tuple(find_items(folder)), product, tile, tuple(notes))


def _may_be_of(file: Path, date: str | None) -> bool:
    """Tell whether a file may be of a date; its name tells when a datatake began, maybe before."""
    named = date_in_name(file.stem)
    if named is None or date is None:
        return True
    days = datetime.date.fromisoformat(date) - datetime.date.fromisoformat(named)
    return abs(days.days) <= 1


def _head_of(path: Path) -> bytes:
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES)
