"""What the values of exported masks mean, and how stored values become them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from s2label.errors import ExportError
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from s2label.types import ClassTable

_BLACK = "#000000"
# The first of these that no class has; alike colours would hide what is not labelled.
_NOT_LABELLED_COLOURS = ("#404040", "#505050", "#303030")
_IGNORE_COLOURS = ("#ff00ff", "#ff66ff", "#cc00cc")


class LegendEntry(NamedTuple):
    """A value as it is written, its name and its colour ``#rrggbb``."""

    value: int
    name: str
    colour: str


@dataclass(frozen=True)
class Legend:
    """The values of exported masks.

    Parameters
    ----------
    entries : tuple of LegendEntry
        By value: background (unless not labelled takes its value), classes, not labelled, ignore.
    not_labelled : int
        Value written for "not labelled".
    """

    entries: tuple[LegendEntry, ...]
    not_labelled: int = NOT_LABELLED

    @property
    def palette(self) -> dict[int, tuple[int, int, int]]:
        """Value -> colour as three numbers 0..255, for all 256 values; unused ones are black."""
        colours = {e.value: bytes.fromhex(e.colour[1:]) for e in self.entries}
        return {value: _rgb(colours.get(value, bytes(3))) for value in range(256)}

    def written(self, classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn stored classes (y, x) into what is written."""
        if self.not_labelled == NOT_LABELLED:
            return classes
        return np.where(classes == NOT_LABELLED, np.uint8(self.not_labelled), classes)

    def written_counts(self, counts: Mapping[int, int]) -> dict[int, int]:
        """Turn stored value -> pixels into written value -> pixels."""
        return {self.not_labelled if v == NOT_LABELLED else v: n for v, n in counts.items()}

    def refuse_unknown(self, mask_id: str, counts: Mapping[int, int]) -> None:
        """Raise `ExportError` if a mask's stored value -> pixels do not fit the legend."""
        known = {entry.value for entry in self.entries} - {self.not_labelled} | {NOT_LABELLED}
        unknown = sorted(value for value, pixels in counts.items() if pixels and value not in known)
        if BACKGROUND in unknown and self.not_labelled == BACKGROUND:
            raise ExportError(
                f"mask {mask_id}: holds background (0), which --void 0 would mix with what is "
                "not labelled; paint it as a class, reject the mask, or export without --void 0"
            )
        if unknown:
            raise ExportError(
                f"mask {mask_id}: holds {', '.join(map(str, unknown))}, which the class table "
                "lacks or --void takes; mend the table in project.toml or reject the mask"
            )


def _rgb(colour: bytes) -> tuple[int, int, int]:
    red, green, blue = colour
    return red, green, blue


def make_legend(table: ClassTable, void: int | None = None) -> Legend:
    """Return what is written for a class table, with `void` for "not labelled".

    Raises
    ------
    ExportError
        If `void` means something else already.
    """
    not_labelled = NOT_LABELLED if void is None else void
    _refuse_taken(table, not_labelled)
    entries = {c.value: LegendEntry(c.value, c.name, c.colour) for c in table.classes}
    used = {c.colour.casefold() for c in table.classes} | {_BLACK}
    grey = _first_free(_NOT_LABELLED_COLOURS, used)
    entries[BACKGROUND] = LegendEntry(BACKGROUND, "background", _BLACK)
    entries[IGNORE] = LegendEntry(IGNORE, "ignore", _first_free(_IGNORE_COLOURS, used))
    colour = _BLACK if not_labelled == BACKGROUND else grey
    entries[not_labelled] = LegendEntry(not_labelled, "not labelled", colour)
    return Legend(tuple(entries[value] for value in sorted(entries)), not_labelled)


def _refuse_taken(table: ClassTable, void: int) -> None:
    names = {c.value: f"the class {c.name!r}" for c in table.classes} | {IGNORE: "ignore"}
    if 0 not in table.source_void:
        names[BACKGROUND] = "the background"
    if void in names:
        free = [v for v in (0, NOT_LABELLED) if v not in names]
        raise ExportError(
            f"--void {void}: {void} means {names[void]} in the class table {table.name!r}; "
            f"choose another value, for example {free[0]}"
        )


def _first_free(colours: tuple[str, ...], used: set[str]) -> str:
    return next((colour for colour in colours if colour not in used), colours[0])
