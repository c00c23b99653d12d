"""What ``s2label check`` verifies of models: records, weights, verdicts, history, held-out ground.

Repairs nothing; knows no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError, S2LabelError
from s2label.labelled.frozen import FILE_NAME, read_frozen
from s2label.progress import Progress
from s2label_training.bundle import verify_weights
from s2label_training.chosen_model import require_model
from s2label_training.shelf import Shelf
from s2label_training.verdicts import read_verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.progress import Job
    from s2label.project import Project
    from s2label.types import ClassTable
    from s2label_training.bundle import ModelRecord


def check_models(project: Project) -> Job[list[str]]:
    """Verify the models of a project and return what is wrong, one line each."""
    shelf = Shelf(project.folder)
    findings = _fault(lambda: read_frozen(shelf.models / FILE_NAME))
    findings += _check_use(shelf, project.classes)
    records = shelf.records()
    findings += shelf.complaints
    for done, record in enumerate(records, start=1):
        findings += _check_bundle(shelf, record)
        yield Progress(done, len(records), "checking models")
    # A damaged model that is in use is found twice.
    return list(dict.fromkeys(findings))


def _check_use(shelf: Shelf, classes: ClassTable) -> list[str]:
    try:
        model = shelf.in_use
    except InputError as error:
        return [str(error)]
    return [] if model is None else _fault(lambda: require_model(shelf, classes, model))


def _check_bundle(shelf: Shelf, record: ModelRecord) -> list[str]:
    folder = shelf.folder(record.id)
    return _fault(lambda: verify_weights(folder, record)) + _fault(lambda: read_verdict(folder))


def _fault(look: Callable[[], object]) -> list[str]:
    try:
        look()
    except S2LabelError as error:
        return [str(error)]
    return []
