"""Decisions as CSV: columns subject, id, decision, reason and version."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from s2label.errors import InputError
from s2label.types import Decision, Subject, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What databases take for a whole number.
_MOST_DIGITS = 18
_COLUMNS = ("subject", "id", "decision")


def read_decisions(path: Path) -> list[Decision]:
    """Read decisions from a CSV file; the columns ``reason`` and ``version`` may be missing.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a word is unknown, or two rows decide
        the same image or mask.
    """
    decisions: dict[tuple[str, str], Decision] = {}
    for line, row in _read_rows(path):
        decision = _decision(f"{path}, line {line}", row)
        if (decision.subject, decision.id) in decisions:
            found = f"{decision.subject} {decision.id} is decided twice"
            raise InputError(f"{path}, line {line}", found, "one row each")
        decisions[decision.subject, decision.id] = decision
    return list(decisions.values())


def _read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    if not path.is_file():
        raise InputError(path, "no such file")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in _COLUMNS if c not in (reader.fieldnames or ())]
            if missing:
                found = f"no column {', '.join(missing)}"
                raise InputError(path, found, "columns subject, id, decision, reason")
            for row in reader:
                yield reader.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(path, f"not a CSV file ({error})") from error


def _decision(where: str, row: dict[str, str]) -> Decision:
    words = {key: (row.get(key) or "").strip() for key in (*_COLUMNS, "reason", "version")}
    if not words["id"]:
        raise InputError(where, "no id")
    for key, known in (("subject", Subject), ("decision", Verdict)):
        if words[key] not in list(known):
            raise InputError(where, f"{key} {words[key]!r}", f"one of {', '.join(known)}")
    version = words["version"]
    if version and not (version.isdecimal() and len(version) <= _MOST_DIGITS):
        raise InputError(where, f"version {version[:40]!r}", "a whole number, or nothing")
    return Decision(
        Subject(words["subject"]),
        words["id"],
        Verdict(words["decision"]),
        words["reason"],
        int(version) if version else None,
    )
