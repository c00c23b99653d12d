"""What the guard finds wrong with the numbers of an image, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FindingKind(StrEnum):
    """What can be wrong; one word each, as the commands take them (docs/guard.md)."""

    OFFSET = "offset"
    NO_OFFSET = "no-offset"
    LEVEL = "level"
    EIGHT_BIT = "8-bit"
    DEAD_BAND = "dead-band"
    BLANK = "blank"
    SATURATED = "saturated"
    BAND_ORDER = "band-order"


# What only the images of a project together can tell.
PROJECT_KINDS = (FindingKind.NO_OFFSET, FindingKind.LEVEL)
# What an image tells by itself.
IMAGE_KINDS = tuple(kind for kind in FindingKind if kind not in PROJECT_KINDS)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an image.

    Parameters
    ----------
    kind : FindingKind
        What it is.
    words : str
        Where, what was found, and what to do, in one line.
    """

    kind: FindingKind
    words: str
