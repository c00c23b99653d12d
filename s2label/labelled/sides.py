"""Sides: which labelled places a model learns from, and which are held out to judge it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from s2label.errors import InputError, ProjectBusyError, ProjectError
from s2label.labelled.chips import find_groups
from s2label.labelled.choosing import choose
from s2label.labelled.frozen import FILE_NAME, FrozenSides, Side, read_frozen, write_frozen
from s2label.labelled.places import LabelledPlace, labelled_places
from s2label.labelled.side_warnings import warn
from s2label.refusals import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from s2label.labelled.chips import LabelledChip
    from s2label.labelled.folds import Fold
    from s2label.project import Project

__all__ = ["Side", "Sides", "choose_sides", "sides_of_fold"]

_LOCK_NAME = ".lock"
_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Sides:
    """Which places learn and which are held out.

    Parameters
    ----------
    of_place : dict
        Place id -> side, of all places with labels.
    warnings : tuple of str
        What the user should know, a sentence each.
    is_by_group : bool
        Whether no held-out chip is a neighbour of a training chip.
    """

    of_place: dict[str, Side]
    warnings: tuple[str, ...] = ()
    is_by_group: bool = True


def choose_sides(
    project: Project,
    chips: Sequence[LabelledChip],
    share: float = 0.2,
    hold_out: Sequence[str] = (),
) -> Sides:
    """Choose which places are held out, and keep the choice.

    A place that was held out once is so for ever: ``models/validation.json`` keeps what was
    chosen, and labels that come later are shared out around it. See docs/held-out.md.

    Parameters
    ----------
    project : Project
        The project; only its folder ``models`` is written to.
    chips : sequence of LabelledChip
        What `find_labelled` returned.
    share : float
        Share of chips and of each class's pixels to hold out, 0..1, ends excluded.
    hold_out : sequence of str
        Groups that are held out instead, exactly these, for cross-validation: names, or parts
        that only one name has. Then nothing is kept, and nothing that was kept counts.

    Raises
    ------
    InputError
        If a name fits no group with labels, or several, or none is left to learn from.
    ProjectError
        If the file is damaged, or the folder cannot be written.
    ProjectBusyError
        If another program keeps choosing for half a minute.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}, not between 0 and 1")
    places = labelled_places(chips)
    if hold_out:
        sides = _held_out(places, hold_out)
        return Sides(sides, warn(project.classes, places, sides))
    sides, frozen = _choose_and_keep(project, places, share)
    of_place = {id_: sides[id_] for id_ in places}
    held = {id_ for id_, side in of_place.items() if side is Side.VALIDATION}
    warnings = warn(project.classes, places, of_place, frozen.divided, share)
    return Sides(of_place, warnings, held.isdisjoint(frozen.divided))


def sides_of_fold(chips: Iterable[LabelledChip], fold: Fold) -> dict[str, Side]:
    """Return place id -> side of the places of some chips, for the training of a fold.

    What neither is held nor learnt from in the fold is set aside.
    """
    known = dict.fromkeys(fold.training, Side.TRAINING) | dict.fromkeys(fold.held, Side.VALIDATION)
    return {chip.place.id: known.get(chip.place.id, Side.SET_ASIDE) for chip in chips}


def _held_out(places: Mapping[str, LabelledPlace], hold_out: Sequence[str]) -> dict[str, Side]:
    groups = sorted({place.group for place in places.values()})
    chosen = {_group_named(name, groups) for name in hold_out}
    if chosen.issuperset(groups):
        found = "all groups with labels are held out, and none is left to learn from"
        raise InputError(", ".join(hold_out), found)
    return {
        id_: Side.VALIDATION if place.group in chosen else Side.TRAINING
        for id_, place in places.items()
    }


def _group_named(name: str, groups: Sequence[str]) -> str:
    found = [group for group in groups if group == name] or [g for g in groups if name in g]
    if len(found) != 1:
        several = f"{len(found)} groups with labels have that in their names"
        what = several if found else "no group with labels has that in its name"
        raise InputError(name, what, f"one of {', '.join(found or groups) or 'none'}")
    return found[0]


def _choose_and_keep(
    project: Project, places: dict[str, LabelledPlace], share: float
) -> tuple[dict[str, Side], FrozenSides]:
    folder = project.folder / "models"
    with _locked(folder):
        before = read_frozen(folder / FILE_NAME)
        everywhere = places | _without_labels(project, set(before.places) - set(places))
        sides, after = choose(everywhere, before, share)
        if after != before:
            write_frozen(folder / FILE_NAME, after)
    return sides, after


def _without_labels(project: Project, ids: set[str]) -> dict[str, LabelledPlace]:
    if not ids:
        return {}
    places, groups = project.catalog.places(), find_groups(project)
    return {id_: LabelledPlace(places[id_], groups[id_]) for id_ in ids if id_ in places}


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    lock = FileLock(folder / _LOCK_NAME)
    try:
        folder.mkdir(exist_ok=True)
        lock.acquire(timeout=_PATIENCE_S)
    except Timeout as error:
        found = "another program is busy with the models of this project"
        raise ProjectBusyError(f"{folder}: {found}; wait for it and try again") from error
    except OSError as error:
        raise ProjectError(f"{folder}: cannot be written ({reason_of(error)})") from error
    try:
        yield
    finally:
        lock.release()
