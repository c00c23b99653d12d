"""The value scale: what turns numbers into reflectance, and who said so."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.options import ImportOptions

QUANTIFICATION = 10000.0
_REAL = {"uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"}
# Tags are written as decimal fractions: what differs by more means another scale.
_SAME_SHARE = 0.01


@dataclass(frozen=True)
class Scale:
    """Reflectance = (DN + offset_dn) / quantification, and who said so."""

    quantification: float
    offset_dn: float
    said_by: str


def choose_scale(
    dtype: str,
    tag_scale: float,
    tag_offset: float,
    options: ImportOptions,
    where: Path | str = "a band",
) -> Scale:
    """Choose the value scale of a band: the user's word, the file's tags, then the usual one.

    ``tag_scale`` and ``tag_offset`` are the GeoTIFF's own: value = DN * scale + offset. Where the
    user's word overrules a tag, ``said_by`` tells.

    Raises
    ------
    InputError
        If the tags are no scale and the user did not give both numbers.
    """
    tagged = _tagged(tag_scale, tag_offset)
    if tagged is None and (options.quantification is None or options.offset is None):
        found = f"a scale tag of {tag_scale:g} and an offset tag of {tag_offset:g}"
        advice = "say what holds with both --quantification and --offset"
        raise InputError(where, found, "a scale above 0", advice)
    is_tagged = tagged is not None and (tag_scale, tag_offset) != (1.0, 0.0)
    file_scale = tagged if tagged is not None and is_tagged else _usual(dtype)
    return _overruled(file_scale, options, is_tagged)


def _tagged(tag_scale: float, tag_offset: float) -> Scale | None:
    if not (math.isfinite(tag_scale) and math.isfinite(tag_offset) and tag_scale > 0):
        return None
    return Scale(1 / tag_scale, tag_offset / tag_scale, "scale and offset in the file's tags")


def _usual(dtype: str) -> Scale:
    if dtype.startswith("float"):
        return Scale(1.0, 0.0, "floating point numbers taken as reflectance")
    said_by = f"quantification {QUANTIFICATION:g} assumed, agrees with the values"
    return Scale(QUANTIFICATION, 0.0, said_by)


def _overruled(file_scale: Scale, options: ImportOptions, is_tagged: bool) -> Scale:
    quantification, offset_dn = file_scale.quantification, file_scale.offset_dn
    words = [file_scale.said_by]
    if options.quantification is not None:
        other = quantification if is_tagged else None
        quantification = options.quantification
        words = [_by_option("quantification", quantification, other)]
        if offset_dn and options.offset is None:
            words.append(f"offset {offset_dn:g} in the file's tags")
    if options.offset is not None:
        words.append(_by_option("offset", options.offset, offset_dn if is_tagged else None))
        offset_dn = options.offset
    return Scale(quantification, offset_dn, ", ".join(words))


def _by_option(name: str, value: float, tag: float | None) -> str:
    text = f"{name} {value:g} by option"
    if tag is None or math.isclose(tag, value, rel_tol=_SAME_SHARE):
        return text
    return f"{text} (the file's tags say {tag:g})"


def require_real_numbers(path: Path, dtype: str) -> None:
    """Raise `InputError` for dtypes that are no plain numbers, such as complex ones."""
    if dtype not in _REAL:
        raise InputError(path, f"pixels of type {dtype}", "whole or floating point numbers")
