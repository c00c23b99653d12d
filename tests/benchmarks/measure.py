"""Figures of a benchmark: a row of the table, medians, and what the machine was like."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from argparse import ArgumentParser
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Row:
    """One row of the table.

    Parameters
    ----------
    id : str
        Number in the list of targets, such as P1.
    what : str
        What is compared with what.
    value : float
        The ratio, or a number in ``unit``.
    target : float
        What it is held against.
    is_at_least : bool
        Whether it has to reach the target instead of staying below it.
    unit : str
        Empty for a ratio.
    figures : dict
        What the value was computed from.
    """

    id: str
    what: str
    value: float
    target: float
    is_at_least: bool = False
    unit: str = ""
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        return self.value >= self.target if self.is_at_least else self.value <= self.target

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON types."""
        return {**asdict(self), "is_met": self.is_met}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that a share (0..1) of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def seconds_of(do: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    begin = time.perf_counter()
    do()
    return time.perf_counter() - begin


def milliseconds(values: Sequence[float], prefix: str) -> dict[str, float]:
    """Return p50 and p95 of seconds, in milliseconds, as figures of a row."""
    return {
        f"{prefix}_p50_ms": round(1e3 * median(values), 2),
        f"{prefix}_p95_ms": round(1e3 * percentile(values, 0.95), 2),
    }


def machine() -> dict[str, Any]:
    """Return what a reader has to know of the machine; neither its name nor its paths."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load_1_min": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def arguments(what: str) -> Namespace:
    """Parse what every benchmark is called with: its working folder, its JSON, its size."""
    parser = ArgumentParser(description=what)
    parser.add_argument("--work", type=Path, required=True, help="folder for what it needs")
    parser.add_argument("--out", type=Path, required=True, help="JSON file for its rows")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions: a try")
    return parser.parse_args()


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    """Write rows as JSON."""
    path.write_text(json.dumps([row.as_dict() for row in rows]))
