"""What a raster's header claims, held against the size of its file: all of it would be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.source_files import file_of

if TYPE_CHECKING:
    from pathlib import Path

    from rasterio import DatasetReader

_BYTES_PER_NUMBER = 2
# Below, whatever a header claims is read in seconds.
_HARMLESS_BYTES = 2 * 2**30
# Deflate packs nothing but equal values a thousandfold; images of ground two- to tenfold.
_MOST_RATIO = 1000


def require_pixels(path: Path, dataset: DatasetReader) -> None:
    """Raise `InputError` if a raster claims many more pixels than its file can hold."""
    claimed = dataset.width * dataset.height * dataset.count * _BYTES_PER_NUMBER
    held = file_of(path).stat().st_size
    if claimed > max(_HARMLESS_BYTES, _MOST_RATIO * held):
        found = f"claims {dataset.width} x {dataset.height} px in a file of {held} bytes"
        raise InputError(path, found, "a raster that holds its pixels", "write it with all of them")
