"""Numbers of a source mask -> stored values, by the class table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from s2label.errors import ClassValueError
from s2label.importers.mask_files.class_names import table_words
from s2label.importers.mask_files.found_mask import NoMaskError, listed
from s2label.types import BACKGROUND, IGNORE, NOT_LABELLED

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from s2label.types import ClassTable

# A mask may hold a few forgotten classes; a raster with more unknown values is an image.
MAX_UNKNOWN = 16


def known_values(table: ClassTable) -> dict[int, int]:
    """Return source value -> stored value for everything that a source mask may hold."""
    known = {value: value for value in (BACKGROUND, *table.values, NOT_LABELLED, IGNORE)}
    return known | dict.fromkeys(table.source_void, NOT_LABELLED)


def count_values(raw: NDArray[Any]) -> dict[int, int]:
    """Return value -> pixels of an integer array."""
    if raw.dtype in (np.uint8, np.uint16):
        pixels = np.bincount(raw.ravel())
        return {int(value): int(pixels[value]) for value in np.flatnonzero(pixels)}
    values, pixels = np.unique(raw, return_counts=True)
    return {int(v): int(n) for v, n in zip(values, pixels, strict=True)}


def stored_values(
    raw: NDArray[Any], table: ClassTable, where: Path, void: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Turn the numbers of a source mask into stored values.

    Parameters
    ----------
    raw : ndarray
        Integers (height, width) of any width.
    table : ClassTable
        Its ``source_void`` becomes 254; 0, its class values, 254 and 255 stay.
    where : Path
        File to name in an error.
    void : ndarray, optional
        Pixels (height, width) that the file's nodata tag takes out: 254 whatever their value.

    Raises
    ------
    ClassValueError
        If a value is none of these.
    NoMaskError
        If so many values are unknown that the raster is no mask at all.
    """
    known = known_values(table)
    counts = count_values(raw if void is None else raw[~void])
    refuse_unknown({v: n for v, n in counts.items() if v not in known}, table, where)
    stored = np.full(raw.shape, NOT_LABELLED, dtype=np.uint8)
    for value in counts:
        stored[raw == value] = known[value]
    if void is not None:
        stored[void] = NOT_LABELLED
    return stored


def refuse_unknown(unknown: dict[int, int], table: ClassTable, where: Path) -> None:
    """Raise ClassValueError for value -> pixels that the table lacks, NoMaskError for very many."""
    if not unknown:
        return
    if len(unknown) > MAX_UNKNOWN:
        advice = "give the class mask itself"
        found = f"{len(unknown)} different values that are no class, as in an image"
        raise NoMaskError(where, found, f"a mask with {table_words(table)}", advice)
    words = listed([f"{value} ({pixels} px)" for value, pixels in sorted(unknown.items())])
    advice = f"add the class to the table {table.name!r} or correct the mask"
    raise ClassValueError(where, f"unknown class value {words}", table_words(table), advice)


def warnings_of_values(stored: NDArray[np.uint8], where: Path) -> tuple[str, ...]:
    """Return a warning for the one mask that is read right and meant otherwise: 0 and 255."""
    found = set(count_values(stored))
    if IGNORE in found and found <= {BACKGROUND, IGNORE}:
        return (f"{where.name} holds only 0 and 255, and 255 means ignore: no pixel has a class",)
    return ()
