"""What a trainer tells: what it learns from, and the scores after each epoch."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Learnt:
    """What a training learns from, as the trainer told it at its beginning.

    Parameters
    ----------
    run : str
        Id of the run.
    chips, groups : int
        How many learn and validate together.
    pixels : dict
        Class name -> labelled pixels.
    checked_share : float
        Share of these pixels that are checked, 0..1.
    held_out : int
        Chips that validate.
    is_by_group : bool
        Whether those are apart from the others; else scores flatter.
    warnings : tuple of str
        What the trainer wants to be known.
    device : str
        What it runs on.
    """

    run: str = ""
    chips: int = 0
    groups: int = 0
    pixels: dict[str, int] = field(default_factory=dict)
    checked_share: float = 0.0
    held_out: int = 0
    is_by_group: bool = True
    warnings: tuple[str, ...] = ()
    device: str = ""


@dataclass(frozen=True)
class Epoch:
    """Scores after an epoch; what cannot be told is NaN.

    Parameters
    ----------
    number : int
        From 1.
    loss, validation_loss, headline, lr : float
        Headline: object F1 or mean IoU, 0..1, which decides what is best.
    iou : dict
        Class name -> IoU, 0..1.
    preview : str
        Path of a picture: rows of image, truth, proposal; empty if there is none.
    """

    number: int
    loss: float
    validation_loss: float
    headline: float
    lr: float
    iou: dict[str, float] = field(default_factory=dict)
    preview: str = ""


def learnt_of(data: Mapping[str, Any]) -> Learnt:
    """Read the first record of a trainer."""
    held_out = data.get("held_out") or {}
    return Learnt(
        run=str(data["run"]),
        chips=int(data.get("chips") or 0),
        groups=int(data.get("groups") or 0),
        pixels={str(name): int(count) for name, count in (data.get("pixels") or {}).items()},
        checked_share=float(data.get("checked_share") or 0),
        held_out=int(held_out.get("chips") or 0),
        is_by_group=bool(held_out.get("by_group", True)),
        warnings=tuple(map(str, data.get("warnings") or ())),
        device=str(data.get("device") or ""),
    )


def epoch_of(data: Mapping[str, Any]) -> Epoch:
    """Read the record of an epoch; a score that is missing or null is NaN."""
    return Epoch(
        number=int(data["epoch"]),
        loss=number_of(data.get("loss")),
        validation_loss=number_of(data.get("validation_loss")),
        headline=number_of(data.get("headline")),
        lr=number_of(data.get("lr")),
        iou={str(name): number_of(value) for name, value in (data.get("iou") or {}).items()},
        preview=str(data.get("preview") or ""),
    )


def number_of(value: object) -> float:
    """Return a number of a record; NaN where there is none."""
    return float(value) if isinstance(value, int | float) else math.nan
