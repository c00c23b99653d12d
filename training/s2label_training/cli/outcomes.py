"""What came of a training, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label_training.outcome import Outcome
    from s2label_training.verdicts import Verdict


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    """Yield the lines that ``s2label train`` prints for people."""
    result = outcome.result
    if not result.model:
        nothing = "stopped before the first epoch was done: nothing was kept"
        again = "stopped before another epoch was done: --resume goes on with it"
        yield again if result.resume else nothing
        return
    how = f"stopped after epoch {result.epochs}" if result.stopped else f"{result.epochs} epochs"
    yield f"{result.model}: {how}"
    yield from score_lines(result.scores or {}, result.threshold)
    if outcome.unjudged:
        yield f"not judged: {outcome.unjudged}"
    yield from verdict_lines(outcome.verdict, is_in_use=outcome.is_in_use)
    if result.resume:
        yield "next: --resume goes on with it"


def verdict_lines(verdict: Verdict | None, *, is_in_use: bool) -> Iterator[str]:
    """Yield what the gate said, if it did, and whether the model is in use."""
    if verdict is not None:
        yield verdict.reason
        yield from (f"warning: {warning}" for warning in verdict.warnings)
    yield "it is in use now" if is_in_use else "it is not in use"


def score_lines(scores: dict[str, Any], threshold: float) -> Iterator[str]:
    """Yield scores per class, and of objects: `metrics.Scores.as_dict` in columns."""
    if not scores:
        yield "  no held-out pixel is checked: no scores"
        return
    headline = _share(scores["headline"])
    yield f"  score {headline} on the held-out chips, at threshold {threshold:g}"
    yield "  class            IoU  precision  recall   F1      pixels"
    for each in scores["classes"]:
        shares = [_share(each[name]) for name in ("iou", "precision", "recall", "f1")]
        yield "  {:<15}{:>6}{:>11}{:>8}{:>6}{:>11}".format(each["name"], *shares, each["pixels"])
    for each in scores["objects"]:
        told = ", ".join(
            f"{name} {_interval(each[name])}" for name in ("recall", "precision", "f1")
        )
        yield f"  {each['true']} objects of {each['name']}: {told}"
    yield from (f"  warning: {warning}" for warning in scores["warnings"])


def _interval(estimate: dict[str, Any]) -> str:
    return "{} ({} to {})".format(*(_share(estimate[name]) for name in ("value", "low", "high")))


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
