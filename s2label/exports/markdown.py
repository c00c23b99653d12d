"""Markdown from rows; nothing in a cell can break its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a table; the word "none" where there are no rows."""
    lines = [_row(row) for row in rows]
    return [_row(header), _row(["---"] * len(header)), *lines] if lines else ["none"]


def section(title: str, *parts: Sequence[str]) -> list[str]:
    """Return the lines of a section; its parts are set apart by empty lines."""
    lines = ["", f"## {title}"]
    for part in parts:
        if part:
            lines += ["", *part]
    return lines


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def number(value: float) -> str:
    """Return a number without a needless fraction: 10000, 0.0125."""
    return f"{value:.10g}"


def share(part: int, whole: int) -> str:
    """Return a count with its percentage."""
    return f"{part} ({100 * part / whole:.2f} %)" if whole else str(part)
