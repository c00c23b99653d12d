"""What is wanted of an audit, and what came of it. Knows no torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from s2label.errors import InputError
from s2label.types import Lifetime
from s2label_training.recipe import find_recipe, with_changes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.types import ClassTable
    from s2label_training.recipe import Recipe

# Land cover by a recipe that needs no weights from elsewhere.
_RECIPES = {Lifetime.MOVING: "vessels_resnet34", Lifetime.STATIC: "landcover_bands"}
MOST_FOLDS = 20
# A model that learns for long learns wrong labels by heart, too; and each fold takes its time.
_EPOCHS = 8


@dataclass(frozen=True)
class AuditRequest:
    """What is wanted of an audit.

    Parameters
    ----------
    recipe : Recipe
        How the model of each fold is trained, see `audit_recipe`.
    folds : int
        How many folds, 2 to `MOST_FOLDS`.
    again : bool
        Begin anew, whatever an audit that ended early has done already.
    """

    recipe: Recipe
    folds: int = 5
    again: bool = False

    def __post_init__(self) -> None:
        """Refuse numbers of folds that make no audit."""
        if not 2 <= self.folds <= MOST_FOLDS:
            raise ValueError(f"{self.folds} folds, expected 2 to {MOST_FOLDS}")


@dataclass(frozen=True)
class AuditReport:
    """What came of an audit; all values are JSON types.

    Parameters
    ----------
    audit : str
        Its id.
    folds, folds_done : int
        How many folds there are, and of how many all chips are predicted.
    masks : int
        How many masks were looked at.
    suspicions : dict
        Kind -> how many of it.
    foremost : list of dict
        The ten foremost: ``mask``, ``image``, ``kind``, ``words``, ``rank``.
    notes : list of str
        What else is to be said, a sentence each.
    stopped : bool
        Whether somebody stopped it: the same command goes on.
    """

    audit: str
    folds: int
    folds_done: int = 0
    masks: int = 0
    suspicions: dict[str, int] = field(default_factory=dict)
    foremost: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return asdict(self)


def audit_recipe(classes: ClassTable, name_or_path: str, changes: Sequence[str]) -> Recipe:
    """Return the recipe of an audit: with fewer epochs than a model that is to be used.

    Parameters
    ----------
    classes : ClassTable
        The project's; tell the recipe where none is named.
    name_or_path : str
        A recipe by name, or a file; may be empty.
    changes : sequence of str
        Changes to it, see `recipe.with_changes`; ``fit.epochs`` is taken as it is.

    Raises
    ------
    InputError
        If there is no such recipe, or a change goes not with an audit.
    """
    recipe = find_recipe(name_or_path or _RECIPES[classes.lifetime])
    # Where at first only the decoder learns, all layers have to have as long.
    epochs = min(recipe.fit.epochs, max(_EPOCHS, 2 * recipe.fit.frozen_epochs))
    changed = with_changes(recipe, [f"fit.epochs={epochs}", *changes])
    if changed.fit.start == "warm":
        found = "fit.start is warm, from a model that has learnt from the very masks"
        raise InputError(f"recipe {changed.name}", found, "fit.start=fresh for an audit")
    return changed
