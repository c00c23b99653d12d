"""Zips that may hold products: told from what is none, and from what means harm."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.importers.safe.files import SAFE_SUFFIX, is_companion
from s2label.source_files import entries_of, is_lfs_pointer

if TYPE_CHECKING:
    import zipfile
    from pathlib import Path

ZIP_MARK = b"PK\x03\x04"
_EMPTY_ZIP_MARK = b"PK\x05\x06"
# The largest file of a product, a 10 m band, has about 150 MB; JPEG2000 hardly packs at all, and
# its metadata about 30 to 1.
_MOST_BYTES = 1024**3
_MOST_RATIO = 200
_BYTES_OF_A_BOMB = 16 * 1024**2
_METADATA_PREFIX = "MTD_MSIL"


def check_archive(archive: Path) -> None:
    """Raise `InputError` unless a file is a zip that can be read safely; reads its directory.

    Nothing is ever unpacked; names that lead elsewhere are refused all the same, because whoever
    made them did not mean a product.
    """
    _require_zip(archive)
    entries = entries_of(archive)
    doubled = [name for name, count in Counter(e.filename for e in entries).items() if count > 1]
    if doubled:
        raise InputError(archive, f"holds {doubled[0]} twice", advice="download it anew")
    for entry in entries:
        _require_harmless(archive, entry)


def product_roots(archive: Path) -> list[str]:
    """Return the folders in an archive that are products; ``""`` is its top."""
    names = [e.filename for e in entries_of(archive) if not is_companion(e.filename)]
    roots = {_root_of(PurePosixPath(name)) for name in names}
    return sorted(root for root in roots if root is not None)


def require_products(archive: Path) -> list[str]:
    """Return the products in an archive.

    Raises
    ------
    InputError
        If there is none; the message tells what is there instead.
    """
    roots = product_roots(archive)
    if roots:
        return roots
    inner = [e.filename for e in entries_of(archive) if e.filename.casefold().endswith(".zip")]
    if inner:
        found = f"holds another zip ({inner[0]})"
        advice = "unpack the outer one and import what was in it"
        raise InputError(archive, found, "a product", advice)
    found = f"{len(entries_of(archive))} files and no Sentinel-2 product among them"
    raise InputError(archive, found, "a .SAFE folder in the zip")


def _root_of(name: PurePosixPath) -> str | None:
    parts = name.parts
    for index, part in enumerate(parts):
        if part.upper().endswith(SAFE_SUFFIX):
            return "/".join(parts[: index + 1])
    if "GRANULE" in parts[:-1]:
        return "/".join(parts[: parts.index("GRANULE")])
    is_metadata = name.name.startswith(_METADATA_PREFIX) and name.suffix == ".xml"
    return "/".join(parts[:-1]) if is_metadata else None


def _require_zip(archive: Path) -> None:
    with archive.open("rb") as file:
        head = file.read(512)
    if head.startswith((ZIP_MARK, _EMPTY_ZIP_MARK)):
        if set("{}") & set(str(archive)):
            found = "a path with { or } in it, which GDAL cannot read in zips"
            raise InputError(archive, found, advice="rename the file or folder")
        return
    if not head:
        raise InputError(archive, "an empty file", "a zip", "download it anew")
    if is_lfs_pointer(head):
        raise InputError(archive, "a Git LFS pointer", "the zip itself", "run `git lfs pull`")
    if head.lstrip()[:1] in (b"<", b"{"):
        found = "a web page or the answer of a server that was saved as a zip"
        raise InputError(archive, found, "the product", "log in where it came from, download anew")
    raise InputError(archive, "not a zip", "a product as .zip or as .SAFE folder")


def _require_harmless(archive: Path, entry: zipfile.ZipInfo) -> None:
    name, path = entry.filename, PurePosixPath(entry.filename)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in path.parts[0]:
        found = f"holds {name!r}, which leads out of the product"
        raise InputError(archive, found, "a product as it is downloaded", "do not unpack it")
    if entry.flag_bits & 1:
        raise InputError(archive, f"{name} is encrypted", advice="unpack it and import the folder")
    packed = max(1, entry.compress_size)
    is_bomb = entry.file_size > _BYTES_OF_A_BOMB and entry.file_size / packed > _MOST_RATIO
    if entry.file_size > _MOST_BYTES or is_bomb:
        found = f"{name} claims {entry.file_size} bytes out of {entry.compress_size}"
        raise InputError(archive, found, "a product as it is downloaded", "do not unpack it")
