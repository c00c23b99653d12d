"""How an audit begins, or goes on: what is refused, and what is said. Knows no torch."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2label.errors import ProjectError
from s2label.labelled.chips import find_labelled
from s2label.labelled.folds import choose_folds, things_to_learn
from s2label.labelled.places import labelled_places
from s2label.types import BACKGROUND
from s2label_training.chosen import require_settled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from s2label.labelled.chips import LabelledChip
    from s2label.labelled.folds import Folds
    from s2label.labelled.places import LabelledPlace
    from s2label.project import Project
    from s2label_training.audit.record import AuditRecord
    from s2label_training.audit.request import AuditRequest
    from s2label_training.audit.work import AuditWork

ONE_GROUP = (
    "all masks come from one scene: each is looked at by a model of its neighbours, which share "
    "light and haze with it, and errors that they all have are not found"
)


@dataclass(frozen=True, eq=False)
class Beginning:
    """An audit that may go ahead.

    Parameters
    ----------
    record : AuditRecord
        How far it is.
    chips : list of LabelledChip
        All labelled chips, as they are now.
    notes : list of str
        What is to be said, a sentence each.
    """

    record: AuditRecord
    chips: list[LabelledChip]
    notes: list[str]


def begin_audit(project: Project, request: AuditRequest, work: AuditWork) -> Beginning:
    """Begin an audit, or take up the one that ended early if it was asked for in the same way.

    Parameters
    ----------
    project : Project
        Open for reading.
    request : AuditRequest
        What is wanted.
    work : AuditWork
        Locked.

    Raises
    ------
    ProjectError
        If nothing is labelled, images have open findings, or the labels cannot be parted so that
        each part has others to be judged by.
    InputError
        If the record of the audit that ended early is damaged.
    """
    chips = find_labelled(project)
    if not chips:
        raise ProjectError(
            f"{project.folder}: nothing is labelled yet; paint some chips, or import masks"
        )
    require_settled(project, chips)
    masks = {chip.mask_id: chip.mask_version for chip in chips}
    inputs = _inputs(project, request)
    before = None if request.again else work.read()
    if before is not None and before.inputs == inputs:
        notes = ["goes on with the audit that ended early", *_changes(before, masks)]
        record = before
    else:
        folds = _choose(project, labelled_places(chips), request.folds)
        notes = list(_begun_anew(before, inputs))
        record = work.begin(inputs, folds, masks)
    notes += _about_folds(record, request)
    return Beginning(record, chips, notes)


def _inputs(project: Project, request: AuditRequest) -> dict[str, Any]:
    recipe = request.recipe.model_dump(mode="json")
    return {"recipe": recipe, "folds": request.folds, "classes": list(project.classes.values)}


def _begun_anew(before: AuditRecord | None, inputs: dict[str, Any]) -> Iterator[str]:
    if before is not None:
        changed = ", ".join(name for name in inputs if inputs[name] != before.inputs.get(name))
        yield (
            f"began anew, with other {changed}: what the audit that ended early had done was "
            "thrown away"
        )


def _changes(before: AuditRecord, masks: Mapping[str, int]) -> Iterator[str]:
    """Tell what became of the labels since an audit began."""
    both = before.masks.keys() & masks.keys()
    counts = Counter(
        changed=sum(before.masks[id_] != masks[id_] for id_ in both),
        new=len(masks) - len(both),
        gone=len(before.masks) - len(both),
    )
    told = [f"{count} {word}" for word, count in counts.items() if count]
    if told:
        yield (
            f"masks since it began: {', '.join(told)}; the models learn from those there were, "
            "and --again begins anew"
        )


def _about_folds(record: AuditRecord, request: AuditRequest) -> Iterator[str]:
    if not record.is_by_group:
        yield ONE_GROUP
    if len(record.folds) < request.folds:
        what = "groups of ground" if record.is_by_group else "places"
        yield f"{len(record.folds)} folds, not {request.folds}: there are no more {what} for it"


def _choose(project: Project, places: Mapping[str, LabelledPlace], count: int) -> Folds:
    values = {value for place in places.values() for value in place.values}
    if len(values) < 2:
        names = ", ".join(_names(project, values))
        raise ProjectError(
            f"{project.folder}: only {names} is labelled; a model learns nothing from one class, "
            "label another one too"
        )
    folds = choose_folds(places, count)
    if len(folds.held) < 2:
        raise ProjectError(
            f"{project.folder}: only one place has labels; an audit judges places by models of "
            "others, label more of them"
        )
    for held, training in zip(folds.held, folds.training, strict=True):
        if not things_to_learn(places, training):
            raise _nothing_to_learn(project, places, held, values)
    return folds


def _nothing_to_learn(
    project: Project, places: Mapping[str, LabelledPlace], held: frozenset[str], values: set[int]
) -> ProjectError:
    things = ", ".join(_names(project, values - {BACKGROUND}))
    groups = sorted({places[id_].group for id_ in held if places[id_].values - {BACKGROUND}})
    return ProjectError(
        f"{project.folder}: {things} is labelled in {', '.join(groups[:3])} only, and a model that "
        "never saw it has nothing to learn; label more ground"
    )


def _names(project: Project, values: Sequence[int] | set[int]) -> list[str]:
    names = {BACKGROUND: "background"} | {c.value: c.name for c in project.classes.classes}
    return [names.get(value, f"class {value}") for value in sorted(values)]
