"""The files of one product, in a folder or in a zip: the rest of the package sees no difference."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from s2label.importers.band_folder import COMPANION_PREFIX
from s2label.source_files import ZipMember, entries_of

if TYPE_CHECKING:
    from collections.abc import Iterable

SAFE_SUFFIX = ".SAFE"
# Where macOS puts the companions of files (see `COMPANION_PREFIX`) when it packs them.
_COMPANIONS_IN_ZIP = "__MACOSX"


@dataclass(frozen=True)
class ProductFiles:
    """What a product holds.

    Parameters
    ----------
    where : Path
        Its folder or zip, for messages.
    name : str
        Name of the product, without ``.SAFE``.
    root : str
        What paths begin with, on disk or for GDAL.
    names : tuple of str
        Files relative to the root, with ``/``, in order.
    folders : tuple of str
        Folders likewise; empty ones too.
    """

    where: Path
    name: str
    root: str
    names: tuple[str, ...]
    folders: tuple[str, ...]

    def path_of(self, name: str) -> str:
        """Return the path of one of its files, as everything here opens it."""
        return f"{self.root}/{name}"


def files_in_folder(folder: Path) -> ProductFiles:
    """Return the files of a product that is a folder."""
    names, folders = [], []
    for place, below, files in os.walk(folder):
        inside = Path(place).relative_to(folder).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        names += [prefix + name for name in files if not is_companion(name)]
        folders += [prefix + name for name in below]
    name = _without_suffix(folder.name)
    return ProductFiles(folder, name, str(folder), tuple(sorted(names)), tuple(sorted(folders)))


def files_in_zip(archive: Path, root: str) -> ProductFiles:
    """Return the files of the product at a folder inside an archive; ``""`` is its top."""
    prefix = f"{root}/" if root else ""
    inside = [
        info.filename.removeprefix(prefix)
        for info in entries_of(archive)
        if info.filename.startswith(prefix) and not is_companion(info.filename)
    ]
    names = sorted(name for name in inside if name and not name.endswith("/"))
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    folders |= {name.rstrip("/") for name in inside if name.endswith("/")}
    name = _without_suffix(PurePosixPath(root).name or archive.stem)
    start = ZipMember(archive, root).path.rstrip("/")
    return ProductFiles(archive, name, start, tuple(names), _sorted(folders))


def is_companion(name: str) -> bool:
    """Tell the files that macOS puts beside others: they are named alike, and hold nothing."""
    path = PurePosixPath(name)
    return path.name.startswith(COMPANION_PREFIX) or _COMPANIONS_IN_ZIP in path.parts[:1]


def _sorted(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(folders) - {"."}))


def _without_suffix(name: str) -> str:
    return name[: -len(SAFE_SUFFIX)] if name.upper().endswith(SAFE_SUFFIX) else name
