"""What the shelf tells of rounds of training, for the learning curve. Knows no torch."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, Any

from s2label.explore.rounds import TrainingRound
from s2label.types import Lifetime
from s2label_training.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from s2label.project import Project
    from s2label_training.bundle import ModelRecord

Range = tuple[float | None, float | None]

# Parts of a recipe that leave the score as it is, or change it by chance alone.
_FREE = frozenset(
    {
        "name",
        "description",
        "fit.seed",
        "fit.max_minutes",
        "fit.memory_gib",
        "fit.precision",
        "fit.channels_last",
        "fit.compile",
        "gate.confidence",
        "gate.margin",
    }
)
_DEVIATIONS = 1.96


def training_rounds(project: Project) -> tuple[list[TrainingRound], list[str]]:
    """Return the models of a project as rounds of training, and what is wrong with the others."""
    shelf = Shelf(project.folder)
    return [round_of(record) for record in shelf.records()], shelf.complaints


def round_of(record: ModelRecord) -> TrainingRound:
    """Return a model as a round of training."""
    data, score = record.data, record.metrics.get("headline")
    low, high = _interval(record, score)
    pixels = sum(data.pixels.values())
    return TrainingRound(
        id=record.id,
        created_at=record.created_at,
        recipe=record.recipe.name,
        settings=_settings(record),
        classes=tuple((each.value, each.name) for each in record.classes),
        score=score,
        low=low,
        high=high,
        chips=data.chips,
        pixels=pixels,
        checked_pixels=round(data.checked_share * pixels),
        training_places=frozenset(data.training_places),
        validation_places=frozenset(data.validation_places),
        hold_out=data.hold_out,
    )


def _settings(record: ModelRecord) -> dict[str, str]:
    flat = dict(_flat(record.recipe.model_dump(mode="json")))
    kept = {name: str(value) for name, value in flat.items() if name not in _FREE}
    return kept | {
        "bands": ",".join((*record.bands, *record.indices)),
        "scored pixels": record.data.trust,
        "begun with another model": "yes" if record.parent else "no",
    }


def _flat(document: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _interval(record: ModelRecord, score: float | None) -> Range:
    """Return the 95 % interval of the headline.

    Of moving classes the mean of their objects' intervals. Scores of static ones carry none: each
    held-out place then counts as one observation.
    """
    if score is None:
        return None, None
    if record.lifetime is Lifetime.MOVING:
        found = [each["f1"] for each in record.metrics.get("objects", ())]
        known = [each for each in found if each["value"] is not None]
        if known:
            lows, highs = ([each[end] for each in known] for end in ("low", "high"))
            return sum(lows) / len(known), sum(highs) / len(known)
    return _wilson(score, max(len(record.data.validation_places), 1))


def _wilson(share: float, count: int) -> Range:
    """Return the score interval of a share of so many observations (Wilson 1927)."""
    square = _DEVIATIONS**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    spread = share * (1 - share) / count + square / (4 * count**2)
    half = _DEVIATIONS * sqrt(spread) / (1 + square / count)
    return max(0.0, middle - half), min(1.0, middle + half)
