"""Accepting what a model proposes: which pixels of a mask it may set. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import label

from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED, Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.masks import Mask

# What the log calls an accepted suggestion, in the place of a tool.
SUGGESTION_TOOL = "suggestion"


def accepted_pixels(
    proposed: NDArray[np.uint8],
    mask: Mask,
    region: NDArray[np.bool_] | None = None,
    value: int | None = None,
) -> tuple[NDArray[np.uint32], NDArray[np.uint8]]:
    """Return the pixels that accepting a suggestion sets, and the classes they get.

    Those where something is proposed, that have another class, and that nobody painted by hand or
    ignored: human pixels always stay, and who ignored one looked and could not tell. Where mask
    and suggestion agree, whoever set a pixel keeps it.

    Parameters
    ----------
    proposed : ndarray of uint8, (y, x)
        Classes, 254 where nothing is proposed.
    mask : Mask
        The mask as it is.
    region : ndarray of bool, (y, x), optional
        Only pixels inside of it.
    value : int, optional
        Only pixels for which this class is proposed; 0 is background.

    Returns
    -------
    indices : ndarray of uint32, (n,)
        Row-major, ascending.
    classes : ndarray of uint8, (n,)
        Their classes from now on.
    """
    changed = _changes(proposed, mask, region, value) & ~_stays(mask)
    indices = np.flatnonzero(changed).astype(np.uint32)
    return indices, proposed.reshape(-1)[indices]


def count_staying(
    proposed: NDArray[np.uint8],
    mask: Mask,
    region: NDArray[np.bool_] | None = None,
    value: int | None = None,
) -> int:
    """Return for how many pixels that stay (by hand, or ignored) another class is proposed.

    Parameters are those of `accepted_pixels`.
    """
    staying = _changes(proposed, mask, region, value) & _stays(mask)
    return int(np.count_nonzero(staying))


def object_at(proposed: NDArray[np.uint8], x: int, y: int) -> NDArray[np.bool_] | None:
    """Return the proposed object (y, x) at a pixel: 8-connected pixels of one class.

    None where no object is proposed, or outside of the chip.

    Parameters
    ----------
    proposed : ndarray of uint8, (y, x)
        Classes, 254 where nothing is proposed.
    x, y : int
        Column and row.
    """
    height, width = proposed.shape
    if not (0 <= x < width and 0 <= y < height):
        return None
    value = proposed[y, x]
    if value in (BACKGROUND, NOT_LABELLED):
        return None
    numbers, _ = label(proposed == value, structure=np.ones((3, 3)))
    chosen: NDArray[np.bool_] = numbers == numbers[y, x]
    return chosen


def _changes(
    proposed: NDArray[np.uint8],
    mask: Mask,
    region: NDArray[np.bool_] | None,
    value: int | None,
) -> NDArray[np.bool_]:
    changed: NDArray[np.bool_] = (proposed != NOT_LABELLED) & (proposed != mask.classes)
    if region is not None:
        changed &= region
    if value is not None:
        changed &= proposed == value
    return changed


def _stays(mask: Mask) -> NDArray[np.bool_]:
    stays: NDArray[np.bool_] = (mask.provenance == Provenance.HUMAN) | (mask.classes == IGNORE)
    return stays
