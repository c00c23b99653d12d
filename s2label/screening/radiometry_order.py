"""Bands under each other's names, told by spectra that no ground has.

Plants are brightest in the near infrared, and bare ground grows brighter from blue to red (spectra
of soils and plants: Baldridge et al. 2009, the ASTER spectral library, version 2.0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from s2label.screening.findings import Finding, FindingKind
from s2label.screening.radiometry import LEAST_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from s2label.screening.radiometry import Look

# No ground is so bright in one of these alone. B11 towers over iron ore (the port of hedland)
# where B12 is not there to compare.
_NEVER_ALONE = ("B01", "B02", "B03", "B04", "B12")
_PEAK, _PEAK_RATIO, _PEAK_SHARE = 0.12, 2.0, 0.05
# Under thin clouds some ground looks blue (33TWL, 18 August): a tenth of the pixels has to be bare,
# and most of it blue.
_SOIL_SHARE, _SOIL_SLOPE, _SOIL_MAJORITY = 0.1, 0.3, 0.7
# Shores differ between bands of different sampling (T56JMM, decimated).
_NIR_RATIO, _NIR_SHARE = 1.8, 0.45


def find_order(look: Look) -> Iterator[Finding]:
    """Yield whether bands seem to be under each other's names."""
    if look.inside < LEAST_PIXELS:
        return
    few = look.thinned()
    words = _peak_words(few) or _infrared_words(few) or _slope_words(few)
    if words:
        advice = "look at which file is which band, and import them again under their names"
        yield Finding(FindingKind.BAND_ORDER, f"{words} ({look.path(0)}); {advice}")


def _peak_words(look: Look) -> str:
    """Tell of a band that towers above all others as only the near infrared does over plants."""
    order = [n for n in look.by_wavelength if look.names[n] != "B10"]
    if len(order) < 3:
        return ""
    values = look.reflectance[order]
    top = np.argmax(values, axis=0)
    ranked = np.partition(values, -2, axis=0)
    towers = (ranked[-1] > _PEAK) & (ranked[-1] > _PEAK_RATIO * ranked[-2])
    for place, number in enumerate(order):
        share = float(np.mean(towers & (top == place)))
        if look.names[number] in _judged(look) and share > _PEAK_SHARE:
            return (
                f"{look.names[number]} is more than twice as bright as every other band in "
                f"{share:.0%} of the pixels, as plants are in B08 only"
            )
    return ""


def _judged(look: Look) -> tuple[str, ...]:
    is_whole = {"B11", "B12"} <= set(look.names)
    return (*_NEVER_ALONE, "B11") if is_whole else _NEVER_ALONE


def _infrared_words(look: Look) -> str:
    """Tell of near infrared bands that contradict each other over bright ground."""
    broad, narrow = look.layer("B08"), look.layer("B8A")
    if broad is None or narrow is None:
        return ""
    high, low = np.maximum(broad, narrow), np.minimum(broad, narrow)
    bright = high > _PEAK
    apart = float(np.mean(bright & (high > _NIR_RATIO * low)))
    if np.mean(bright) < _PEAK_SHARE or apart < _NIR_SHARE * np.mean(bright):
        return ""
    return f"B08 and B8A, which see nearly the same, differ widely in {apart:.0%} of the pixels"


def _slope_words(look: Look) -> str:
    """Tell of bare ground that grows darker from blue to red."""
    blue, green, red, infrared = (look.layer(name) for name in ("B02", "B03", "B04", "B08"))
    if blue is None or green is None or red is None or infrared is None:
        return ""
    soil = _bare(blue, green, red, infrared)
    if np.mean(soil) < _SOIL_SHARE:
        return ""
    slope = (blue[soil] - red[soil]) / green[soil]
    falling = float(np.mean(slope > _SOIL_SLOPE))
    if falling < _SOIL_MAJORITY:
        return ""
    return f"bare ground is brighter in B02 than in B04 in {falling:.0%} of its pixels"


def _bare(
    blue: NDArray[np.float32],
    green: NDArray[np.float32],
    red: NDArray[np.float32],
    infrared: NDArray[np.float32],
) -> NDArray[np.bool_]:
    """Return the pixels that look bare whether or not blue and red are swapped."""
    longest, shortest = np.maximum(blue, red), np.minimum(blue, red)
    index = (infrared - longest) / (infrared + longest + 1e-6)
    between = (green > shortest) & (green < longest)
    coloured = (longest > 1.2 * shortest) & (longest < 0.45)
    return np.asarray((infrared > 0.15) & (index > 0) & (index < 0.3) & between & coloured)
