"""Code that stands in the documentation, run as a reader would run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[2] / "docs"


def snippet(page: str, heading: str) -> str:
    """Return the first Python block under a heading of a page."""
    _, _, behind = (DOCS / page).read_text("utf-8").partition(f"\n## {heading}\n")
    found = re.search(r"```python\n(.*?)```", behind, re.DOTALL)
    assert found is not None, f"{page} has no Python block under {heading!r}"
    return found[1]


def run_snippet(page: str, heading: str) -> dict[str, Any]:
    """Run it in the present folder; return what it defines."""
    names: dict[str, Any] = {"__name__": "snippet"}
    exec(compile(snippet(page, heading), page, "exec"), names)
    return names
