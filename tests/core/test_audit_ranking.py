"""One ranking of all kinds, which ends where nothing is suspicious any more."""

from __future__ import annotations

from s2label.audit.evidence import Evidence
from s2label.audit.hints import About, Hint, Hints
from s2label.audit.ranking import ranked, what_cannot_be_told
from s2label.suspicions import SuspicionKind

MISSING, SPURIOUS = SuspicionKind.MISSING, SuspicionKind.SPURIOUS
SHIFTED = SuspicionKind.SHIFTED


def hint(mask_id: str, kind: SuspicionKind = MISSING, strength: float = 0.5) -> Hint:
    return Hint(About(mask_id, 1, f"{mask_id}-image", 1, "fold-1"), kind, strength, "Words.")


def hints_of(*some: Hint) -> Hints:
    hints = Hints()
    hints.keep(some)
    return hints


def order(hints: Hints, confidences: dict[str, float]) -> list[str]:
    return [record.mask_id for record in ranked(hints, confidences, "audit")]


def test_what_is_much_more_usual_in_masks_as_they_are_is_not_asked_about() -> None:
    hints = hints_of(hint("a", SPURIOUS))
    hints.evidence[SPURIOUS] = Evidence([0.5] * 90, [0.5] * 2, 100, 100)
    assert order(hints, {"a": 0.5}) == []
    hints.evidence[SPURIOUS] = Evidence([0.5] * 30, [0.5] * 90, 100, 100)
    assert order(hints, {"a": 0.5}) == ["a"]


def test_below_a_chance_of_one_in_twenty_nothing_is_asked_about() -> None:
    hints = hints_of(hint("a"))
    # Labelled far more often than by luck, and yet most that is proposed is nothing.
    hints.evidence[MISSING] = Evidence([0.5] * 900, [0.5] * 100, 1000, 1000, [0.5] * 6, 3000)
    assert order(hints, {"a": 0.5}) == []
    hints.evidence[MISSING] = Evidence([0.5] * 700, [0.5] * 300, 1000, 1000, [0.5] * 6, 3000)
    assert order(hints, {"a": 0.5}) == ["a"]


def test_a_kind_that_tells_more_comes_before_one_that_is_stronger() -> None:
    hints = hints_of(hint("a", SHIFTED, 0.9), hint("b", SPURIOUS, 0.3))
    hints.evidence[SHIFTED] = Evidence([0.9] * 40, [0.9] * 80, 100, 100)
    hints.evidence[SPURIOUS] = Evidence([0.3] * 4, [0.3] * 80, 100, 100)
    assert order(hints, {"a": 0.5, "b": 0.5}) == ["b", "a"]


def test_within_a_kind_what_is_stronger_comes_first_whatever_the_model_says_of_the_rest() -> None:
    hints = hints_of(hint("a", SPURIOUS, 0.6), hint("b", SPURIOUS, 0.9), hint("c", SPURIOUS, 0.7))
    hints.evidence[SPURIOUS] = Evidence([0.6, 0.7, 0.9], [0.5] * 80, 100, 100)
    assert order(hints, {"a": 0.1, "b": 0.8, "c": 0.4}) == ["b", "c", "a"]


def test_of_masks_alike_the_one_that_the_model_contradicts_most_comes_first() -> None:
    hints = hints_of(*(hint(name, SPURIOUS) for name in "abc"))
    hints.evidence[SPURIOUS] = Evidence([0.5] * 3, [0.5] * 80, 100, 100)
    assert order(hints, {"a": 0.7, "b": 0.2, "c": 0.4}) == ["b", "c", "a"]


def test_it_is_said_of_what_nothing_can_be_told() -> None:
    hints = hints_of()
    hints.evidence[SPURIOUS] = Evidence([0.3] * 4, [0.3] * 80, 100, 100)
    assert what_cannot_be_told(hints) == []
    hints.evidence[SHIFTED] = Evidence([0.3] * 80, [0.3] * 80, 100, 100)
    (note,) = what_cannot_be_told(hints)
    assert note.startswith("nothing is said of shifted mask: ")
    hints.evidence[SPURIOUS] = hints.evidence[SHIFTED]
    (note,) = what_cannot_be_told(hints)
    assert note.startswith("the models know too little, or the masks are too few")


def test_in_all_no_more_is_kept_than_anybody_looks_at() -> None:
    hints = Hints(most=10)
    for number in range(100):
        hints.keep([hint(f"{number}", SPURIOUS, number / 100)])
    assert len(hints.seen) < 20
    assert {f"{number}" for number in range(90, 100)} <= {h.about.mask_id for h in hints.seen}
