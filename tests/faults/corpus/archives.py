"""Archives, products and trees that hide something: bombs, ways out, entities, links."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from tests.factories.landcovernet import write_layout_1
from tests.factories.products import zipped
from tests.faults.corpus.bad_input import BadInput, Command, Desk
from tests.faults.corpus.damages import LFS_POINTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_FAMILY = "archives"
_MEGABYTE = 2**20


def _zip(name: str, change: Callable[[zipfile.ZipFile, str], object], *said: str) -> BadInput:
    """Return a case whose archive got something more; ``change`` is given its product's name."""

    def build(desk: Desk) -> Command:
        archive = desk.copy(desk.sound.archive)
        with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as file:
            change(file, f"{archive.stem}.SAFE")
        return ["import", desk.project(), archive, "--chip", "64"]

    return BadInput(_FAMILY, f"a zip {name}", build, (".zip", *said))


def _bytes(name: str, change: Callable[[bytearray], bytes | None], *said: str) -> BadInput:
    """Return a case whose archive had some of its bytes changed."""

    def build(desk: Desk) -> Command:
        archive = desk.copy(desk.sound.archive)
        data = bytearray(archive.read_bytes())
        archive.write_bytes(change(data) or data)
        return ["import", desk.project(), archive, "--bands", "B02,B03,B04,B08"]

    return BadInput(_FAMILY, f"a zip {name}", build, (".zip", *said))


def _in_directory(offset: int, form: str, value: int) -> Callable[[bytearray], None]:
    """Return what changes a number of the largest file's entry in the directory of a zip."""

    def change(data: bytearray) -> None:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as file:
            name = max(file.infolist(), key=lambda info: info.file_size).filename.encode()
        at = data.rindex(name) - 46
        assert data[at : at + 4] == b"PK\x01\x02"
        struct.pack_into(form, data, at + offset, value)

    return change


def _nested() -> bytes:
    with io.BytesIO() as inner:
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("bomb", bytes(20 * _MEGABYTE))
        return inner.getvalue()


def _only(name: str, content: bytes) -> Callable[[Desk], Command]:
    """Return a command on a zip with one member."""

    def build(desk: Desk) -> Command:
        archive = desk.folder / "download.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr(name, content)
        return ["import", desk.project(), archive]

    return build


def _product(name: str, change: Callable[[Path], object], *said: str) -> BadInput:
    """Return a case whose unpacked product was changed; all bands are asked for."""

    def build(desk: Desk) -> Command:
        safe = desk.copy(desk.sound.product)
        change(safe)
        return ["import", desk.project(), safe, "--bands", "B02,B03,B04,B08", "--chip", "64"]

    return BadInput(_FAMILY, f"a product {name}", build, said)


def _band(safe: Path) -> Path:
    return next(safe.glob("GRANULE/*/IMG_DATA/*_B03.jp2"))


def _replaced(content: bytes) -> Callable[[Path], object]:
    return lambda safe: _band(safe).write_bytes(content)


def _linked(target: str) -> Callable[[Path], None]:
    def change(safe: Path) -> None:
        _band(safe).unlink()
        _band_path = next(safe.glob("GRANULE/*/IMG_DATA")) / "T33TWL_20230815T095031_B03.jp2"
        _band_path.symlink_to(target)

    return change


def _cut(share: float) -> Callable[[Path], None]:
    def change(safe: Path) -> None:
        data = _band(safe).read_bytes()
        _band(safe).write_bytes(data[: int(len(data) * share)])

    return change


def _several(desk: Desk) -> Command:
    """Pack two products into one archive, of which one is damaged in its middle."""
    safe = desk.copy(desk.sound.product)
    _cut(0.2)(safe)
    return ["import", desk.project(), zipped(safe, desk.folder / "one.zip"), "--bands", "B03"]


def _landcovernet(name: str, pattern: str, content: bytes, *said: str) -> BadInput:
    """Return a case whose tree of LandCoverNet has every such file replaced."""

    def build(desk: Desk) -> Command:
        root = desk.folder / "landcovernet"
        write_layout_1(root, places=2, dates=1, size=16)
        found = list(root.rglob(pattern))
        assert found
        for path in found:
            path.write_bytes(content)
        project = desk.folder / "land"
        from tests.factories.commands import do

        do("init", project, "--classes", "landcovernet")
        return ["import", project, root, "--kind", "landcovernet"]

    return BadInput(_FAMILY, f"LandCoverNet {name}", build, said)


CASES = (
    _zip("that leads upwards", lambda f, _: f.writestr("../../evil.jp2", "x"), "leads out"),
    _zip("that leads to the root", lambda f, _: f.writestr("/etc/evil", "x"), "leads out"),
    _zip("that leads to a drive", lambda f, _: f.writestr("C:/evil.jp2", "x"), "leads out"),
    _zip("with a way up in its middle", lambda f, p: f.writestr(f"{p}/../../e", "x"), "leads out"),
    _zip("bomb", lambda f, p: f.writestr(f"{p}/b.jp2", bytes(20 * _MEGABYTE)), "claims"),
    _bytes("cut by a byte", lambda data: bytes(data[:-1])),
    _bytes("cut in half", lambda data: bytes(data[: len(data) // 2])),
    _bytes("of its directory alone", lambda data: bytes(data[-200:])),
    _bytes("whose file claims 4 GiB", _in_directory(24, "<I", 2**32 - 2), "claims"),
    _bytes("encrypted", _in_directory(8, "<H", 1), "encrypted"),
    _bytes("of a method that nobody knows", _in_directory(10, "<H", 99)),
    _bytes("whose file lies elsewhere", _in_directory(42, "<I", 7)),
    BadInput(_FAMILY, "a zip in a zip", _only("inner.zip", _nested()), ("download.zip", "zip")),
    BadInput(_FAMILY, "a zip of photos", _only("a/1.jpg", b"x"), ("download.zip",)),
    BadInput(
        _FAMILY, "a zip of a name with a brace", _only("a{b}.SAFE/x", b"x"), ("download.zip",)
    ),
    BadInput(_FAMILY, "a zip with a damaged band", _several, ("one.zip", "B03", "damaged")),
    _product("with a Git LFS pointer for a band", _replaced(LFS_POINTER), "B03", "LFS"),
    _product("with an empty band", _replaced(b""), "B03"),
    _product("with a band that is a link to a device", _linked("/dev/zero"), "B03"),
    _product(
        "with a band that is a link to itself", _linked("T33TWL_20230815T095031_B03.jp2"), "B03"
    ),
    _product("with a band that is a link to a text", _linked("/etc/passwd"), "B03"),
    *(
        _product(f"with a band cut to {share:.0%}", _cut(share), "B03")
        for share in (0.02, 0.2, 0.8)
    ),
    _landcovernet("with labels that are Git LFS pointers", "*LC_10m.tif", LFS_POINTER, "LFS"),
    _landcovernet("with empty bands", "*_B0*.tif", b"", "empty"),
    _landcovernet("with bands that are no rasters", "*_B0*.tif", b"x" * 500, "neither GeoTIFF"),
    _landcovernet("with labels cut in the header", "*LC_10m.tif", b"II*\0\x08\0\0\0"),
)
