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
    """Return the largest set of rounds that can be compared with one of them.

    Of two sets alike in size it is that of the newer round.
    """
    ordered = sorted(rounds, key=lambda each: (each.created_at, each.id))
    scored = [each for each in ordered if each.score is not None]
    if not scored:
        unscored = (LeftOut(each, _why_unscored(each)) for each in ordered)
        return ComparedRounds((), tuple(unscored))
    reference = max(
        scored, key=lambda one: (sum(not why_not(each, one) for each in ordered), one.created_at)
    )
    whys = {each.id: why_not(each, reference) for each in ordered}
    return ComparedRounds(
        tuple(each for each in ordered if not whys[each.id]),
        tuple(LeftOut(each, whys[each.id]) for each in ordered if whys[each.id]),
    )


def why_not(one: TrainingRound, reference: TrainingRound) -> str:
    """Return why a round cannot be compared with another; empty if it can.

    Held-out ground that grew is the same one: the smaller set has to lie in the larger.
    """
    if one.score is None:
        return _why_unscored(one)
    if not one.chips:
        return "learnt from no chip"
    if one.classes != reference.classes:
        return "has other classes"
    if one.hold_out != reference.hold_out:
        return "was scored on other groups, held out by hand"
    return _other_settings(one, reference) or _other_ground(one, reference)


def _why_unscored(one: TrainingRound) -> str:
    return "has no score: nothing could be scored on its held-out ground"


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
