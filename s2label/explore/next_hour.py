"""What the next hour of labelling is worth: the learning curve and the time ledger together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.explore.intervals import LEAST
from s2label.explore.learning_curve import fit_curve, why_no_curve
from s2label.explore.pieces import WorkKind
from s2label.explore.prospects import prospects_of
from s2label.explore.rounds import ComparedRounds, compare_rounds
from s2label.explore.time_ledger import TimeLedger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.explore.learning_curve import LearningCurve
    from s2label.explore.prospects import Prospect
    from s2label.explore.rounds import TrainingRound

_TOLD = 5
_NO_TIME = "no time is known: decide or paint in the window, which notes how long each act takes"


@dataclass(frozen=True, eq=False)
class NextHour:
    """Where the time went, what it brought, and what more would bring.

    Parameters
    ----------
    ledger : TimeLedger
        Where the time went.
    compared : ComparedRounds
        Rounds of training that make the curve, and the others.
    curve : LearningCurve or None
        None where there are too few of them.
    prospects : tuple of Prospect
        What more chips would bring; empty without a curve.
    damaged : tuple of str
        Models that cannot be read, and why.
    """

    ledger: TimeLedger = field(default_factory=TimeLedger)
    compared: ComparedRounds = field(default_factory=ComparedRounds)
    curve: LearningCurve | None = None
    prospects: tuple[Prospect, ...] = ()
    damaged: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """What there is to say, or what is missing for that, a line each."""
        return (*_time_lines(self.ledger), *_curve_lines(self))

    @property
    def in_short(self) -> tuple[str, ...]:
        """What 100 more chips would bring, or what is missing to say so: a sentence or two."""
        time = () if self.ledger.has_time else (_NO_TIME,)
        if self.prospects:
            return (*time, self.prospects[1].in_words)
        return (*time, _why_no_prospects(self))


def look_ahead(
    ledger: TimeLedger, rounds: Sequence[TrainingRound], damaged: Sequence[str] = ()
) -> NextHour:
    """Return what the next hour is worth.

    Parameters
    ----------
    ledger : TimeLedger
        Where the time went.
    rounds : sequence of TrainingRound
        All models of the project.
    damaged : sequence of str
        Models that could not be read.
    """
    compared = compare_rounds(rounds)
    if why_no_curve(compared.rounds):
        return NextHour(ledger, compared, damaged=tuple(damaged))
    curve = fit_curve(compared.rounds)
    prospects = prospects_of(curve, compared.rounds[-1].learnt_share, ledger.cost)
    return NextHour(ledger, compared, curve, prospects, tuple(damaged))


def _time_lines(ledger: TimeLedger) -> list[str]:
    if not ledger.has_time:
        return [_NO_TIME]
    hours = sum(day.seconds for day in ledger.days) / 3600
    chips, days = sum(day.chips for day in ledger.days), len(ledger.days)
    lines = [f"{hours:.1f} h of work on {_counted(days, 'day')}, {_counted(chips, 'chip')} done"]
    if ledger.untimed:
        lines[0] += f"; and {_counted(ledger.untimed, 'act')} whose time nobody measured"
    if ledger.cost is None:
        lines.append(
            f"too few to say what a labelled chip takes: {ledger.labelled}, {LEAST} are needed"
        )
    else:
        lines.append(f"a labelled chip took {ledger.cost.in_words(1)} s, all work counted")
    return [*lines, _suggestion_line(ledger)]


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _suggestion_line(ledger: TimeLedger) -> str:
    if ledger.ratio is not None:
        return f"with a suggestion a mask took {ledger.ratio.in_words(2)} times as long as without"
    rows = (ledger.row(kind) for kind in (WorkKind.SUGGESTED, WorkKind.PAINTED))
    with_, without = (row.done if row else 0 for row in rows)
    return (
        f"too few to say whether suggestions save time: {with_} masks painted with one, {without} "
        f"without; {LEAST} of each are needed"
    )


def _curve_lines(found: NextHour) -> list[str]:
    left_out = found.compared.left_out
    lines = [each.in_words for each in found.prospects] or [_why_no_prospects(found)]
    lines += [*_held_out(found), *_growth(found.compared.rounds)]
    lines += [f"not compared: {each.round.id} {each.why}" for each in left_out[:_TOLD]]
    if len(left_out) > _TOLD:
        lines.append(f"and {len(left_out) - _TOLD} more models that are not compared")
    return [*lines, *(f"not read: {each}" for each in found.damaged)]


def _why_no_prospects(found: NextHour) -> str:
    if not found.compared.rounds and not found.compared.left_out:
        return "no model was trained yet: without three rounds there is no learning curve"
    return why_no_curve(found.compared.rounds)


def _held_out(found: NextHour) -> list[str]:
    if not found.prospects or found.prospects[0].labelled == found.prospects[0].chips:
        return []
    share = 1 - found.compared.rounds[-1].learnt_share
    return [f"of the labelled places {share:.0%} are held out of training: hours are for them too"]


def _growth(rounds: Sequence[TrainingRound]) -> list[str]:
    places = [len(each.validation_places) for each in rounds]
    if len(set(places)) < 2:
        return []
    grew = (
        f"held-out ground grew from {min(places):,} to {max(places):,} places between these rounds"
    )
    return [f"{grew}: their scores are in part of different chips"]
