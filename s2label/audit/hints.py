"""What is seen in a mask, before one knows how usual it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.audit.evidence import Evidence

if TYPE_CHECKING:
    from s2label.audit.audited import AuditedMask
    from s2label.suspicions import Ring, SuspicionKind

# Of one kind, more of a mask are not kept: they could fill the memory.
MOST_OF_A_KIND = 3
# Smaller things are less worth a look.
LARGE_PX = 20


@dataclass(frozen=True)
class About:
    """The mask and image that something was seen in, by id and version, and the model's id."""

    mask_id: str
    mask_version: int
    image_id: str
    image_version: int
    model: str


@dataclass(frozen=True)
class Hint:
    """Something seen in a mask; see `SuspicionRecord` for the fields of the same name."""

    about: About
    kind: SuspicionKind
    strength: float
    words: str
    rings: tuple[Ring, ...] = ()
    class_value: int | None = None


@dataclass
class Hints:
    """All that is seen in an audit, and how usual each kind of it is."""

    seen: list[Hint] = field(default_factory=list)
    evidence: dict[SuspicionKind, Evidence] = field(default_factory=lambda: defaultdict(Evidence))

    def keep(self, some: list[Hint]) -> None:
        """Keep the strongest of what was seen in one mask, all of one kind."""
        ordered = sorted(some, key=lambda hint: -hint.strength)
        self.seen += ordered[:MOST_OF_A_KIND]


def about(mask: AuditedMask) -> About:
    """Return what a hint says of where it was seen."""
    chip = mask.chip
    return About(chip.mask_id, chip.mask_version, chip.image_id, chip.image_version, chip.model)
