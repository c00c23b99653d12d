"""The folder of an exploration: written beside its place, and put there whole."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from s2label.durable import sync_files, sync_folder
from s2label.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECORD = "explore.json"
_LOCK = ".lock"
_FORMAT = "s2label explore"


class ExploreFolder:
    """A place for figures and tables that is made or replaced whole.

    Parameters
    ----------
    out : Path
        The folder to be; new, empty, or of an earlier exploration.
    project : Path
        The project, in which nothing may be written.

    Raises
    ------
    ExportError
        If something else is there, or it overlaps the project.
    """

    def __init__(self, out: Path, project: Path) -> None:
        self.out = Path(os.path.realpath(out))
        self._draft = self.out.with_name(f".{self.out.name}.exploring")
        self._replaced = self.out.with_name(f".{self.out.name}.replaced")
        self._lock = FileLock(self._draft / _LOCK)
        _refuse_overlap(self.out, Path(os.path.realpath(project)))
        self._recover()
        self._refuse_foreign()

    def _recover(self) -> None:
        """Mend what a stop between the two renames of `_publish` left."""
        if self._replaced.is_dir() and not self.out.exists():
            self._replaced.rename(self.out)
        elif self._replaced.is_dir() and _is_ours(self._replaced):
            shutil.rmtree(self._replaced)

    def _refuse_foreign(self) -> None:
        if not self.out.exists():
            return
        if not self.out.is_dir():
            raise ExportError(f"{self.out}: is a file; choose a folder that is new")
        there = _files_in(self.out)
        if there and not _is_ours(self.out):
            raise ExportError(
                f"{self.out}: holds something that is no exploration of this program, and stays "
                "as it is; choose another folder or empty it"
            )
        foreign = sorted(there - {RECORD, *_record_of(self.out)["files"]})
        if foreign:
            raise ExportError(
                f"{self.out}: holds {foreign[0]}, which no exploration wrote; replacing the folder "
                "would delete that; move it, or choose another folder"
            )

    @contextmanager
    def writing(self, record: Mapping[str, Any]) -> Iterator[Path]:
        """Yield a folder to fill; when the block ends well, it becomes the one wanted.

        Parameters
        ----------
        record : mapping
            What is kept of this run in `RECORD`, JSON types.

        Raises
        ------
        ExportError
            If another program is writing there, or the disk cannot be written.
        """
        try:
            with self._alone():
                yield self._draft
                self._publish(record)
        except OSError as error:
            why = error.strerror or str(error)
            raise ExportError(f"{self.out}: cannot be written ({why})") from error

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._draft.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            found = "another exploration is writing there"
            raise ExportError(f"{self.out}: {found}; wait for it") from error
        try:
            _empty(self._draft)
            yield
        except BaseException:
            self._lock.release()
            shutil.rmtree(self._draft, ignore_errors=True)
            self._recover()
            raise

    def _publish(self, record: Mapping[str, Any]) -> None:
        files = sorted(_files_in(self._draft) - {_LOCK})
        whole = {"format": _FORMAT, **record, "files": files}
        text = json.dumps(whole, indent=1, ensure_ascii=False)
        (self._draft / RECORD).write_text(text + "\n", "utf-8")
        sync_files(self._draft / name for name in (*files, RECORD))
        self._lock.release()  # Windows renames no folder in which a file is open
        (self._draft / _LOCK).unlink(missing_ok=True)
        if self.out.is_dir():
            self.out.rename(self._replaced)
        self._draft.rename(self.out)
        sync_folder(self.out.parent)
        shutil.rmtree(self._replaced, ignore_errors=True)


def _refuse_overlap(out: Path, project: Path) -> None:
    if out.is_relative_to(project) or project.is_relative_to(out):
        raise ExportError(f"{out}: overlaps the project {project}; choose a folder outside of it")


def _record_of(folder: Path) -> dict[str, Any]:
    """Return what an exploration kept of itself; without files where there is none."""
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
    except (OSError, ValueError):
        return {"files": []}
    is_ours = isinstance(record, dict) and record.get("format") == _FORMAT
    return record if is_ours and isinstance(record.get("files"), list) else {"files": []}


def _is_ours(folder: Path) -> bool:
    return bool(_record_of(folder)["files"])


def _files_in(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix() for path in paths}


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != _LOCK:
            path.unlink()
