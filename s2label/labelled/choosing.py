"""Which places learn and which are held out: a pure function of labels and what was chosen before.

A place that was held out once is never learnt from, so that an old and a new model can be compared
on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from s2label.groups import find_overlapping
from s2label.labelled.blocks import divide, follow
from s2label.labelled.frozen import FrozenSides, Side
from s2label.splits import split_groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from s2label.labelled.places import LabelledPlace
    from s2label.types import PlaceRecord

    Sided = dict[str, Side]
    Groups = Mapping[str, Sequence[LabelledPlace]]

_BOTH = (Side.TRAINING, Side.VALIDATION)


def choose(
    places: Mapping[str, LabelledPlace], frozen: FrozenSides, share: float
) -> tuple[dict[str, Side], FrozenSides]:
    """Choose the sides of places.

    Parameters
    ----------
    places : mapping
        Place id -> place: all that have labels, and those of `frozen` that had some.
    frozen : FrozenSides
        What was chosen before.
    share : float
        Share of chips and of each class's pixels to hold out, 0..1.

    Returns
    -------
    dict of str to Side
        Place id -> side.
    FrozenSides
        What is to be kept: `frozen` and what came new. While nothing is held out, nothing new.
    """
    groups = _by_group(places)
    sides, divided = _followed(groups, frozen, share)
    free = {name: members for name, members in groups.items() if members[0].id not in sides}
    if free and not any(place.chips for id_, place in places.items() if id_ in sides):
        sides, divided = _begun(free, sides, divided, share)
    elif free:
        sides |= _shared_out(free, places, sides, share)
    if Side.VALIDATION not in (*sides.values(), *frozen.places.values()):
        return sides, frozen
    return sides, FrozenSides({**sides, **frozen.places}, frozen.divided | divided)


def on_ground_of(
    places: Iterable[PlaceRecord], known: Mapping[str, PlaceRecord], ids: set[str]
) -> set[str]:
    """Return the ids of those places that lie on ground of others, under whatever id.

    Parameters
    ----------
    places : iterable of PlaceRecord
        Places to ask about.
    known : mapping
        Place id -> place, where the others are looked up.
    ids : set of str
        Ids of the others; ground of an id that is not in `known` is unknown.

    Returns
    -------
    set of str
        Those that are among the others, or overlap one of them by more than a metre.
    """
    asked = {place.id: place for place in places}
    both = [*asked.values(), *(known[id_] for id_ in sorted(ids - asked.keys()) if id_ in known)]
    found = find_overlapping(both, np.array([place.id in ids for place in both], np.bool_))
    over = {place.id for place, is_over in zip(both, found, strict=True) if is_over}
    return over | (ids & asked.keys())


def _by_group(places: Mapping[str, LabelledPlace]) -> dict[str, list[LabelledPlace]]:
    groups = defaultdict(list)
    for _, place in sorted(places.items()):
        groups[place.group].append(place)
    return dict(sorted(groups.items()))


def _followed(groups: Groups, frozen: FrozenSides, share: float) -> tuple[Sided, set[str]]:
    """Return the sides of groups in which any place has one, and the places of divided ground."""
    sides: Sided = {}
    divided: set[str] = set()
    for members in groups.values():
        ids = [place.id for place in members]
        before = {id_: frozen.places[id_] for id_ in ids if id_ in frozen.places}
        if not frozen.divided.isdisjoint(ids):
            sides |= follow(members, frozen.places, share)
            divided.update(ids)
        elif Side.VALIDATION in before.values():
            sides |= _beside_held_out(members, before)
        elif before:
            sides |= {id_: before.get(id_, Side.TRAINING) for id_ in ids}
    return sides, divided


def _beside_held_out(members: Sequence[LabelledPlace], before: Sided) -> Sided:
    """Return the sides of a group of which some is held out.

    Ground that was learnt from, and is a neighbour of held-out ground now, is set aside; so are
    new places over it, which a model knows already.
    """
    records = {place.id: place.record for place in members}
    learnt = {id_ for id_, side in before.items() if side is Side.TRAINING}
    known = on_ground_of(records.values(), records, learnt) - before.keys()
    return {
        id_: Side.VALIDATION
        if id_ not in known and before.get(id_, Side.VALIDATION) is Side.VALIDATION
        else Side.SET_ASIDE
        for id_ in records
    }


def _begun(free: Groups, sides: Sided, divided: set[str], share: float) -> tuple[Sided, set[str]]:
    """Choose where no place with labels has a side yet."""
    if len(free) > 1:
        return sides | _shared_out(free, {}, {}, share), divided
    (members,) = free.values()
    ids = [place.id for place in members]
    cut = divide(members, share)
    if not cut:
        return sides | dict.fromkeys(ids, Side.TRAINING), divided
    return sides | cut, divided | set(ids)


def _shared_out(
    free: Groups, places: Mapping[str, LabelledPlace], sides: Sided, share: float
) -> Sided:
    """Share whole groups out so that held-out labels come near the share, with those there are."""
    pools = {
        # A name that no group can have.
        f"\0{side}": [p for id_, p in places.items() if sides.get(id_) is side and p.chips]
        for side in _BOTH
    }
    units: dict[str, Sequence[LabelledPlace]] = {n: u for n, u in pools.items() if u} | {**free}
    fixed = {name: name[1:] for name in pools if name in units}
    pixels = {name: _pixels(members) for name, members in units.items()}
    chips = {name: sum(place.chips for place in members) for name, members in units.items()}
    shares: dict[str, float] = {Side.TRAINING: 1 - share, Side.VALIDATION: share}
    while True:
        chosen = split_groups(pixels, chips, shares, fixed=fixed)
        moved = _next_move(chosen, fixed, pixels, chips)
        if moved is None:
            return {p.id: Side(chosen[name]) for name, group in free.items() for p in group}
        fixed |= moved


def _next_move(
    chosen: Mapping[str, str],
    fixed: Mapping[str, str],
    pixels: Mapping[str, Mapping[int, int]],
    chips: Mapping[str, int],
) -> dict[str, str] | None:
    """Return the smallest group whose move gives a side a class that it lacks, with that side.

    The nearest share of a class of few groups may be none at all. Nothing is moved that is the
    last to hold a class on its side. None where no such move is left.
    """
    for side, other in (_BOTH, _BOTH[::-1]):
        of_other = [name for name in chosen if chosen[name] == other]
        holders = Counter(value for name in of_other for value in pixels[name])
        lacking = set(holders).difference(*(pixels[n] for n in chosen if chosen[n] == side))
        movable = [
            name
            for name in of_other
            if name not in fixed
            and not lacking.isdisjoint(pixels[name])
            and all(holders[value] > 1 for value in pixels[name])
        ]
        if movable:
            return {min(movable, key=lambda name: (chips[name], name)): str(side)}
    return None


def _pixels(places: Sequence[LabelledPlace]) -> dict[int, int]:
    pixels: Counter[int] = Counter()
    for place in places:
        pixels.update(place.pixels)
    return dict(pixels)
