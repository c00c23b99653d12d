"""Masks that fit another chip better than their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from s2label.audit.audited import LEAST
from s2label.audit.hints import LARGE_PX, About, Hint, Hints, about
from s2label.audit.shifting import log_odds
from s2label.suspicions import SuspicionKind
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray

    from s2label.audit.audited import AuditedMask
    from s2label.grid import Grid

# Masks are compared on at most this many pixels to a side.
_MOST_SIDE_PX = 64
# What is compared at once, and what is kept of all chips.
_BLOCK_BYTES = 2**26


@dataclass(frozen=True, eq=False)
class _Fit:
    """A mask as it is compared: what it says of pixels, and how well each class fits there.

    ``is_telling``: says more than one thing, so that it does not fit everywhere.
    """

    about: About
    name: str
    date: str
    grid: Grid
    says: NDArray[np.float32]
    seen: NDArray[np.float32]
    is_telling: bool


@dataclass
class _Sample:
    """Chips of one shape, drawn evenly from all of them."""

    most: int
    drawn: list[_Fit] = field(default_factory=list)
    looked_at: int = 0


class MisfitSearch:
    """Compares each mask with the chips of its group, and with a sample of all.

    The first time through the chips, `draw` is called for each mask; the second time, `look_at`,
    and at the end `finish`.
    """

    def __init__(self) -> None:
        self._random = np.random.default_rng(0)
        self._samples: dict[Hashable, _Sample] = {}
        self._block: list[_Fit] = []
        self._key: Hashable = None

    def draw(self, mask: AuditedMask) -> None:
        """Draw the chip into the sample, or not (reservoir sampling: Vitter's algorithm R)."""
        size = 4 * int(np.prod(_thinned(mask.probabilities).shape))
        sample = self._samples.setdefault(_shape_of(mask), _Sample(max(_BLOCK_BYTES // size, 2)))
        sample.looked_at += 1
        if len(sample.drawn) < sample.most:
            sample.drawn.append(_fit_of(mask))
            return
        place = int(self._random.integers(sample.looked_at))
        if place < sample.most:
            sample.drawn[place] = _fit_of(mask)

    def look_at(self, mask: AuditedMask, hints: Hints) -> None:
        """Take the mask in; it is noted when its group is complete, or the block is full."""
        key = (mask.chip.group, _shape_of(mask))
        fit = _fit_of(mask)
        if key != self._key or len(self._block) * fit.seen.nbytes >= _BLOCK_BYTES:
            self.finish(hints)
        self._key = key
        self._block.append(fit)

    def finish(self, hints: Hints) -> None:
        """Compare all that was taken in, and note what fits elsewhere."""
        block, self._block = self._block, []
        if not block:
            return
        shape = self._key[1]  # type: ignore[index]
        ids = {fit.about.image_id for fit in block}
        others = [fit for fit in self._samples[shape].drawn if fit.about.image_id not in ids]
        self._compare(block, block + others, hints)

    def _compare(self, block: list[_Fit], chips: list[_Fit], hints: Hints) -> None:
        rows = [row for row, fit in enumerate(block) if fit.is_telling]
        if not rows or len(chips) < 2:
            return
        says = np.stack([block[row].says for row in rows])
        fits = says @ np.stack([chip.seen for chip in chips]).T
        held = np.array([chip.says @ chip.seen for chip in chips])
        px = says.sum(axis=1)
        evidence = hints.evidence[SuspicionKind.MISFIT]
        for number, row in enumerate(rows):
            scale = float(min(px[number] / LARGE_PX, 1) / px[number])
            # Of two masks that fit a chip, the one that it has belongs there.
            is_open = fits[number] > held
            best, gain = _best(fits[number], is_open, row)
            is_open[row] = True
            laid = int(self._random.integers(len(chips)))
            evidence.usual.append(gain * scale)
            evidence.wrong.append(_best(fits[number], is_open, laid)[1] * scale)
            if gain > 0:
                hints.keep([_hint(block[row], chips[best], gain * scale)])
        evidence.usual_of = evidence.wrong_of = len(evidence.usual)


def _best(fits: NDArray[np.float32], is_open: NDArray[np.bool_], own: int) -> tuple[int, float]:
    """Return the best of the other chips, and what is gained; 0 where the mask fits its own."""
    others = np.where(is_open, fits, -np.inf)
    others[own] = -np.inf
    best = int(others.argmax())
    # A mask that fits its own chip belongs there.
    gain = max(float(others[best] - fits[own]), 0.0)
    return best, gain if fits[own] < 0 else 0.0


def _hint(fit: _Fit, other: _Fit, gain: float) -> Hint:
    is_same = (other.name, other.grid) == (fit.name, fit.grid)
    where = "another date of this place" if is_same else f"chip {other.name}"
    date = f" ({other.date})" if other.date else ""
    words = f"Fits {where}{date} better than its own."
    return Hint(fit.about, SuspicionKind.MISFIT, gain, words)


def _shape_of(mask: AuditedMask) -> Hashable:
    return (mask.classes.shape, mask.values)


def _fit_of(mask: AuditedMask) -> _Fit:
    says = np.stack([mask.is_known & (mask.classes == value) for value in mask.values])
    if BACKGROUND in mask.values:
        says[mask.values.index(BACKGROUND)] = False
        least = 1
    else:
        least = 2
    flat = _flat(says)
    is_telling = bool(flat.any()) and says.any(axis=(1, 2)).sum() >= least
    date, grid = mask.chip.date, mask.chip.grid
    return _Fit(about(mask), mask.name, date, grid, flat, _flat(_seen(mask)), bool(is_telling))


def _seen(mask: AuditedMask) -> NDArray[np.float32]:
    """Return (class, y, x): log-likelihood ratio of each class, to background or to chance."""
    if BACKGROUND in mask.values:
        return log_odds(mask)
    times = np.maximum(mask.probabilities, LEAST) * len(mask.values)
    return np.asarray(np.where(mask.has_data, np.log(times), np.float32(0)))


def _flat(field_: NDArray[np.generic]) -> NDArray[np.float32]:
    return _thinned(field_).astype(np.float32).ravel()


def _thinned(field_: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return every nth row and column, so that no more than are compared are left."""
    step = -(-max(field_.shape[1:]) // _MOST_SIDE_PX)
    return field_[:, ::step, ::step]
