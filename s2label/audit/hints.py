"""What is seen in a mask, before one knows how usual it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.audit.evidence import Evidence
from s2label.suspicions import SuspicionKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.audit.audited import AuditedMask
    from s2label.suspicions import Ring

# Of one kind, more of a mask are not kept; few are shown at once, the others when those are
# answered.
MOST_OF_A_KIND = 50
# More of a kind in all would fill the memory, and nobody gets through them.
_MOST_IN_ALL = 50_000
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
    labelled_as: int | None = None


@dataclass
class Hints:
    """All that is seen in an audit, and how usual each kind of it is.

    Parameters
    ----------
    most : int
        How many of a kind are kept at least, if there are more: the strongest.
    """

    evidence: dict[SuspicionKind, Evidence] = field(default_factory=lambda: defaultdict(Evidence))
    most: int = _MOST_IN_ALL
    _kept: dict[SuspicionKind, list[Hint]] = field(default_factory=lambda: defaultdict(list))

    def keep(self, some: Sequence[Hint]) -> None:
        """Keep what was seen."""
        for hint in some:
            its = self._kept[hint.kind]
            its.append(hint)
            if len(its) >= 2 * self.most:
                its.sort(key=lambda hint: -hint.strength)
                del its[self.most :]

    @property
    def seen(self) -> list[Hint]:
        """All that is kept, by kind."""
        return [hint for kind in SuspicionKind for hint in self.of(kind)]

    def of(self, kind: SuspicionKind) -> Sequence[Hint]:
        """Return what is kept of a kind, in the order in which it was seen."""
        return self._kept.get(kind, ())


def about(mask: AuditedMask) -> About:
    """Return what a hint says of where it was seen."""
    chip = mask.chip
    return About(chip.mask_id, chip.mask_version, chip.image_id, chip.image_version, chip.model)
