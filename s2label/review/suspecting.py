"""What a review says of suspicions: decisions on them, and the pixels of an unlabelled object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasKind
from s2label.painting.accepting import accepted_pixels
from s2label.queue_specs import QueueOrder
from s2label.suspicions import SuspicionKind, pixels_of
from s2label.types import IGNORE, NOT_LABELLED, Decision, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from s2label.chip_views import ChipView
    from s2label.painting.painter import Painter
    from s2label.queue_specs import QueueSpec
    from s2label.suspicions import SuspicionRecord

NOTHING_SUSPICIOUS = "nothing about this mask is suspicious: nothing to call fine"
NO_OBJECT = "no unlabelled object is asked about here"
NOT_HELD = "the chip is not there to be painted on yet: press again"
PAINTED_STAYS = "answered before: what was painted then stays until it is painted over"


def objects_in(chip: ChipView) -> list[SuspicionRecord]:
    """Return the open unlabelled objects of a chip, the foremost first."""
    return [each for each in chip.suspicions if each.kind is SuspicionKind.UNLABELLED]


def of_mask(chip: ChipView) -> list[SuspicionRecord]:
    """Return the open suspicions of a chip's mask as a whole, the foremost first."""
    return [each for each in chip.suspicions if each.kind is not SuspicionKind.UNLABELLED]


def asks_about_masks(queue: QueueSpec) -> bool:
    """Tell whether one goes through suspicious masks, so that their suspicions are looked at."""
    is_by_suspicion = queue.only_suspicious or queue.order is QueueOrder.SUSPICION
    return queue.subject is Subject.MASK and is_by_suspicion


def called_fine(chip: ChipView) -> list[Decision]:
    """Return the decisions that say "it is fine" of all suspicions of a chip's mask."""
    if chip.mask is None:
        return []
    version = chip.mask.version
    return [
        Decision(Subject.SUSPICION, each.id, Verdict.REJECT, "", version) for each in of_mask(chip)
    ]


def answered(chip: ChipView, suspicion: SuspicionRecord, verdict: Verdict) -> Decision:
    """Return the decision on an unlabelled object, about the image as it is in view."""
    return Decision(Subject.SUSPICION, suspicion.id, verdict, "", chip.image.version)


def suspicious_after(chip: ChipView, decisions: Iterable[Decision]) -> dict[str, bool]:
    """Return mask id -> whether it is suspicious, where decisions on a chip settle that."""
    if chip.mask is None:
        return {}
    said = {decision.id: decision.verdict for decision in decisions}
    still_open = [each for each in of_mask(chip) if each.id not in said]
    # Of a mask that belongs to a place other dates may be left.
    shown_by = () if chip.mask.is_static else (chip.image.id,)
    is_rejected = any(said.get(id_) is Verdict.REJECT for id_ in (chip.mask.id, *shown_by))
    if not is_rejected and len(still_open) == len(of_mask(chip)):
        return {}
    return {chip.mask.id: bool(still_open) and not is_rejected}


def objects_after(chip: ChipView, decisions: Iterable[Decision]) -> dict[str, State]:
    """Return unlabelled object -> state, where mask or image is rejected: they count no more."""
    rejected = {d.id for d in decisions if d.verdict is Verdict.REJECT}
    if chip.mask is None or rejected.isdisjoint((chip.mask.id, chip.image.id)):
        return {}
    return {each.id: State.REJECTED for each in objects_in(chip)}


def object_pixels(
    suspicion: SuspicionRecord, class_value: int, painter: Painter
) -> tuple[NDArray[np.uint32], NDArray[np.uint8], int]:
    """Return what painting an unlabelled object with a class sets in the mask a painter holds.

    Returns
    -------
    indices : ndarray of uint32, (n,)
        Row-major, ascending: those pixels of the object that nobody painted by hand or ignored, in
        the mask or in this image.
    classes : ndarray of uint8, (n,)
        The class of the object.
    staying : int
        How many pixels of the object keep another class, as a person set or ignored them.
    """
    mask, ignore = painter.canvas(CanvasKind.MASK), painter.canvas(CanvasKind.IGNORE)
    chosen = pixels_of(suspicion.rings, mask.classes.shape)
    proposed = np.full(mask.classes.shape, NOT_LABELLED, np.uint8)
    proposed[chosen] = class_value
    indices, classes = accepted_pixels(proposed, mask, ignore.classes != IGNORE)
    missing = chosen & (mask.classes != proposed)
    return indices, classes, int(np.count_nonzero(missing)) - len(indices)


def staying_in_words(staying: int) -> str:
    """Return that pixels were not painted, and why."""
    are = "1 pixel was" if staying == 1 else f"{staying} pixels were"
    return f"{are} painted or ignored by hand and left as before"
