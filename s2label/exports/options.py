"""What a user asks of an export, and what comes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - forms read the annotations
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from s2label.errors import ExportError
from s2label.splits import SHARES


class Format(StrEnum):
    """How images and masks are written."""

    PNG = "png"
    GEOTIFF = "geotiff"
    NPZ = "npz"
    COCO = "coco"
    STAC = "stac"


@dataclass(frozen=True)
class ExportOptions:
    """What to export, and how.

    Parameters
    ----------
    format : Format
        ``png``: 8-bit RGB by the project's stretch; ``geotiff``: all bands as they are; ``npz``:
        the same as one NumPy archive per pair; ``coco``: png with the objects of each split;
        ``stac``: geotiff with a catalog.
    include_open : bool
        Whether images and masks that nobody has decided on yet are taken as well.
    void : int, optional
        Value 0..254 written for "not labelled"; None keeps 254.
    shares : mapping
        Split -> share, 0 or more; brought to a sum of 1.
    seed : int
        Seed of the splits.
    licence : str
        Licence of the data set, for the data card.
    given_splits : mapping, optional
        Place id -> split, instead of shares and seed; groups may be divided, and are told of then.

    Raises
    ------
    ExportError
        If format, shares or void are none.
    """

    format: Format = Format.GEOTIFF
    include_open: bool = False
    void: int | None = None
    shares: Mapping[str, float] = field(default_factory=lambda: dict(SHARES))
    seed: int = 0
    licence: str = ""
    given_splits: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.format not in list(Format):
            raise ExportError(f"format {self.format!r}: expected one of {', '.join(Format)}")
        if self.void is not None and not 0 <= self.void <= 254:
            raise ExportError(f"void {self.void}: expected a value of 0..254")
        _refuse_bad_shares(self.shares)
        object.__setattr__(self, "format", Format(self.format))
        object.__setattr__(self, "shares", dict(self.shares))

    @property
    def split_names(self) -> list[str]:
        """The splits that there are, in order."""
        if self.given_splits is None:
            return [name for name, share in self.shares.items() if share > 0]
        given = set(self.given_splits.values())
        return [*(n for n in SHARES if n in given), *sorted(given - set(SHARES))]

    def as_dict(self) -> dict[str, Any]:
        """Return the options as JSON types."""
        return {
            "format": str(self.format),
            "include_open": self.include_open,
            "void": self.void,
            "shares": dict(self.shares),
            "seed": self.seed,
            "licence": self.licence,
            "given_splits": None if self.given_splits is None else dict(self.given_splits),
        }


def _refuse_bad_shares(shares: Mapping[str, float]) -> None:
    wrong = [n for n, share in shares.items() if not (math.isfinite(share) and share >= 0)]
    if wrong or not sum(shares.values()) > 0:
        told = ", ".join(f"{name} {share}" for name, share in shares.items()) or "none"
        raise ExportError(f"shares {told}: expected numbers of 0 or more, and one above 0")


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote; all values are JSON types.

    Parameters
    ----------
    out : str
        The folder.
    format : str
        The format.
    places, images, masks, pairs, groups : int
        How many of each were written, or stand behind what was written. A mask counts once, also
        where images with ignored pixels have copies of it.
    pairs_by_split : dict
        Split -> pairs.
    left_out : dict
        Image id -> why the format cannot hold it.
    leaks : dict
        Kind of leak -> how many there are between splits.
    warnings : list of str
        What the user should know.
    """

    out: str
    format: str
    places: int
    images: int
    masks: int
    pairs: int
    groups: int
    pairs_by_split: dict[str, int]
    left_out: dict[str, str]
    leaks: dict[str, int]
    warnings: list[str]
