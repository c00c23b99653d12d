"""Rounds of training, and which of them can be compared: only then do scores make a curve."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOLD = 3


@dataclass(frozen=True)
class TrainingRound:
    """A model of the project, with what it learnt from and how it scored.

    Parameters
    ----------
    id, created_at : str
        Its name, and when it was made (UTC).
    recipe : str
        Name of the recipe.
    settings : mapping
        What else has to be the same for scores to be comparable: name -> value in words.
    classes : tuple
        (value, name) of each class.
    score : float or None
        The headline on its held-out chips, 0..1; None where nothing could be scored.
    low, high : float or None
        Its 95 % interval; None with the score.
    chips, pixels, checked_pixels : int
        Chips it learnt from, their labelled pixels, and those of them that somebody checked.
    training_places, validation_places : frozenset of str
        Ground that it learnt from, and on which it was scored.
    hold_out : tuple of str
        Groups that were held out by hand; empty where the frozen ones were.
    """

    id: str
    created_at: str
    recipe: str
    settings: Mapping[str, str]
    classes: tuple[tuple[int, str], ...]
    score: float | None
    low: float | None
    high: float | None
    chips: int
    pixels: int
    checked_pixels: int
    training_places: frozenset[str] = field(repr=False)
    validation_places: frozenset[str] = field(repr=False)
    hold_out: tuple[str, ...] = ()

    @property
    def learnt_share(self) -> float:
        """Share (0..1] of its labelled places that it learnt from; the others are held out."""
        places = self.training_places | self.validation_places
        return len(self.training_places) / len(places) if self.training_places else 1.0


@dataclass(frozen=True)
class LeftOut:
    """A round that is not on the curve, and why."""

    round: TrainingRound
    why: str


@dataclass(frozen=True)
class ComparedRounds:
    """The rounds that can be compared, the oldest first, and those that were left out."""

    rounds: tuple[TrainingRound, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def compare_rounds(rounds: Sequence[TrainingRound]) -> ComparedRounds:
    """Return the largest set of rounds of which each can be compared with every other.

    For each round the set is gathered from the newest back; of two sets alike in size it is that
    of the newer round.
    """
    newest = sorted(rounds, key=lambda each: (each.created_at, each.id), reverse=True)
    fit = [each for each in newest if not _why_unfit(each)]
    whys = {(one.id, other.id): why_not(one, other) for one in fit for other in fit}
    sets = ([one, *_that_go_with(one, fit, whys)] for one in fit)
    chosen = max(sets, key=len, default=[])
    ids = {each.id for each in chosen}
    return ComparedRounds(
        tuple(each for each in reversed(newest) if each.id in ids),
        tuple(
            LeftOut(each, _why_left_out(each, chosen))
            for each in reversed(newest)
            if each.id not in ids
        ),
    )


def _that_go_with(
    one: TrainingRound, fit: Sequence[TrainingRound], whys: Mapping[tuple[str, str], str]
) -> list[TrainingRound]:
    """Return rounds that can be compared with one of them, and with each other."""
    found: list[TrainingRound] = []
    for each in fit:
        if each is not one and not any(whys[each.id, other.id] for other in (one, *found)):
            found.append(each)
    return found


def _why_left_out(one: TrainingRound, chosen: Sequence[TrainingRound]) -> str:
    return _why_unfit(one) or next(filter(None, (why_not(one, each) for each in chosen)))


def why_not(one: TrainingRound, reference: TrainingRound) -> str:
    """Return why a round cannot be compared with another; empty if it can.

    Held-out ground that grew is the same one: the smaller set has to lie in the larger.
    """
    if why := _why_unfit(one):
        return why
    if one.classes != reference.classes:
        return "has other classes"
    if one.hold_out != reference.hold_out:
        return "was scored on other groups, held out by hand"
    return _other_settings(one, reference) or _other_ground(one, reference)


def _why_unfit(one: TrainingRound) -> str:
    if one.score is None:
        return "has no score: nothing could be scored on its held-out ground"
    return "" if one.chips else "learnt from no chip"


def _other_settings(one: TrainingRound, reference: TrainingRound) -> str:
    names = sorted({*one.settings, *reference.settings})
    other = [n for n in names if one.settings.get(n) != reference.settings.get(n)]
    if one.recipe != reference.recipe:
        return f"is of another recipe ({one.recipe}, not {reference.recipe})"
    if not other:
        return ""
    told = "; ".join(
        f"{name} {one.settings.get(name, 'none')}, not {reference.settings.get(name, 'none')}"
        for name in other[:_TOLD]
    )
    more = f"; and {len(other) - _TOLD} more" if len(other) > _TOLD else ""
    return f"was trained differently ({told}{more})"


def _other_ground(one: TrainingRound, reference: TrainingRound) -> str:
    mine, its = one.validation_places, reference.validation_places
    if not (mine <= its or its <= mine):
        return "was scored on other held-out ground"
    if one.training_places & its or reference.training_places & mine:
        return "learnt from ground on which others are scored"
    return ""
