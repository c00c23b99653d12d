"""From what two rivals got right to a verdict with its reason. Knows no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label_training import reasons
from s2label_training.class_changes import class_changes
from s2label_training.metrics import scores_of
from s2label_training.resampling import resample
from s2label_training.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Literal

    from s2label_training.bundle import ModelClass, ModelRecord
    from s2label_training.comparison import ComparedChip, Comparison
    from s2label_training.opponents import HeldOutChips, Opponent
    from s2label_training.tallies import ChipTally

# With fewer groups their draws are nearly all alike; then places are drawn.
LEAST_GROUPS = 5
_LEAST_PLACES = 2


@dataclass(frozen=True, eq=False)
class Case:
    """What a verdict is about.

    Parameters
    ----------
    record : ModelRecord
        The new model.
    opponent : Opponent
        Who it has to beat.
    held_out : HeldOutChips
        On which chips.
    classes : mapping
        Class value -> name and colour, background included.
    at : str
        When, UTC.
    """

    record: ModelRecord
    opponent: Opponent
    held_out: HeldOutChips
    classes: Mapping[int, ModelClass]
    at: str


def rule(case: Case, compared: Comparison) -> Verdict:
    """Return the verdict, without pictures of what changed."""
    chips = compared.chips
    if not chips:
        return _dismissed(case, compared, reasons.nothing_to_score(case, compared))
    if len({each.chip.place.id for each in chips}) < _LEAST_PLACES:
        return _dismissed(case, compared, reasons.one_place(chips))
    old, new = _total(each.old for each in chips), _total(each.new for each in chips)
    lifetime = case.record.lifetime
    unit = choose_unit(chips)
    difference = resample(*_units(chips, unit), lifetime)
    if math.isnan(difference.new):
        return _dismissed(case, compared, reasons.no_class(case))
    gate = case.record.recipe.gate
    margin = gate.margin if case.opponent.record else None
    rows = class_changes(old, new, difference, case.classes, lifetime, margin)
    lost = [row for row in rows if row.is_lost]
    is_won = difference.new > difference.old and difference.confidence >= gate.confidence
    warnings = scores_of(new, list(case.classes.values()), lifetime).warnings
    return _verdict(
        case,
        compared,
        is_better=is_won and not lost,
        reason=reasons.result_reason(case, compared, difference, lost),
        resampled=unit,
        confidence=difference.confidence,
        old_score=difference.old,
        new_score=difference.new,
        interval=difference.interval,
        classes=rows,
        warnings=(
            *_warnings(case, compared),
            *reasons.favoured(case, *own_share(chips)),
            *reasons.resampled(unit, chips),
            *warnings,
        ),
    )


def choose_unit(chips: Sequence[ComparedChip]) -> Literal["groups", "places"]:
    """Return what is drawn again and again: whole groups of ground where there are enough."""
    groups = {each.chip.group for each in chips}
    return "groups" if len(groups) >= LEAST_GROUPS else "places"


def own_share(chips: Sequence[ComparedChip]) -> tuple[float, float]:
    """Return the shares, 0..1, of checked labels that the old and the new one proposed itself."""
    checked = max(sum(each.own.all for each in chips), 1)
    old, new = (sum(each.own.old for each in chips), sum(each.own.new for each in chips))
    return old / checked, new / checked


def _units(
    chips: Sequence[ComparedChip], unit: Literal["groups", "places"]
) -> tuple[list[ChipTally], list[ChipTally]]:
    old: dict[str, ChipTally] = {}
    new: dict[str, ChipTally] = {}
    for each in chips:
        name = each.chip.group if unit == "groups" else each.chip.place.id
        old[name] = old[name] + each.old if name in old else each.old
        new[name] = new[name] + each.new if name in new else each.new
    return [old[name] for name in sorted(old)], [new[name] for name in sorted(old)]


def _total(tallies: Iterable[ChipTally]) -> ChipTally:
    first, *others = tallies
    return sum(others, start=first)


def _dismissed(case: Case, compared: Comparison, reason: str) -> Verdict:
    """Return the verdict where nothing could be compared."""
    warnings = _warnings(case, compared)
    return _verdict(case, compared, is_better=False, reason=reason, warnings=warnings)


def _warnings(case: Case, compared: Comparison) -> tuple[str, ...]:
    told = (*case.opponent.warnings, *case.held_out.warnings)
    return (*told, *reasons.left_out(case.held_out, compared))


def _verdict(case: Case, compared: Comparison, **found: object) -> Verdict:
    chips, opponent = [each.chip for each in compared.chips], case.opponent
    facts: dict[str, object] = {
        "new": case.record.id,
        "old": opponent.record.id if opponent.record else "",
        "baseline": "" if opponent.record else opponent.name,
        "at": case.at,
        "chips": len(chips),
        "places": len({chip.place.id for chip in chips}),
        "groups": len({chip.group for chip in chips}),
        "pixels": sum(int(each.new.confusion.sum()) for each in compared.chips),
        "needed": case.record.recipe.gate.confidence,
        "score_name": reasons.score_name(case.record.lifetime),
        "old_own_share": own_share(compared.chips)[0],
        "new_own_share": own_share(compared.chips)[1],
    }
    return Verdict.model_validate(facts | found)
