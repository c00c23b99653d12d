"""The table of many scenes: a row each, written anew whenever one is done."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from s2label.durable import write_whole
from s2label.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from s2label_training.scene.run import SceneReport

SUMMARY_NAME = "summary.csv"
_FIRST, _LAST = ("scene", "time", "state"), ("objects", "seconds", "error")
_PIXELS = "pixels: "
_ENDING = ".tif"


class Summary:
    """A CSV file with a row per scene.

    Columns: scene (the name of its files), time, state (done, kept or failed), pixels of each
    class, objects, seconds and error. The row of a scene stays as long as its class raster is
    there, until a run says something else of it. Numbers are those of the run that made the files:
    a scene that was kept, or that failed now, has them from the table that was there.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        If there is a file that is no such table; it stays as it is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = {row["scene"]: row for row in _read(path) if self._is_there(row["scene"])}
        self._rows: list[dict[str, str]] = []

    def _is_there(self, name: str) -> bool:
        return (self.path.parent / (name + _ENDING)).is_file()

    def add(self, name: str, report: SceneReport) -> None:
        """Add what came of a scene."""
        row = {"scene": name, "time": report.time or "", "state": report.state, "error": ""}
        if report.state == "kept":
            row = self._before.get(name, {}) | row
        else:
            row |= {_PIXELS + each: str(count) for each, count in report.pixels.items()}
            row["objects"] = "" if report.objects is None else str(report.objects)
            row["seconds"] = f"{sum(report.seconds.values()):.1f}"
        self._write(row)

    def add_error(self, name: str, time: str | None, error: str) -> None:
        """Add a scene that could not be predicted."""
        row = {"scene": name, "time": time or "", "state": "failed", "error": error}
        self._write(self._before.get(name, {}) | row)

    def _write(self, row: dict[str, str]) -> None:
        self._rows.append({key: _plain(value) for key, value in row.items()})
        now = {each["scene"] for each in self._rows}
        rows = [*self._rows, *(row for name, row in self._before.items() if name not in now)]
        pixels = dict.fromkeys(key for each in rows for key in each if key.startswith(_PIXELS))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [*_FIRST, *pixels, *_LAST], restval="")
        writer.writeheader()
        writer.writerows(rows)
        write_whole(self.path, text.getvalue().encode())


def _plain(value: str) -> str:
    """Return a value that no spreadsheet takes for a formula."""
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            columns, rows = reader.fieldnames or (), list(reader)
    except (OSError, ValueError, csv.Error):
        columns, rows = (), []
    if not _are_ours(columns):
        expected, advice = "a table that `s2label predict` wrote", "move it, or name another folder"
        raise InputError(path, "another kind of file", expected, advice)
    return [{str(k): str(v or "") for k, v in row.items() if k} for row in rows if row["scene"]]


def _are_ours(columns: Sequence[str]) -> bool:
    first, last = len(_FIRST), len(columns) - len(_LAST)
    is_framed = tuple(columns[:first]) == _FIRST and tuple(columns[last:]) == _LAST
    return is_framed and all(each.startswith(_PIXELS) for each in columns[first:last])
