"""The models of a project on disk, and which of them is in use. Files only; knows no torch.

``models/<id>/`` are bundles, ``models/in_use.json`` is the history of promotions. Both are changed
under the lock ``models/.lock``, so that it may be done while a window has the project open.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from s2label.durable import sync_file, sync_folder
from s2label.errors import InputError, ProjectError
from s2label.refusals import reason_of
from s2label_training.bundle import ID_PATTERN, read_record, verify_weights, write_record
from s2label_training.promotions import (
    SupersededError,
    Use,
    append_number,
    append_use,
    model_before,
    read_history,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from s2label_training.bundle import ModelRecord

__all__ = ["Shelf", "SupersededError", "Use"]

FOLDER_NAME = "models"
HISTORY_NAME = "in_use.json"
LOCK_NAME = ".lock"
_WAIT_S = 10.0


class Shelf:
    """The models of a project.

    Parameters
    ----------
    project_folder : Path
        The project; it needs to hold no models yet.

    Attributes
    ----------
    models : Path
        Folder of the bundles; it may not be there yet.
    complaints : list of str
        What the last `records` had to leave out, and why.
    """

    def __init__(self, project_folder: Path) -> None:
        self.models = project_folder / FOLDER_NAME
        self._history = self.models / HISTORY_NAME
        self.complaints: list[str] = []

    # -- what is there ---------------------------------------------------------------------------

    def records(self) -> list[ModelRecord]:
        """Return all models, the newest last; damaged ones are told in `complaints`."""
        found, self.complaints = [], []
        for name in self._names():
            try:
                found.append(self.record(name))
            except InputError as error:
                self.complaints.append(str(error))
        return sorted(found, key=lambda record: (record.created_at, record.id))

    def folder(self, model: str) -> Path:
        """Return the folder of a model, be it there or not.

        Raises
        ------
        InputError
            If that cannot be the id of a model.
        """
        if not re.fullmatch(ID_PATTERN, model):
            raise InputError(self.models, f"found {model!r}", "the id of a model")
        return self.models / model

    def record(self, model: str) -> ModelRecord:
        """Return the record of a model.

        Raises
        ------
        InputError
            If there is no such model, or its record is damaged.
        """
        folder = self.folder(model)
        if not folder.is_dir():
            raise self._missing(folder)
        record = read_record(folder)
        if record.id != model:
            raise InputError(
                folder, f"holds the model {record.id}", "one of its own name", "rename it back"
            )
        return record

    def _names(self) -> list[str]:
        # Names with a dot first are drafts and locks.
        found = self.models.iterdir() if self.models.is_dir() else ()
        return sorted(p.name for p in found if p.is_dir() and re.fullmatch(ID_PATTERN, p.name))

    def _missing(self, folder: Path) -> InputError:
        if folder.name == self.in_use:
            advice = "restore the folder from a backup, or promote another model or roll back"
            return InputError(folder, "the model in use is gone", advice=advice)
        return InputError(folder, "no such model", ", ".join(self._names()) or "none yet")

    # -- which one is in use -----------------------------------------------------------------------

    @property
    def in_use(self) -> str | None:
        """Id of the model in use; None before the first promotion."""
        uses = self.uses()
        return uses[-1].model if uses else None

    def uses(self) -> list[Use]:
        """Return all promotions, the oldest first.

        Raises
        ------
        InputError
            If the history is damaged.
        """
        return list(read_history(self._history).uses)

    def number(self, model: str) -> int:
        """Return the provenance number of a model, see `allot_number`.

        Raises
        ------
        ProjectError
            If it has none yet.
        """
        number = self.numbers().get(model)
        if number is None:
            raise ProjectError(
                f"{self.folder(model)}: was never in use; promote it (`s2label models promote`), "
                "or see what it proposes (`s2label suggest --model`)"
            )
        return number

    def numbers(self) -> dict[str, int]:
        """Return the provenance number of each model that has one, by id, deleted ones too."""
        return read_history(self._history).numbers

    def name_of_number(self, number: int) -> str:
        """Return the id of the model that set pixels of this provenance; "" where none is known."""
        return next((model for model, its in self.numbers().items() if its == number), "")

    # -- what changes it ---------------------------------------------------------------------------

    def promote(self, model: str, why: str, *, instead_of: str | None = None) -> Use:
        """Take a model into use, after its files were verified; nothing changes if it is already.

        Parameters
        ----------
        model : str
            Id of the model.
        why : str
            A reason in a few words.
        instead_of : str, optional
            The model that it was compared with: only if that one is in use still; empty for none.
            None does not ask.

        Raises
        ------
        InputError
            If the model is not there or damaged.
        SupersededError
            If another model than `instead_of` is in use by now.
        ProjectError
            If no number is left for it, or the shelf cannot be changed.
        """
        verify_weights(self.folder(model), self.record(model))
        with self._locked():
            uses = self.uses()
            if uses and uses[-1].model == model:
                return uses[-1]
            found = uses[-1].model if uses else ""
            if instead_of not in (None, found):
                raise SupersededError(f"another model ({found or 'none'}) came into use meanwhile")
            return append_use(self._history, model, why)

    def allot_number(self, model: str) -> int:
        """Return the provenance number of a model; it gets one if it has none, and keeps it.

        Raises
        ------
        InputError
            If the model is not there or damaged.
        ProjectError
            If no number is left for it, or the shelf cannot be changed.
        """
        known = self.numbers().get(model)
        if known is not None:
            return known
        verify_weights(self.folder(model), self.record(model))
        with self._locked():
            return self.numbers().get(model) or append_number(self._history, model).number

    def rollback(self) -> Use:
        """Take the model into use that was in use before the present one.

        Asked again, it goes back one further, not forth again.

        Raises
        ------
        InputError
            If that model's files are gone or damaged.
        ProjectError
            If there was none before, or the shelf cannot be changed.
        """
        with self._locked():
            model = model_before(self.uses())
            if model is None:
                raise ProjectError(f"{self.models}: no model was in use before; none to go back to")
            verify_weights(self.folder(model), self.record(model))
            why = f"rolled back from {self.in_use}"
            return append_use(self._history, model, why, is_rollback=True)

    def new_id(self, recipe_name: str, at: datetime) -> str:
        """Return an id that no model has: recipe and time, ``vessels_unet-20240131-120000``.

        Parameters
        ----------
        recipe_name : str
            Name of the recipe.
        at : datetime
            When the model was made, with its time zone.
        """
        first = f"{recipe_name}-{at.astimezone(UTC):%Y%m%d-%H%M%S}"
        taken = {*self._names(), *self.numbers()}
        name, count = first, 1
        while name in taken:
            count += 1
            name = f"{first}-{count}"
        return name

    def place(self, draft_folder: Path, record: ModelRecord) -> Path:
        """Write the record beside the weights in a draft, and rename that into place.

        Parameters
        ----------
        draft_folder : Path
            Holds the weights; on the same disk, best ``models/.<something>``.
        record : ModelRecord
            What the bundle will say of itself.

        Raises
        ------
        InputError
            If the weights are not those that the record names.
        ProjectError
            If a model of that id is there, or the shelf cannot be changed.
        """
        verify_weights(draft_folder, record)
        write_record(draft_folder, record)
        for path in draft_folder.iterdir():
            if path.is_file():
                sync_file(path)
        folder = self.folder(record.id)
        with self._locked():
            if folder.exists():
                raise ProjectError(f"{folder}: is there already, and a model is never replaced")
            draft_folder.rename(folder)
            sync_folder(self.models)
        return folder

    def discard(self, model: str) -> None:
        """Take a model from the shelf, if it is there; its number stays known.

        Parameters
        ----------
        model : str
            Id of the model.

        Raises
        ------
        ProjectError
            If it is in use, or the shelf cannot be changed.
        """
        folder = self.folder(model)
        with self._locked():
            if self.in_use == model:
                raise ProjectError(
                    f"{folder}: is in use and stays; promote another model, or roll back"
                )
            if not folder.is_dir():
                return
            # Renamed first: killed in between, no half of a model stands there.
            going = self.models / f".discarded-{model}"
            shutil.rmtree(going, ignore_errors=True)
            folder.rename(going)
            shutil.rmtree(going, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self.models / LOCK_NAME)
        try:
            self.models.mkdir(exist_ok=True)
            before = self.models.stat()
            lock.acquire(timeout=_WAIT_S)
            # A lock makes the folder of its file anew where that has gone: nothing may grow there.
            if not os.path.samestat(before, self.models.stat()):
                lock.release()
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.models))
        except Timeout as error:
            raise ProjectError(
                f"{self.models}: another program is changing the models; try again"
            ) from error
        except OSError as error:
            raise ProjectError(f"{self.models}: cannot be written ({reason_of(error)})") from error
        try:
            yield
        finally:
            lock.release()
