"""Two rivals on the same chips: what each got right, chip by chip."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from s2label.labelled.pixels import read_labels
from s2label.masks import read_mask
from s2label.progress import Progress
from s2label.types import BACKGROUND, Lifetime
from s2label_training.ahead import PoolPerThread, read_ahead
from s2label_training.tallies import ChipTally, tally_chip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.labelled.pixels import LabelPixels
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.rivals import Rival

_BATCH = 16
_AHEAD = 2
_MESSAGE = "comparing on held-out chips"


@dataclass(frozen=True)
class Own:
    """Checked pixels whose label a rival proposed itself, and somebody accepted.

    ``old``, ``new`` are those of each rival, ``all`` is of how many: of objects of moving classes,
    else of all classes.
    """

    old: int = 0
    new: int = 0
    all: int = 0


@dataclass(frozen=True, eq=False)
class ComparedChip:
    """A chip on which both were scored.

    Parameters
    ----------
    chip : LabelledChip
        The chip.
    old, new : ChipTally
        What each got right and wrong on its checked pixels.
    changed : int
        Checked pixels for which they propose different classes.
    own : Own
        Checked pixels whose label comes from themselves.
    """

    chip: LabelledChip
    old: ChipTally
    new: ChipTally
    changed: int
    own: Own = Own()


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came of comparing.

    Parameters
    ----------
    chips : list of ComparedChip
        Chips with checked pixels that both rivals take.
    unchecked : list of LabelledChip
        Chips without a checked pixel.
    refused : Counter
        Why chips were left out -> how many.
    """

    chips: list[ComparedChip] = field(default_factory=list)
    unchecked: list[LabelledChip] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, eq=False)
class Scoring:
    """How chips are scored.

    Parameters
    ----------
    class_values, moving_values : tuple of int
        Stored values of the classes, and of those whose objects are counted.
    trust : str
        Whose pixels count, see `labelled.pixels.read_labels`.
    numbers : tuple of int
        What masks say of pixels that the old and the new one set; 0 for who set none.
    """

    class_values: tuple[int, ...]
    moving_values: tuple[int, ...]
    trust: str
    numbers: tuple[int, int] = (0, 0)

    @classmethod
    def of(
        cls, values: set[int], lifetime: Lifetime, trust: str, numbers: tuple[int, int] = (0, 0)
    ) -> Scoring:
        """Return how classes of these stored values are scored."""
        ordered = tuple(sorted(values))
        moving = [value for value in ordered if value != BACKGROUND]
        is_moving = lifetime is Lifetime.MOVING
        return cls(ordered, tuple(moving) if is_moving else (), trust, numbers)


@dataclass(frozen=True, eq=False)
class ReadChip:
    """A chip with its truth and what both rivals need; these are None with a reason."""

    chip: LabelledChip
    labels: LabelPixels
    old: NDArray[np.float32] | None = None
    new: NDArray[np.float32] | None = None
    reason: str = ""


class Arena:
    """Where two rivals meet.

    Parameters
    ----------
    project : Project
        The project.
    old, new : Rival
        Who is compared.
    scoring : Scoring
        How.
    """

    def __init__(self, project: Project, old: Rival, new: Rival, scoring: Scoring) -> None:
        self._project, self._scoring = project, scoring
        self._old, self._new = old, new
        self._pools = PoolPerThread()

    def compare(self, chips: Sequence[LabelledChip]) -> Job[Comparison]:
        """Score both on chips, reading ahead.

        Raises
        ------
        InputError
            If a mask cannot be read.
        """
        found = Comparison()
        yield Progress(0, len(chips), _MESSAGE)
        batches = [chips[start : start + _BATCH] for start in range(0, len(chips), _BATCH)]
        ahead = read_ahead(self._read_all, batches, 1, _AHEAD)
        for done, batch in enumerate(ahead, start=1):
            found.unchecked.extend(r.chip for r in batch if not r.labels.checked.any())
            found.refused.update(r.reason for r in batch if r.reason)
            found.chips.extend(self._score([r for r in batch if r.old is not None]))
            yield Progress(min(done * _BATCH, len(chips)), len(chips), _MESSAGE)
        return found

    def _read_all(self, chips: Sequence[LabelledChip]) -> list[ReadChip]:
        return [self.read(chip) for chip in chips]

    def read(self, chip: LabelledChip) -> ReadChip:
        """Read a chip for both."""
        labels = read_labels(self._project, chip, self._scoring.trust)
        if not labels.checked.any():
            return ReadChip(chip, labels)
        new, reason = self._new.read(chip, self._pools.pool)
        if new is None:
            return ReadChip(chip, labels, reason=reason)
        old, reason = self._old.read(chip, self._pools.pool)
        if old is None:
            return ReadChip(chip, labels, reason=reason)
        return ReadChip(chip, labels, old, new)

    def proposals(
        self, read: Sequence[ReadChip]
    ) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        """Return the masks (y, x) that the old and the new one propose."""
        old = self._old.propose([each.old for each in read if each.old is not None])
        new = self._new.propose([each.new for each in read if each.new is not None])
        return list(zip(old, new, strict=True))

    def _score(self, read: Sequence[ReadChip]) -> list[ComparedChip]:
        return [
            self._scored(each, *proposed)
            for each, proposed in zip(read, self.proposals(read), strict=True)
        ]

    def _scored(
        self, read: ReadChip, old: NDArray[np.uint8], new: NDArray[np.uint8]
    ) -> ComparedChip:
        counts = read.labels.checked & has_data(read)
        truth, scoring = read.labels.classes, self._scoring
        tallies = (
            tally_chip(proposed, truth, counts, scoring.class_values, scoring.moving_values)
            for proposed in (old, new)
        )
        changed = int(np.count_nonzero((old != new) & counts))
        own = self._own(read.chip, truth, counts)
        return ComparedChip(read.chip, next(tallies), next(tallies), changed, own)

    def _own(self, chip: LabelledChip, truth: NDArray[np.uint8], counts: NDArray[np.bool_]) -> Own:
        if not any(self._scoring.numbers):
            return Own()
        # Background beside objects is mostly nobody's, and would hide whose the objects are.
        values = self._scoring.moving_values or self._scoring.class_values
        judged = counts & np.isin(truth, values)
        set_by = read_mask(self._project.mask_path(chip.mask_id, chip.mask_version)).provenance
        old, new = (
            int(np.count_nonzero(judged & (set_by == number))) if number else 0
            for number in self._scoring.numbers
        )
        return Own(old, new, int(np.count_nonzero(judged)))


def has_data(read: ReadChip) -> NDArray[np.bool_]:
    """Tell where a chip has data for both, (y, x) bool."""
    both = np.ones(read.labels.classes.shape, bool)
    for values in (read.old, read.new):
        if values is not None:
            both &= np.isfinite(values).all(axis=0)
    return both
