"""Masks that fit what a model sees much better when they are moved by some pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyproj.exceptions import ProjError

from s2label.audit.audited import LEAST
from s2label.audit.hints import LARGE_PX, Hint, Hints, about
from s2label.results.ground import metres_per_pixel
from s2label.suspicions import SuspicionKind
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.grid import Grid

    Surface = NDArray[np.float64]

REACH_PX = 10
# Outlines are loose by a pixel.
_LEAST_PX = 2
# One more is tried: what fits best at the rim may fit still better beyond, and is no shift.
_TRIED_PX = REACH_PX + 1
# A mask that is moved on purpose is searched for as far around.
FARTHEST_PX = REACH_PX + _TRIED_PX
# Less is the error of the transform.
_LEAST_GAIN = 1e-3
# Land cover of which less stays in the chip is not compared.
_LEAST_STAYS = 0.5


@dataclass(frozen=True)
class Move:
    """A move of a mask, in pixels, and what it gains: log-likelihood per labelled pixel."""

    down: int
    right: int
    gain: float


class ShiftSearch:
    """Looks for moves, and moves each mask at random for comparison."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)

    def look_at(self, mask: AuditedMask, hints: Hints) -> None:
        """Note the mask if it fits better elsewhere, see docs/suspicions.md."""
        surface = fit_when_moved(mask)
        if surface is None:
            return
        weight = min(int(mask.is_object.sum()) / LARGE_PX, 1.0)
        best = best_move(surface)
        evidence = hints.evidence[SuspicionKind.SHIFTED]
        evidence.usual.append(weight * best.gain)
        evidence.usual_of += 1
        for place in self._moved(surface):
            evidence.wrong.append(weight * best_move(surface, place).gain)
            evidence.wrong_of += 1
        if best.gain > 0:
            words = f"Fits better {in_words(best, mask.chip.grid)}."
            hints.keep([Hint(about(mask), SuspicionKind.SHIFTED, weight * best.gain, words)])

    def _moved(self, surface: Surface) -> Iterator[tuple[int, int]]:
        """Yield a move at random, but not by little, if one leaves enough to compare."""
        around = surface[_around((0, 0), REACH_PX)]
        moves = np.argwhere(far_moves(REACH_PX) & np.isfinite(around)) - REACH_PX
        if len(moves):
            down, right = self._random.choice(moves)
            yield int(down), int(right)


def fit_when_moved(mask: AuditedMask) -> Surface | None:
    """Return how well a mask fits when moved: log-likelihood per labelled pixel.

    With a background: the log of the odds of its class against background, over the labelled
    objects; what leaves the chip counts as surely background. Without: the log of the probability
    of its class, over what stays in the chip; minus infinity where that is less than half.

    Returns
    -------
    ndarray or None
        (2 `FARTHEST_PX` + 1, the same), rows for moves up to down, columns for left to right; None
        where moving says nothing: no object, or one class all over.
    """
    labels = [value for value in np.unique(mask.classes[mask.is_known]) if value != BACKGROUND]
    if BACKGROUND in mask.values:
        return _over_objects(mask, labels) if labels else None
    return _over_all(mask, labels) if len(labels) > 1 else None


def _over_objects(mask: AuditedMask, labels: list[int]) -> Surface:
    odds = log_odds(mask)[[mask.values.index(value) for value in labels]]
    return _correlated(odds, _chosen(mask, labels), _LOW) / float(mask.is_object.sum())


def _over_all(mask: AuditedMask, labels: list[int]) -> Surface:
    likely = mask.probabilities[[mask.values.index(value) for value in labels]]
    logs = np.log(np.maximum(likely, np.float32(LEAST))) * mask.has_data
    count = _correlated(mask.has_data[None], mask.is_known[None], 0.0)
    fit = _correlated(logs, _chosen(mask, labels), 0.0) / np.maximum(count, 1)
    return np.where(count >= _LEAST_STAYS * mask.is_known.sum(), fit, -np.inf)


