"""Deciding on the chip in view: the next one comes before the decision is on disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import S2LabelError
from s2label.review import suspecting
from s2label.review.in_view import ids_seen
from s2label.types import STATE_OF_VERDICT, Decision, State, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from s2label.catalog.store import Catalog
    from s2label.chip_views import ChipView, MaskView
    from s2label.queue_specs import QueueSpec
    from s2label.review.acting import Acting
    from s2label.review.ledger import Ledger
    from s2label.review.tour import Tour
    from s2label.types import Act


def about_image(chip: ChipView, verdict: Verdict, reason: str = "") -> Decision:
    """Return a decision on the image of a chip, as it is in view."""
    return Decision(Subject.IMAGE, chip.image.id, verdict, reason, chip.image.version)


def about_mask(mask: MaskView, verdict: Verdict, reason: str = "") -> Decision:
    """Return a decision on a mask, as it is in view."""
    return Decision(Subject.MASK, mask.id, verdict, reason, mask.version)


def accepting(chip: ChipView, queue: QueueSpec) -> list[Decision]:
    """Return what accepting a chip says in a queue.

    A mask that was rejected on another date stays rejected: one press on a clear image must not
    bring back a wrong mask. What is suspicious about the mask is called fine only where one goes
    through suspicious masks: elsewhere nobody has looked for it.
    """
    decisions = [about_image(chip, Verdict.ACCEPT)]
    if chip.mask is not None and chip.mask.state is State.OPEN:
        decisions.append(about_mask(chip.mask, Verdict.ACCEPT))
    if suspecting.asks_about_masks(queue):
        decisions += suspecting.called_fine(chip)
    return decisions


class Deciding:
    """Submits decisions on a chip and goes on to the next.

    Parameters
    ----------
    catalog : Catalog
        Open for writing.
    ledger : Ledger
        Writes the decisions, in order.
    tour : Tour
        Goes on, and comes back to a chip whose decision was refused.
    acting : Acting
        Tells of the act when it is on disk.
    took : callable
        Notes that a decision was made; returns the active seconds that it took by itself.
    told : callable
        Told why a decision was refused, or why there was nothing to decide on.
    """

    def __init__(
        self,
        catalog: Catalog,
        ledger: Ledger,
        tour: Tour,
        acting: Acting,
        took: Callable[[], float],
        told: Callable[[str], object],
    ) -> None:
        self._catalog = catalog
        self._ledger = ledger
        self._tour = tour
        self._acting = acting
        self._took = took
        self._told = told

    def accept(self) -> None:
        """Accept the image in view, and its mask if that is still open."""
        view = self._tour.view
        chip = view.settled_chip()
        if chip is not None:
            self.decide(chip, accepting(chip, view.queue))

    def call_fine(self) -> None:
        """Say that nothing suspected of the mask in view is wrong; if nothing is, that is told."""
        chip = self._tour.view.settled_chip()
        decisions = suspecting.called_fine(chip) if chip is not None else []
        if chip is None or not decisions:
            self._told(suspecting.NOTHING_SUSPICIOUS)
            return
        self.decide(chip, decisions)

    def reject_image(self, reason: str) -> None:
        """Reject the image in view."""
        chip = self._tour.view.chip
        if chip is not None:
            self.decide(chip, [about_image(chip, Verdict.REJECT, reason)])

    def reject_mask(self, reason: str) -> None:
        """Reject the mask in view; without a mask nothing happens."""
        chip = self._tour.view.settled_chip()
        if chip is not None and chip.mask is not None:
            self.decide(chip, [about_mask(chip.mask, Verdict.REJECT, reason)])

    def decide(self, chip: ChipView, decisions: Sequence[Decision]) -> None:
        """Have decisions on a chip written as one act, and go on meanwhile."""
        own_seconds = self._took()
        is_at_start = self.note(chip, decisions)
        touched = _touched_by(chip, decisions)
        left = {each.id: (STATE_OF_VERDICT[each.verdict], each.reason) for each in decisions}
        self._ledger.submit(
            lambda: self._write(decisions, own_seconds),
            touches=touched,
            then=self._acting.tell,
            failed=lambda error: self._refuse(chip, error),
            leaves=left if left.keys() == touched else None,
        )
        if not is_at_start:
            self._tour.go_on()

    def _write(self, decisions: Sequence[Decision], own_seconds: float) -> Act | None:
        """Write decisions; their time holds that of strokes, as in the log from its beginning."""
        seconds = own_seconds + self._catalog.painted_since_decision()
        return self._catalog.decide(decisions, seconds)

    def note(self, chip: ChipView, decisions: Sequence[Decision]) -> bool:
        """Note what will be decided; return whether the queue's start came into view meanwhile."""
        is_at_start = self._tour.finish_reading()
        states = {d.id: STATE_OF_VERDICT[d.verdict] for d in decisions}
        self._tour.walk.note_states(states | suspecting.objects_after(chip, decisions))
        self._tour.walk.note_suspicious(suspecting.suspicious_after(chip, decisions))
        return is_at_start

    def _refuse(self, chip: ChipView, error: Exception) -> None:
        """Say why a decision is not on disk, and show its chip again."""
        self._told(str(error))
        self._tour.show(chip.image.id)
        self._tour.walk.note_states(self._tour.view.states())
        if (chip_now := self._tour.view.chip) is not None and chip_now.mask is not None:
            is_suspicious = bool(suspecting.of_mask(chip_now))
            self._tour.walk.note_suspicious({chip_now.mask.id: is_suspicious})
        if not isinstance(error, S2LabelError):
            raise error


def _touched_by(chip: ChipView, decisions: Sequence[Decision]) -> set[str]:
    touches = {decision.id for decision in decisions}
    is_suspected = any(decision.subject is Subject.SUSPICION for decision in decisions)
    if is_suspected or chip.suspicions:
        touches |= ids_seen(chip)  # which of its suspicions are open changes
    return touches
