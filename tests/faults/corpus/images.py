"""Images that cannot be what they say: cut short, of no numbers, of no ground, far too large."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from affine import Affine

from tests.factories.ports import BANDS, SIDE, pixels, write_raster
from tests.faults.corpus.bad_input import BadInput, Command, Desk
from tests.faults.corpus.damages import picture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FAMILY = "images"
# Bytes at which a file ends: in the header, in its directory, in its pixels, before its last byte.
_CUTS = (7, 100, 300, 5000, -1)
_TAGS = {"width": 256, "height": 257, "bits": 258, "strip": 273, "rows": 278, "sizes": 279}
_BAND = "port_B03.tif"


def _import(desk: Desk, source: Path, *more: object) -> Command:
    return ["import", desk.project(), source, "--chip", "64", *more]


def _band(name: str, write: Callable[[Path], object], *said: str) -> BadInput:
    """Return a case with one band of a port written anew."""

    def build(desk: Desk) -> Command:
        folder = desk.copy(desk.sound.port)
        write(folder / _BAND)
        return _import(desk, folder)

    return BadInput(_FAMILY, f"a band {name}", build, (*said, "B03") if said else (_BAND,))


def _chip(name: str, write: Callable[[Path], object], *said: str) -> BadInput:
    """Return a case with a chip of four bands written anew beside a sound one."""

    def build(desk: Desk) -> Command:
        folder = desk.copy(desk.sound.chips)
        write(folder / "port_1.tif")
        return ["import", desk.project(), folder]

    return BadInput(_FAMILY, f"a chip {name}", build, said or ("port_1.tif",))


def _cut(at: int) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(path.read_bytes()[:at])


def _tagged(tag: str, value: int) -> Callable[[Path], None]:
    """Return what changes a number in the first directory of a TIFF."""

    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        (at,) = struct.unpack_from("<I", data, 4)
        (count,) = struct.unpack_from("<H", data, at)
        entries = range(at + 2, at + 2 + 12 * count, 12)
        entry = next(e for e in entries if struct.unpack_from("<H", data, e)[0] == _TAGS[tag])
        (kind,) = struct.unpack_from("<H", data, entry + 2)
        if kind == 3:  # a short number is made a long one
            struct.pack_into("<H", data, entry + 2, 4)
        struct.pack_into("<I", data, entry + 8, value)
        path.write_bytes(data)

    return change


def claiming(side: int, bands: int = 1) -> bytes:
    """Return a GeoTIFF that claims sides of so many px, with all its pixels left out."""
    import rasterio

    profile = {"driver": "GTiff", "dtype": "uint16", "count": bands, "crs": "EPSG:32631"}
    grid = {"width": side, "height": side, "transform": Affine(10, 0, 5e5, 0, -10, 4.8e6)}
    with rasterio.MemoryFile() as memory:
        tiles = {"tiled": True, "blockxsize": 4096, "blockysize": 4096, "sparse_ok": True}
        with memory.open(**profile, **grid, **tiles, BIGTIFF="YES"):
            pass
        content: bytes = memory.read()
        return content


def _raster(array: np.ndarray[Any, Any], **profile: Any) -> Callable[[Path], object]:
    return lambda path: write_raster(path, array, **profile)


def _chip_of(array: np.ndarray[Any, Any], **profile: Any) -> Callable[[Path], object]:
    east = Affine(10, 0, 501_280, 0, -10, 4_800_000)
    names = BANDS[: len(array)]
    return lambda path: write_raster(path, array, names, **({"transform": east} | profile))


def _all_bands(name: str, array: np.ndarray[Any, Any], *said: str, **profile: Any) -> BadInput:
    """Return a case with all bands of a port of the same pixels."""

    def build(desk: Desk) -> Command:
        for band in BANDS:
            write_raster(desk.folder / "port" / f"port_{band}.tif", array, **profile)
        return _import(desk, desk.folder / "port")

    return BadInput(_FAMILY, f"all bands {name}", build, ("port", *said))


def _claiming(desk: Desk) -> Command:
    for band in BANDS:
        desk.file(f"port/port_{band}.tif", claiming(200_000))
    return _import(desk, desk.folder / "port")


def _of_kind(kind: str, what: str, *said: str) -> BadInput:
    def build(desk: Desk) -> Command:
        return _import(desk, getattr(desk.sound, what), "--kind", kind)

    return BadInput(_FAMILY, f"{what} given as {kind}", build, said)


def _named(name: str, words: str, *said: str) -> BadInput:
    """Return a case with a sound source of a name that makes trouble; it is cut short."""

    def build(desk: Desk) -> Command:
        folder = desk.copy(desk.sound.port, name)
        _cut(300)(folder / _BAND)
        return _import(desk, folder)

    return BadInput(_FAMILY, f"a cut band in a folder {words}", build, said)


_ONE = pixels()[1:2]
_TYPES = ("int8", "int64", "uint64", "complex64")
CASES = (
    *(_band(f"cut to {at} bytes", _cut(at)) for at in _CUTS),
    *(_chip(f"cut to {at} bytes", _cut(at)) for at in _CUTS),
    _band("that is a PNG with a TIFF's name", lambda path: path.write_bytes(picture())),
    _band("of 200000 px sides", lambda path: path.write_bytes(claiming(200_000))),
    _band("of 2 billion px sides", _tagged("width", 2**31 - 2)),
    _band("of no width", _tagged("width", 0)),
    _band("of 77 bits", _tagged("bits", 77)),
    _band("whose strips have 4 GiB", _tagged("sizes", 2**32 - 1)),
    _band("of NaN", _raster(np.full((1, SIDE, SIDE), np.nan, np.float32))),
    _band("of infinities", _raster(np.full((1, SIDE, SIDE), np.inf, np.float32))),
    _band(
        "of numbers beyond all light",
        _raster(np.full((1, SIDE, SIDE), 1e30, np.float32)),
        "quantification",
    ),
    _band("without CRS", _raster(_ONE, crs=None), "CRS"),
    _band("without transform", _raster(_ONE, transform=None)),
    _band("of pixels of no size", _raster(_ONE, transform=Affine(0, 0, 5e5, 0, 0, 4.8e6))),
    _band(
        "whose corner is NaN",
        _raster(_ONE, transform=Affine(10, 0, np.nan, 0, -10, 4.8e6)),
        "finite",
    ),
    _band("of another size", _raster(_ONE[:, :90])),
    _band("of another CRS", _raster(_ONE, crs="EPSG:32601")),
    _band("at the other end of the world", _raster(_ONE, transform=Affine(10, 0, 0, 0, -10, 0))),
    *(_band(f"of {t}", _raster(_ONE.astype(t)), "type") for t in _TYPES[3:]),
    _chip("of three bands beside one of four", _chip_of(pixels()[:3])),
    _chip("of NaN", _chip_of(np.full((4, SIDE, SIDE), np.nan, np.float32)), "images"),
    _chip("of complex numbers", _chip_of(pixels().astype("complex64"))),
    _chip("of 200000 px sides", lambda path: path.write_bytes(claiming(200_000, 4))),
    _all_bands("of nothing but no data", np.zeros((1, SIDE, SIDE), np.uint16), "data"),
    _all_bands("of their tagged nodata", np.full((1, SIDE, SIDE), 7, np.uint16), "data", nodata=7),
    _all_bands("of one pixel", np.full((1, 1, 1), 300, np.uint16)),
    BadInput(_FAMILY, "all bands of 200000 px sides", _claiming, ("port_B02.tif", "claims")),
    BadInput(
        _FAMILY,
        "a scene of 200000 px sides to predict",
        lambda desk: [
            *("predict", desk.project(), desk.file("huge.tif", claiming(200_000, 4))),
            *(desk.folder / "classes.tif", "--bands", "B02,B03,B04,B08"),
        ],
        ("huge.tif", "claims"),
    ),
    _of_kind("landcovernet", "port", "port"),
    _of_kind("safe", "port", "port"),
    _of_kind("bands", "chips", "images"),
    _of_kind("geotiff", "archive", ".zip"),
    _of_kind("bands", "archive", ".zip"),
    _of_kind("landcovernet", "product", ".SAFE"),
    _of_kind("bands", "granule", "by resolution"),
    _of_kind("geotiff", "granule"),
    _of_kind("safe", "granule", "no Sentinel-2 product"),
    _named("a b;c$d'e\"f", "with signs of a shell"),
    _named("\u2028line", "with a line separator"),
    _named("p" * 250, "of 250 letters", "p" * 200),
    _named("-rf", "that looks like an option"),
    BadInput(
        _FAMILY,
        "a source whose name is too long for any disk",
        lambda desk: _import(desk, desk.folder / ("n" * 5000)),
        ("nnnn",),
    ),
    BadInput(
        _FAMILY,
        "a source whose name is not UTF-8",
        lambda desk: _import(desk, desk.copy(desk.sound.port, "p\udcff")),
        ("not UTF-8",),
    ),
    BadInput(
        _FAMILY,
        "the project itself as source",
        lambda desk: _import(desk, desk.project()),
        ("harbour",),
    ),
)
