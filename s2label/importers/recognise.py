"""Which importer a source is for: ``--kind auto``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.band_folder import BandFolderImporter
from s2label.importers.geotiff import GeotiffImporter
from s2label.importers.landcovernet import LandcovernetImporter
from s2label.importers.options import Kind
from s2label.importers.safe.importer import SafeImporter

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.contract import Importer

# In the order in which they are asked: the most particular names first.
# Other programs open products by these files.
_OF_A_PRODUCT = re.compile(r"MTD_(?:MSIL1C|MSIL2A|TL)\.xml|manifest\.safe")

IMPORTERS: dict[Kind, Importer] = {
    Kind.LANDCOVERNET: LandcovernetImporter(),
    Kind.SAFE: SafeImporter(),
    Kind.BANDS: BandFolderImporter(),
    Kind.GEOTIFF: GeotiffImporter(),
}


def choose_importer(source: Path, kind: Kind) -> Importer:
    """Return the importer for a source.

    Raises
    ------
    InputError
        If there is nothing at the path, or nothing that any importer knows, or if its name is
        no text.
    """
    require_utf8(source)
    if not source.exists():
        raise InputError(source, "no such file or folder")
    if not source.is_dir() and not source.is_file():
        raise InputError(source, "not a regular file", "a file or a folder")
    if source.is_file() and _OF_A_PRODUCT.fullmatch(source.name):
        advice = "give the product itself: its .SAFE folder, or the zip"
        raise InputError(source, "one file of a product, without pixels", advice=advice)
    if kind is not Kind.AUTO:
        return IMPORTERS[kind]
    for importer in IMPORTERS.values():
        if importer.recognises(source):
            return importer
    advice = "docs/importing.md lists what can be imported"
    raise InputError(source, "nothing in it that can be imported", "raster files", advice)


def require_utf8(path: Path) -> None:
    """Raise `InputError` for a name that the catalog and JSON cannot hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        advice = "rename the file or folder"
        raise InputError(path, "a name that is not UTF-8", advice=advice) from error
