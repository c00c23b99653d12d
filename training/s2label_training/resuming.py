"""Which training ``--resume`` goes on with, and whether it is the one that is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from s2label.errors import ProjectError
from s2label_training.recipe import with_changes
from s2label_training.runs import Runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.project import Project
    from s2label_training.recipe import Recipe
    from s2label_training.runs import RunRecord


def find_resumable(
    project: Project, recipe: Recipe | None, changes: Sequence[str], hold_out: tuple[str, ...]
) -> RunRecord:
    """Return the newest training that ended early, of a recipe if one is named.

    Parameters
    ----------
    project : Project
        The project.
    recipe : Recipe, optional
        The recipe that was named.
    changes : sequence of str
        Changes to it, see `recipe.with_changes`.
    hold_out : tuple of str
        Groups that were named to be held out.

    Raises
    ------
    ProjectError
        If there is none, or it was begun with another recipe or other groups.
    """
    records = [run.record for run in Runs(project.folder).unfinished()]
    if recipe is not None:
        records = [record for record in records if record.recipe.name == recipe.name]
    if not records:
        of = f" of {recipe.name}" if recipe else ""
        raise ProjectError(
            f"{project.folder}: no training{of} that ended early after an epoch; "
            "train without --resume"
        )
    found = records[0]
    wanted = with_changes(recipe or found.recipe, changes)
    differences = _differences(wanted.model_dump(mode="json"), found.recipe.model_dump(mode="json"))
    if hold_out and hold_out != found.hold_out:
        differences.append(f"--hold-out {' '.join(found.hold_out) or '(none)'}")
    if differences:
        raise ProjectError(
            f"{project.folder}: the training that ended early was begun with "
            f"{', '.join(differences)}; resume it without other settings, or train anew"
        )
    return found


def ended_early(project: Project) -> str:
    """Return a line about the newest training that ended early; "" if there is none."""
    unfinished = Runs(project.folder).unfinished()
    if not unfinished:
        return ""
    return f"a training ended early ({unfinished[0].record.in_words}): --resume goes on with it"


def _differences(wanted: dict[str, Any], found: dict[str, Any], at: str = "") -> list[str]:
    """Return ``field=value`` for each field in which a recipe differs from what is wanted."""
    told = []
    for name, value in found.items():
        other = wanted.get(name)
        if isinstance(value, dict) and isinstance(other, dict) and name != "terms":
            told += _differences(other, value, f"{at}{name}.")
        elif value != other and name != "description":
            told.append(f"{at}{name}={value}")
    return told
