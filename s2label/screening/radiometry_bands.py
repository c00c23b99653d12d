"""Bands that hold nothing, one number, or another band's numbers."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from s2label.screening.findings import Finding, FindingKind
from s2label.screening.radiometry import LEAST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.screening.radiometry import Look

# Single bands reach 0 over dark water, also where both neighbours are nearly dark; ground on
# which both exceed this is bright in between as well.
_BRIGHT = 0.06
# Where a swath ends at the border of a chip, a row or two of one band may be missing.
_DEAD_SHARE = 0.04
# Vapour above the ground swallows all light in it: 0 is its usual number.
_NEVER_JUDGED = ("B10",)
# Two bands of one ground agree in the stored number of some pixels, never in nearly all.
_TWIN_SHARE = 0.98
_LEAST_SPREAD = 0.01
# Of so many pixels, those of twins agree in far more than this.
_FEW_PIXELS, _ALIKE_SHARE = 4096, 0.9


def find_blank(look: Look) -> Iterator[Finding]:
    """Yield whether an image shows nothing: no data, or one number per band."""
    if not look.has_any:
        words = "no pixel holds data in any band; reject the image"
        yield Finding(FindingKind.BLANK, words)
    elif look.inside >= LEAST_PIXELS and not np.ptp(look.dn, axis=1).any():
        numbers = " ".join(f"{value:g}" for value in look.dn[:, 0])
        words = f"every band holds one number in all its pixels ({numbers}); reject the image"
        yield Finding(FindingKind.BLANK, words)


def find_dead(look: Look) -> Iterator[Finding]:
    """Yield the band that is stuck on ground that the bands beside it see."""
    if look.inside < LEAST_PIXELS:
        return
    dead = [(n, share) for n in range(len(look.bands)) if (share := _dead_share(look, n))]
    if dead:
        parts = [f"{look.names[n]} in {share:.0%} of its pixels" for n, share in dead]
        words = (
            f"{', '.join(parts)} holds 0 or a single number where the bands beside it see ground "
            f"({look.path(dead[0][0])}); copy the file anew, import without the band, or reject "
            "the image"
        )
        yield Finding(FindingKind.DEAD_BAND, words)


def _dead_share(look: Look, number: int) -> float:
    """Return the share of pixels in which a band is dead; 0 below what is worth a word."""
    beside = _beside(look, number)
    if not beside or look.names[number] in _NEVER_JUDGED:
        return 0.0
    is_bright = np.all(look.reflectance[beside] > _BRIGHT, axis=0)
    share = float(np.mean(_stuck(look, number) & is_bright))
    return share if share > _DEAD_SHARE else 0.0


def _stuck(look: Look, number: int) -> NDArray[np.bool_]:
    """Return the pixels (pixel,) without a number of their own."""
    missing = look.is_missing[number]
    left = look.dn[number][~missing]
    # One number in all that is left: an absorbing band over even ground is as flat, but dark.
    if left.size >= LEAST_PIXELS and left.min() == left.max() and not _is_even(look, number):
        return np.ones(look.inside, dtype=bool)
    return np.asarray(missing)


def _is_even(look: Look, number: int) -> bool:
    others = [n for n in range(len(look.bands)) if n != number]
    return not np.ptp(look.dn[others], axis=1).any()


def _beside(look: Look, number: int) -> list[int]:
    """Return the two bands nearest in wavelength, one on each side where there is one."""
    order = [n for n in look.by_wavelength if look.names[n] not in _NEVER_JUDGED]
    if number not in order or len(order) < 3:
        return []
    at = order.index(number)
    if at == 0:
        return order[1:3]
    return order[-3:-1] if at == len(order) - 1 else [order[at - 1], order[at + 1]]


def find_twins(look: Look) -> Iterator[Finding]:
    """Yield two bands that hold the same numbers."""
    if look.inside < LEAST_PIXELS:
        return
    few = look.thinned(_FEW_PIXELS)
    for one, other in combinations(range(len(look.bands)), 2):
        if _look_alike(few, one, other) and _are_twins(look, one, other):
            names = f"{look.names[one]} and {look.names[other]}"
            where = f"({look.path(one)}, {look.path(other)})"
            words = f"{names} hold the same numbers {where}; import the right files for both"
            yield Finding(FindingKind.BAND_ORDER, words)
            return


def _look_alike(few: Look, one: int, other: int) -> bool:
    """Tell by some pixels whether two bands may be twins: all pixels of all pairs are many."""
    seen = ~(few.is_missing[one] | few.is_missing[other])
    same = np.count_nonzero(seen & (few.dn[one] == few.dn[other]))
    return bool(same >= _ALIKE_SHARE * np.count_nonzero(seen))


def _are_twins(look: Look, one: int, other: int) -> bool:
    seen = ~(look.is_missing[one] | look.is_missing[other])
    if np.count_nonzero(seen) < LEAST_PIXELS:
        return False
    low, high = np.percentile(look.reflectance[one][seen], (2, 98))
    same = np.mean(look.dn[one][seen] == look.dn[other][seen])
    return bool(high - low > _LEAST_SPREAD and same > _TWIN_SHARE)
