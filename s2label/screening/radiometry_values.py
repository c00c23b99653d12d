"""Numbers that are no reflectance any more: stretched to 8 bits, or cut off at the top."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.screening.findings import Finding, FindingKind
from s2label.screening.radiometry import LEAST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.screening.radiometry import Look

_LEVELS = 256
_TOP_OF_8_BIT = 255
# A stretch over 0.2 of reflectance has steps of 0.0008. Products have steps of 0.0001, the
# earliest L1C of 0.001, but there each whole number is a step.
_COARSE_STEP = 0.0007
# Strongly compressed JPEG2000 has coarse steps, too, but fewer (T33SVB at 20 m: 24 to 39).
_LEAST_LEVELS = 64
_TOP_SHARE = 0.01
# The sensor's own mark of a pixel that is too bright (ESA, Sentinel-2 products specification).
_SATURATED = 65535
# Where writers of 12, 14 and 15 bits end, and a reflectance of 1 as people cut it.
_ENDS = (4095, 16383, 32767, 65534, _SATURATED)
_CUT_REFLECTANCE, _SAME_REFLECTANCE = 1.0, 1e-5


def find_eight_bit(look: Look) -> Iterator[Finding]:
    """Yield whether the numbers were stretched to 256 steps for display."""
    how = _eight_bit_words(look)
    if how:
        words = (
            f"{how}: a picture made for display, no reflectance ({look.path(0)}); import the "
            "bands of the product instead"
        )
        yield Finding(FindingKind.EIGHT_BIT, words)


def _eight_bit_words(look: Look) -> str:
    if look.dtype == np.uint8:
        return "numbers of 8 bits"
    if look.inside < LEAST_PIXELS:
        return ""
    if look.dn.max() == _TOP_OF_8_BIT and _pile(look.dn, _TOP_OF_8_BIT) > _TOP_SHARE:
        return f"no number exceeds 255, which {_pile(look.dn, _TOP_OF_8_BIT):.0%} of them are"
    coarse = [n for n in range(len(look.bands)) if _is_coarse(look, n)]
    if len(coarse) * 2 < len(look.bands):
        return ""
    levels = max(len(np.unique(look.dn[n])) for n in coarse)
    return f"only {levels} different numbers in {_listed(look, coarse)}, far apart"


def _is_coarse(look: Look, number: int) -> bool:
    """Tell whether a band has few numbers with wide gaps between them.

    Gaps are weighted by pixels: of dark water with a few bright vessels, nearly all pixels lie
    one step from the next number.
    """
    seen = look.dn[number][~look.is_missing[number]]
    levels, pixels = np.unique(seen, return_counts=True)
    if not _LEAST_LEVELS <= levels.size <= _LEVELS:
        return False
    gaps = np.diff(levels.astype(np.float64))
    order = np.argsort(gaps)
    heaped = np.cumsum(pixels[1:][order])
    gap = gaps[order][np.searchsorted(heaped, heaped[-1] / 2)]
    band = look.bands[number]
    is_step_of_dn = np.issubdtype(look.dtype, np.integer) and gap < 2
    return bool(gap / (band.quantification or 1.0) >= _COARSE_STEP and not is_step_of_dn)


def find_saturated(look: Look) -> Iterator[Finding]:
    """Yield the bands of which a part is cut off at the largest number."""
    if look.inside < LEAST_PIXELS:
        return
    cut = [n for n in range(len(look.bands)) if _cut_share(look, n) > _TOP_SHARE]
    if cut:
        worst = max(cut, key=lambda n: _cut_share(look, n))
        words = (
            f"{_cut_share(look, worst):.0%} of {look.names[worst]} is cut off at "
            f"{look.dn[worst].max():g} ({_listed(look, cut)}; {look.path(worst)}); ignore these "
            "pixels, or reject the image"
        )
        yield Finding(FindingKind.SATURATED, words)


def _cut_share(look: Look, number: int) -> float:
    """Return the share of a band's pixels at its largest number, 0 where that is no cut.

    Resampled bands repeat their largest number, so that it has to be one at which numbers end.
    """
    top, brightest = look.dn[number].max(), look.reflectance[number].max()
    is_end = np.issubdtype(look.dtype, np.integer) and top in _ENDS
    if not is_end and abs(brightest - _CUT_REFLECTANCE) > _SAME_REFLECTANCE:
        return 0.0
    return _pile(look.dn[number], top)


def _pile(values: NDArray[Any], top: float) -> float:
    return float(np.mean(values == top))


def _listed(look: Look, numbers: list[int]) -> str:
    return " ".join(look.names[n] for n in numbers)
