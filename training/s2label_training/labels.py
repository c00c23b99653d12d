"""What a chip teaches: index of the class and worth of each pixel. Knows no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.errors import InputError
from s2label.labelled.pixels import pixel_weights, read_labels
from s2label.types import BACKGROUND, NOT_LABELLED, Lifetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.project import Project
    from s2label.types import ClassTable
    from s2label_training.sections import LabelSettings


@dataclass(frozen=True, eq=False)
class Labels:
    """What a chip teaches, and what its pixels are scored with.

    Parameters
    ----------
    target : ndarray
        (y, x) uint8, index of the network's class; 0 where there is no label.
    weight : ndarray
        (y, x) float32, 0 where there is no label.
    truth : ndarray
        (y, x) uint8, stored values of the mask; 255 where the image is ignored too.
    counts : ndarray
        (y, x) bool, labelled and checked: what validates.
    """

    target: NDArray[np.uint8]
    weight: NDArray[np.float32]
    truth: NDArray[np.uint8]
    counts: NDArray[np.bool_]


def network_values(table: ClassTable, chips: Iterable[LabelledChip]) -> tuple[int, ...]:
    """Return the stored value of each output of a network.

    Moving things lie on a background. Land cover has one only where somebody labelled it.
    """
    has_background = table.lifetime is Lifetime.MOVING or any(
        chip.class_counts.get(BACKGROUND) for chip in chips
    )
    return (BACKGROUND, *table.values) if has_background else table.values


def read_chip_labels(
    project: Project, chip: LabelledChip, values: Sequence[int], settings: LabelSettings
) -> Labels:
    """Read what a chip teaches.

    Parameters
    ----------
    project : Project
        Where the masks are.
    chip : LabelledChip
        The chip.
    values : sequence of int
        Stored value of each output of the network.
    settings : LabelSettings
        What labels are worth.

    Raises
    ------
    InputError
        If the mask is damaged, or holds a class that the class table lacks.
    """
    pixels = read_labels(project, chip, settings.trust)
    is_labelled = pixels.classes < NOT_LABELLED
    weight = pixel_weights(pixels, settings.unchecked_model, settings.unchecked_imported)
    index_of = np.full(256, 255, np.uint8)
    index_of[list(values)] = np.arange(len(values))
    target = np.where(is_labelled, index_of[pixels.classes], 0)
    if (target == 255).any():
        found = int(pixels.classes[target == 255][0])
        where = project.mask_path(chip.mask_id, chip.mask_version)
        raise InputError(where, f"class value {found}", "values of the project's class table")
    return Labels(
        target.astype(np.uint8),
        np.asarray(weight * is_labelled, np.float32),
        pixels.classes,
        pixels.checked & is_labelled,
    )
