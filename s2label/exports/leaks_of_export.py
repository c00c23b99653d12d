"""The check for leaks of an export that lies there, with its own splits or others."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.exports.given_splits import (
    read_given_splits,
    refuse_alike,
    splits_of,
    unknown_places,
)
from s2label.exports.leaks import Member, find_leaks
from s2label.exports.reading import read_written
from s2label.exports.sketches import Sketch, sketch_of
from s2label.exports.survey import in_chunks
from s2label.progress import Job, Progress

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label.exports.leak_report import LeakReport
    from s2label.grid import Grid

SPLITS = "splits.csv"
_NEEDED = ("image", "image_file", "place", "split")
_READERS = 4
_ADVICE = "name the folder of an export"


@dataclass
class _Seen:
    grids: dict[str, Grid] = field(default_factory=dict)
    sketches: dict[str, Sketch] = field(default_factory=dict)


def check_export(folder: Path, splits: Path | None = None) -> Job[LeakReport]:
    """Find what the splits of an export share; reads every image once.

    Parameters
    ----------
    folder : Path
        The export, of any format; its ``splits.csv`` may have been edited.
    splits : Path, optional
        A CSV file with place and split that counts instead.

    Raises
    ------
    InputError
        If a file is missing or damaged, or two splits differ by case only.
    ExportError
        If the given splits lack a place.
    """
    rows = _rows(folder)
    members, warnings = [_member(row) for row in rows], list[str]()
    if splits is not None:
        given, places = read_given_splits(splits), {m.place for m in members}
        warnings = unknown_places(given, places, "the export")
        split_of = splits_of(places, given)
        members = [member._replace(split=split_of[member.place]) for member in members]
    seen = yield from _look(folder, rows)
    report = find_leaks(members, seen.grids, seen.sketches)
    report.warnings += warnings
    return report


def _rows(folder: Path) -> list[dict[str, str]]:
    path = folder / SPLITS
    if not path.is_file():
        raise InputError(folder, f"no {SPLITS} in it", "an export", _ADVICE)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [
                {k: str(v or "").strip() for k, v in row.items() if k}
                for row in csv.DictReader(file)
            ]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, f"no CSV file ({error})", "splits of an export", _ADVICE) from error
    missing = [name for name in _NEEDED if not all(row.get(name) for row in rows)]
    if missing or not rows:
        found = f"no {', '.join(missing)} in some row" if rows else "no rows"
        raise InputError(path, found, "what an export wrote there", "export again")
    refuse_alike(path, (row["split"] for row in rows))
    return rows


def _member(row: dict[str, str]) -> Member:
    known = (row.get("group", ""), row.get("scene", ""))
    return Member(row["image"], row["place"], *known, row["split"])


def _look(folder: Path, rows: Sequence[dict[str, str]]) -> Job[_Seen]:
    seen, done = _Seen(), 0

    def look(row: dict[str, str]) -> tuple[Sketch, Grid]:
        written = read_written(folder / row["image_file"])
        return sketch_of(written.pixels), written.grid

    with ThreadPoolExecutor(_READERS) as pool:
        for chunk in in_chunks(rows):
            yield Progress(done, len(rows), "reading the images")
            for row, (sketch, grid) in zip(chunk, pool.map(look, chunk), strict=True):
                seen.sketches[row["image"]] = sketch
                seen.grids.setdefault(row["place"], grid)
            done += len(chunk)
    yield Progress(done, len(rows), "looking for leaks")
    return seen
