"""How a side of a comparison answers; imports nothing that only one environment has."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(measure: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Read the request that is named first, measure, write the answer where it is wanted."""
    asked, answered = map(Path, sys.argv[1:])
    told = measure(json.loads(asked.read_text()))
    answered.write_text(json.dumps(told))


def memory_mib() -> float:
    """Return the memory of this process in MiB, shared pages counted once (PSS; Linux only)."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
