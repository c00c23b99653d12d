"""Products that are damaged, each in one way: what to do to a sound one, and what is said of it."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import rasterio
from affine import Affine

from tests.factories.ports import write_raster
from tests.factories.products import (
    CORNER,
    CRS,
    LOSSLESS,
    Recipe,
    ground,
    product_xml,
    tile_xml,
    write_product,
    zipped,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


@dataclass(frozen=True)
class Damage:
    """One damage: what makes it out of a product, which words name it, what was asked.

    ``do`` takes the ``.SAFE`` folder; where it returns a path, that is imported instead. The words
    are those of an error, or of a note where ``is_read`` tells that the rest comes in.
    """

    do: Callable[[Path], object]
    words: str
    is_read: bool = False
    recipe: Recipe = field(default_factory=Recipe)
    options: dict[str, Any] = field(default_factory=dict)


def band(safe: Path, name: str) -> Path:
    """Return the file of a band."""
    return next(safe.glob(f"GRANULE/*/IMG_DATA/**/*_{name}*.jp2"))


def metadata(safe: Path) -> Path:
    """Return the product's metadata."""
    return next(safe.glob("MTD_MSI*.xml"))


def tile(safe: Path) -> Path:
    """Return the tile's metadata."""
    return next(safe.glob("GRANULE/*/MTD_TL.xml"))


def _overwrite(find: Callable[[Path], Path], data: bytes) -> Callable[[Path], object]:
    return lambda safe: find(safe).write_bytes(data)


def _replace(find: Callable[[Path], Path], old: str, new: str) -> Callable[[Path], None]:
    def change(safe: Path) -> None:
        text = find(safe).read_text("utf-8")
        assert old in text
        find(safe).write_text(text.replace(old, new), "utf-8")

    return change


def _each_band(data: bytes) -> Callable[[Path], None]:
    def change(safe: Path) -> None:
        for path in safe.glob("GRANULE/*/IMG_DATA/**/*.jp2"):
            path.write_bytes(data)

    return change


def _without_bands(safe: Path) -> None:
    for path in safe.glob("GRANULE/*/IMG_DATA/**/*.jp2"):
        path.unlink()


def _without_granules(safe: Path) -> None:
    metadata(safe).unlink()
    (safe / "GRANULE").rename(safe / "AUX_DATA")


def _cut(path: Path, share: float) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def _zip_with(*names: str, **texts: str) -> Callable[[Path], Path]:
    """Return what packs a product and adds members of any name."""

    def pack(safe: Path) -> Path:
        archive = zipped(safe)
        with zipfile.ZipFile(archive, "a") as file:
            for name in names:
                file.writestr(name, texts.get("text", "x"))
        return archive

    return pack


def _bomb(safe: Path) -> Path:
    archive = zipped(safe)
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{safe.name}/GRANULE/bomb.jp2", bytes(20 * 1024**2))
    return archive


def _twice(safe: Path) -> Path:
    archive = zipped(safe)
    data = archive.read_bytes()
    name = f"{safe.name}/MTD_MSIL1C.xml".encode()
    other = f"{safe.name}/MTD_MSIL1X.xml".encode()
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr(other.decode(), "x")
    data = archive.read_bytes().replace(other, name)
    archive.write_bytes(data)
    return archive


def _encrypted(safe: Path) -> Path:
    archive = zipped(safe)
    data = bytearray(archive.read_bytes())
    at = data.index(b"PK\x01\x02")
    (flags,) = struct.unpack_from("<H", data, at + 8)
    struct.pack_into("<H", data, at + 8, flags | 1)
    archive.write_bytes(data)
    return archive


def _other_zip(data: bytes) -> Callable[[Path], Path]:
    def write(safe: Path) -> Path:
        archive = safe.with_suffix(".zip")
        archive.write_bytes(data)
        return archive

    return write


def _cut_zip(safe: Path) -> Path:
    archive = zipped(safe)
    _cut(archive, 0.6)
    return archive


def _nested(safe: Path) -> Path:
    inner = zipped(safe)
    outer = safe.parent / "download.zip"
    with zipfile.ZipFile(outer, "w") as file:
        file.write(inner, inner.name)
    return outer


def _no_product(safe: Path) -> Path:
    archive = safe.parent / "photos.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("photos/1.jpg", "x")
    return archive


def _renamed(safe: Path) -> Path:
    return safe.rename(safe.with_name("product.SAFE"))


def _nameless(safe: Path) -> Path:
    granule = next(safe.glob("GRANULE/*"))
    granule.rename(granule.with_name("granule"))
    return _renamed(safe)


def _rewritten(name: str, **profile: Any) -> Callable[[Path], None]:
    """Return what writes a band anew, with another profile."""

    def rewrite(safe: Path) -> None:
        path = band(safe, name)
        with rasterio.open(path) as dataset:
            pixels, transform = dataset.read(), dataset.transform
        path.unlink()
        settings = {"crs": CRS, "transform": transform, **LOSSLESS, **profile}
        dtype = settings.pop("as_dtype", pixels.dtype)
        write_raster(path, pixels.astype(dtype), **settings)

    return rewrite


