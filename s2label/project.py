"""A project: one folder that holds everything but the source pixels."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from s2label.canvases import CanvasKind
from s2label.catalog.database import create_catalog, located
from s2label.catalog.store import Catalog
from s2label.chip_folder import follow_chips, moved_chips
from s2label.errors import CatalogError, ProjectBusyError, ProjectError
from s2label.painting.canvas import recover
from s2label.project_file import (
    FILE_NAME,
    ProjectFile,
    read_project_file,
    require_project_file,
    write_project_file,
)
from s2label.refusals import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.canvases import CanvasRef
    from s2label.stretch import Stretch
    from s2label.types import ClassTable

_LOCK_NAME = ".lock"
OWN_FOLDERS = ("chips", "masks", "rasters", "models", "thumbnails")


class Project:
    """An open project: settings, catalog and the places of its files.

    ``recovered`` says what a program that ended early had left unfinished.
    """

    def __init__(self, folder: Path, settings: ProjectFile, catalog: Catalog) -> None:
        self.folder = folder
        self.settings = settings
        self.catalog = catalog
        self.recovered: list[str] = []

    @property
    def classes(self) -> ClassTable:
        """The class table."""
        return self.settings.classes

    @property
    def staging(self) -> Path:
        """Where an unfinished import keeps what it has examined."""
        return self.folder / ".importing"

    def mask_path(self, mask_id: str, version: int) -> Path:
        """Return where a mask version is kept."""
        return self.folder / "masks" / mask_id / f"{version}.tif"

    def canvas_path(self, ref: CanvasRef, version: int) -> Path:
        """Return where a version of a mask or an ignore raster is kept."""
        if ref.kind is CanvasKind.MASK:
            return self.mask_path(ref.id, version)
        return self.folder / "rasters" / ref.id / f"{version}.tif"

    def keep_stretch(self, stretch: Stretch) -> None:
        """Write a new stretch into the settings, which the user may have changed meanwhile."""
        self.settings = read_project_file(self.folder / FILE_NAME).with_stretch(stretch)
        write_project_file(self.folder / FILE_NAME, self.settings)


def create_project(folder: Path, classes: ClassTable, name: str | None = None) -> None:
    """Make an empty project; afterwards the folder is whole, or as it was.

    Raises
    ------
    ProjectError
        If something is there already, or the folder cannot be made.
    """
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ProjectError(f"{folder}: is there already and not empty; choose another name")
    try:
        if not folder.parent.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be made ({reason_of(error)})") from error
    with _whole_or_nothing(draft, folder):
        _fill(draft, ProjectFile(name or folder.name, classes))
        draft.chmod(0o777 & ~_umask())
        _put_in_place(draft, folder)


@contextmanager
def _whole_or_nothing(draft: Path, folder: Path) -> Iterator[None]:
    """Throw the draft away where it cannot be filled; say so of the folder that was wanted."""
    try:
        yield
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError):
            raise ProjectError(f"{folder}: cannot be made ({reason_of(error)})") from error
        if isinstance(error, CatalogError):
            raise ProjectError(str(error).replace(str(draft), str(folder))) from error
        raise


def _fill(folder: Path, settings: ProjectFile) -> None:
    create_catalog(located(settings.catalog, folder))
    write_project_file(folder / FILE_NAME, settings)
    (folder / _LOCK_NAME).touch()
    for name in OWN_FOLDERS:
        (folder / name).mkdir()


def _put_in_place(draft: Path, folder: Path) -> None:
    if not folder.exists():
        draft.replace(folder)
        return
    # An empty folder stays the same folder: somebody's shell may be in it. The settings come
    # last; without them it is no project yet.
    for path in sorted(draft.iterdir(), key=lambda path: path.name == FILE_NAME):
        path.replace(folder / path.name)
    draft.rmdir()


def _umask() -> int:
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def open_project(folder: Path, *, write: bool = False) -> Iterator[Project]:
    """Open a project; with `write`, as the only one that writes.

    Raises
    ------
    ProjectError
        If it is no project, damaged, or of a newer program.
    ProjectBusyError
        If another program is writing.
    """
    folder = folder.absolute()
    if not folder.is_dir():
        raise ProjectError(f"{folder}: no such project; make one with `s2label init`")
    require_project_file(folder / FILE_NAME)  # before a lock is made in any folder
    with _only_writer(folder) if write else _anyone():
        settings = read_project_file(folder / FILE_NAME)
        catalog = Catalog(located(settings.catalog, folder), write=write)
        try:
            project = Project(folder, settings, catalog)
            if write:
                follow_chips(project)
                project.recovered = recover(project)
            elif moved_chips(project):
                _follow_as_writer(project)
            yield project
        finally:
            catalog.close()


def _follow_as_writer(project: Project) -> None:
    """Let a project that was moved or copied find its chips, though it is open for reading.

    Whoever writes at this moment has done so already; a disk that cannot be written stays as it is.
    """
    with suppress(ProjectError), _only_writer(project.folder):
        catalog = Catalog(project.catalog.url, write=True)
        try:
            follow_chips(Project(project.folder, project.settings, catalog))
        finally:
            catalog.close()


@contextmanager
def _anyone() -> Iterator[None]:
    yield


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / _LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ProjectBusyError(
            f"{folder}: another program is writing to this project; "
            "wait for it, or close it, and try again"
        ) from error
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be written ({reason_of(error)})") from error
    try:
        yield
    finally:
        lock.release()
