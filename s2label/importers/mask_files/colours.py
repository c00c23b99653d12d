"""Colours of a painted mask -> stored values: exact where known, else the nearest."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from s2label.errors import ClassValueError
from s2label.importers.mask_files.class_names import table_words, value_of_name
from s2label.importers.mask_files.found_mask import NoMaskError, listed
from s2label.importers.mask_files.values import known_values
from s2label.types import BACKGROUND

if TYPE_CHECKING:
    from pathlib import Path

    from s2label.importers.mask_files.labelmap import Rgb
    from s2label.types import ClassTable

# A painted mask has a handful of colours, softened edges some dozens; photographs have thousands.
MAX_COLOURS = 256
MAX_FAR_COLOURS = 16
# Euclidean, 0..441 in RGB. Real masks paint the class (255, 0, 0) as (255, 0, 41) and
# (255, 3, 3), and neither is over 75 away from the built-in vessel red.
_MAX_DISTANCE = 96.0
# The nearest colour must be clearly nearer than the next one, or the choice is a guess.
_CLEARLY_NEARER = 2.0
_BLACK = (0, 0, 0)
_MAX_WARNINGS = 8


@dataclass(frozen=True)
class Legend:
    """Known colours: colour -> (stored value or None for a name the table lacks, name)."""

    entries: dict[Rgb, tuple[int | None, str]]

    def nearest(self, colour: Rgb) -> Rgb | None:
        """Return the known colour that a colour stands for, None when none is clearly near."""
        if colour in self.entries:
            return colour
        ranked = sorted(self.entries, key=lambda known: math.dist(known, colour))
        first = math.dist(ranked[0], colour)
        second = math.dist(ranked[1], colour) if len(ranked) > 1 else math.inf
        return ranked[0] if first <= min(_MAX_DISTANCE, second / _CLEARLY_NEARER) else None


def legend_of_table(table: ClassTable) -> Legend:
    """Return the colours of a class table, and black for the source value 0."""
    zero = known_values(table)[BACKGROUND]
    black: dict[Rgb, tuple[int | None, str]] = {_BLACK: (zero, "background")}
    return Legend(black | {c.rgb: (c.value, c.name) for c in table.classes})


def legend_of_labelmap(labelmap: dict[Rgb, str], table: ClassTable) -> Legend:
    """Return the colours of a labelmap ; black is background unless it is listed."""
    black: dict[Rgb, tuple[int | None, str]] = {_BLACK: (BACKGROUND, "background")}
    rows = {colour: (value_of_name(name, table), name) for colour, name in labelmap.items()}
    return Legend(black | rows)


def values_of_colours(
    pixels: dict[Rgb, int], legend: Legend, table: ClassTable, where: Path
) -> tuple[dict[Rgb, int], tuple[str, ...]]:
    """Return colour -> stored value for the colours of a mask, and warnings.

    Parameters
    ----------
    pixels : dict
        Colour -> number of pixels.
    legend : Legend
        The known colours.
    table : ClassTable
        Named in errors.
    where : Path
        File to name in an error.

    Raises
    ------
    NoMaskError
        If there are so many colours that it is a photograph.
    ClassValueError
        If a colour is near no class, or its class is not in the table.
    """
    near = {colour: legend.nearest(colour) for colour in pixels}
    far = [colour for colour, known in near.items() if known is None]
    if len(pixels) > MAX_COLOURS or len(far) > MAX_FAR_COLOURS:
        raise picture_error(where)
    known = {colour: entry for colour, entry in near.items() if entry is not None}
    unnamed = [c for c, entry in known.items() if legend.entries[entry][0] is None]
    if far or unnamed:
        raise _unknown_colours(far, unnamed, pixels, legend, table, where)
    values = {colour: legend.entries[entry][0] or 0 for colour, entry in known.items()}
    return values, _warnings(known, pixels, legend, where)


def picture_error(where: Path) -> NoMaskError:
    """Return the refusal of a photograph or preview."""
    found = "a picture with very many colours"
    return NoMaskError(where, found, "a mask with one colour for each class")


def _unknown_colours(
    far: list[Rgb],
    unnamed: list[Rgb],
    pixels: dict[Rgb, int],
    legend: Legend,
    table: ClassTable,
    where: Path,
) -> ClassValueError:
    words = [f"colour {c} ({pixels[c]} px) that is near no class" for c in far]
    for colour in unnamed:
        name = legend.entries[legend.nearest(colour) or colour][1]
        words.append(f"colour {colour} ({pixels[colour]} px) of the unknown class {name!r}")
    known = ", ".join(f"{name} {colour}" for colour, (_, name) in legend.entries.items())
    expected = f"{known} and the classes {table_words(table)}"
    advice = "correct the mask, its labelmap.txt or the class table"
    return ClassValueError(where, listed(words), expected, advice)


def _warnings(
    known: dict[Rgb, Rgb], pixels: dict[Rgb, int], legend: Legend, where: Path
) -> tuple[str, ...]:
    guessed = sorted((c for c in known if c != known[c]), key=lambda c: -pixels[c])
    lines = [
        f"{where.name}: colour {c} ({pixels[c]} px) is taken as"
        f" {legend.entries[known[c]][1]} {known[c]}, the nearest"
        for c in guessed[:_MAX_WARNINGS]
    ]
    rest = guessed[_MAX_WARNINGS:]
    if rest:
        total = sum(pixels[c] for c in rest)
        lines.append(f"{where.name}: {len(rest)} more colours ({total} px) likewise")
    return tuple(lines)
