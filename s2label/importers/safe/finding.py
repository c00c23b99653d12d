"""Finding products at a path: a zip, a ``.SAFE`` folder, or a folder that holds such."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.band_folder import band_paths
from s2label.importers.safe.archives import (
    ZIP_MARK,
    check_archive,
    product_roots,
    require_products,
)
from s2label.importers.safe.files import (
    SAFE_SUFFIX,
    ProductFiles,
    files_in_folder,
    files_in_zip,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_NOTES = 5
_PRODUCT_NAME = re.compile(r"S2[A-D]_(?:MSIL|OPER_PRD_MSIL)(?:1C|2A)_", re.IGNORECASE)


@dataclass
class Found:
    """Products, errors of those that cannot be opened at all, and notes about doubles."""

    products: list[ProductFiles] = field(default_factory=list)
    damaged: list[InputError] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, files: ProductFiles) -> None:
        """Add a product, unless it is there already: people keep the zip beside its folder."""
        same = next((p for p in self.products if p.name == files.name), None)
        if same is None:
            self.products.append(files)
        else:
            self.notes.append(f"{files.where}: left out, the same product as {same.where}")


def holds_product(source: Path) -> bool:
    """Tell whether a path is a zip or a product, or a folder that holds one."""
    if source.is_file():
        return source.suffix.casefold() == ".zip" or _head_of(source) == ZIP_MARK
    if any(is_product_folder(folder) for folder in _folders(source)):
        return True
    return any(_is_product_zip(archive) for archive in _archives(source))


def find_products(source: Path) -> Found:
    """Return the products at or below a path; lists files, reads no pixels.

    Raises
    ------
    InputError
        If the path itself is a zip that holds none, or that cannot be read.
    """
    found = Found()
    if source.is_file():
        _add_archive(found, source)
        return found
    for folder in filter(is_product_folder, _folders(source)):
        found.add(files_in_folder(folder))
    for archive in filter(_is_product_zip, _archives(source)):
        try:
            _add_archive(found, archive)
        except InputError as error:
            found.damaged.append(error)
    found.notes += _notes_of_others(source)
    return found


def _notes_of_others(source: Path) -> list[str]:
    """Say which folders beside products hold bands too: one import is of one kind."""
    folders = [f for f in _folders(source) if not is_product_folder(f) and band_paths(f)]
    return [f"{f}: holds bands, but no product; import it by itself" for f in folders[:_MOST_NOTES]]


def is_product_folder(folder: Path) -> bool:
    """Tell a product by its name, its metadata, or granules with images."""
    if folder.name.upper().endswith(SAFE_SUFFIX):
        return True
    if not (folder / "GRANULE").is_dir():
        return False
    has_metadata = any(folder.glob("MTD_MSIL*.xml"))
    return has_metadata or any((folder / "GRANULE").glob("*/IMG_DATA"))


def _add_archive(found: Found, archive: Path) -> None:
    check_archive(archive)
    for root in require_products(archive):
        found.add(files_in_zip(archive, root))


def _folders(source: Path) -> Iterator[Path]:
    """Yield folders, from above; nothing below a product."""
    for place, below, _ in os.walk(source):
        below.sort()
        folder = Path(place)
        if is_product_folder(folder):
            below.clear()
        yield folder


def _archives(source: Path) -> Iterator[Path]:
    for folder in _folders(source):
        if not is_product_folder(folder):
            names = sorted(os.listdir(folder))
            yield from (folder / name for name in names if name.casefold().endswith(".zip"))


def _is_product_zip(archive: Path) -> bool:
    """Tell by its name, which stays when it is damaged, or else by what it holds."""
    if not archive.is_file():
        return False
    if _PRODUCT_NAME.match(archive.name):
        return True
    try:
        return bool(product_roots(archive))
    except InputError:
        return False


def _head_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(ZIP_MARK))
