"""What people have accepted on the ground of a scene: it stands above what a model says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import S2LabelError
from s2label.labelled.chips import find_labelled
from s2label.labelled.pixels import read_labels
from s2label.results.rasters import NO_PROBABILITY, PROBABILITY_STEPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label.results.rasters import ResultRecord
    from s2label.scene_chips import SceneChip
    from s2label_training.scene.finishing import RowBand

_LABELS = "the checked pixels of accepted masks"


@dataclass(frozen=True)
class AcceptedLabels:
    """Accepted masks, and where they lie in a scene.

    Parameters
    ----------
    project : Project
        Whose files they are.
    chips : tuple of (LabelledChip, SceneChip)
        In the order in which they are put on the scene.
    record : ResultRecord
        Of the result; tells the classes.
    """

    project: Project
    chips: tuple[tuple[LabelledChip, SceneChip], ...]
    record: ResultRecord

    @property
    def digest(self) -> str:
        """What identifies them: masks, versions, where they lie."""
        told = sorted(
            f"{each.mask_id} {each.mask_version} {each.ignore_id} {each.ignore_version} "
            f"{chip.columns} {chip.rows}"
            for each, chip in self.chips
        )
        return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32] if told else ""

    @property
    def note(self) -> str:
        """What a result says of them; empty without any."""
        count = len(self.chips)
        return f"{_LABELS} ({count}) stand in it as they are" if count else ""

    def put_on(self, band: RowBand, first: int, end: int) -> RowBand:
        """Return a band of rows, which has classes, with what was accepted in it.

        Pixels without data stay so.
        """
        assert band.classes is not None
        classes, probabilities = band.classes.copy(), band.probabilities.copy()
        for labelled, chip in self.chips:
            if chip.rows[0] < end and chip.rows[1] > first:
                self._put(labelled, chip, first, classes, probabilities)
        return replace(band, classes=classes, probabilities=probabilities)

    def _put(
        self,
        labelled: LabelledChip,
        chip: SceneChip,
        first: int,
        classes: NDArray[np.uint8],
        probabilities: NDArray[np.uint8],
    ) -> None:
        labels = read_labels(self.project, labelled)
        into, own = _overlap(chip, first, classes.shape)
        stands = labels.checked[own] & (probabilities[0][into] != NO_PROBABILITY)
        values = labels.classes[own]
        classes[into][stands] = values[stands]
        for layer, label_class in zip(probabilities, self.record.classes, strict=True):
            is_it = values == label_class.value
            layer[into][stands] = np.where(is_it[stands], PROBABILITY_STEPS, 0)


def _overlap(
    chip: SceneChip, first: int, shape: Sequence[int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where a chip lies in rows of a scene that begin at one, and that part of the chip."""
    into, own = [], []
    for (low, high), begin, length in (
        (chip.rows, first, shape[0]),
        (chip.columns, 0, shape[1]),
    ):
        start, stop = max(low - begin, 0), min(high - begin, length)
        into.append(slice(start, stop))
        own.append(slice(start + begin - low, stop + begin - low))
    return (into[0], into[1]), (own[0], own[1])


def find_accepted(
    project: Project, chips: Iterable[SceneChip], record: ResultRecord
) -> AcceptedLabels:
    """Return the accepted masks of some chips.

    Raises
    ------
    S2LabelError
        If the project has other classes than the result.
    """
    theirs = {(c.value, c.name.casefold()) for c in record.classes}
    ours = {(c.value, c.name.casefold()) for c in project.classes.classes}
    if theirs != ours:
        names = ", ".join(c.name for c in record.classes)
        raise S2LabelError(f"--labels: the result tells {names}, the project has other classes")
    placed = {chip.image_id: chip for chip in chips}
    accepted = [
        (labelled, placed[labelled.image.id])
        for labelled in find_labelled(project)
        if labelled.is_accepted and labelled.image.id in placed
    ]
    return AcceptedLabels(project, tuple(accepted), record)


def without_note(notes: Iterable[str]) -> tuple[str, ...]:
    """Return notes of a result without that of the masks that stood in it before."""
    return tuple(note for note in notes if not note.startswith(_LABELS))
