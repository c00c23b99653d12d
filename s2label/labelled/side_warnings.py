"""What a user should know about what is held out, in a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.labelled.frozen import Side
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from s2label.labelled.places import LabelledPlace
    from s2label.types import ClassTable

_ONE_SCENE = (
    "all chips come from one scene: held-out chips are neighbours of training chips, "
    "so scores flatter"
)
# How far from the wanted share, up or down, is worth a word.
_FAR = 2.0


def warn(
    classes: ClassTable,
    places: Mapping[str, LabelledPlace],
    sides: Mapping[str, Side],
    divided: Collection[str] = (),
    share: float | None = None,
) -> tuple[str, ...]:
    """Return what is to be told.

    Parameters
    ----------
    classes : ClassTable
        The class table.
    places, sides : mapping
        Place id -> labels, and side.
    divided : collection of str
        Places of a scene that was divided.
    share : float, optional
        Share that was wanted, 0..1; without it none was.
    """
    of_side = {
        side: [place for id_, place in places.items() if sides[id_] is side] for side in Side
    }
    held, learnt = of_side[Side.VALIDATION], of_side[Side.TRAINING]
    if not held:
        return (_nothing_held(places),)
    told = [*_neighbours(places, held, divided), *_aside(of_side[Side.SET_ASIDE])]
    told += _missing(classes, held, learnt)
    if share is not None:
        told += _share(_chips(held), _chips(learnt), share)
    return tuple(told)


def _nothing_held(places: Mapping[str, LabelledPlace]) -> str:
    no_score = "nothing is held out, so that no score can be told"
    if len(places) < 2:
        count = "only one place has" if places else "no place has"
        return f"{count} labels: {no_score}; label more places"
    return f"no place with labels can be held out: {no_score}; label ground farther away"


def _neighbours(
    places: Mapping[str, LabelledPlace], held: list[LabelledPlace], divided: Collection[str]
) -> Iterator[str]:
    near = [place for place in held if place.id in divided]
    if near and len({place.group for place in places.values()}) == 1:
        yield _ONE_SCENE
    elif near:
        yield (
            f"{_chips(near)} of {_chips(held)} held-out chips are neighbours of training chips, "
            "since they were chosen when there was only one scene, so scores flatter"
        )


def _aside(aside: list[LabelledPlace]) -> Iterator[str]:
    if aside:
        yield (
            f"{_chips(aside)} chips are set aside, neither to learn from nor to score on: their "
            "ground has come to overlap or adjoin held-out ground"
        )


def _missing(
    classes: ClassTable, held: list[LabelledPlace], learnt: list[LabelledPlace]
) -> Iterator[str]:
    names = {BACKGROUND: "background"} | {c.value: c.name for c in classes.classes}
    is_held, is_learnt = (set().union(*(place.values for place in side)) for side in (held, learnt))
    for value in sorted(is_learnt - is_held):
        name = names.get(value, f"class {value}")
        yield f"no held-out chip shows {name}: how well it is found cannot be told"
    for value in sorted(is_held - is_learnt):
        name = names.get(value, f"class {value}")
        yield f"only held-out chips show {name}: there is nothing to learn it from"


def _share(held: int, learnt: int, wanted: float) -> Iterator[str]:
    share = held / (held + learnt)
    if not wanted / _FAR <= share <= wanted * _FAR:
        yield (
            f"{share:.0%} of the chips are held out, not the wanted {wanted:.0%}, since groups of "
            "ground stay whole and what was held out stays so; label other ground as well"
        )


def _chips(places: list[LabelledPlace]) -> int:
    return sum(place.chips for place in places)
