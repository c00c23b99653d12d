"""The tables of an export as bytes: classes, splits, decisions and leaks."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from s2label.exports.leak_report import LeakReport
    from s2label.exports.legend import Legend
    from s2label.exports.plan import Plan

SPLIT_COLUMNS = (
    *("image", "mask", "image_file", "mask_file"),
    *("place", "date", "scene", "group", "split"),
)


def classes_table(legend: Legend) -> bytes:
    """Return ``classes.csv``: each value as it is written, its name and colour."""
    return _csv(("value", "name", "colour"), legend.entries)


def splits_table(plan: Plan) -> bytes:
    """Return ``splits.csv``: a row per pair."""
    rows = (
        (
            pair.image_id,
            pair.mask_id,
            plan.image_file(pair.image_id),
            plan.mask_file(pair.image_id),
            pair.place_id,
            pair.date or "",
            plan.survey.scenes[pair.image_id],
            plan.groups[pair.place_id],
            plan.split_of(pair.place_id),
        )
        for pair in plan.pairs
    )
    return _csv(SPLIT_COLUMNS, rows)


def decision_lines(history: Iterable[dict[str, Any]]) -> bytes:
    """Return ``decisions.jsonl``: every decision as the log has it, a JSON object per line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in history).encode()


def leaks_document(report: LeakReport) -> bytes:
    """Return ``leaks.json``: what the splits share."""
    return (json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n").encode()


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
