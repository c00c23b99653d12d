"""Dates in file names."""

from __future__ import annotations

import re
from datetime import date

# With dashes or without, not mixed.
_DATE = re.compile(r"(?<!\d)(20\d\d)(-?)(\d\d)\2(\d\d)(?!\d)")
# Sentinel-2A was launched on 23 June 2015: numbers that give an earlier day are no date.
_FIRST = date(2015, 6, 23)


def date_in_name(name: str) -> str | None:
    """Return the first date of a name as ``YYYY-MM-DD``: a span of dates counts as its start."""
    for year, _, month, day in _DATE.findall(name):
        try:
            found = date(int(year), int(month), int(day))
        except ValueError:
            continue
        if found >= _FIRST:
            return found.isoformat()
    return None
