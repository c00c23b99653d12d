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


@dataclass(frozen=True)
class Statement:
    """What somebody beside the file says of its values: a catalog's item, a product's metadata.

    None where it says nothing; ``by`` names it, ``offset_words`` say why the offset is what it is.
    """

    quantification: float | None
    offset_dn: float | None
    by: str
    offset_words: str = ""


def choose_scale(
    dtype: str,
    tag_scale: float,
    tag_offset: float,
    options: ImportOptions,
    where: Path | str = "a band",
    statement: Statement | None = None,
) -> Scale:
    """Choose the value scale of a band: by the user, a statement, the file's tags, or as usual.

    ``tag_scale`` and ``tag_offset`` are the GeoTIFF's own: value = DN * scale + offset. Where the
    user's word overrules a tag, ``said_by`` tells.

    Raises
    ------
    InputError
        If the tags are no scale, or contradict the statement, and the user did not give both
        numbers.
    """
    tagged = _tagged(tag_scale, tag_offset)
    if tagged is None and (options.quantification is None or options.offset is None):
        found = f"a scale tag of {tag_scale:g} and an offset tag of {tag_offset:g}"
        advice = "say what holds with both --quantification and --offset"
        raise InputError(where, found, "a scale above 0", advice)
    is_tagged = tagged is not None and (tag_scale, tag_offset) != (1.0, 0.0)
    file_scale = tagged if tagged is not None and is_tagged else _usual(dtype)
    if statement is not None and not dtype.startswith("float"):
        if is_tagged and (options.quantification is None or options.offset is None):
            _require_agreement(file_scale, statement, where)
        file_scale = _stated(file_scale, statement)
    teller = statement.by if statement and statement.offset_dn is not None else "the file's tags"
    return _overruled(file_scale, options, is_tagged, teller)


def _require_agreement(tagged: Scale, statement: Statement, where: Path | str) -> None:
    pairs = (
        (tagged.quantification, statement.quantification),
        (tagged.offset_dn, statement.offset_dn),
    )
    differing = [
        f"{mine:g} and {other:g}"
        for mine, other in pairs
        if other is not None and not math.isclose(mine, other, rel_tol=_SAME_SHARE, abs_tol=1e-6)
    ]
    if differing:
        found = f"its tags and {statement.by} say {', '.join(differing)}"
        advice = "say what holds with both --quantification and --offset"
        raise InputError(where, found, "the same quantification and offset", advice)


def _stated(file_scale: Scale, statement: Statement) -> Scale:
    """Return a scale with what a statement says of it."""
    quantification, offset_dn = statement.quantification, statement.offset_dn
    words = []
    if quantification is None:
        quantification = file_scale.quantification
        words.append(file_scale.said_by)
    else:
        words.append(f"quantification {quantification:g} from {statement.by}")
    if offset_dn is None:
        offset_dn = file_scale.offset_dn
    else:
        words.append(statement.offset_words or f"offset {offset_dn:g} from {statement.by}")
    return Scale(quantification, offset_dn, ", ".join(words))


def _tagged(tag_scale: float, tag_offset: float) -> Scale | None:
    if not (math.isfinite(tag_scale) and math.isfinite(tag_offset) and tag_scale > 0):
        return None
    return Scale(1 / tag_scale, tag_offset / tag_scale, "scale and offset in the file's tags")


def _usual(dtype: str) -> Scale:
    if dtype.startswith("float"):
        return Scale(1.0, 0.0, "floating point numbers taken as reflectance")
    said_by = f"quantification {QUANTIFICATION:g} assumed, agrees with the values"
    return Scale(QUANTIFICATION, 0.0, said_by)


def _overruled(file_scale: Scale, options: ImportOptions, is_tagged: bool, teller: str) -> Scale:
    quantification, offset_dn = file_scale.quantification, file_scale.offset_dn
    words = [file_scale.said_by]
    if options.quantification is not None:
        other = quantification if is_tagged else None
        quantification = options.quantification
        words = [_by_option("quantification", quantification, other)]
        if offset_dn and options.offset is None:
            words.append(f"offset {offset_dn:g} in {teller}")
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
