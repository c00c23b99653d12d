"""Pixels counted against the limits of a value scale, piece by piece: counts add up."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003 - read at run time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError
from s2label.importers.scale import QUANTIFICATION
from s2label.raster import valid_pixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from s2label.types import BandRaster

# Clouds, snow and sun glint exceed 1, rarely 1.6.
TOO_BRIGHT = 1.6
# No data set stays below 0.03 in its brightest band; one scaled to 16 bits (65535 = 1) that was
# really scaled by 10000 stays below 0.1, which an honest one reaches on any ground or vessel.
TOO_DARK = 0.03
TOO_DARK_16_BIT = 0.1
# Dark water and shadow fall a little below 0; an offset of -0.1 taken twice puts them here.
TOO_LOW = -0.04
LIMITS = (TOO_DARK, TOO_DARK_16_BIT, TOO_BRIGHT)
# DN around an offset of -1000 that was not applied. Reflectance falls a little below 0 over dark
# water, in the infrared more than in visible bands.
FAR_BELOW, BELOW, NEAR, NOT_FAR_ABOVE = OFFSET_LIMITS = (850, 950, 1250, 1400)
_SATURATED = 65535


@dataclass(frozen=True)
class BandCounts:
    """Pixels of one band: all, valid ones, finite ones, and valid ones beyond each limit.

    ``above`` counts against limits of reflectance, ``below`` against DN near an offset that was
    not applied, where that can be, ``low`` against a reflectance that an offset taken twice gives,
    where there is one. ``path`` is a file that holds the band, for the message.
    """

    pixels: int = 0
    valid: int = 0
    finite: int = 0
    above: tuple[int, ...] = (0,) * len(LIMITS)
    quantification: float = 0.0
    path: str = ""
    below: tuple[int, ...] = (0,) * len(OFFSET_LIMITS)
    low: int = 0

    def __add__(self, other: BandCounts) -> BandCounts:
        return BandCounts(
            self.pixels + other.pixels,
            self.valid + other.valid,
            self.finite + other.finite,
            tuple(a + b for a, b in zip(self.above, other.above, strict=True)),
            max(self.quantification, other.quantification),
            max(self.path, other.path),
            tuple(a + b for a, b in zip(self.below, other.below, strict=True)),
            self.low + other.low,
        )


@dataclass(frozen=True)
class ValueCounts:
    """Counts per scene and band, added up over the units of an import."""

    scenes: Mapping[str, Mapping[str, BandCounts]] = field(default_factory=dict)

    def per_band(self) -> dict[str, BandCounts]:
        """Return the sums over all scenes."""
        sums: dict[str, BandCounts] = defaultdict(BandCounts)
        for bands in self.scenes.values():
            for name, counts in bands.items():
                sums[name] += counts
        return dict(sums)


def add_counts(parts: Iterable[ValueCounts]) -> ValueCounts:
    """Add the counts of several units."""
    sums: dict[str, dict[str, BandCounts]] = defaultdict(lambda: defaultdict(BandCounts))
    for part in parts:
        for scene, bands in part.scenes.items():
            for name, counts in bands.items():
                sums[scene][name] += counts
    return ValueCounts({scene: dict(bands) for scene, bands in sums.items()})


def count_values(
    scene: str,
    dn: NDArray[Any],
    bands: Sequence[BandRaster],
    *,
    is_offset_known: bool = False,
    valid: NDArray[np.bool_] | None = None,
) -> ValueCounts:
    """Count the pixels of a piece of a scene, (band, y, x) DN, against the limits.

    With ``is_offset_known`` dark pixels near 1000 mean nothing; ``valid`` are its `valid_pixels`
    where the caller knows them.

    Raises
    ------
    InputError
        If a band holds infinite values that are not its nodata tag.
    """
    if valid is None:
        valid = valid_pixels(dn, [band.nodata for band in bands])
    is_whole = bool(valid.all())
    counted = {}
    for layer, band in zip(dn, bands, strict=True):
        values = layer if is_whole else layer[valid]
        counts = _count_band(layer, values, band)
        has_offset = is_offset_known or band.offset_dn != 0 or band.quantification != QUANTIFICATION
        if not has_offset and np.issubdtype(layer.dtype, np.integer):
            counts = replace(counts, below=_count_below(values))
        if band.offset_dn < 0:
            limit_dn = TOO_LOW * band.quantification - band.offset_dn
            counts = replace(counts, low=int(np.count_nonzero(values < limit_dn)))
        counted[band.name] = counts
    return ValueCounts({scene: counted})


def _count_band(layer: NDArray[Any], values: NDArray[Any], band: BandRaster) -> BandCounts:
    finite = layer.size
    if np.issubdtype(layer.dtype, np.floating):
        if np.any(np.isinf(layer) & (layer != band.nodata)):
            advice = "mark missing pixels with NaN or a nodata tag"
            raise InputError(band.source.path, "infinite values", "reflectance", advice)
        finite = int(np.isfinite(layer).sum())
    saturated = int(np.count_nonzero(values == _SATURATED))
    limits = [limit * band.quantification - band.offset_dn for limit in LIMITS]
    above = tuple(_count_above(values, limit, saturated) for limit in limits)
    valid = values.size - saturated
    return BandCounts(layer.size, valid, finite, above, band.quantification, band.source.path)


def _count_above(values: NDArray[Any], limit: float, saturated: int) -> int:
    if np.issubdtype(values.dtype, np.integer):
        limit = math.floor(limit)  # no whole number lies between, and numpy compares them faster
    return int(np.count_nonzero(values > limit)) - (saturated if limit < _SATURATED else 0)


def _count_below(values: NDArray[Any]) -> tuple[int, ...]:
    return tuple(int(np.count_nonzero(values < limit)) for limit in OFFSET_LIMITS)