def _without_georeference(safe: Path) -> None:
    path = band(safe, "B03")
    path.unlink()
    write_raster(path, ground()["B03"][None], crs=None, **LOSSLESS)


def _moved(metres: int) -> Affine:
    return Affine(10, 0, CORNER[0] + metres, 0, -10, CORNER[1])


def _all_moved(safe: Path) -> None:
    for name in ground():
        path = band(safe, name)
        with rasterio.open(path) as dataset:
            gsd = dataset.transform.a
        far = Affine(gsd, 0, CORNER[0] + 300_000, 0, -gsd, CORNER[1])
        _rewritten(name, transform=far)(safe)


def _all_in_crs(safe: Path) -> None:
    for name in ground():
        _rewritten(name, crs="EPSG:32634")(safe)


def _second_granule(safe: Path) -> None:
    (safe / "GRANULE" / "L1C_T33TWL_A042547_null").mkdir()


def _beside_its_zip(safe: Path) -> Path:
    zipped(safe)
    return safe.parent


def _beside_metadata_alone(safe: Path) -> Path:
    other = write_product(safe.parent, Recipe(day="20230818"))
    _without_bands(other)
    return safe.parent


def _beside_a_cut_zip(safe: Path) -> Path:
    other = write_product(safe.parent / "elsewhere", Recipe(day="20230818"))
    archive = zipped(other, safe.parent / f"{other.stem}.zip")
    _cut(archive, 0.5)
    return safe.parent


def _damaged_classes(safe: Path) -> None:
    images = next(safe.glob("GRANULE/*/IMG_DATA"))
    (images / "R20m" / "T33TWL_20230815T095031_SCL_20m.jp2").write_bytes(b"\x00" * 100)


_NEW = Recipe("L2A", "05.09")
_OLD_LIST = product_xml(Recipe(baseline="05.09")).split("</QUANTIFICATION_VALUE>")[1].split("\n")[0]
_ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaaaaaa">]>\n<n1:'

