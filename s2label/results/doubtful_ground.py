"""Chips of ground on which a model is unsure, or on which two models differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.results.doubt import Candidate, DoubtKind
from s2label.results.rasters import NO_PROBABILITY, PROBABILITY_STEPS
from s2label.types import NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from rasterio.windows import Window

    from s2label.results.opened import OpenResult

    Floats = NDArray[np.float64]
    Measure = Callable[[Window], tuple[NDArray[np.float32], NDArray[np.bool_]]]

# Chips begin at every fourth of their side.
_PARTS = 4
# Share of the greatest doubt, and of pixels that differ, below which ground is calm.
_LEAST_DOUBT = 0.01
_LEAST_DIFFERENT = 0.02
# A chip of which less holds data is not judged.
_LEAST_DATA = 0.5


def uncertain_ground(result: OpenResult, chip_px: int, most: int, seed: int) -> Iterator[Candidate]:
    """Yield the chips with the highest mean entropy of their pixels, none over another.

    The entropy is that of background and classes, as a share of the greatest possible.
    """
    outcomes = len(result.record.classes) + 1
    table = _entropy_table() / np.float32(np.log2(outcomes))

    def measure(window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        strengths = result.read_all_strengths(window)
        # Where there is no data, what is left for the background is below 0, too.
        rest = PROBABILITY_STEPS - strengths.sum(axis=0, dtype=np.int32)
        doubt = table[np.maximum(rest, 0)]
        for strength in strengths:
            doubt += table[strength]
        return doubt, strengths[0] != NO_PROBABILITY

    for column, row, share in _peaks(result, measure, chip_px, most, _LEAST_DOUBT, seed):
        words = f"The model is unsure of this ground: {share:.0%} of the greatest doubt."
        yield Candidate(column, row, DoubtKind.UNCERTAIN, words, min(share, 1.0))


def different_ground(
    result: OpenResult, older: OpenResult, chip_px: int, most: int, seed: int
) -> Iterator[Candidate]:
    """Yield the chips on which two results call most pixels differently, none over another."""

    def measure(window: Window) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        ours, theirs = result.read_classes(window), older.read_classes(window)
        has_data = (ours != NOT_LABELLED) & (theirs != NOT_LABELLED)
        return ((ours != theirs) & has_data).astype(np.float32), has_data

    for column, row, share in _peaks(result, measure, chip_px, most, _LEAST_DIFFERENT, seed):
        words = f"Model {older.record.model} calls {share:.0%} of this ground something else."
        yield Candidate(column, row, DoubtKind.MODELS, words, share)


def _entropy_table() -> NDArray[np.float32]:
    """Return -p log2 p for each stored step of a probability; what is nodata adds nothing."""
    shares = np.arange(NO_PROBABILITY + 1) / PROBABILITY_STEPS
    shares[[0, NO_PROBABILITY]] = 1
    return (-shares * np.log2(shares)).astype(np.float32)


def _peaks(
    result: OpenResult, measure: Measure, chip_px: int, most: int, least: float, seed: int
) -> Iterator[tuple[float, float, float]]:
    """Yield (column, row, mean) of the chips with the highest means, from high to low."""
    step = max(chip_px // _PARTS, 1)
    sums, counts = _block_sums(result, measure, step)
    parts = tuple(min(chip_px // step, side) for side in sums.shape)
    total, known = _chip_sums(sums, parts), _chip_sums(counts, parts)
    enough = _LEAST_DATA * parts[0] * parts[1] * step * step
    means = np.where(known >= enough, total / np.maximum(known, 1), 0)
    # Equal means come by chance: in their order they would fill the north of the scene.
    order = np.lexsort((np.random.default_rng(seed).random(means.size), -means.ravel()))
    is_free = np.ones(means.shape, bool)
    for row, column in zip(*np.unravel_index(order, means.shape), strict=True):
        if most <= 0 or means[row, column] < least:
            return
        if is_free[row, column]:
            most -= 1
            rows, columns = max(row - parts[0] + 1, 0), max(column - parts[1] + 1, 0)
            is_free[rows : row + parts[0], columns : column + parts[1]] = False
            middle = (column + parts[1] / 2) * step, (row + parts[0] / 2) * step
            yield (*middle, float(means[row, column]))


def _block_sums(result: OpenResult, measure: Measure, step: int) -> tuple[Floats, Floats]:
    """Return sums over blocks (y, x) of ``step`` pixels a side, and how many pixels hold data."""
    found = []
    for window in result.row_windows(multiple=step):
        found.append([_blocks(values, step) for values in measure(window)])
    sums, counts = (np.concatenate(rows) for rows in zip(*found, strict=True))
    return sums, counts


def _blocks(values: NDArray[np.float32] | NDArray[np.bool_], step: int) -> Floats:
    rows, columns = (np.arange(0, side, step) for side in values.shape)
    halves = np.add.reduceat(values, columns, axis=1, dtype=np.float64)
    return np.asarray(np.add.reduceat(halves, rows, axis=0))


def _chip_sums(blocks: Floats, parts: tuple[int, ...]) -> Floats:
    windows = np.lib.stride_tricks.sliding_window_view(blocks, parts)
    return np.asarray(windows.sum(axis=(2, 3)))
