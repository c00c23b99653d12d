"""Whether the values of an import agree with the scale they are said to have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.errors import InputError, ValueScaleError
from s2label.importers.scale import QUANTIFICATION
from s2label.importers.value_counts import (
    BELOW,
    FAR_BELOW,
    LIMITS,
    NEAR,
    NOT_FAR_ABOVE,
    OFFSET_LIMITS,
    TOO_BRIGHT,
    TOO_DARK,
    TOO_DARK_16_BIT,
    TOO_LOW,
    BandCounts,
    ValueCounts,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

# What is too bright (clouds, snow, sun glint) never makes up over half a percent of a data set,
# and of a single scene seldom more than a fifth.
_BRIGHT_SHARE = 0.005
_DOUBTFUL_SHARE = 0.2
_DARK_SHARE = 0.001
# Where an offset of -1000 was not applied, the darkest pixels of the bands in which water,
# shadow and plants are dark lie near 1000, and no band goes far below.
_DARKEST_SHARE = 0.01
_LOW_SHARE = 0.02
_VISIBLE = ("B01", "B02", "B03", "B04")


def check_values(counts: ValueCounts, where: Path | str) -> None:
    """Raise if the values contradict their scale, or a band holds nothing.

    Raises
    ------
    ValueScaleError
        With the share of pixels that is too bright or too dark to be reflectance, or if an
        offset was not applied.
    InputError
        If a band of a scene has no finite value at all.
    """
    for scene, bands in counts.scenes.items():
        for name, band in bands.items():
            if band.pixels and not band.finite:
                found = f"{name} of {scene} holds no number in any pixel"
                raise InputError(band.path, found, "reflectance or DN")
    _check_bright(counts, where)
    _check_dark(counts, where)
    _check_offset(counts, where)
    _check_double_offset(counts, where)


def doubts(counts: ValueCounts) -> tuple[str, ...]:
    """Return warnings of scenes that look wrong by themselves, though all together are sound."""
    scenes = sorted(counts.scenes.items())
    bright = [name for name, bands in scenes if _brightest(bands) > _DOUBTFUL_SHARE]
    lacking = [name for name, bands in scenes if lacks_offset(bands)]
    words = (
        (bright, f"over {_DOUBTFUL_SHARE:.0%} of a band exceeds a reflectance of {TOO_BRIGHT:g}"),
        (lacking, "the darkest pixels lie near DN 1000, as if an offset of -1000 were missing"),
    )
    return tuple(f"{_some(names)}: {text}; look at the scale" for names, text in words if names)


def _some(names: list[str]) -> str:
    rest = len(names) - 3
    return ", ".join(names[:3]) + (f" and {rest} more" if rest > 0 else "")


_ADVICE = (
    "give the right --quantification (reflectance = DN / quantification), or --any-values if "
    "they are really so"
)


def _check_bright(counts: ValueCounts, where: Path | str) -> None:
    for name, band in counts.per_band().items():
        share = _bright_share(band)
        if share > _BRIGHT_SHARE:
            found = (
                f"the values contradict the scale: {share:.1%} of {name} would have a reflectance "
                f"over {TOO_BRIGHT} with quantification {_scales(counts, [name])}"
            )
            raise ValueScaleError(where, found, advice=_ADVICE)


def _check_dark(counts: ValueCounts, where: Path | str) -> None:
    # Each scene by its own scale: there may be several in one import.
    sixteen_bit = {
        scene: bands
        for scene, bands in counts.scenes.items()
        if max((b.quantification for b in bands.values()), default=0) > 2 * QUANTIFICATION
    }
    for limit, part in ((TOO_DARK, counts), (TOO_DARK_16_BIT, ValueCounts(sixteen_bit))):
        bands = {name: band for name, band in part.per_band().items() if band.valid}
        index = LIMITS.index(limit)
        if bands and all(b.above[index] <= _DARK_SHARE * b.valid for b in bands.values()):
            found = (
                f"the values contradict the scale: no band exceeds a reflectance of {limit} with "
                f"quantification {_scales(part, bands)}"
            )
            raise ValueScaleError(where, found, advice=_ADVICE)


def _check_offset(counts: ValueCounts, where: Path | str) -> None:
    if lacks_offset(counts.per_band()):
        found = (
            "the values contradict the scale: the darkest pixels lie near DN 1000, as if an "
            "offset of -1000 were not applied"
        )
        advice = "give --offset -1000, or --any-values if they are really so"
        raise ValueScaleError(where, found, advice=advice)


def _check_double_offset(counts: ValueCounts, where: Path | str) -> None:
    bands = counts.per_band()
    visible = [bands[name] for name in _VISIBLE if name in bands and bands[name].valid]
    if len(visible) > 1 and all(band.low > _LOW_SHARE * band.valid for band in visible):
        found = (
            f"the values contradict the scale: over {_LOW_SHARE:.0%} of every visible band would "
            f"have a reflectance below {TOO_LOW}, as if the offset were applied already"
        )
        advice = "give --offset 0, or --any-values if they are really so"
        raise ValueScaleError(where, found, advice=advice)


def lacks_offset(bands: Mapping[str, BandCounts]) -> bool:
    """Tell whether the darkest of some pixels lie as if an offset of -1000 were not applied.

    The guard counts images in place of pixels (`screening.guard_of_project`).
    """
    seen = {name: band for name, band in bands.items() if band.valid}
    visible = [seen[name] for name in _VISIBLE if name in seen]
    return (
        not any(_reaches(band, FAR_BELOW) for band in seen.values())
        and not any(_reaches(band, BELOW) for band in visible)
        and any(_reaches(band, NEAR) for band in visible)
        and all(_reaches(band, NOT_FAR_ABOVE) for band in visible)
    )


def _reaches(band: BandCounts, limit_dn: int) -> bool:
    return band.below[OFFSET_LIMITS.index(limit_dn)] > _DARKEST_SHARE * band.valid


def _brightest(bands: Mapping[str, BandCounts]) -> float:
    return max((_bright_share(band) for band in bands.values()), default=0.0)


def _bright_share(band: BandCounts) -> float:
    return band.above[LIMITS.index(TOO_BRIGHT)] / max(1, band.valid)


def _scales(counts: ValueCounts, names: Collection[str]) -> str:
    found = {
        bands[n].quantification for bands in counts.scenes.values() for n in names if n in bands
    }
    return " and ".join(f"{quantification:g}" for quantification in sorted(found))