DAMAGES: dict[str, Damage] = {
    # -- zips ---------------------------------------------------------------------------------
    "zip that is a Git LFS pointer": Damage(_other_zip(LFS), "Git LFS pointer"),
    "zip cut short": Damage(_cut_zip, "a damaged zip"),
    "zip of other bytes": Damage(_other_zip(b"\x01" * 999), "not a zip"),
    "empty zip file": Damage(_other_zip(b""), "an empty file"),
    "web page saved as zip": Damage(_other_zip(b"<!DOCTYPE html>\n<html>"), "a web page"),
    "answer of a server saved as zip": Damage(_other_zip(b'{"detail": "expired"}'), "a web page"),
    "zip that leads upwards": Damage(_zip_with("../../evil.jp2"), "which leads out"),
    "zip that leads to the root": Damage(_zip_with("/etc/evil"), "which leads out"),
    "zip that leads to a drive": Damage(_zip_with("C:/evil"), "which leads out"),
    "zip bomb": Damage(_bomb, "claims 20971520 bytes"),
    "zip with a file twice": Damage(_twice, "twice"),
    "encrypted zip": Damage(_encrypted, "is encrypted"),
    "zip in a zip": Damage(_nested, "holds another zip"),
    "zip of something else": Damage(_no_product, "no Sentinel-2 product"),
    # -- what is not there --------------------------------------------------------------------
    "all bands Git LFS pointers": Damage(_each_band(LFS), "a Git LFS pointer"),
    "metadata without pixels": Damage(_without_bands, "metadata without pixels"),
    "no granule": Damage(
        _without_granules,
        "no granule in it",
    ),
    "no band and no metadata": Damage(
        _without_bands, "no band in any of 1 granules", recipe=Recipe(has_metadata=False)
    ),
    "band asked for that is missing": Damage(
        lambda safe: band(safe, "B12").unlink(),
        "no B12 in this L1C product; there are B02",
        options={"bands": ("B02", "B12")},
    ),
    "cirrus asked of L2A": Damage(
        lambda safe: None, "no B10 in this L2A product", recipe=_NEW, options={"bands": ("B10",)}
    ),
    # -- what is not known --------------------------------------------------------------------
    "unknown level": Damage(
        _nameless,
        "neither its name nor its metadata tells its level",
        recipe=Recipe(has_metadata=False),
    ),
    "unknown baseline": Damage(
        _renamed, "tells its processing baseline", recipe=Recipe(has_metadata=False)
    ),
    # -- what contradicts itself --------------------------------------------------------------
    "new baseline, no offsets": Damage(
        _replace(metadata, "BOA_ADD_OFFSET", "OTHER"),
        "has an offset of -1000, but MTD_MSIL2A.xml lists no offset",
        recipe=_NEW,
    ),
    "old baseline, offsets": Damage(
        _replace(metadata, "</QUANTIFICATION_VALUE>", f"</QUANTIFICATION_VALUE>{_OLD_LIST}"),
        "its baseline 02.06 has no offset, but MTD_MSIL1C.xml lists an offset",
    ),
    "offsets of some bands": Damage(
        _replace(metadata, '<BOA_ADD_OFFSET band_id="11">-1000</BOA_ADD_OFFSET>', ""),
        "lists no offset of B11",
        recipe=_NEW,
    ),
    "two baselines": Damage(
        _replace(metadata, ">02.06<", ">05.09<"), "name says baseline 02.06, its metadata 05.09"
    ),
    "metadata of another tile": Damage(
        _replace(metadata, "T33TWL", "T56JMM"), "its metadata is of tile 56JMM"
    ),
    "another CRS than its metadata says": Damage(
        _all_in_crs, "CRS EPSG:32634; expected EPSG:32633"
    ),
    "ground outside its tile": Damage(_all_moved, "outside its tile 33TWL"),
    "bands in two CRS": Damage(
        _rewritten("B03", crs="EPSG:32634"), "CRS EPSG:32634; expected EPSG:32633 as in"
    ),
    "bands on two grids": Damage(
        _rewritten("B03", transform=_moved(640)), "expected the ground of"
    ),
    # -- rasters ------------------------------------------------------------------------------
    "band asked for that is damaged": Damage(
        lambda safe: _cut(band(safe, "B03"), 0.05), "damaged", options={"bands": ("B02", "B03")}
    ),
    "band asked for that is a picture": Damage(
        _rewritten("B03", as_dtype=np.uint8),
        "1 bands of uint8; expected one band of uint16",
        options={"bands": ("B03",)},
    ),
    "band without georeference": Damage(
        _without_georeference,
        "expected EPSG:32633 as its metadata says",
        options={"bands": ("B03",)},
    ),
    # -- what can be read all the same --------------------------------------------------------
    "one band missing": Damage(
        lambda safe: band(safe, "B11").unlink(), "B11 is missing and was left out", is_read=True
    ),
    "one band a Git LFS pointer": Damage(
        _overwrite(lambda safe: band(safe, "B12"), LFS), "a Git LFS pointer", is_read=True
    ),
    "one band of other bytes": Damage(
        _overwrite(lambda safe: band(safe, "B12"), b"\x00" * 99), "neither GeoTIFF", is_read=True
    ),
    "one band empty": Damage(
        _overwrite(lambda safe: band(safe, "B12"), b""), "an empty file", is_read=True
    ),
    "second granule empty": Damage(
        _second_granule, "granule L1C_T33TWL_A042547_null is empty", is_read=True
    ),
    "metadata of the wrong kind": Damage(
        lambda safe: metadata(safe).write_text(tile_xml(Recipe())),
        "holds <Level-1C_Tile_ID>; expected a product's metadata",
        is_read=True,
    ),
    "tile metadata of the wrong kind": Damage(
        lambda safe: tile(safe).write_text(product_xml(Recipe())),
        "expected a tile's metadata",
        is_read=True,
    ),
    "no metadata": Damage(
        lambda safe: None, "no product metadata", is_read=True, recipe=Recipe(has_metadata=False)
    ),
    "metadata cut short": Damage(lambda safe: _cut(metadata(safe), 0.5), "no XML", is_read=True),
    "metadata that would expand": Damage(
        _replace(metadata, "<n1:Level-1C_User_Product", f"{_ENTITY}Level-1C_User_Product"),
        "declares a document type",
        is_read=True,
    ),
    "metadata in UTF-16": Damage(
        lambda safe: metadata(safe).write_text(product_xml(Recipe()), "utf-16"),
        "not UTF-8",
        is_read=True,
    ),
    "metadata a Git LFS pointer": Damage(
        _overwrite(metadata, LFS), "a Git LFS pointer", is_read=True
    ),
    "metadata without quantification": Damage(
        _replace(metadata, "QUANTIFICATION_VALUE", "OTHER"),
        "quantification: found ''",
        is_read=True,
    ),
    "quantification of nothing": Damage(
        _replace(metadata, ">10000<", ">0<"), "quantification: found '0'", is_read=True
    ),
    "scene classes damaged": Damage(
        _damaged_classes, "left out, screening does without", is_read=True, recipe=_NEW
    ),
    "zip beside its own folder": Damage(_beside_its_zip, "the same product as", is_read=True),
    "product beside metadata alone": Damage(
        _beside_metadata_alone, "the product was left out", is_read=True
    ),
    "product beside a zip cut short": Damage(
        _beside_a_cut_zip, "the product was left out", is_read=True
    ),
}
