"""Why a verdict is what it is, in words. Knows no torch."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from s2label.labelled.pixels import CHECKED
from s2label.types import BACKGROUND, Lifetime
from s2label_training.resampling import RESAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from s2label.labelled.chips import LabelledChip
    from s2label_training.comparison import ComparedChip, Comparison
    from s2label_training.opponents import HeldOutChips
    from s2label_training.resampling import Difference
    from s2label_training.ruling import Case
    from s2label_training.verdicts import ClassChange

# A sentence names so many groups at most.
_NAMED = 3
# Share of the truth that a model may have proposed itself before it is told.
_MUCH = 0.1
_ANYWAY = "`s2label models promote` with --anyway takes it all the same"


def score_name(lifetime: Lifetime) -> str:
    """Return what the headline score is called."""
    return "object F1" if lifetime is Lifetime.MOVING else "mean IoU"


def result_reason(
    case: Case, compared: Comparison, difference: Difference, lost: Sequence[ClassChange]
) -> str:
    """Return why a new model is better, or not shown to be."""
    needed = case.record.recipe.gate.confidence
    scores = _scores(case, compared, difference)
    if difference.new <= difference.old:
        return f"Not shown to be better: {scores}."
    won = f"better in {difference.confidence:.0%} of {RESAMPLES:,} resamples, {needed:.0%} needed"
    if difference.confidence < needed:
        advice = "check more held-out chips to know more surely"
        return f"Not shown to be better, the difference may be chance: {scores}; {won}; {advice}."
    if lost:
        return f"Better on the whole, but {_losses(case, lost)}: {scores}; {won}; {_ANYWAY}."
    return f"Better: {scores}; {won}."


def _scores(case: Case, compared: Comparison, difference: Difference) -> str:
    places = len({each.chip.place.id for each in compared.chips})
    return (
        f"{score_name(case.record.lifetime)} {difference.new:.3f} against {difference.old:.3f} of "
        f"{case.opponent.name}, on {_count(len(compared.chips), 'checked held-out chip')} of "
        f"{_count(places, 'place')}"
    )


def _losses(case: Case, lost: Sequence[ClassChange]) -> str:
    margin = case.record.recipe.gate.margin
    told = (f"{row.name} falls from {row.old.score:.3f} to {row.new.score:.3f}" for row in lost)
    return f"{', '.join(told)} (margin {margin:g})"


def nothing_to_score(case: Case, compared: Comparison) -> str:
    """Return why no chip could be scored, and what to do."""
    held_out = case.held_out
    if compared.unchecked and not compared.refused:
        return _unchecked(case, compared.unchecked)
    if compared.refused:
        reason, count = compared.refused.most_common(1)[0]
        return f"Not compared: {_count(count, 'held-out chip')} cannot be used: {reason}."
    if held_out.learnt_from:
        return (
            f"Not compared: a model has learnt from {_all(held_out.learnt_from)} held-out chips; "
            "train without --hold-out, or label other ground."
        )
    why = f": {held_out.warnings[0]}" if held_out.warnings else ""
    return f"Not compared: no labelled chip is held out{why}."


def _unchecked(case: Case, chips: Sequence[LabelledChip]) -> str:
    trust = ", or train with --trust imported" if case.record.recipe.labels.trust == CHECKED else ""
    return (
        f"Not compared: none of the {len(chips)} held-out chips is checked; accept or paint some "
        f"of them ({_where(chips)}){trust}."
    )


def _where(chips: Iterable[LabelledChip]) -> str:
    groups = Counter(chip.group for chip in chips).most_common()
    told = [f"{count} in {name}" for name, count in groups[:_NAMED]]
    more = len(groups) - _NAMED
    return ", ".join(told) + (f" and {_count(more, 'more group')}" if more > 0 else "")


def one_place(chips: Sequence[ComparedChip]) -> str:
    """Return that one place is too little."""
    name = chips[0].chip.place.name
    return (
        f"Not compared: the only checked held-out place is {name}, and one place says nothing of "
        "others; accept or paint more held-out chips."
    )


def no_class(case: Case) -> str:
    """Return that nothing but background is checked."""
    names = ", ".join(c.name for value, c in case.classes.items() if value != BACKGROUND)
    return (
        f"Not compared: no checked held-out chip shows {names}; accept or paint held-out chips "
        "that do."
    )


def left_out(held_out: HeldOutChips, compared: Comparison) -> Iterator[str]:
    """Yield how many held-out chips were left out, and why."""
    if held_out.learnt_from:
        count = _count(held_out.learnt_from, "held-out chip")
        yield f"{count} left out, since one of the models has learnt from there"
    if compared.unchecked and compared.chips:
        count = _count(len(compared.unchecked), "held-out chip")
        yield f"{count} not compared, since nobody checked a pixel of them"
    for reason, number in compared.refused.most_common(_NAMED):
        yield f"{_count(number, 'held-out chip')} left out: {reason}"


def favoured(case: Case, old: float, new: float) -> Iterator[str]:
    """Yield which model proposed much of the truth itself, from shares 0..1."""
    names = (case.opponent.record.id if case.opponent.record else "", case.record.id)
    for name, share in zip(names, (old, new), strict=True):
        if share > _MUCH:
            told = f"{share:.0%} of the checked labels were proposed by {name}"
            yield f"{told}, so that it is favoured"


def resampled(unit: str, chips: Sequence[ComparedChip]) -> Iterator[str]:
    """Yield what follows from drawing places instead of groups."""
    if unit == "places":
        groups = _count(len({each.chip.group for each in chips}), "group")
        yield (
            f"the checked held-out chips lie in {groups} of ground only, so that single places "
            "were drawn: neighbours are alike, and the difference looks surer than it is"
        )


def _all(number: int) -> str:
    return "the only" if number == 1 else f"all {number}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
