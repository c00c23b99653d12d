"""Processing baselines in product names: from 04.00 on (25 January 2022) DN hold an offset.

The offset itself stands in the product's metadata, which folders of bands are read without. The
baseline decides, never the date: older scenes that were processed anew have the offset too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.importers.band_files import BandFile
    from s2label.importers.options import ImportOptions

_PRODUCT = re.compile(r"S2[A-D]_MSIL(?:1C|2A)_\d{8}T\d{6}_N(\d\d)(\d\d)_R\d{3}_T\w{5}_\w+")
FIRST_WITH_OFFSET = (4, 0)
OFFSET_DN = -1000.0


@dataclass(frozen=True)
class Product:
    """A product's name and its processing baseline, such as (5, 9)."""

    name: str
    baseline: tuple[int, int]

    @property
    def has_offset(self) -> bool:
        """Whether its DN hold an offset of -1000."""
        return self.baseline >= FIRST_WITH_OFFSET

    @property
    def words(self) -> str:
        """What is to be known of its offset."""
        return words_of(self.baseline)


def words_of(baseline: tuple[int, int]) -> str:
    """Say whether products of a baseline have an offset."""
    has = f"an offset of {OFFSET_DN:g}" if baseline >= FIRST_WITH_OFFSET else "no offset"
    return f"its baseline {baseline[0]:02d}.{baseline[1]:02d} has {has}"


def baseline_in_name(name: str) -> tuple[int, int] | None:
    """Return the baseline in a product's name; None where it is not named as products are."""
    match = _PRODUCT.match(name)
    return (int(match[1]), int(match[2])) if match else None


def product_of(path: Path) -> Product | None:
    """Return the product that a path lies in, by the names of the folders above it.

    A link counts by what it leads to first: whoever collects the bands of a product in a folder
    of links gives that folder any name.
    """
    places = (path.resolve(), path.absolute())
    for name in chain.from_iterable((p.name, *(q.name for q in p.parents)) for p in places):
        if baseline := baseline_in_name(name):
            return Product(name, baseline)
    return None


def require_offset(files: Sequence[BandFile], options: ImportOptions) -> None:
    """Raise `InputError` if the bands of a new product would be taken without an offset.

    Whoever made the files may have applied it: only the user knows, unless a document beside
    them tells.
    """
    if options.offset is not None:
        return
    for file in files:
        product = product_of(file.path)
        baseline = product.baseline if product else file.baseline
        is_untold = file.is_whole_number and not file.is_offset_told and not file.scale.offset_dn
        if baseline is not None and baseline >= FIRST_WITH_OFFSET and is_untold:
            advice = (
                "give --offset -1000, or --offset 0 if it was applied already; whole products "
                "(.SAFE, .zip) tell it themselves"
            )
            raise InputError(file.path, words_of(baseline), advice=advice)
