"""The folder of an exploration: written beside its place, and put there whole."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from s2label.alone import alone
from s2label.durable import sync_files, sync_folder
from s2label.errors import ExportError
from s2label.refusals import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

RECORD = "explore.json"
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
        _refuse_overlap(self.out, Path(os.path.realpath(project)))
        if self._replaced.is_dir():
            with self._alone():
                self._mend()
        self._refuse_foreign()

    def _alone(self) -> AbstractContextManager[None]:
        """Keep others away; the lock lies beside the draft, which is renamed while it is held."""
        busy = f"{self.out}: another exploration is writing there; wait for it"
        return alone(self._draft.with_name(f"{self._draft.name}.lock"), busy, ExportError)

    def _mend(self) -> None:
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
            If another program is writing there, somebody put a file there meanwhile, or the disk
            cannot be written.
        """
        try:
            self.out.parent.mkdir(parents=True, exist_ok=True)
            with self._alone(), self._growing():
                yield self._draft
                self._publish(record)
        except OSError as error:
            raise ExportError(f"{self.out}: cannot be written ({reason_of(error)})") from error

    @contextmanager
    def _growing(self) -> Iterator[None]:
        """Make the draft anew, and throw it away if nothing comes of it."""
        self._mend()
        try:
            if self._draft.is_dir():  # left by one that was killed
                shutil.rmtree(self._draft)
            self._draft.mkdir()
            yield
        except BaseException:
            shutil.rmtree(self._draft, ignore_errors=True)
            self._mend()
            raise

    def _publish(self, record: Mapping[str, Any]) -> None:
        files = sorted(_files_in(self._draft))
        whole = {"format": _FORMAT, **record, "files": files}
        text = json.dumps(whole, indent=1, ensure_ascii=False)
        (self._draft / RECORD).write_text(text + "\n", "utf-8")
        sync_files(self._draft / name for name in (*files, RECORD))
        self._refuse_foreign()
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
