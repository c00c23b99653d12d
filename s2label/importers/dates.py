"""Dates in file names."""

from __future__ import annotations

import re
from datetime import date

_PATTERNS = (
    re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)"),
)
# Sentinel-2A was launched on 23 June 2015: numbers that give an earlier day are no date.
_FIRST = date(2015, 6, 23)


def date_in_name(name: str) -> str | None:
    """Return the first date of a name as ``YYYY-MM-DD``: a span of dates counts as its start."""
    for pattern in _PATTERNS:
        for year, month, day in pattern.findall(name):
            try:
                found = date(int(year), int(month), int(day))
            except ValueError:
                continue
            if found >= _FIRST:
                return found.isoformat()
    return None
