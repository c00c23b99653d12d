"""The folder of an audit that is under way: ``models/.audits/<id>/``. Knows no torch.

One audit at a time: a lock beside the folder keeps others out, and a new one takes the place of
one that ended early.
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from s2label.alone import alone
from s2label.durable import make_folder
from s2label.errors import ProjectError
from s2label.refusals import reason_of
from s2label_training.audit.record import (
    FOLD_PREFIX,
    RECORD_NAME,
    read_audit_record,
    record_of,
    write_audit_record,
)
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from s2label.labelled.folds import Folds
    from s2label_training.audit.record import AuditRecord

FOLDER_NAME = ".audits"
_LOCK_NAME = "lock"


class AuditWork:
    """The audit that is under way in a project, if there is one.

    Parameters
    ----------
    project_folder : Path
        The project, which may be open for reading only.
    """

    def __init__(self, project_folder: Path) -> None:
        self._shelf = Shelf(project_folder)
        self._audits = self._shelf.models / FOLDER_NAME

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other audits of this project out.

        Raises
        ------
        S2LabelError
            If there is one, or nothing can be written.
        """
        try:
            make_folder(self._audits, inside=self._shelf.models.parent)
        except OSError as error:
            raise ProjectError(f"{self._audits}: cannot be written ({reason_of(error)})") from error
        busy = f"{self._audits}: another program audits this project; wait for it, or stop it"
        with alone(self._audits / _LOCK_NAME, busy):
            yield

    def read(self) -> AuditRecord | None:
        """Return the audit that ended early; None where there is none.

        Raises
        ------
        InputError
            If its record is damaged.
        """
        # Without a record, it was killed before it did anything.
        begun = [folder for folder in self._folders() if (folder / RECORD_NAME).exists()]
        return read_audit_record(begun[-1]) if begun else None

    def begin(self, inputs: dict[str, Any], folds: Folds, masks: Mapping[str, int]) -> AuditRecord:
        """Begin an audit, in place of whatever there was.

        Raises
        ------
        ProjectError
            If a model of a fold is in use.
        """
        self.clear()
        id_ = f"audit-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        record = record_of(id_, inputs, folds, masks)
        self.folder(record).mkdir()
        self.write(record)
        return record

    def write(self, record: AuditRecord) -> None:
        """Write down how far the audit is."""
        write_audit_record(self.folder(record), record)

    def folder(self, record: AuditRecord) -> Path:
        """Return the folder of an audit; trainings of a fold are kept in one named after it."""
        return self._audits / record.id

    def clear(self) -> None:
        """Delete all folders and fold models: there is no audit any more.

        Raises
        ------
        ProjectError
            If a model of a fold is in use.
        """
        for path in sorted(self._shelf.models.glob(f"{FOLD_PREFIX}*")):
            self._shelf.discard(path.name)
        for folder in self._folders():
            # The record goes first: half a folder is none.
            (folder / RECORD_NAME).unlink(missing_ok=True)
            shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        return sorted(path for path in self._audits.iterdir() if path.is_dir())
