"""Of the data card: what the splits share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.exports.leak_report import WORDS
from s2label.exports.markdown import section, table

if TYPE_CHECKING:
    from s2label.exports.leak_report import Leak, LeakReport

_MOST_SHOWN = 10
_MOST_MEMBERS = 4


def leak_section(report: LeakReport) -> list[str]:
    """Return what was looked for, how often it was found, and the first of each kind."""
    rows = [(WORDS[kind], count) for kind, count in report.counts.items()]
    note = [
        f"{report.pairs} pairs of {report.places} places were compared. `leaks.json` names what "
        "was found; `s2label leaks` on this folder looks again."
    ]
    unchecked = [f"- {line}" for line in report.unchecked_lines()]
    return section("Leaks", note, table(("what", "how many"), rows), unchecked, first_lines(report))


def first_lines(report: LeakReport) -> list[str]:
    """Return the first leaks of each kind in words, a line each."""
    return [
        f"- {kind}: {_words(leak)}"
        for kind, leaks in report.found.items()
        for leak in leaks[:_MOST_SHOWN]
    ]


def _words(leak: Leak) -> str:
    shown = ", ".join(f"`{member}`" for member in leak.members[:_MOST_MEMBERS])
    more = len(leak.members) - _MOST_MEMBERS
    name = f"{leak.name}: " if leak.name else ""
    return f"{name}{shown}{f' and {more} more' if more > 0 else ''} ({', '.join(leak.splits)})"
