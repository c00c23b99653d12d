"""The table of many scenes: a row each, written anew whenever one is done."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from s2label.durable import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from s2label_training.scene.run import SceneReport

SUMMARY_NAME = "summary.csv"
_FIRST, _LAST = ("scene", "time", "state"), ("objects", "seconds", "error")
_PIXELS = "pixels: "


class Summary:
    """A CSV file with a row per scene.

    Columns: scene (the name of its files), time, state (done, kept or failed), pixels of each
    class, objects, seconds and error. Scenes that were kept have the numbers of the run that made
    them, as far as an earlier table at the same path tells them.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._before = {row["scene"]: row for row in _read(path)}
        self._rows: list[dict[str, str]] = []

    def add(self, name: str, report: SceneReport) -> None:
        """Add what came of a scene."""
        row = {"scene": name, "time": report.time or "", "state": report.state}
        if report.state == "kept":
            row = self._before.get(name, {}) | row | {"error": ""}
        else:
            row |= {_PIXELS + each: str(count) for each, count in report.pixels.items()}
            row["objects"] = "" if report.objects is None else str(report.objects)
            row["seconds"] = f"{sum(report.seconds.values()):.1f}"
        self._write(row)

    def add_error(self, name: str, time: str | None, error: str) -> None:
        """Add a scene that could not be predicted."""
        self._write({"scene": name, "time": time or "", "state": "failed", "error": error})

    def _write(self, row: dict[str, str]) -> None:
        self._rows.append(row)
        pixels = dict.fromkeys(key for r in self._rows for key in r if key.startswith(_PIXELS))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [*_FIRST, *pixels, *_LAST], restval="")
        writer.writeheader()
        writer.writerows(self._rows)
        write_whole(self.path, text.getvalue().encode())


def _read(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error):
        return []
    return [{str(k): str(v or "") for k, v in row.items() if k} for row in rows if row.get("scene")]
