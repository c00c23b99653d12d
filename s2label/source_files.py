"""The files that are read: on disk, or in place inside zip archives; nothing is unpacked.

What lies in an archive has GDAL's path, ``/vsizip/{/data/product.zip}/folder/band.jp2``: GDAL opens
it as it is, and here it is read without GDAL.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Braces tell GDAL where the archive's own path ends, whatever its name.
_VIRTUAL = re.compile(r"/vsizip/\{(?P<archive>[^{}]+)\}/(?P<name>.+)", re.DOTALL)
_LFS_MARK = b"version https://git-lfs"
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


@dataclass(frozen=True)
class ZipMember:
    """A file in an archive: the archive's absolute path, and the member's name in it."""

    archive: Path
    name: str

    @property
    def path(self) -> str:
        """GDAL's path of it."""
        return f"/vsizip/{{{self.archive}}}/{self.name}"


def zip_member(path: Path | str) -> ZipMember | None:
    """Return the member that GDAL's path stands for; None for paths of plain files."""
    match = _VIRTUAL.fullmatch(str(path))
    return ZipMember(Path(match["archive"]), match["name"]) if match else None


def file_of(path: Path | str) -> Path:
    """Return the file on disk that holds what a path stands for: the archive, or the path."""
    member = zip_member(path)
    return member.archive if member else Path(path)


def is_there(path: Path | str) -> bool:
    """Tell whether a path stands for a file, on disk or in an archive that can be read."""
    member = zip_member(path)
    if member is None:
        return Path(path).is_file()
    try:
        return member.archive.is_file() and member.name in members_of(member.archive)
    except InputError:
        return False


def is_lfs_pointer(head: bytes) -> bool:
    """Tell by its first bytes whether a file only says which file Git LFS keeps in its place."""
    return head.startswith(_LFS_MARK)


@contextmanager
def open_bytes(path: Path | str) -> Iterator[IO[bytes]]:
    """Open a file on disk or in an archive for reading.

    Raises
    ------
    InputError
        If the archive is damaged, or lacks it.
    OSError
        If a file on disk cannot be opened.
    """
    member = zip_member(path)
    if member is None:
        with Path(path).open("rb") as file:
            yield file
        return
    info = member_info(member)
    try:
        with zipfile.ZipFile(member.archive) as archive, archive.open(info) as file:
            yield file
    except _DAMAGED as error:
        raise _damaged(Path(member.path), error) from error


def member_info(member: ZipMember) -> zipfile.ZipInfo:
    """Return what the archive's directory says of a member.

    Raises
    ------
    InputError
        If the archive cannot be read, or has no such member.
    """
    info = members_of(member.archive).get(member.name)
    if info is None:
        raise InputError(member.archive, f"no {member.name} in it", advice="put it back")
    return info


def members_of(archive: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the files of an archive by name, without folders; reads its directory only.

    Raises
    ------
    InputError
        If it is no zip archive, or cut short.
    """
    return {info.filename: info for info in entries_of(archive) if not info.is_dir()}


def entries_of(archive: Path) -> tuple[zipfile.ZipInfo, ...]:
    """Return everything that the directory of an archive lists, folders and doubles too.

    Raises
    ------
    InputError
        If it is no zip archive, or cut short.
    """
    stat = archive.stat()
    return _read_directory(archive, stat.st_size, stat.st_mtime_ns)


# A product has some twenty sources, and each of them asks.
@lru_cache(maxsize=32)
def _read_directory(archive: Path, _size: int, _mtime_ns: int) -> tuple[zipfile.ZipInfo, ...]:
    try:
        with zipfile.ZipFile(archive) as opened:
            return tuple(opened.infolist())
    except _DAMAGED as error:
        raise _damaged(archive, error) from error


def _damaged(path: Path, error: Exception) -> InputError:
    cause = " ".join(str(error).split())[:200]
    return InputError(path, f"a damaged zip ({cause})", advice="download it anew")
