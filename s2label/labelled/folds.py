"""Folds: labelled places in a few parts, so that each can be looked at by a model of the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from s2label.groups import find_overlapping
from s2label.labelled.blocks import in_a_row
from s2label.labelled.places import amounts
from s2label.splits import split_groups
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from s2label.labelled.places import LabelledPlace


@dataclass(frozen=True)
class Fold:
    """What a model of a fold learns from, and what it does not.

    Parameters
    ----------
    name : str
        What its model is called.
    held : frozenset of str
        Ids of the places that it never sees.
    training : frozenset of str
        Ids of those it learns from. Places that are in neither overlap or touch held ones, or were
        labelled since: nothing is done with them.
    """

    name: str
    held: frozenset[str]
    training: frozenset[str]


@dataclass(frozen=True)
class Folds:
    """All labelled places, each held in one fold.

    Parameters
    ----------
    held, training : tuple of frozenset of str
        Of each fold: ids of the places that are held, and of those that are learnt from.
    is_by_group : bool
        Whether groups of ground stay whole; else held places are neighbours of others.
    """

    held: tuple[frozenset[str], ...]
    training: tuple[frozenset[str], ...]
    is_by_group: bool


def choose_folds(places: Mapping[str, LabelledPlace], count: int) -> Folds:
    """Share places out to folds with about as many chips, and pixels of each class, in each.

    Groups of ground stay whole. Where all places are one group, it is cut into blocks across its
    longer side; what overlaps or touches the block that is held is not learnt from, or only what
    overlaps it where nothing else would be left.

    Parameters
    ----------
    places : mapping
        Place id -> place with labels.
    count : int
        How many folds are wanted, 2 or more; fewer come of fewer groups, or places.

    Returns
    -------
    Folds
        Always the same for the same places. Fewer than two folds where places cannot be parted.
    """
    if count < 2:
        raise ValueError(f"{count} folds, expected two or more")
    if len({place.group for place in places.values()}) > 1:
        return _by_group(places, count)
    row = in_a_row(list(places.values()))
    for or_touching in (True, False):
        for fewer in range(min(count, len(row)), 1, -1):
            folds = _by_block(row, fewer, or_touching=or_touching)
            if _all_learn(places, folds):
                return folds
    return _by_block(row, min(count, len(row)), or_touching=False)


def things_to_learn(places: Mapping[str, LabelledPlace], ids: frozenset[str]) -> set[int]:
    """Return the classes but background that are labelled in some places."""
    return {value for id_ in ids if id_ in places for value in places[id_].values} - {BACKGROUND}


def _all_learn(places: Mapping[str, LabelledPlace], folds: Folds) -> bool:
    return all(things_to_learn(places, training) for training in folds.training)


def _by_group(places: Mapping[str, LabelledPlace], count: int) -> Folds:
    pixels: dict[str, Counter[int]] = defaultdict(Counter)
    chips: Counter[str] = Counter()
    for place in places.values():
        pixels[place.group].update(place.pixels)
        chips[place.group] += place.chips
    names = [f"{number:03d}" for number in range(count)]
    fold_of = split_groups(pixels, chips, dict.fromkeys(names, 1.0))
    held = [
        frozenset(id_ for id_, place in places.items() if fold_of[place.group] == name)
        for name in names
    ]
    held = [ids for ids in held if ids]
    return Folds(tuple(held), tuple(frozenset(places) - ids for ids in held), is_by_group=True)


def _by_block(row: Sequence[LabelledPlace], count: int, *, or_touching: bool) -> Folds:
    """Cut a row of places into pieces that hold about as much each."""
    ids = np.array([place.id for place in row], dtype=object)
    records = [place.record for place in row]
    held, training = [], []
    for start, stop in pairwise(_cuts(row, count)):
        is_held = np.zeros(len(row), np.bool_)
        is_held[start:stop] = True
        is_aside = find_overlapping(records, is_held, or_touching=or_touching)
        held.append(frozenset(ids[is_held].tolist()))
        training.append(frozenset(ids[~is_held & ~is_aside].tolist()))
    return Folds(tuple(held), tuple(training), is_by_group=False)


def _cuts(row: Sequence[LabelledPlace], count: int) -> list[int]:
    """Return where each of so many pieces of a row begins, and where the last one ends.

    Chips weigh as much as all classes together, as in `splits`; no piece is empty.
    """
    shares = amounts(row)
    upto = (shares[:, :-1].mean(axis=1) + shares[:, -1]).cumsum()
    cuts = [0]
    for number in range(1, count):
        # Rounded, so that the last bit of another processor decides nothing.
        far = np.abs(np.round(upto / upto[-1] - number / count, 9))
        nearest = int(far.argmin()) + 1
        cuts.append(min(max(nearest, cuts[-1] + 1), len(row) - (count - number)))
    return [*cuts, len(row)]
