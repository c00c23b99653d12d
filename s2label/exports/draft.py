"""The folder in which an export grows until it is whole, and its change into the finished one.

After a kill at any moment the next run of the same command finds the draft and goes on. A kill
is not a power cut: what was renamed into place stays, so files are synced once, at the end, and
not one by one. After a restart of the machine, when that is not certain, a draft starts anew.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.alone import alone
from s2label.durable import make_folder, sync_file, sync_folder, write_whole
from s2label.errors import ExportError
from s2label.exports.checksums import CHECKSUMS, checksum_lines, named_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

DATA_CARD = "DATA_CARD.md"
_PLAN = "plan.sha256"
_SIDE_FILE = ".aux.xml"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Several at once, because a file system writes them down together.
_SYNCS_AT_ONCE = 8


class Draft:
    """A growing export, beside the folder that it will be.

    Parameters
    ----------
    out : Path
        The folder to be, absolute and without links.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out.with_name(f".{out.name}.exporting")
        self._replaced = out.with_name(f".{out.name}.replaced")

    def recover(self) -> None:
        """Mend what a kill between the two renames of `publish` left.

        Raises
        ------
        ExportError
            If another program is at just these renames.
        """
        if self._replaced.is_dir():
            with self._alone():
                self._mend()

    def _mend(self) -> None:
        if not self._replaced.is_dir():
            return
        if not self.out.exists():
            self._replaced.rename(self.out)
        elif self._is_export():
            shutil.rmtree(self._replaced)

    def _alone(self) -> AbstractContextManager[None]:
        """Keep others away; the lock lies beside the draft, which is renamed while it is held."""
        busy = f"{self.out}: another export is writing there; wait for it"
        return alone(self.folder.with_name(f"{self.folder.name}.lock"), busy, ExportError)

    def _is_export(self) -> bool:
        return all((self.out / name).is_file() for name in (CHECKSUMS, DATA_CARD))

    def refuse_foreign(self) -> None:
        """Raise `ExportError` if something is there that is neither empty nor an export."""
        if not self.out.exists():
            return
        if not self.out.is_dir():
            raise ExportError(f"{self.out}: is a file; choose a folder that is new")
        if any(self.out.iterdir()) and not self._is_export():
            raise ExportError(
                f"{self.out}: holds something that is no export of this program, and stays as "
                "it is; choose another folder or empty it"
            )
        foreign = self._foreign_files()
        if foreign:
            raise ExportError(
                f"{self.out}: holds {foreign[0]}, which the export there did not write; replacing "
                "it would delete that; move it, or choose another folder"
            )

    def _foreign_files(self) -> list[str]:
        """Return the files that an export's own checksums do not name.

        What GDAL noted beside a raster when somebody looked at it is nobody's data.
        """
        ours = {CHECKSUMS, *named_files(self.out / CHECKSUMS)}
        ours |= {f"{name}{_SIDE_FILE}" for name in ours}
        files = (path for path in self.out.rglob("*") if not path.is_dir())
        return sorted({path.relative_to(self.out).as_posix() for path in files} - ours)

    @contextmanager
    def growing(self, digest: str) -> Iterator[None]:
        """Open the draft for one writer; keeps its files if they are of the same plan.

        Raises
        ------
        ExportError
            If another program is writing it.
        """
        self.out.parent.mkdir(parents=True, exist_ok=True)
        with self._alone():
            self._mend()
            self.folder.mkdir(exist_ok=True)
            self._begin(f"{digest}  {_boot()}\n".encode())
            yield

    def _begin(self, plan: bytes) -> None:
        path = self.folder / _PLAN
        if not path.is_file() or path.read_bytes() != plan:
            path.unlink(missing_ok=True)
            self._prune([])
        write_whole(path, plan)

    def holds(self, name: str) -> bool:
        """Tell whether a file was written already."""
        return (self.folder / name).is_file()

    def put(self, name: str, write: Callable[[Path], None]) -> None:
        """Let `write` make a file under a temporary name, then put it in place."""
        path = self.folder / name
        make_folder(path.parent, inside=self.folder)
        part = path.with_name(f".{path.stem}.part{path.suffix}")
        write(part)
        part.replace(path)

    def put_bytes(self, name: str, data: bytes) -> None:
        """Put a file of these bytes in place, over one that is there."""
        self.put(name, lambda part: _write_bytes(part, data))

    def _prune(self, names: Iterable[str]) -> None:
        """Remove all files but these: parts of a killed run, side files of a library."""
        kept = {*names, _PLAN}
        for folder, _, files in os.walk(self.folder, topdown=False):
            for path in (Path(folder, file) for file in files):
                if path.relative_to(self.folder).as_posix() not in kept:
                    path.unlink()
            if not os.listdir(folder) and Path(folder) != self.folder:
                os.rmdir(folder)

    def finish(self, names: Iterable[str]) -> None:
        """Write the checksums of these files, remove all others, and sync the rest."""
        ordered = sorted(names)
        self._prune(ordered)
        (self.folder / CHECKSUMS).write_bytes(checksum_lines(self.folder, ordered))
        with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
            list(pool.map(sync_file, (self.folder / name for name in (*ordered, CHECKSUMS))))
        for folder in sorted({(self.folder / name).parent for name in ordered}):
            sync_folder(folder)

    def publish(self) -> None:
        """Make the finished draft the export; an earlier one goes when the new one is there.

        Raises
        ------
        ExportError
            If somebody put a file into the earlier one meanwhile.
        """
        self.refuse_foreign()
        (self.folder / _PLAN).unlink(missing_ok=True)
        sync_folder(self.folder)
        if self.out.is_dir():
            if any(self.out.iterdir()):
                self.out.rename(self._replaced)
            else:
                self.out.rmdir()
        self.folder.rename(self.out)
        sync_folder(self.out.parent)
        if self._replaced.is_dir():
            shutil.rmtree(self._replaced)


def _boot() -> str:
    """Return what names this run of the machine; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return ""


def _write_bytes(path: Path, data: bytes) -> None:
    path.write_bytes(data)
