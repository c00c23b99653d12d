"""What the gate says of a new model: records that are kept in its bundle. Knows no torch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from s2label.durable import write_whole
from s2label.errors import InputError
from s2label_training.documents import checked

if TYPE_CHECKING:
    from pathlib import Path

VERDICT_NAME = "verdict.json"
CHANGED_FOLDER = "changed"


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class ClassScore(_Part):
    """How well one model finds a class, all 0..1; None where nothing could be scored.

    ``score`` is what the gate compares: the F1 of objects for a moving class, else the IoU.
    """

    score: float | None = None
    iou: float | None = None
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    object_recall: float | None = None
    object_precision: float | None = None
    object_f1: float | None = None


class ClassChange(_Part):
    """Old against new for a class.

    Parameters
    ----------
    value, name, colour : int, str, str
        The class; 0 is background.
    pixels : int
        Its pixels in the truth.
    objects : int
        Its objects in the truth; 0 for static classes.
    old, new : ClassScore
        Scores of both models.
    interval : tuple of float, optional
        Between which values 95 % of the resampled differences new - old lie; None where a
        score is missing.
    is_lost : bool
        Whether it fell by more than the margin.
    """

    value: int
    name: str
    colour: str
    pixels: int
    objects: int = 0
    old: ClassScore
    new: ClassScore
    interval: tuple[float, float] | None = None
    is_lost: bool = False


class ChangedChip(_Part):
    """A chip on which old and new differ most.

    ``old``, ``new`` are the shares of its scored pixels that are right, 0..1; ``picture`` is the
    path of a PNG relative to the bundle: image, truth, old proposal, new proposal.
    """

    image_id: str
    old: float
    new: float
    picture: str = ""


class Verdict(_Part):
    """Whether a new model is better than the one in use, and how one knows.

    Parameters
    ----------
    new : str
        Id of the new model.
    old : str
        Id of the model in use; empty where there was none.
    baseline : str
        What the new model was compared with where there was none, in words.
    is_better : bool
        Whether it should come into use by itself.
    reason : str
        Why, in a sentence or two.
    at : str
        When, UTC.
    chips, places, groups, pixels : int
        What both were scored on: checked, held out from both.
    resampled : "groups" or "places"
        What the comparison was resampled over.
    confidence : float
        Share of resampled comparisons that the new model won, 0..1.
    needed : float
        Share that it had to win.
    old_score, new_score : float, optional
        The headline scores, 0..1.
    interval : tuple of float, optional
        Between which values 95 % of the resampled differences new - old lie.
    classes : tuple of ClassChange
        Old against new per class.
    old_own_share, new_own_share : float
        Share of the checked labels that each model proposed itself, 0..1; of objects alone for
        moving classes.
    changed : tuple of ChangedChip
        Chips that changed most, most first.
    warnings : tuple of str
        What one should know before one trusts the numbers.
    """

    format: Literal[1] = 1
    new: str
    old: str = ""
    baseline: str = ""
    is_better: bool
    reason: str
    at: str
    chips: int = 0
    places: int = 0
    groups: int = 0
    pixels: int = 0
    resampled: Literal["groups", "places"] = "groups"
    confidence: float = 0.0
    needed: float = 0.0
    score_name: str = Field("", description="What the headline score is, in words.")
    old_score: float | None = None
    new_score: float | None = None
    interval: tuple[float, float] | None = None
    classes: tuple[ClassChange, ...] = ()
    old_own_share: float = 0.0
    new_own_share: float = 0.0
    changed: tuple[ChangedChip, ...] = ()
    warnings: tuple[str, ...] = ()


def write_verdict(bundle: Path, verdict: Verdict) -> None:
    """Write a verdict into a bundle, whole or not at all."""
    write_whole(bundle / VERDICT_NAME, verdict.model_dump_json(indent=1).encode() + b"\n")


def read_verdict(bundle: Path) -> Verdict | None:
    """Return the verdict that a bundle holds; None where the gate has not judged it yet.

    Raises
    ------
    InputError
        If it is damaged.
    """
    path = bundle / VERDICT_NAME
    if not path.is_file():
        return None
    try:
        document = json.loads(path.read_bytes())
    except (RecursionError, ValueError) as error:
        advice = "judge the model again"
        raise InputError(path, f"not JSON ({error})", "a verdict", advice) from error
    return checked(Verdict, document, path)
