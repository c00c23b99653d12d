"""Splits that a user gives: a CSV file with place and split, as an export's splits.csv is."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

from s2label.errors import ExportError, InputError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

COLUMNS = ("place", "split")
_ADVICE = "write one row per place, with the columns place and split"
_ONE = "write each split one way"
# Splits name files.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}")


def read_given_splits(path: Path) -> dict[str, str]:
    """Read place id -> split from a CSV file; further columns are left alone.

    Raises
    ------
    InputError
        If it is no such file, a split has no usable name, two splits differ by upper and lower
        case only, or a place has two splits.
    """
    found: dict[str, str] = {}
    for number, place, split in _rows(path):
        if not _NAME.fullmatch(split):
            expected = "letters, digits, _ and -, as in train"
            raise InputError(path, f"row {number} has the split {split!r}", expected, _ADVICE)
        if found.setdefault(place, split) != split:
            here = f"row {number} puts {place} into {split}, an earlier one into {found[place]}"
            raise InputError(path, here, "one split for all dates of a place", _ADVICE)
    if not found:
        raise InputError(path, "no rows", "place and split", _ADVICE)
    refuse_alike(path, found.values())
    return found


def refuse_alike(path: Path, splits: Iterable[str]) -> None:
    """Raise `InputError` if splits of a file differ by upper and lower case only.

    Two splits where one is meant would each lack what the other has, and files named after them
    would be one on some systems.
    """
    first: dict[str, str] = {}
    for split in sorted(set(splits)):
        other = first.setdefault(split.casefold(), split)
        if other != split:
            raise InputError(
                path, f"the splits {other} and {split}", "names that differ by more than case", _ONE
            )


def _rows(path: Path) -> list[tuple[int, str, str]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise InputError(path, f"no column {' and '.join(missing)}", advice=_ADVICE)
            rows = enumerate(reader, start=2)
            return [(n, *(str(row[c] or "").strip() for c in COLUMNS)) for n, row in rows]  # type: ignore[misc]
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})", advice=_ADVICE) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, f"no CSV file ({error})", advice=_ADVICE) from error


def splits_of(places: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """Return the split of each place.

    Raises
    ------
    ExportError
        If some have none.
    """
    wanted = list(places)
    lacking = sorted(place for place in wanted if place not in given)
    if lacking:
        raise ExportError(
            f"the given splits have none for {len(lacking)} of {len(wanted)} places, such as "
            f"{lacking[0]}; `s2label list PROJECT` names places"
        )
    return {place: given[place] for place in wanted}


def unknown_places(given: Mapping[str, str], known: Container[str], where: str) -> list[str]:
    """Return a warning if splits were given to places that are not known, else nothing.

    `where` says what does not have them.
    """
    unknown = sorted(place for place in given if place not in known)
    if not unknown:
        return []
    count = "1 place" if len(unknown) == 1 else f"{len(unknown)} places"
    return [f"the given splits name {count} that {where} does not have, such as {unknown[0]}"]
