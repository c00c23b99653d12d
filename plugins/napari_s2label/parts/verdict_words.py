"""What the gate says of a model, in words that fit a narrow dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_s2label.parts.reports import counted

if TYPE_CHECKING:
    from s2label_training.verdicts import ClassChange, ClassScore, Verdict

_UNKNOWN = "–"  # noqa: RUF001 - a dash is what stands in an empty cell of a table
_LEAST_CHANGE = 0.005
# Field of `ClassScore` -> its name.
_SCORES = {
    "object_f1": "objects, F1",
    "object_recall": "objects found",
    "object_precision": "proposed objects that are right",
    "iou": "IoU of pixels",
    "recall": "pixels found",
    "precision": "proposed pixels that are right",
}


def old_word(verdict: Verdict) -> str:
    """Return what the new model was compared with, in a word over a column."""
    return "before" if verdict.old else "guess"


def score_words(score: float | None) -> str:
    """Return a score 0..1 with two digits, or a dash."""
    return _UNKNOWN if score is None else f"{score:.2f}"


def change_words(old: float | None, new: float | None) -> str:
    """Return a difference with an arrow, so that no colour is needed to read it."""
    if old is None or new is None:
        return ""
    if abs(new - old) < _LEAST_CHANGE:
        return "="
    return f"{'▲' if new > old else '▼'} {abs(new - old):.2f}"


def class_tip(change: ClassChange) -> str:
    """Return all that is known of a class under both models."""
    truth = f"{change.name}: {change.pixels:,} px checked"
    lines = [f"{truth}, {counted(change.objects, 'object')}" if change.objects else truth]
    for field, name in _SCORES.items():
        old, new = _score(change.old, field), _score(change.new, field)
        if old is not None or new is not None:
            lines.append(f"{name}: {score_words(old)} before, {score_words(new)} new")
    if change.interval is not None:
        low, high = change.interval
        lines.append(f"the difference lies between {low:+.2f} and {high:+.2f} (95 %)")
    if change.is_lost:
        lines.append("falls further than the recipe allows")
    return "\n".join(lines)


def _score(scores: ClassScore, field: str) -> float | None:
    value: float | None = getattr(scores, field)
    return value
