"""What a stroke covered: told when it is finished, recorded while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_s2label.painting.region import Region


@dataclass(frozen=True, eq=False)
class Footprint:
    """Every pixel that one gesture covered and was allowed to set, changed or not.

    Parameters
    ----------
    tool : str
        ``brush``, ``eraser``, ``fill``, ``polygon``, ``contour`` (right button: drawn around and
        filled) or ``edit`` (napari's ``data_setitem``, as other plugins call it).
    before : ndarray of uint8, (n,)
        Classes before the gesture.
    indices : ndarray of uint32, (n,)
        Pixels, flat and row-major, ascending, each once; n is at least 1.
    after : ndarray of uint8, (n,)
        Classes after it; where they equal ``before`` the user has confirmed them.
    """

    tool: str
    before: NDArray[np.uint8]
    indices: NDArray[np.uint32]
    after: NDArray[np.uint8]


class Stroke:
    """A gesture that is not finished.

    Parameters
    ----------
    tool : str
        As in `Footprint`.
    classes : ndarray of uint8, (y, x)
        The mask before the gesture.
    """

    def __init__(self, tool: str, classes: NDArray[np.uint8]) -> None:
        self.tool = tool
        self.before = classes.copy()
        self.covered = np.zeros(classes.shape, np.bool_)

    def cover(self, region: Region) -> None:
        """Note pixels that the gesture was allowed to set."""
        self.covered[region.window] |= region.mask

    def footprint(self, classes: NDArray[np.uint8]) -> Footprint | None:
        """Return what was covered, given the mask as it is now; None if that is nothing."""
        indices = np.flatnonzero(self.covered).astype(np.uint32)
        if not indices.size:
            return None
        return Footprint(
            self.tool, np.take(self.before, indices), indices, np.take(classes, indices)
        )
