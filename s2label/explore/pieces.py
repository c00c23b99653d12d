"""The log as pieces of work: a chip decided on, a mask painted, each with the time it took.

The window's clock stops after `review.work_clock.PAUSE_S` without anything done, so that no look is
longer. A look that reached that is a *break*.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WorkKind(StrEnum):
    """What somebody did to a chip, in a user's words."""

    ACCEPTED = "accepted"
    ACCEPTED_IMAGE = "image accepted"
    REJECTED_IMAGE = "image rejected"
    REJECTED_MASK = "mask rejected"
    PAINTED = "painted, no suggestion"
    SUGGESTED = "painted, with suggestion"
    IGNORED = "pixels ignored"
    JUDGED = "suspicion judged"
    OTHER = "other decisions"
    TOGETHER = "several chips at once"


# Work after which a chip has labels that somebody looked at.
LABELLING = frozenset({WorkKind.ACCEPTED, WorkKind.PAINTED, WorkKind.SUGGESTED})
# Work after which a chip is done with.
CHIP_DONE = LABELLING | {
    WorkKind.ACCEPTED_IMAGE,
    WorkKind.REJECTED_IMAGE,
    WorkKind.REJECTED_MASK,
}


@dataclass(frozen=True)
class Spell:
    """Time spent on a day (UTC, ``YYYY-MM-DD``)."""

    day: str
    seconds: float
    is_break: bool


@dataclass(frozen=True)
class Piece:
    """A chip decided on or painted, by one person on one day.

    Parameters
    ----------
    kind : WorkKind
        What was done.
    who, day : str
        By whom, and on which day (UTC).
    images : tuple of str
        The images in view.
    spells : tuple of Spell
        The time it took; empty where nobody measured it.
    is_result : bool
        Whether anything of it still stands.
    objects : int
        Objects drawn or changed, of a mask of moving classes.
    """

    kind: WorkKind
    who: str
    day: str
    images: tuple[str, ...]
    spells: tuple[Spell, ...]
    is_result: bool
    objects: int = 0

    @property
    def seconds(self) -> float:
        """All its time, each break with the `PAUSE_S` at which the clock stops."""
        return sum(spell.seconds for spell in self.spells)

    @property
    def worked_seconds(self) -> float:
        """Its time without breaks."""
        return sum(spell.seconds for spell in self.spells if not spell.is_break)

    @property
    def is_break(self) -> bool:
        """Whether it is nothing but a break."""
        return bool(self.spells) and all(spell.is_break for spell in self.spells)
