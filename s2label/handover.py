"""Results on their way from whoever made them to the one that may write the catalog.

Whoever computes may not be the one who writes: the window has the project while its child works.
So the child leaves files of its own in the project, and whoever writes takes them over, one at a
time: the command when it is done, the window when a project is opened and when a job ends.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from s2label.durable import PART_SUFFIX, make_folder, put_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from s2label.project import Project

Left = TypeVar("Left", bound=BaseModel)

# A file is written in milliseconds: whoever began an older one was killed.
_WRITTEN_S = 3600.0


class Handover(Generic[Left]):
    """A folder of a project in which results of one kind wait.

    A file is taken over at once, and decisions wait for that: it should hold no more than takes
    some hundredths of a second.

    Parameters
    ----------
    folder : str
        Relative to the project.
    model : type
        What a file holds.
    """

    def __init__(self, folder: str, model: type[Left]) -> None:
        self._folder, self._model = folder, model

    def folder(self, project_folder: Path) -> Path:
        """Return the folder in a project."""
        return project_folder / self._folder

    def leave(self, project_folder: Path, left: Left) -> None:
        """Leave a file; the project may be open for reading only."""
        folder = self.folder(project_folder)
        make_folder(folder, inside=project_folder)
        # In the order of time, so that the latest word is the last.
        path = folder / f"{time.time_ns():020d}-{os.getpid()}.json"
        put_whole(path, left.model_dump_json().encode())

    def waiting(self, project_folder: Path) -> list[Path]:
        """Return the files that wait, the oldest first."""
        return sorted(self.folder(project_folder).glob("[0-9]*.json"))

    def read(self, project_folder: Path) -> Iterator[Left]:
        """Yield what waits, the oldest first; it goes on waiting."""
        for path in self.waiting(project_folder):
            left = self._read(path)
            if left is not None:
                yield left

    def take_oldest(self, project_folder: Path, note: Callable[[Left], object]) -> bool:
        """Take over the oldest file; tells whether there was one.

        Parameters
        ----------
        project_folder : Path
            Of a project that is open for writing.
        note : callable
            Writes what a file holds into the catalog. If it raises, the file stays.
        """
        waiting = self.waiting(project_folder)
        if not waiting:
            self._sweep(project_folder)
            return False
        left = self._read(waiting[0])
        if left is not None:
            note(left)
        waiting[0].unlink(missing_ok=True)
        return True

    def _sweep(self, project_folder: Path) -> None:
        """Delete what somebody began to write who was killed."""
        begun_before = time.time() - _WRITTEN_S
        for part in self.folder(project_folder).glob(f".*{PART_SUFFIX}.json"):
            with suppress(OSError):
                if part.stat().st_mtime < begun_before:
                    part.unlink()

    def _read(self, path: Path) -> Left | None:
        """Return what a file holds; None if it is damaged or gone: the next run leaves it again."""
        try:
            return self._model.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None


def take_all(take_oldest: Callable[[Project], bool], project: Project) -> int:
    """Take over all that was left; returns how many files that were.

    Parameters
    ----------
    take_oldest : callable
        Takes over the oldest file of a kind, and tells whether there was one.
    project : Project
        Open for writing.

    Raises
    ------
    CatalogError
        If the catalog cannot be written; the files then stay.
    """
    taken = 0
    while take_oldest(project):
        taken += 1
    return taken
