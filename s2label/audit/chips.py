"""What an audit looks at: stored masks beside what a model says that never saw their ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from s2label.grid import Grid


@dataclass(frozen=True, eq=False)
class AuditedChip:
    """A mask, an image of it, and what a model proposes for that image.

    Parameters
    ----------
    mask_id, mask_version
        The mask as it was read.
    image_id, image_version
        The image that the model was asked about; of a static mask, one of several.
    group : str
        Ground that stays on one side of a split; the model had learnt from other groups.
    model : str
        Id of the model.
    grid : Grid
        Of mask and image.
    classes : ndarray
        Stored classes (y, x) uint8: 0 background, 254 not labelled, 255 ignore, with what is to be
        ignored in the image.
    class_values : tuple of int
        The class each probability is for, 0 for background.
    probabilities : ndarray
        (class, y, x) uint8, 255 for certain; all of them 0 where the image has no data, as
        `suggestions.Suggestion` has them.
    consensus : float, optional
        The source's own score of the mask, 0..1.
    name : str
        What its place is called on the screen; the id of the mask where that is empty.
    date : str
        Of the image, as ``2021-05-03``; may be empty.
    """

    mask_id: str
    mask_version: int
    image_id: str
    image_version: int
    group: str
    model: str
    grid: Grid
    classes: NDArray[np.uint8]
    class_values: tuple[int, ...]
    probabilities: NDArray[np.uint8]
    consensus: float | None = None
    name: str = ""
    date: str = ""


class AuditedChips(Protocol):
    """All chips of an audit, one of each mask, read anew each time: a list is one.

    Those of one group come one after the other; the order is always the same.
    """

    def __len__(self) -> int:
        """Return how many chips there are."""
        ...

    def __iter__(self) -> Iterator[AuditedChip]:
        """Go through them from the first."""
        ...
