"""Which bands a multi-band raster holds: by its descriptions, else by ``--bands`` in its order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.bands import band_in_name, band_of_text
from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Descriptions that say nothing: none, "?", "4", "Band 4" as some programs count.
_SAYS_NOTHING = re.compile(r"(?:band|layer|channel)?[^a-z]*", re.IGNORECASE)


@dataclass(frozen=True)
class NamedBands:
    """Band name -> index (from 1), and notes about bands that were left out unasked."""

    indexes: dict[str, int]
    notes: tuple[str, ...] = ()


def name_bands(
    path: Path, descriptions: Sequence[str | None], wanted: tuple[str, ...]
) -> NamedBands:
    """Name the bands of a raster; ``wanted`` chooses among described ones, or names all in order.

    Descriptions are believed before ``wanted``: what contradicts them is refused. Bands that are
    described as something else, such as SCL or a mask, are left out.

    Raises
    ------
    InputError
        If the bands cannot be named, or a wanted one is missing.
    """
    texts = [text or "" for text in descriptions]
    known = _described(path, texts)
    if wanted and (set(wanted) <= set(known)):
        return NamedBands({name: known[name] for name in wanted})
    if wanted:
        return NamedBands(_named_in_order(path, texts, known, wanted))
    nameless = [t for n, t in enumerate(texts, 1) if n not in known.values() and _is_empty(t)]
    if nameless or not known:
        count = len(nameless) if known else len(texts)
        found = f"{count} of {len(texts)} bands without names"
        advice = "name them in order with --bands, such as --bands B02,B03,B04,B08"
        raise InputError(path, found, advice=advice)
    others = [f"{t} (band {n})" for n, t in enumerate(texts, 1) if n not in known.values()]
    return NamedBands(known, (f"left out: {', '.join(others)}",) if others else ())


def _described(path: Path, texts: list[str]) -> dict[str, int]:
    if len(texts) == 1 and (name := band_in_name(path.stem)):
        return {name: 1}
    names = [(band_of_text(text), index) for index, text in enumerate(texts, start=1)]
    known = {name: index for name, index in names if name is not None}
    if len(known) != sum(name is not None for name, _ in names):
        raise InputError(path, f"band descriptions {', '.join(texts)}", "each band once")
    return known


def _is_empty(text: str) -> bool:
    return _SAYS_NOTHING.fullmatch(text.strip()) is not None


def _named_in_order(
    path: Path, texts: list[str], known: dict[str, int], wanted: tuple[str, ...]
) -> dict[str, int]:
    """Name all bands by ``wanted``; bands without any description may lie beside known ones."""
    in_order = {name: index for index, name in enumerate(wanted, start=1)}
    agrees = all(in_order.get(name) == index for name, index in known.items())
    rest = [text for index, text in enumerate(texts, 1) if index not in known.values()]
    if known and not (len(wanted) == len(texts) and agrees and all(map(_is_empty, rest))):
        missing = ", ".join(name for name in wanted if name not in known)
        raise InputError(path, f"no band {missing}", advice=f"there are {', '.join(known)}")
    if len(wanted) != len(texts):
        expected = f"the {len(wanted)} of --bands"
        raise InputError(path, f"{len(texts)} bands", expected, "name every band")
    return in_order
