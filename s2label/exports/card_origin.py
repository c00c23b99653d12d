"""Of the data card: where the data are from, and who decided."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from s2label.exports.markdown import section, table

if TYPE_CHECKING:
    from collections.abc import Sequence

_ABSOLUTE = re.compile(r"(?:~|/|[A-Za-z]:[\\/]|\\\\)")


def source_section(imports: Sequence[dict[str, Any]]) -> list[str]:
    """Return what was imported, when and how."""
    rows = [_import_row(row) for row in imports]
    note = [
        "Only the last part of each path is given; the folders above are the business of the "
        "machine where the import ran."
    ]
    header = ("at", "who", "program", "sources", "options", "result")
    return section("Sources", table(header, rows), note)


def _import_row(row: dict[str, Any]) -> tuple[str, ...]:
    sources = ", ".join(str(without_folders(source)) for source in row["sources"])
    options = json.dumps(without_folders(row["options"]), sort_keys=True, ensure_ascii=False)
    report = ", ".join(f"{key} {count}" for key, count in row["report"].items() if count)
    return row["at"], row["who"], row["program"], sources, options, report or "nothing new"


def without_folders(value: Any) -> Any:
    """Return JSON types in which each absolute path has become its last part."""
    if isinstance(value, str) and _ABSOLUTE.match(value):
        windows = "\\" in value or value[1:2] == ":"
        path = PureWindowsPath(value) if windows else PurePosixPath(value)
        return path.name
    if isinstance(value, dict):
        return {without_folders(key): without_folders(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [without_folders(inner) for inner in value]
    return value


def decision_section(history: Sequence[dict[str, Any]]) -> list[str]:
    """Return what was decided, by whom and between when; the log has every single decision."""
    if not history:
        return section("Decisions", ["none"])
    keys = Counter((r["subject"], r["decision"], r["reason"]) for r in history)
    rows = [(*key, count) for key, count in sorted(keys.items())]
    acts = {r["act"]: r["kind"] for r in history}
    kinds = Counter(acts.values())
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    who = ", ".join(sorted({r["who"] for r in history}))
    times = [r["at"] for r in history]
    summary = [
        f"{len(history)} decisions in {len(acts)} acts ({told}), by {who}, from {min(times)} to "
        f"{max(times)}. Undo and redo are acts of their own, so that decisions which were taken "
        "back count here too. `decisions.jsonl` has every one."
    ]
    return section("Decisions", summary, table(("what", "decision", "reason", "times"), rows))
