"""Where the mask files and ignore rasters of a log are on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.durable import sha256_of
from s2label.errors import ExportError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from s2label.exports.mask_files import MaskFiles

_MOST_TOLD = 10


@dataclass(frozen=True)
class MaskPlaces:
    """Folders in which mask files are: a project, or copies of its ``masks/`` and ``rasters/``.

    Raises
    ------
    InputError
        If a folder is not there.
    """

    folders: tuple[Path, ...]

    def __post_init__(self) -> None:
        for folder in self.folders:
            if not folder.is_dir():
                raise InputError(folder, "no such folder", advice="name the folder of a project")

    def path_of(self, kind: str, id_: str, version: int) -> Path:
        """Return where a version is; the first place where it might be if it is nowhere.

        Parameters
        ----------
        kind : str
            ``masks`` or ``rasters``.
        id_ : str
            The mask or ignore raster.
        version : int
            Its version.
        """
        name = f"{id_}/{version}.tif"
        places = [place / name for f in self.folders for place in (f / kind, f)]
        return next((path for path in places if path.is_file()), places[0])

    def refuse_lost(self, masks: MaskFiles) -> None:
        """Raise `ExportError` if files are missing, or are not those of the log."""
        wanted = dict(_wanted(masks))
        lost = [key for key, sha256 in wanted.items() if not self._is_there(*key, sha256)]
        if not lost:
            return
        told = ", ".join(f"{kind}/{id_}/{version}.tif" for kind, id_, version in lost[:_MOST_TOLD])
        more = f" and {len(lost) - _MOST_TOLD} more" if len(lost) > _MOST_TOLD else ""
        raise ExportError(
            f"{len(lost)} of {len(wanted)} mask files are missing or changed below "
            f"{', '.join(map(str, self.folders))}: {told}{more}; name the folder of the project "
            "with --masks"
        )

    def _is_there(self, kind: str, id_: str, version: int, sha256: str) -> bool:
        path = self.path_of(kind, id_, version)
        return path.is_file() and sha256_of(path) == sha256


def _wanted(masks: MaskFiles) -> Iterable[tuple[tuple[str, str, int], str]]:
    for mask in masks.all.values():
        yield ("masks", mask.id, mask.version), mask.sha256
        if mask.ignore is not None:
            yield ("rasters", mask.ignore.id, mask.ignore.version), mask.ignore.sha256
