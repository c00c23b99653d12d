"""Rows of a scene that come from top to bottom and are let go again, so that few are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


class Rows:
    """A window of rows, (…, y, x), that moves down a scene.

    Parameters
    ----------
    first : int
        The row of the scene that comes first.
    """

    def __init__(self, first: int) -> None:
        self._first = first
        self._pieces: list[NDArray[Any]] = []

    @property
    def first(self) -> int:
        """The first row that is held."""
        return self._first

    @property
    def end(self) -> int:
        """The row after the last that is held."""
        return self._first + sum(int(piece.shape[-2]) for piece in self._pieces)

    def append(self, piece: NDArray[Any]) -> None:
        """Add the rows that follow."""
        self._pieces.append(piece)

    def between(self, first: int, end: int) -> NDArray[Any]:
        """Return the rows from `first` up to `end`, all of which are held."""
        if not self.first <= first < end <= self.end:
            raise ValueError(f"rows {first} to {end} of {self.first} to {self.end}")
        parts, at = [], self._first
        for piece in self._pieces:
            height = piece.shape[-2]
            low, high = max(first - at, 0), min(end - at, height)
            if low < high:
                parts.append(piece[..., low:high, :])
            at += height
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-2)

    def let_go(self, before: int) -> None:
        """Forget rows above one, as far as whole pieces lie there."""
        while self._pieces and self._first + self._pieces[0].shape[-2] <= before:
            self._first += self._pieces.pop(0).shape[-2]
