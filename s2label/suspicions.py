"""Suspicions: why a mask may be wrong, where, and how surely; an audit finds them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from rasterio.features import rasterize, shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Corners (y, x) of pixels, the first again as the last: an outer ring, or the rim of a hole.
Ring = tuple[tuple[int, int], ...]
_CONNECTIVITY = 8
_ID_LENGTH = 20


class SuspicionKind(StrEnum):
    """What may be wrong with a mask.

    All but the last are about a mask as a whole, whose queue is that of suspicious masks. An
    unlabelled object lies in a chip whose mask calls all of it background; such objects are asked
    about one at a time.
    """

    MISSING = "missing object"
    SPURIOUS = "spurious object"
    SHIFTED = "shifted mask"
    MISFIT = "fits another chip"
    DISAGREEMENT = "disagreement"
    CONSENSUS = "low consensus"
    UNLABELLED = "unlabelled object"


@dataclass(frozen=True)
class SuspicionRecord:
    """Why one version of a mask may be wrong.

    Parameters
    ----------
    mask_id, mask_version
        The mask as the audit saw it.
    image_id, image_version
        The image to look at it by.
    audit : str
        Id of the audit.
    model : str
        Id of the model that proposed otherwise; it had learnt from other ground. Empty where none
        had a say. What it proposes for the image is kept (`suggestion_files`).
    kind : SuspicionKind
        What may be wrong.
    words : str
        A sentence with the numbers at hand.
    score : float
        0..1, comparable within a kind only.
    rank : float
        Above 0 and up to 1: the foremost suspicion of the audit has 1, all kinds together; the
        unlabelled objects are ranked among themselves.
    rings : tuple of rings
        Outlines of the pixels in question, see `rings_of`; empty: the mask as a whole.
    class_value : int, optional
        The class that is missing, spurious or unlabelled, or that the model sees instead.
    labelled_as : int, optional
        Of a disagreement: the class that the mask has there.
    """

    mask_id: str
    mask_version: int
    image_id: str
    image_version: int
    audit: str
    model: str
    kind: SuspicionKind
    words: str
    score: float
    rank: float
    rings: tuple[Ring, ...] = ()
    class_value: int | None = None
    labelled_as: int | None = None

    @property
    def id(self) -> str:
        """A name that the same suspicion of the same audit always has."""
        told = repr((self.audit, self.mask_id, str(self.kind), self.class_value, self.rings))
        return hashlib.sha256(told.encode()).hexdigest()[:_ID_LENGTH]


def rings_of(chosen: NDArray[np.bool_]) -> tuple[Ring, ...]:
    """Return the outlines of pixels (y, x), along their edges; `pixels_of` gives the pixels back.

    Pixels that touch at a corner are in one ring. Rims of holes are rings of their own.
    """
    values = chosen.astype(np.uint8)
    found = shapes(values, mask=chosen, connectivity=_CONNECTIVITY)
    return tuple(
        tuple((int(y), int(x)) for x, y in ring)
        for geometry, _ in found
        for ring in geometry["coordinates"]
    )


def pixels_of(rings: Sequence[Ring], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the pixels (y, x) that rings enclose, those in holes left out."""
    inside = np.zeros(shape, np.bool_)
    for ring in rings:
        outline = {"type": "Polygon", "coordinates": [[(x, y) for y, x in ring]]}
        # A pixel within two rings lies in a hole.
        inside ^= rasterize([(outline, 1)], out_shape=shape, dtype="uint8").astype(np.bool_)
    return inside
