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
    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.grid import Grid

    Surface = NDArray[np.float64]

REACH_PX = 10
# Outlines are loose by a pixel.
_LEAST_PX = 2


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
        best = _best(surface * weight)
        evidence = hints.evidence[SuspicionKind.SHIFTED]
        evidence.usual.append(best.gain)
        evidence.usual_of += 1
        evidence.wrong.append(weight * float(surface.max() - surface[self._moved()]))
        evidence.wrong_of += 1
        if best.gain > 0:
            words = f"Fits better {in_words(best, mask.chip.grid)}."
            hints.keep([Hint(about(mask), SuspicionKind.SHIFTED, best.gain, words)])

    def _moved(self) -> tuple[int, int]:
        """Return where on the surface a mask is that was moved at random, but not by little."""
        while True:
            down, right = self._random.integers(-REACH_PX, REACH_PX + 1, 2)
            if np.hypot(down, right) > _LEAST_PX:
                return int(down) + REACH_PX, int(right) + REACH_PX


def fit_when_moved(mask: AuditedMask) -> Surface | None:
    """Return how well a mask fits when moved: log-likelihood per labelled pixel.

    With a background: the log of the odds of its class against background, over the labelled
    objects; what leaves the chip counts as surely background. Without: the log of the probability
    of its class, over what stays in the chip.

    Returns
    -------
    ndarray or None
        (2 `REACH_PX` + 1, the same), rows for moves up to down, columns for left to right; None
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
    return _correlated(logs, _chosen(mask, labels), 0.0) / np.maximum(count, 1)


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

    sides = ((0, 0), (REACH_PX, REACH_PX), (REACH_PX, REACH_PX))
    padded = np.pad(fields.astype(np.float32), sides, constant_values=outside)
    shape = padded.shape[1:]
    # All classes are added up before they are turned back. Nothing wraps round in what is kept.
    spectra = fft.rfft2(padded) * fft.rfft2(chosen.astype(np.float32), s=shape).conj()
    moves = 2 * REACH_PX + 1
    return np.asarray(fft.irfft2(spectra.sum(axis=0), s=shape)[:moves, :moves], np.float64)


def _best(surface: Surface) -> Move:
    """Return the best move that is no loose outline; no gain where staying is best."""
    steps = np.arange(-REACH_PX, REACH_PX + 1)
    is_near = np.hypot(*np.meshgrid(steps, steps)) < _LEAST_PX
    far = np.where(is_near, -np.inf, surface)
    row, column = np.unravel_index(far.argmax(), far.shape)
    gain = float(far[row, column] - surface[is_near].max())
    return Move(int(row) - REACH_PX, int(column) - REACH_PX, max(gain, 0.0))


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
