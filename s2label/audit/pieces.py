"""Touching pixels of one class: how large they are, how likely, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.hints import LARGE_PX
from s2label.audit.threshold import NEIGHBOURS, shared_shares
from s2label.suspicions import rings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.suspicions import Ring

    Flags = NDArray[np.bool_]
    Shares = NDArray[np.float64]
    Window = tuple[slice, slice]


@dataclass(frozen=True, eq=False)
class Pieces:
    """All pieces of a chip, each of touching pixels, corners included.

    Parameters
    ----------
    numbered : ndarray
        (y, x) int32: number of each pixel's piece, from 1; 0 for none.
    px : ndarray
        (piece,) int64: pixels of each.
    windows : tuple of slices
        The rows and columns of each.
    """

    numbered: NDArray[np.int32]
    px: NDArray[np.int64]
    windows: tuple[Window, ...]

    @property
    def weight(self) -> Shares:
        """(piece,): small ones count less, 0..1."""
        return np.minimum(self.px / LARGE_PX, 1.0)

    def shared(self, other: Flags) -> Shares:
        """Return (piece,): the share of its pixels that lies on others (y, x)."""
        return shared_shares(self.numbered, len(self.px), other)

    def support(self, likely: NDArray[np.float32], share: float) -> Shares:
        """Return (piece,): the mean of its largest probabilities, of a share of its pixels."""
        numbers = self.numbered[self.numbered > 0]
        values = likely[self.numbered > 0].astype(np.float64)
        order = np.lexsort((-values, numbers))
        firsts = np.cumsum(self.px) - self.px
        most = np.maximum(np.rint(share * self.px).astype(np.int64), 1)
        sums = np.concatenate([[0.0], np.cumsum(values[order])])
        return np.asarray((sums[firsts + most] - sums[firsts]) / most)

    def pixels(self, piece: int) -> Flags:
        """Return the pixels of a piece, counted from 0, within its window."""
        return np.asarray(self.numbered[self.windows[piece]] == piece + 1)

    def rings(self, piece: int) -> tuple[Ring, ...]:
        """Return the outlines of a piece in its chip, as `rings_of` gives them."""
        return rings_within(self.pixels(piece), self.windows[piece])

    def laid_elsewhere(self, piece: int) -> Iterator[tuple[Window, Flags]]:
        """Yield the same outline where the mirrored chip has it: window, and pixels in it."""
        pixels = self.pixels(piece)
        rows, columns = self.windows[piece]
        height, width = self.numbered.shape
        down = slice(height - rows.stop, height - rows.start)
        right = slice(width - columns.stop, width - columns.start)
        yield (down, columns), pixels[::-1]
        yield (rows, right), pixels[:, ::-1]
        yield (down, right), pixels[::-1, ::-1]


def rings_within(pixels: Flags, window: Window) -> tuple[Ring, ...]:
    """Return the outlines of pixels (y, x) bool of a window, in their chip."""
    top, left = window[0].start, window[1].start
    return tuple(tuple((y + top, x + left) for y, x in ring) for ring in rings_of(pixels))


def pieces_of(where: Flags) -> Pieces:
    """Return the pieces of some pixels (y, x) bool."""
    from scipy import ndimage

    numbered, count = ndimage.label(where, NEIGHBOURS)
    px = np.bincount(numbered.ravel(), minlength=count + 1)[1:]
    return Pieces(numbered, px, tuple(ndimage.find_objects(numbered)))
