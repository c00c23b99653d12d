"""Rasters that tell clouds, by the names that products and catalogs give them."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from s2label.bands import stem_without_band
from s2label.errors import InputError
from s2label.grid import crs_words
from s2label.raster import grid_of, open_raster, source_of
from s2label.source_files import is_there
from s2label.types import BandRaster

if TYPE_CHECKING:
    from collections.abc import Iterable

    from s2label.grid import Grid

SCENE_CLASSES = "SCL"
# Names that images keep these under -> what their files are called, the best first.
_PRODUCT_MASKS = {
    "MSK_CLDPRB": (r"MSK_CLDPRB_20m\.jp2", r"MSK_CLDPRB_60m\.jp2"),
    "MSK_CLASSI_B00": (r"MSK_CLASSI_B00\.jp2",),
    "MSK_CLOUDS": (r".*MSK_CLOUDS_.*B00.*\.gml",),
}
# Scene classes are 0 where there is no data, LandCoverNet's cloud probability is 255.
_NODATA = {SCENE_CLASSES: 0.0, "CLD": 255.0}
_BESIDE_BANDS = re.compile(r"(?<![A-Za-z0-9])(SCL|CLD)(?![A-Za-z0-9])", re.IGNORECASE)
_MASK_PLACES = ("MSK_*", "QI_DATA/MSK_*", "GRANULE/*/QI_DATA/MSK_*")
_RASTER_SUFFIXES = {".tif", ".tiff", ".jp2"}


def find_product_masks(paths: Iterable[PurePosixPath]) -> dict[str, str]:
    """Return the masks of a product by name, chosen from its files."""
    inside = list(paths)
    found = {}
    for name, patterns in _PRODUCT_MASKS.items():
        matching = (str(p) for pattern in patterns for p in inside if re.fullmatch(pattern, p.name))
        if first := next(matching, None):
            found[name] = first
    return found


def find_beside_bands(folder: Path, stem: str, *, is_only: bool) -> dict[str, Path]:
    """Return the quality rasters of an image whose bands lie in a folder.

    Those beside the bands are told by the stem of the image; the masks of a product, below the
    folder, name no image and belong to the only one.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _BESIDE_BANDS.search(path.stem)
        if match and path.suffix.casefold() in _RASTER_SUFFIXES:
            rest = path.stem[: match.start()] + "B01" + path.stem[match.end() :]
            if stem_without_band(rest) == stem:
                found.setdefault(match[1].upper(), path)
    if is_only:
        inner = [PurePosixPath(p) for where in _MASK_PLACES for p in sorted(folder.glob(where))]
        found |= {name: Path(path) for name, path in find_product_masks(inner).items()}
    return found


def read_quality(name: str, path: Path, grid: Grid) -> BandRaster:
    """Return a quality raster that is read in place; reads its header.

    Raises
    ------
    InputError
        If it cannot be read, or has another CRS than the image.
    """
    if not is_there(path):  # a link that leads nowhere, or a FIFO, which would block for ever
        raise InputError(path, "no such file")
    if path.suffix.casefold() == ".gml":
        return BandRaster(name, source_of(path))
    with open_raster(path) as dataset:
        own = grid_of(dataset)
    if own.crs != grid.crs:
        raise InputError(path, f"CRS {crs_words(own.crs)}", f"{crs_words(grid.crs)} as the bands")
    return BandRaster(name, source_of(path), nodata=_NODATA.get(name))
