"""The value scale: what turns numbers into reflectance, and whether the numbers agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003 - read at run time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import InputError, ValueScaleError
from s2label.raster import valid_pixels

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.importers.options import ImportOptions
    from s2label.types import BandRaster

QUANTIFICATION = 10000.0
_REAL = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"}

# Clouds, snow and sun glint exceed 1, rarely 1.6, and never over half a percent of a data set.
_TOO_BRIGHT = 1.6
_BRIGHT_SHARE = 0.005
# No data set stays below 0.03 in its brightest band; one scaled to 16 bits (65535 = 1) that was
# really scaled by 10000 stays below 0.1, which an honest one reaches on any ground or vessel.
_TOO_DARK = 0.03
_TOO_DARK_16_BIT = 0.1
_DARK_SHARE = 0.001
_LIMITS = (_TOO_DARK, _TOO_DARK_16_BIT, _TOO_BRIGHT)
_SATURATED = 65535


@dataclass(frozen=True)
class Scale:
    """Reflectance = (DN + offset_dn) / quantification, and who said so."""

    quantification: float
    offset_dn: float
    said_by: str


def choose_scale(dtype: str, tag_scale: float, tag_offset: float, options: ImportOptions) -> Scale:
    """Choose the value scale of a band: the user's word, the file's tags, then the usual one.

    ``tag_scale`` and ``tag_offset`` are the GeoTIFF's own: value = DN * scale + offset.
    """
    if options.quantification is not None:
        scale = Scale(
            options.quantification, 0.0, f"quantification {options.quantification:g} by option"
        )
    elif (tag_scale, tag_offset) != (1.0, 0.0):
        scale = Scale(1 / tag_scale, tag_offset / tag_scale, "scale and offset in the file's tags")
    elif dtype.startswith("float"):
        scale = Scale(1.0, 0.0, "floating point numbers taken as reflectance")
    else:
        scale = Scale(
            QUANTIFICATION,
            0.0,
            f"quantification {QUANTIFICATION:g} assumed, agrees with the values",
        )
    if options.offset is None:
        return scale
    return Scale(
        scale.quantification,
        options.offset,
        f"{scale.said_by}, offset {options.offset:g} by option",
    )


def require_real_numbers(path: Path, dtype: str) -> None:
    """Raise `InputError` for dtypes that are no plain numbers, such as complex ones."""
    if dtype not in _REAL:
        raise InputError(path, f"pixels of type {dtype}", "whole or floating point numbers")


@dataclass(frozen=True)
class BandCounts:
    """Pixels of one band: all, valid ones, finite ones, and valid ones above each limit.

    ``path`` is a file that holds the band, for the message.
    """

    pixels: int = 0
    valid: int = 0
    finite: int = 0
    above: tuple[int, ...] = (0,) * len(_LIMITS)
    quantification: float = 0.0
    path: str = ""

    def __add__(self, other: BandCounts) -> BandCounts:
        above = tuple(a + b for a, b in zip(self.above, other.above, strict=True))
        return BandCounts(
            self.pixels + other.pixels,
            self.valid + other.valid,
            self.finite + other.finite,
            above,
            other.quantification or self.quantification,
            other.path or self.path,
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
    return ValueCounts(sums)


def count_values(scene: str, dn: NDArray[Any], bands: Sequence[BandRaster]) -> ValueCounts:
    """Count the pixels of a piece of a scene, (band, y, x) DN, against the limits.

    Raises
    ------
    InputError
        If a band holds infinite values.
    """
    valid = valid_pixels(dn, [band.nodata for band in bands])
    counted = {}
    for layer, band in zip(dn, bands, strict=True):
        counted[band.name] = _count_band(layer, valid, band)
    return ValueCounts({scene: counted})


def _count_band(layer: NDArray[Any], valid: NDArray[np.bool_], band: BandRaster) -> BandCounts:
    finite = layer.size
    if np.issubdtype(layer.dtype, np.floating):
        if np.isinf(layer).any():
            advice = "mark missing pixels with NaN or a nodata tag"
            raise InputError(band.source.path, "infinite values", "reflectance", advice)
        finite = int(np.isfinite(layer).sum())
    values = layer[valid & (layer != _SATURATED)]
    limits = [limit * band.quantification - band.offset_dn for limit in _LIMITS]
    above = tuple(int((values > limit).sum()) for limit in limits)
    return BandCounts(layer.size, values.size, finite, above, band.quantification, band.source.path)


def check_values(counts: ValueCounts, where: Path | str) -> None:
    """Raise if the values contradict their scale, or a band holds nothing.

    Raises
    ------
    ValueScaleError
        With the share of pixels that is too bright or too dark to be reflectance.
    InputError
        If a band of a scene has no finite value at all.
    """
    for scene, bands in counts.scenes.items():
        for name, band in bands.items():
            if band.pixels and not band.finite:
                found = f"{name} of {scene} holds no number in any pixel"
                raise InputError(band.path, found, "reflectance or DN")
    sums = counts.per_band()
    _check_bright(sums, where)
    _check_dark(sums, where)


_ADVICE = (
    "give the right --quantification (reflectance = DN / quantification), or --any-values if "
    "they are really so"
)


def _check_bright(sums: Mapping[str, BandCounts], where: Path | str) -> None:
    for name, band in sums.items():
        share = band.above[_LIMITS.index(_TOO_BRIGHT)] / max(1, band.valid)
        if share > _BRIGHT_SHARE:
            found = (
                f"the values contradict the scale: {share:.1%} of {name} would have a reflectance "
                f"over {_TOO_BRIGHT} with quantification {band.quantification:g}"
            )
            raise ValueScaleError(where, found, advice=_ADVICE)


def _check_dark(sums: Mapping[str, BandCounts], where: Path | str) -> None:
    for limit in (_TOO_DARK, _TOO_DARK_16_BIT):
        bands = [b for b in sums.values() if b.valid]
        is_16_bit = bool(bands) and max(b.quantification for b in bands) > 2 * QUANTIFICATION
        if not bands or (limit == _TOO_DARK_16_BIT and not is_16_bit):
            continue
        if all(b.above[_LIMITS.index(limit)] <= _DARK_SHARE * b.valid for b in bands):
            found = (
                f"the values contradict the scale: no band exceeds a reflectance of {limit} with "
                f"quantification {bands[0].quantification:g}"
            )
            raise ValueScaleError(where, found, advice=_ADVICE)
