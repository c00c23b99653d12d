"""Blocks of ground that are held out inside one scene, where there is no other to hold out.

Held-out chips are then neighbours of training chips, but never overlap them: what overlaps both
sides is set aside.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from s2label.footprints import locate
from s2label.groups import find_overlapping, group_places
from s2label.labelled.frozen import Side
from s2label.labelled.places import amounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.places import LabelledPlace

    Floats = NDArray[np.float64]

# Blocks that are looked at: where they start, how long they are as a part of the share wanted,
# and how many are tried until one leaves anything to learn from.
_MOST_STARTS, _LENGTHS, _MOST_TRIES = 400, (0.5, 0.75, 1.0, 1.25, 1.5), 20
# A share nearer to none or all than this is rounding.
_EPSILON = 1e-9


def divide(places: Sequence[LabelledPlace], share: float) -> dict[str, Side]:
    """Hold out one block across the longer side of some ground; empty where that cannot be.

    Parameters
    ----------
    places : sequence of LabelledPlace
        Places with labels.
    share : float
        Share of chips and of each class's pixels to hold out, 0..1. A class of several places
        comes to both sides where any block makes that so.

    Returns
    -------
    dict of str to Side
        Place id -> side. What overlaps the block by more than a metre is set aside.
    """
    row = in_a_row(places)
    for start, stop in _blocks(amounts(row), share)[:_MOST_TRIES]:
        is_held = np.zeros(len(row), np.bool_)
        is_held[start:stop] = True
        is_aside = find_overlapping([place.record for place in row], is_held)
        if not (is_held | is_aside).all():
            return {
                place.id: _side(is_held=bool(held), is_aside=bool(aside))
                for place, held, aside in zip(row, is_held, is_aside, strict=True)
            }
    return {}


def follow(
    places: Sequence[LabelledPlace], frozen: Mapping[str, Side], share: float
) -> dict[str, Side]:
    """Find the sides of new places on ground that was divided before.

    What overlaps one side joins it, what overlaps both is set aside; the rest goes to the held-out
    block from its border outwards until that has its share again, else to training.

    Parameters
    ----------
    places : sequence of LabelledPlace
        All places of that ground, also those that have no labels any more.
    frozen : mapping
        Place id -> side chosen before.
    share : float
        Share to hold out, 0..1.
    """
    sides = {place.id: frozen[place.id] for place in places if place.id in frozen}
    over_held, over_learnt = (
        _overlapping(places, sides, side) for side in (Side.VALIDATION, Side.TRAINING)
    )
    for id_, side in sides.items():
        if side is Side.TRAINING and id_ in over_held:
            sides[id_] = Side.SET_ASIDE
    loose = []
    for piece in _pieces([place for place in places if place.id not in frozen]):
        ids = {place.id for place in piece}
        is_held, is_learnt = not ids.isdisjoint(over_held), not ids.isdisjoint(over_learnt)
        if is_held or is_learnt:
            side = _side(is_held=is_held, is_aside=is_held and is_learnt)
            sides |= dict.fromkeys(ids, side)
        else:
            loose.append(piece)
    return sides | _grow(places, sides, loose, share)


def _side(*, is_held: bool, is_aside: bool) -> Side:
    if is_aside:
        return Side.SET_ASIDE
    return Side.VALIDATION if is_held else Side.TRAINING


def in_a_row(places: Sequence[LabelledPlace]) -> list[LabelledPlace]:
    """Return places from one end of their longer extent, east or north, to the other."""
    places = sorted(places, key=lambda place: place.id)
    centres = locate([place.record.grid for place in places]).centres
    middle = centres.mean(axis=0)
    east = np.cross([0.0, 0.0, 1.0], middle)
    north = np.cross(middle, east)
    axes = np.stack([axis / max(np.linalg.norm(axis), _EPSILON) for axis in (east, north)], axis=1)
    # In whole metres, so that the last bit of another processor decides nothing.
    metres = np.rint((centres - middle) @ axes)
    along = int(np.ptp(metres, axis=0).argmax())
    order = np.lexsort((metres[:, 1 - along], metres[:, along]))
    return [places[number] for number in order]


def _blocks(row: Floats, share: float) -> list[tuple[int, int]]:
    """Return (start, stop) of the blocks of a row of amounts, the one nearest the share first."""
    count = len(row)
    upto = np.concatenate([np.zeros((1, row.shape[1])), row.cumsum(axis=0)])
    starts = np.unique(np.linspace(0, count - 1, min(count, _MOST_STARTS)).astype(np.intp))
    ends = upto[starts, -1:] + share * np.array(_LENGTHS) - _EPSILON
    stops = np.clip(np.searchsorted(upto[:, -1], ends), starts[:, None] + 1, count)
    pairs = [
        (int(start), int(stop))
        for start, row_of in zip(starts, stops, strict=True)
        for stop in dict.fromkeys(row_of)
        if stop - start < count
    ]
    if not pairs:
        return []
    got = np.stack([upto[stop] - upto[start] for start, stop in pairs])
    order = np.argsort(_costs(got, share, row), kind="stable")
    return [pairs[number] for number in order]


def _costs(got: Floats, share: float, all_amounts: Floats) -> Floats:
    """Return how far held-out amounts (choice, column) are from a share.

    Squared distances, chips as heavy as all classes together, as in `splits`; 2 for each class
    that nothing would be left of to learn from, 1 for one that is not held out but could be.
    """
    weight = np.ones(got.shape[1])
    weight[-1] = max(got.shape[1] - 1, 1)
    classes, holders = got[:, :-1], (all_amounts[:, :-1] > 0).sum(axis=0)
    is_gone = classes > 1 - _EPSILON
    is_missed = (classes < _EPSILON) & (holders > 1)
    costs = (got - share) ** 2 @ weight + 2 * is_gone.sum(axis=1) + is_missed.sum(axis=1)
    return np.asarray(np.round(costs, 9))


def _overlapping(
    places: Sequence[LabelledPlace], sides: Mapping[str, Side], side: Side
) -> set[str]:
    chosen = np.array([sides.get(place.id) is side for place in places])
    found = find_overlapping([place.record for place in places], chosen)
    return {place.id for place, is_over in zip(places, found, strict=True) if is_over}


def _pieces(places: Sequence[LabelledPlace]) -> list[list[LabelledPlace]]:
    """Return places in lists of those that overlap each other, directly or through others."""
    # Each as if cut from a scene of its own: such places are one group where they overlap.
    records = {place.id: place.record for place in places}
    groups = group_places(records, [(id_, id_) for id_ in records], 0.0)
    pieces = defaultdict(list)
    for place in sorted(places, key=lambda place: place.id):
        pieces[groups[place.id]].append(place)
    return list(pieces.values())


def _grow(
    places: Sequence[LabelledPlace],
    sides: Mapping[str, Side],
    loose: Sequence[Sequence[LabelledPlace]],
    share: float,
) -> dict[str, Side]:
    """Give the pieces nearest to the held-out block to it, as many as bring it to its share."""
    held = [place for place in places if sides.get(place.id) is Side.VALIDATION]
    pieces = _nearest_first(loose, held) if held else loose
    known = [place for place in places if sides.get(place.id) not in (None, Side.SET_ASIDE)]
    rows = amounts([*known, *(place for piece in pieces for place in piece)])
    is_held = np.array([sides[place.id] is Side.VALIDATION for place in known], np.bool_)
    got = rows[: len(known)][is_held].sum(axis=0) + np.concatenate(
        [np.zeros((1, rows.shape[1])), rows[len(known) :].cumsum(axis=0)]
    )
    upto = np.cumsum([0, *map(len, pieces)])
    chosen = int(_costs(got[upto], share, rows).argmin()) if held else 0
    return {
        place.id: Side.VALIDATION if number < chosen else Side.TRAINING
        for number, piece in enumerate(pieces)
        for place in piece
    }


def _nearest_first(
    pieces: Sequence[Sequence[LabelledPlace]], held: Sequence[LabelledPlace]
) -> list[Sequence[LabelledPlace]]:
    tree = cKDTree(locate([place.record.grid for place in held]).centres)

    def distance(piece: Sequence[LabelledPlace]) -> tuple[float, str]:
        centres = locate([place.record.grid for place in piece]).centres
        return float(np.rint(tree.query(centres)[0].min())), piece[0].id

    return sorted(pieces, key=distance)
