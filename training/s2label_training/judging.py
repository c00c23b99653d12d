"""The gate asked about a model, which comes into use if it is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import S2LabelError
from s2label_training.gate import judge
from s2label_training.shelf import Shelf, SupersededError

if TYPE_CHECKING:
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.verdicts import Verdict

CROSS_VALIDATED = "models of cross-validation learn from chips that others are judged on"


def judge_again(project: Project, model: str) -> Job[Verdict]:
    """Judge a model that is there already, on the chips that are checked by now.

    It comes into use if it is better. An earlier verdict on it is replaced, at the end.

    Parameters
    ----------
    project : Project
        The project; reading is enough.
    model : str
        Id of the model.

    Raises
    ------
    S2LabelError
        If it is in use, of cross-validation, not there or damaged, if a mask cannot be read, or
        if others come into use again and again meanwhile.
    """
    shelf = Shelf(project.folder)
    if model == shelf.in_use:
        raise S2LabelError(f"{model}: it is in use; others are compared with it")
    if shelf.record(model).data.hold_out:
        raise S2LabelError(f"{model}: not judged; {CROSS_VALIDATED}")
    try:
        return (yield from judge_and_take(project, model))
    except SupersededError as error:
        raise S2LabelError(
            f"{model}: not taken into use; {error}, twice: judge it again"
        ) from error


def judge_and_take(project: Project, model: str) -> Job[Verdict]:
    """Take a model into use if it is better; judge it again if another one came meanwhile.

    Raises
    ------
    SupersededError
        If that happened twice.
    S2LabelError
        If it cannot be judged, see `gate.judge`.
    """
    try:
        return (yield from _take_if_better(project, model))
    except SupersededError:
        return (yield from _take_if_better(project, model))


def _take_if_better(project: Project, model: str) -> Job[Verdict]:
    shelf = Shelf(project.folder)
    # Before the gate looks, so that nothing can come into use between the two unnoticed.
    before = shelf.in_use or ""
    verdict = yield from judge(project, model)
    if verdict.is_better:
        shelf.promote(model, verdict.reason, instead_of=before)
    return verdict
