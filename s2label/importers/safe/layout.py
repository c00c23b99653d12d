"""Where things lie in a product: granules, bands at their resolutions, quality rasters, metadata.

L1C has ``GRANULE/*/IMG_DATA/…_B02.jp2``; L2A has ``IMG_DATA/R10m/…_B02_10m.jp2`` and keeps most
bands at several resolutions. Both kinds of names are taken in either, as some archives mix them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from s2label.bands import BAND_IDS
from s2label.importers.quality_rasters import SCENE_CLASSES, find_product_masks

if TYPE_CHECKING:
    from s2label.importers.safe.files import ProductFiles

_RASTER = re.compile(
    r"(?:^|.*_)(?P<band>B\d[0-9A]|SCL)(?:_(?P<gsd>[126]0)m)?\.(?:jp2|tiff?)", re.IGNORECASE
)
_FOLDER_GSD = re.compile(r"R(?P<gsd>[126]0)m")
_TILE_METADATA = re.compile(r"MTD_TL\.xml|.*_MTD_L[12][AC]_TL_.*\.xml")
_PRODUCT_METADATA = re.compile(r"MTD_MSIL(?:1C|2A)\.xml|.*_MTD_SAFL(?:1C|2A)_.*\.xml")


@dataclass(frozen=True)
class Granule:
    """One tile of a product: its files, relative to the product's root.

    ``bands`` maps bands, and SCL, to their files, the finest first.
    """

    name: str
    bands: dict[str, tuple[str, ...]]
    quality: dict[str, str]
    metadata: str | None

    @property
    def has_pixels(self) -> bool:
        """Whether there is any band at all."""
        return any(name in BAND_IDS for name in self.bands)


def find_granules(files: ProductFiles) -> list[Granule]:
    """Return the granules of a product, empty ones too, by name."""
    folders = [PurePosixPath(name) for name in files.folders]
    names = sorted(f.name for f in folders if len(f.parts) == 2 and f.parts[0] == "GRANULE")
    return [_read_granule(files, name) for name in names]


def find_product_metadata(files: ProductFiles) -> list[str]:
    """Return the files of a product that are named as its metadata."""
    return [name for name in files.names if _PRODUCT_METADATA.fullmatch(name)]


def _read_granule(files: ProductFiles, granule: str) -> Granule:
    paths = [PurePosixPath(n) for n in files.names if n.startswith(f"GRANULE/{granule}/")]
    metadata = [str(p) for p in paths if len(p.parts) == 3 and _TILE_METADATA.fullmatch(p.name)]
    masks = find_product_masks(path for path in paths if "QI_DATA" in path.parts)
    return Granule(granule, _find_bands(paths), masks, next(iter(metadata), None))


def _find_bands(paths: list[PurePosixPath]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for path in paths:
        match = _RASTER.fullmatch(path.name)
        if match and "IMG_DATA" in path.parts:
            band = match["band"].upper()
            found.setdefault(band, []).append((_gsd_m(path, match), str(path)))
    return {
        name: tuple(path for _, path in sorted(found[name]))
        for name in (*BAND_IDS, SCENE_CLASSES)
        if name in found
    }


def _gsd_m(path: PurePosixPath, match: re.Match[str]) -> int:
    """Return the resolution in metres that name or folder tell; 0 where neither does."""
    folder = _FOLDER_GSD.fullmatch(path.parent.name)
    return int(match["gsd"] or (folder["gsd"] if folder else 0))
