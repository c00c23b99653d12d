"""Why a chip is suspicious, in words that all docks share."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from napari_s2label.parts.message import breakable
from napari_s2label.parts.reports import counted
from s2label.queue_specs import QueueOrder
from s2label.review.suspecting import objects_in, of_mask
from s2label.types import Subject

if TYPE_CHECKING:
    from s2label.chip_views import ChipView
    from s2label.queue_specs import QueueSpec
    from s2label.review.session import ReviewSession
    from s2label.suspicions import SuspicionRecord

NO_OBJECTS_LEFT = "No unlabelled object is left to ask about."
NO_MASKS_LEFT = "No suspicious mask is left."
ANSWERED = "answered"


def shown_suspicions(chip: ChipView, asked: SuspicionRecord | None) -> list[str]:
    """Return why a chip is suspicious, the foremost reason first."""
    if asked is not None:
        return [_of_object(chip, asked)]
    told = [each.words for each in of_mask(chip)]
    objects = len(objects_in(chip))
    return [*told, f"{counted(objects, 'unlabelled object')} to ask about"] if objects else told


def _of_object(chip: ChipView, asked: SuspicionRecord) -> str:
    is_open = asked.id in {each.id for each in chip.suspicions}
    return asked.words if is_open else f"{asked.words} ({ANSWERED})"


def suspicion_lines(chip: ChipView, session: ReviewSession) -> list[str]:
    """Return why a chip is suspicious, less what its place in the queue says, as rich text."""
    told = shown_suspicions(chip, session.suspicion)
    spec = session.queue
    is_told = spec.order is QueueOrder.SUSPICION and not spec.title
    return [f"suspicious: {escape(breakable(each), quote=False)}" for each in told[is_told:]]


def tooltip_lines(chip: ChipView) -> list[str]:
    """Return why a chip is suspicious, a line each."""
    return [f"suspicious: {each}" for each in shown_suspicions(chip, None)]


def nothing_left(spec: QueueSpec) -> str:
    """Return what an empty queue of suspicions says; empty for other queues."""
    if spec.subject is Subject.SUSPICION:
        return NO_OBJECTS_LEFT
    return NO_MASKS_LEFT if spec.only_suspicious and spec.subject is Subject.MASK else ""
