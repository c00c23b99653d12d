"""Trainings on disk: ``models/.runs/<id>/`` keeps what a training needs to go on. Knows no torch.

``run.json`` says how far it is, ``data.json`` what it learns from; checkpoints and the best weights
lie beside them. A folder that its trainer has locked belongs to a training that runs; one that is
neither locked nor finished belongs to one that ended early, and can be resumed.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from s2label.durable import make_folder, write_whole
from s2label.errors import InputError, ProjectBusyError, ProjectError
from s2label.refusals import reason_of
from s2label_training.run_records import RunData, RunRecord, RunState, read_run_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label_training.recipe import Recipe

__all__ = ["BUNDLE_NAME", "FOLDER_NAME", "Run", "RunData", "RunRecord", "RunState", "Runs"]

FOLDER_NAME = ".runs"
RECORD_NAME = "run.json"
DATA_NAME = "data.json"
BUNDLE_NAME = "bundle"
_LOCK_NAME = ".lock"
_ID = r"[A-Za-z0-9_-]+"
_EPOCH = re.compile(r"epoch-(\d{5})")
# Trainings that ended early stay as long as they are among the newest so many.
_KEPT = 3
# Who looks through them is done long before.
_PATIENCE_S = 30


class Run:
    """The folder of one training.

    Parameters
    ----------
    folder : Path
        It is there already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = FileLock(folder / _LOCK_NAME)

    @property
    def record(self) -> RunRecord:
        """How far it is.

        Raises
        ------
        InputError
            If the file is missing or damaged.
        """
        return read_run_record(RunRecord, self.folder / RECORD_NAME)

    @property
    def data(self) -> RunData:
        """What it learns from; see `record`."""
        return read_run_record(RunData, self.folder / DATA_NAME)

    def write(self, record: RunRecord | RunData) -> None:
        """Write one of the two records, whole or not at all."""
        name = RECORD_NAME if isinstance(record, RunRecord) else DATA_NAME
        write_whole(self.folder / name, record.model_dump_json(indent=1).encode() + b"\n")

    def change(self, **fields: object) -> None:
        """Write the record with other values in some fields."""
        self.write(self.record.model_copy(update=fields))

    def checkpoint(self, epochs_done: int) -> Path:
        """Return where the checkpoint after so many epochs is kept."""
        return self.folder / f"epoch-{epochs_done:05d}"

    @property
    def last_checkpoint(self) -> Path | None:
        """The newest whole checkpoint."""
        found = [path for path in self.folder.iterdir() if _EPOCH.fullmatch(path.name)]
        return max(found, default=None, key=lambda path: path.name)

    def acquire(self) -> bool:
        """Lock the folder until this process ends.

        False where another one trains in it, or where nothing can be written.
        """
        try:
            self._lock.acquire(timeout=0)
        except (Timeout, OSError):
            return False
        return True

    def discard(self) -> None:
        """Delete the folder: nothing came of it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def release(self) -> None:
        """Let others resume it."""
        self._lock.release()

    def drop_before(self, epochs_done: int, keep: str) -> None:
        """Delete older checkpoints, and the weights that the newest one does not name."""
        newest = self.checkpoint(epochs_done)
        for path in self.folder.iterdir():
            if _EPOCH.fullmatch(path.name) and path != newest:
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".safetensors" and path.name != keep:
                path.unlink(missing_ok=True)

    def drop_states(self) -> None:
        """Delete checkpoints and weights of a training that is done; pictures stay."""
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            elif path.suffix == ".safetensors":
                path.unlink(missing_ok=True)


class Runs:
    """The trainings of a project.

    Parameters
    ----------
    project_folder : Path
        The project.
    folder : Path, optional
        Where they are kept; ``models/.runs`` if not given.
    """

    def __init__(self, project_folder: Path, folder: Path | None = None) -> None:
        self._inside = folder.parent if folder else project_folder
        self.folder = folder or project_folder / "models" / FOLDER_NAME

    def begin(self, recipe: Recipe, hold_out: tuple[str, ...], fold: str = "") -> Run:
        """Make the folder of a new training, locked.

        Raises
        ------
        ProjectError
            If the project's folder cannot be written.
        """
        now = datetime.now(UTC)
        try:
            make_folder(self.folder, inside=self._inside)
            with self._alone():
                folder = self._new_folder(f"{now:%Y%m%d-%H%M%S}-{recipe.name}")
                run = Run(folder)
                run.acquire()
        except OSError as error:
            raise ProjectError(f"{self.folder}: cannot be written ({reason_of(error)})") from error
        started = now.isoformat(timespec="seconds")
        wanted = {"recipe": recipe, "hold_out": hold_out, "fold": fold}
        run.write(RunRecord(id=folder.name, started_at=started, **wanted))
        return run

    def reopen(self, id_: str) -> Run:
        """Go on with a training that ended early: lock its folder.

        Raises
        ------
        ProjectError
            If there is none of that name, it is done, or another program goes on with it.
        """
        run = Run(self.folder / id_)
        if not re.fullmatch(_ID, id_) or not self._acquire(run):
            raise ProjectError(f"{self.folder}: no training {id_!r} that could be resumed")
        if not _can_go_on(run):
            run.release()
            raise ProjectError(f"{run.folder}: this training is done; begin a new one")
        run.change(state=RunState.RUNNING, model="")
        return run

    def unfinished(self) -> list[Run]:
        """Return the trainings that ended early after at least an epoch, the newest first.

        Those that run just now are none of them.
        """
        if not self.folder.is_dir():
            return []
        try:
            with self._alone():
                return [run for run in self._idle() if _can_go_on(run)]
        except (OSError, ProjectBusyError):  # where nothing can be written, nothing can be resumed
            return []

    def sweep(self) -> None:
        """Delete trainings that are finished, that never came to an epoch, and old ones."""
        if not self.folder.is_dir():
            return
        with suppress(OSError, ProjectBusyError), self._alone(patience_s=0):
            idle = self._idle()
            kept = [run for run in idle if _can_go_on(run)][:_KEPT]
            for run in idle:
                if run not in kept:
                    shutil.rmtree(run.folder, ignore_errors=True)

    def _acquire(self, run: Run) -> bool:
        """Lock a training; False if it is not there."""
        if not self.folder.is_dir():
            return False
        with self._alone():
            if not run.folder.is_dir():
                return False
            if not run.acquire():
                found = "another program goes on with this training"
                raise ProjectBusyError(f"{run.folder}: {found}; wait for it, or begin a new one")
        return True

    @contextmanager
    def _alone(self, patience_s: float = _PATIENCE_S) -> Iterator[None]:
        """Keep others away: who looks whether a training runs locks it for a moment.

        Without it, a training that another program begins or resumes at that moment would lose
        its lock to the look, and its folder to `sweep`.
        """
        lock = FileLock(self.folder / _LOCK_NAME)
        try:
            lock.acquire(timeout=patience_s)
        except Timeout as error:
            found = "another program is busy with the trainings of this project"
            raise ProjectBusyError(f"{self.folder}: {found}; wait for it and try again") from error
        try:
            yield
        finally:
            lock.release()

    def _new_folder(self, name: str) -> Path:
        for number in range(1, 1000):
            folder = self.folder / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
        raise ProjectError(f"{self.folder}: too many trainings begun in this second")

    def _idle(self) -> list[Run]:
        """Return the trainings that no process has locked, the newest first."""
        runs = [Run(path) for path in sorted(self.folder.iterdir(), reverse=True) if path.is_dir()]
        return [run for run in runs if _is_idle(run)]


def _is_idle(run: Run) -> bool:
    if not run.acquire():
        return False
    run.release()
    return True


def _can_go_on(run: Run) -> bool:
    try:
        record = run.record
    except InputError:
        return False
    # Killed after its model was put on the shelf, and before that was noted.
    models = run.folder.parent.parent
    is_placed = record.state is RunState.RUNNING and (models / (record.model or ".none")).is_dir()
    is_finished = record.state is RunState.FINISHED or is_placed
    return not is_finished and run.last_checkpoint is not None
