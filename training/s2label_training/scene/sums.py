"""Overlapping tiles added up; rows that no later tile touches come out as probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label_training.scene.tiles import TilePlan


class RowSums:
    """The weighted sum of tiles over the rows that are not done yet.

    Tiles have to be added in the same order in every run: sums of floats depend on it.

    Parameters
    ----------
    plan : TilePlan
        The tiles.
    classes : int
        How many classes the network tells.
    first : int
        The row at which the sums begin; what tiles tell of rows above is dropped.
    """

    def __init__(self, plan: TilePlan, classes: int, first: int) -> None:
        self._plan = plan
        self._first = first
        height, width = plan.rows.tile_px, plan.columns.length_px
        self._sums = np.zeros((classes, height, width), np.float32)
        self._total = np.zeros((height, width), np.float32)
        self._weights = plan.cropped(plan.weights)

    def add(self, y: int, x: int, tile: NDArray[np.float32]) -> None:
        """Add what was predicted for the tile that begins at a pixel, (class, y, x)."""
        rows, columns = self._plan.rows.inside(y), self._plan.columns.inside(x)
        tile = self._plan.cropped(tile)
        cut = max(0, self._first - rows[0])
        into = slice(rows[0] + cut - self._first, rows[1] - self._first), slice(*columns)
        weights = self._weights[cut:]
        self._sums[:, *into] += tile[:, cut:] * weights
        self._total[into] += weights

    def take(self, end: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return the rows up to `end`, which are done, and forget them.

        Returns
        -------
        probabilities : ndarray
            (class, y, x) float32, 0 where no tile was added.
        is_predicted : ndarray of bool
            (y, x), where one was.
        """
        count = end - self._first
        is_predicted = self._total[:count] > 0
        self._total[:count][~is_predicted] = 1
        done = self._sums[:, :count].copy()
        done /= self._total[:count]
        for kept in (self._sums, self._total):
            rest = kept[..., count:, :].copy()
            kept[..., : rest.shape[-2], :] = rest
            kept[..., rest.shape[-2] :, :] = 0
        self._first = end
        return done, is_predicted
