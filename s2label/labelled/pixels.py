"""What each pixel of a chip is labelled, who said so, and what it is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.canvases import CanvasKind, CanvasRef
from s2label.errors import InputError
from s2label.masks import read_mask, with_ignored
from s2label.types import NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.labelled.chips import LabelledChip
    from s2label.masks import Mask
    from s2label.project import Project

# Whose pixels validate and judge models: checked ones only, or imported ones as well.
CHECKED, IMPORTED = "checked", "imported"


@dataclass(frozen=True, eq=False)
class LabelPixels:
    """The labels of a chip.

    Parameters
    ----------
    classes : ndarray
        (y, x) uint8: 0 background, 1..253 as in the class table, 254 not labelled, 255 ignored,
        in the mask or in the image.
    checked : ndarray
        (y, x) bool: labelled, and trusted to validate and judge models.
    is_model, is_imported : ndarray
        (y, x) bool: who set the pixel; a model or what was learnt from strokes, or a source.
    """

    classes: NDArray[np.uint8]
    checked: NDArray[np.bool_]
    is_model: NDArray[np.bool_]
    is_imported: NDArray[np.bool_]

    @property
    def is_labelled(self) -> NDArray[np.bool_]:
        """(y, x) bool: neither "not labelled" nor ignored."""
        return self.classes < NOT_LABELLED


def read_labels(project: Project, chip: LabelledChip, trust: str = CHECKED) -> LabelPixels:
    """Read the labels of a chip.

    A labelled pixel is checked where a person set it, and everywhere in a mask version that a
    decision accepted.

    Parameters
    ----------
    project : Project
        The project.
    chip : LabelledChip
        What `find_labelled` returned.
    trust : str
        ``checked``, or ``imported``: imported pixels count as checked too.

    Raises
    ------
    InputError
        If a file is missing, damaged, or not of the size of the place.
    """
    if trust not in (CHECKED, IMPORTED):
        raise ValueError(f"trust is {trust!r}, not {CHECKED!r} or {IMPORTED!r}")
    mask = _read_fitting(project.mask_path(chip.mask_id, chip.mask_version), chip)
    classes = mask.classes
    if chip.ignore_id:
        ref = CanvasRef(CanvasKind.IGNORE, chip.ignore_id)
        path = project.canvas_path(ref, chip.ignore_version)
        classes = with_ignored(mask, _read_fitting(path, chip)).classes
    set_by = mask.provenance
    is_imported = set_by == Provenance.IMPORTED
    is_trusted = (set_by == Provenance.HUMAN) | chip.is_accepted
    if trust == IMPORTED:
        is_trusted |= is_imported
    is_model = (set_by == Provenance.STROKES) | (set_by >= Provenance.FIRST_MODEL)
    return LabelPixels(classes, is_trusted & (classes < NOT_LABELLED), is_model, is_imported)


def pixel_weights(
    labels: LabelPixels, unchecked_model: float, unchecked_imported: float
) -> NDArray[np.float32]:
    """Return what each pixel weighs in training, (y, x) float32.

    Parameters
    ----------
    labels : LabelPixels
        The labels of a chip.
    unchecked_model, unchecked_imported : float
        Weight, 0..1, of a pixel that nobody checked and that a model or a source set.

    Returns
    -------
    ndarray
        1 where checked, 0 where not labelled or ignored.
    """
    unchecked = np.where(labels.is_model, unchecked_model, unchecked_imported)
    weights = np.where(labels.checked, 1.0, unchecked)
    return np.where(labels.is_labelled, weights, 0.0).astype(np.float32)


def _read_fitting(path: Path, chip: LabelledChip) -> Mask:
    mask = read_mask(path)
    if mask.grid.shape != chip.place.grid.shape:
        (height, width), (rows, columns) = mask.grid.shape, chip.place.grid.shape
        raise InputError(
            path,
            f"{width} x {height} px",
            f"{columns} x {rows} px, the size of place {chip.place.id}",
            "restore it from a backup of the project, or reject the mask",
        )
    return mask