def _chosen(mask: AuditedMask, labels: list[int]) -> NDArray[np.bool_]:
    """Return (class, y, x): where a class is labelled."""
    return np.stack([mask.is_known & (mask.classes == value) for value in labels])


_LOW = float(np.log(LEAST / (1 - LEAST)))


def log_odds(mask: AuditedMask) -> NDArray[np.float32]:
    """Return (class, y, x) float32: log of the odds of each class against background.

    Surely background where there is no data.
    """
    clipped = np.clip(mask.probabilities, LEAST, 1 - LEAST)
    logs = np.log(clipped)
    odds = logs - logs[mask.values.index(BACKGROUND)]
    return np.asarray(np.where(mask.has_data, odds, np.float32(_LOW)))


def _correlated(fields: NDArray[np.generic], chosen: NDArray[np.bool_], outside: float) -> Surface:
    """Return the sum of fields (class, y, x) over chosen pixels that are moved, for each move."""
    from scipy import fft

    sides = ((0, 0), (FARTHEST_PX, FARTHEST_PX), (FARTHEST_PX, FARTHEST_PX))
    padded = np.pad(fields.astype(np.float32), sides, constant_values=outside)
    shape = padded.shape[1:]
    # All classes are added up before they are turned back. Nothing wraps round in what is kept.
    spectra = fft.rfft2(padded) * fft.rfft2(chosen.astype(np.float32), s=shape).conj()
    moves = 2 * FARTHEST_PX + 1
    return np.asarray(fft.irfft2(spectra.sum(axis=0), s=shape)[:moves, :moves], np.float64)


def best_move(surface: Surface, place: tuple[int, int] = (0, 0)) -> Move:
    """Return the best move of a mask that is no loose outline.

    No gain where staying is best, and where the best is at the rim of what is tried: no optimum.

    Parameters
    ----------
    surface : ndarray
        See `fit_when_moved`.
    place : tuple of int
        Where the mask is, in pixels down and right of its own place.
    """
    around = surface[_around(place, _TRIED_PX)]
    is_far = far_moves(_TRIED_PX)
    far = np.where(is_far, around, -np.inf)
    row, column = np.unravel_index(far.argmax(), far.shape)
    down, right = int(row) - _TRIED_PX, int(column) - _TRIED_PX
    here = around[~is_far].max()
    gain = float(far[row, column] - here) if np.isfinite(here) else 0.0
    is_rim = max(abs(down), abs(right)) == _TRIED_PX
    return Move(down, right, 0.0 if is_rim or gain < _LEAST_GAIN else gain)


def far_moves(reach: int) -> NDArray[np.bool_]:
    """Return (2 reach + 1, the same): the moves that are farther than an outline is loose."""
    steps = np.arange(-reach, reach + 1)
    return np.asarray(np.hypot(*np.meshgrid(steps, steps)) >= _LEAST_PX)


def _around(place: tuple[int, int], reach: int) -> tuple[slice, slice]:
    down, right = (FARTHEST_PX + each for each in place)
    return slice(down - reach, down + reach + 1), slice(right - reach, right + reach + 1)


def in_words(move: Move, grid: Grid) -> str:
    """Return a move in words: where on the ground its grid is known, with metres."""
    try:
        metres = metres_per_pixel(grid, grid.width / 2, grid.height / 2)
    except ProjError:
        metres = np.full((2, 2), np.nan)
    vertical, horizontal = ("down", "up"), ("right", "left")
    (east_right, east_down), (north_right, north_down) = metres
    if east_right > abs(north_right) and -north_down > abs(east_down):
        vertical, horizontal = ("south", "north"), ("east", "west")
    parts = [
        f"{abs(px)} px {names[px < 0]}"
        for px, names in ((move.right, horizontal), (move.down, vertical))
        if px
    ]
    far = float(np.hypot(*(metres @ (move.right, move.down))))
    return " and ".join(parts) + (f" ({far:.0f} m)" if np.isfinite(far) else "")
