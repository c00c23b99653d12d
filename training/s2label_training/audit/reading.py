"""The chips of an audit as the finding wants them: read anew each time it goes through them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from s2label.audit.chips import AuditedChip
from s2label.labelled.pixels import read_labels
from s2label.suggestion_files import read_suggestion
from s2label_training.ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from s2label.project import Project
    from s2label_training.audit.looks import Look

_THREADS = 2
_AHEAD = 32


class KeptChips:
    """Masks, and what the models of their folds proposed for them.

    Parameters
    ----------
    project : Project
        Where both are kept.
    looks : sequence of Look
        The masks, in the order in which they are wanted.
    consensus : mapping
        Mask id -> the source's own score of it, 0..1, of those that have one.

    Attributes
    ----------
    looked_at : dict
        Mask id -> version, of the masks that were gone through and have a proposal.
    """

    def __init__(
        self, project: Project, looks: Sequence[Look], consensus: Mapping[str, float]
    ) -> None:
        self._project, self._looks, self._consensus = project, looks, consensus
        self.looked_at: dict[str, int] = {}

    def __len__(self) -> int:
        """Return how many masks there are; those without a proposal are left out on the way."""
        return len(self._looks)

    def __iter__(self) -> Iterator[AuditedChip]:
        """Go through them from the first."""
        for chip in read_ahead(self._read, self._looks, _THREADS, _AHEAD):
            if chip is not None:
                self.looked_at[chip.mask_id] = chip.mask_version
                yield chip

    def _read(self, look: Look) -> AuditedChip | None:
        project = self._project
        for chip in look.chips:
            found = read_suggestion(project, chip.image, look.fold)
            if found is None:
                continue
            # A mean of several images has no say where something is ignored in all of them.
            shown = replace(chip, ignore_id="") if len(look.chips) > 1 else chip
            return AuditedChip(
                mask_id=chip.mask_id,
                mask_version=chip.mask_version,
                image_id=chip.image.id,
                image_version=chip.image.version,
                group=chip.group,
                model=look.fold,
                grid=chip.place.grid,
                classes=read_labels(project, shown).classes,
                class_values=found.class_values,
                probabilities=found.probabilities,
                consensus=self._consensus.get(chip.mask_id),
                name=chip.place.name,
                date=chip.image.date or "",
            )
        return None
