"""One ranking of all kinds, which ends where nothing is suspicious any more."""

from __future__ import annotations

from s2label.audit.evidence import Evidence
from s2label.audit.hints import About, Hint, Hints
from s2label.audit.ranking import ranked
from s2label.suspicions import SuspicionKind

MISSING, SPURIOUS = SuspicionKind.MISSING, SuspicionKind.SPURIOUS


def hint(mask_id: str, kind: SuspicionKind = MISSING, strength: float = 0.5) -> Hint:
    return Hint(About(mask_id, 1, f"{mask_id}-image", 1, "fold-1"), kind, strength, "Words.")


def order(hints: Hints, confidences: dict[str, float]) -> list[str]:
    return [record.mask_id for record in ranked(hints, confidences, "audit")]


def test_what_is_much_more_usual_in_masks_as_they_are_is_not_asked_about() -> None:
    hints = Hints([hint("a")])
    hints.evidence[MISSING] = Evidence([0.5] * 90, [0.5] * 2, 100, 100)
    assert order(hints, {"a": 0.5}) == []
    hints.evidence[MISSING] = Evidence([0.5] * 90, [0.5] * 90, 100, 100)
    assert order(hints, {"a": 0.5}) == ["a"]


def test_a_kind_that_tells_more_comes_before_one_that_is_stronger() -> None:
    hints = Hints([hint("a", MISSING, 0.9), hint("b", SPURIOUS, 0.3)])
    hints.evidence[MISSING] = Evidence([0.9] * 10, [0.9] * 10, 20, 20)
    hints.evidence[SPURIOUS] = Evidence([0.3], [0.3] * 10, 20, 20)
    assert order(hints, {"a": 0.5, "b": 0.5}) == ["b", "a"]


def test_of_masks_alike_the_one_that_the_model_contradicts_most_comes_first() -> None:
    hints = Hints([hint("a"), hint("b"), hint("c")])
    hints.evidence[MISSING] = Evidence([0.5] * 3, [0.5] * 3, 3, 3)
    assert order(hints, {"a": 0.7, "b": 0.2, "c": 0.4}) == ["b", "c", "a"]
