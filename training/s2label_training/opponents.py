"""Against whom a new model is judged, and on which chips."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.labelled.chips import find_labelled, labelled_pixels
from s2label.labelled.choosing import on_ground_of
from s2label.labelled.sides import Side, choose_sides
from s2label.types import BACKGROUND, Lifetime
from s2label_training.rivals import ConstantRival, ModelRival

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label_training.bundle import ModelRecord
    from s2label_training.rivals import Rival
    from s2label_training.shelf import Shelf


@dataclass(frozen=True, eq=False)
class Opponent:
    """Who the new model has to beat.

    Parameters
    ----------
    rival : Rival
        What proposes.
    name : str
        In words.
    record : ModelRecord, optional
        Of the model in use; None where it is the simplest thing there is.
    warnings : tuple of str
        Why it is not the model in use although there is one.
    """

    rival: Rival
    name: str
    record: ModelRecord | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class HeldOutChips:
    """Labelled chips from which no model of a comparison has learnt.

    Parameters
    ----------
    chips : list of LabelledChip
        The chips, checked or not.
    learnt_from : int
        Held-out chips that are left out since a model has learnt from their ground.
    warnings : tuple of str
        What is to be known of the choice.
    """

    chips: list[LabelledChip]
    learnt_from: int
    warnings: tuple[str, ...]


def find_held_out(project: Project, new: ModelRecord, old: ModelRecord | None) -> HeldOutChips:
    """Return the held-out chips from whose ground neither model has learnt.

    Labels that came since are shared out as the recipe of the new model says.
    """
    labelled = find_labelled(project)
    sides = choose_sides(project, labelled, new.recipe.validation.share)
    held = [chip for chip in labelled if sides.of_place[chip.place.id] is Side.VALIDATION]
    learnt = {*new.data.training_places, *(old.data.training_places if old else ())}
    known = on_ground_of((chip.place for chip in held), project.catalog.places(), learnt)
    fresh = [chip for chip in held if chip.place.id not in known]
    return HeldOutChips(fresh, len(held) - len(fresh), sides.warnings)


def old_record(shelf: Shelf, new: str) -> tuple[ModelRecord | None, tuple[str, ...]]:
    """Return the record of the model in use, and what is to be told where it cannot be read."""
    model = shelf.in_use
    if model is None or model == new:
        return None, ()
    try:
        return shelf.record(model), ()
    except InputError as error:
        return None, (f"not compared with the model in use: {error}",)


def choose_opponent(
    shelf: Shelf,
    old: ModelRecord | None,
    lifetime: Lifetime,
    chips: Sequence[LabelledChip],
    told: tuple[str, ...] = (),
) -> Opponent:
    """Return the model in use; without one, or if it is damaged, the simplest thing there is.

    That is to propose nothing but background, or the commonest class of the chips. `told` are
    warnings that there are already.
    """
    if old is not None:
        try:
            return Opponent(ModelRival(shelf.folder(old.id)), f"{old.id}, the model in use", old)
        except InputError as error:
            told = (*told, f"not compared with the model in use: {error}")
    if lifetime is Lifetime.MOVING:
        return Opponent(ConstantRival(BACKGROUND), "proposing only background", warnings=told)
    rival = ConstantRival(_commonest(chips))
    return Opponent(rival, "proposing only the commonest class", warnings=told)


def _commonest(chips: Sequence[LabelledChip]) -> int:
    pixels: Counter[int] = Counter()
    for chip in chips:
        pixels.update(labelled_pixels(chip.class_counts))
    return max(pixels, key=lambda value: (pixels[value], -value), default=BACKGROUND)
