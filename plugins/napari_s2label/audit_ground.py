"""What an audit would look at, and what is suspected already; read in a thread."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from s2label_training.recipe import Recipe

    from s2label.project import Project


@dataclass(frozen=True)
class BegunAudit:
    """An audit that ended early.

    Parameters
    ----------
    folds, folds_done : int
        How many folds there are, and of how many all masks were looked at.
    recipe, wished_folds : str, int
        What it was asked for, to go on with it.
    is_own : bool
        Whether it was asked for in a way that only the command line offers.
    """

    folds: int
    folds_done: int
    recipe: str
    wished_folds: int
    is_own: bool


@dataclass(frozen=True)
class AuditGround:
    """What an audit would look at, and the one that ended early, if there is one.

    ``trouble`` says why that one cannot go on.
    """

    masks: int
    groups: int
    begun: BegunAudit | None = None
    trouble: str = ""


@dataclass(frozen=True)
class SuspicionCounts:
    """What is suspected and not decided on: masks, unlabelled objects, and kind -> how many.

    ``was_audited`` tells whether an audit ever found anything.
    """

    masks: int
    objects: int
    kinds: Mapping[str, int]
    was_audited: bool


def count_suspected(project: Project) -> SuspicionCounts:
    """Count what an audit suspects and nobody has decided on."""
    with project.catalog.snapshot():
        masks, objects = project.catalog.count_suspicions()
        was_audited = project.catalog.has_suspicions()
        of_masks = project.catalog.suspicions() if masks or objects else {}
    kinds = Counter(str(record.kind) for records in of_masks.values() for record in records)
    return SuspicionCounts(masks, objects, kinds, was_audited)


def look_at_ground(project: Project) -> tuple[AuditGround, dict[str, Recipe]]:
    """Return what an audit would look at, and by which recipes."""
    from s2label_training.audit.request import audit_recipe
    from s2label_training.recipe import recipe_names

    from s2label.labelled.chips import find_labelled

    recipes = {name: audit_recipe(project.classes, name, ()) for name in recipe_names()}
    chips = find_labelled(project)
    masks, groups = {chip.mask_id for chip in chips}, {chip.group for chip in chips}
    begun, trouble = _begun(project, recipes)
    return AuditGround(len(masks), len(groups), begun, trouble), recipes


def _begun(project: Project, recipes: Mapping[str, Recipe]) -> tuple[BegunAudit | None, str]:
    """Return the audit that ended early, or why it cannot go on."""
    from s2label_training.audit.work import FOLDER_NAME, AuditWork
    from s2label_training.shelf import Shelf

    from s2label.errors import InputError

    if not (Shelf(project.folder).models / FOLDER_NAME).is_dir():
        return None, ""
    try:
        record = AuditWork(project.folder).read()
    except InputError as error:
        return None, str(error)
    if record is None:
        return None, ""
    wished = record.inputs.get("recipe", {})
    name = str(wished.get("name", ""))
    known = recipes.get(name)
    is_own = known is None or known.model_dump(mode="json") != wished
    folds = int(record.inputs.get("folds", len(record.folds)))
    return BegunAudit(len(record.folds), len(record.predicted), name, folds, is_own), ""
