"""Which processing level an image has: L1C (top of atmosphere) or L2A (ground)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from s2label.screening.findings import Finding, FindingKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_NAME = re.compile(r"(?:MSI|(?<![A-Za-z0-9]))(L1C|L2A)(?![A-Za-z0-9])")
# Only L2A products name the resolution behind the band.
_L2A_FILE = re.compile(r"T\d\d[A-Z]{3}_\d{8}T\d{6}_B\w\w_[126]0m")


class Level(StrEnum):
    """Processing levels."""

    L1C = "L1C"
    L2A = "L2A"


def level_of(scene: str, path: str, rasters: Collection[str]) -> Level | None:
    """Return the level that an image's names, bands and rasters tell; None where none does.

    The cirrus band is in L1C only, the scene classification in L2A only.

    Parameters
    ----------
    scene : str
        Name of its scene.
    path : str
        Where its first band lies.
    rasters : collection of str
        Names of its bands and other rasters.
    """
    for text in (scene, path):
        if match := _NAME.search(text):
            return Level(match[1])
    if "SCL" in rasters or _L2A_FILE.search(path):
        return Level.L2A
    return Level.L1C if "B10" in rasters else None


def find_mixed_levels(levels: Mapping[str, Level]) -> dict[str, Finding]:
    """Return a finding for each image of the rarer level, by image id; empty without a mixture.

    Parameters
    ----------
    levels : mapping
        Image id -> level, of those images that are not rejected and whose level is known.
    """
    counts = {level: _count(levels.values(), level) for level in Level}
    if not all(counts.values()):
        return {}
    rare = min(Level, key=lambda level: (counts[level], level))
    usual = next(level for level in Level if level is not rare)
    words = (
        f"the image is {rare}, as {counts[rare]} of the project are, but {counts[usual]} are "
        f"{usual}: the same ground has other numbers in them; reject the images of one level"
    )
    finding = Finding(FindingKind.LEVEL, words)
    return {id_: finding for id_, level in levels.items() if level is rare}


def _count(levels: Iterable[Level], wanted: Level) -> int:
    return sum(level is wanted for level in levels)
