"""What a job brought, in words that fit a narrow dock."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from napari_s2label.parts.field_names import name_of_option

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SHOWN_WARNINGS = 3


class Report(NamedTuple):
    """Lines of text, and how they sound: ``plain``, ``good`` or ``bad``."""

    words: str
    mood: str = "good"


def counted(number: int, what: str) -> str:
    """Return a number with its noun: ``1 image``, ``12 images``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def import_report(result: Mapping[str, Any]) -> Report:
    """Return what an import brought."""
    counts = result["counts"]
    brought = [*_changes(counts, "image"), *_changes(counts, "mask")]
    known = f"{counted(counts['images_unchanged'], 'image')} were known already."
    lines = [f"Imported {', '.join(brought)}."] if brought else ["Nothing new."]
    lines += [known] if counts["images_unchanged"] else []
    if counts["masks_kept"]:
        lines.append(f"{counted(counts['masks_kept'], 'mask')} edited here stay as they are.")
    if result["blank"]:
        lines.append(f"{counted(result['blank'], 'chip')} without any data left out.")
    return Report("\n".join([*lines, *_warnings(result["warnings"])]))


def _changes(counts: Mapping[str, int], what: str) -> list[str]:
    numbers = {word: counts.get(f"{what}s_{word}", 0) for word in ("new", "changed", "moved")}
    return [counted(number, f"{word} {what}") for word, number in numbers.items() if number]


def export_report(result: Mapping[str, Any]) -> Report:
    """Return what an export wrote."""
    splits = ", ".join(f"{count:,} {name}" for name, count in result["pairs_by_split"].items())
    lines = [
        f"Wrote {counted(result['pairs'], 'pair')} of image and mask ({splits}).",
        f"They are in {result['out']}",
    ]
    if result["left_out"]:
        left_out = counted(len(result["left_out"]), "image")
        lines.append(f"{left_out} left out; DATA_CARD.md says which and why.")
    return Report("\n".join([*lines, *_warnings(result["warnings"])]))


def relink_report(result: Mapping[str, Any]) -> Report:
    """Return which sources are lost, and which were found again."""
    lines = []
    if result["found"]:
        lines.append(f"{counted(len(result['found']), 'source')} found again.")
    for key, words in (("missing", "missing"), ("changed", "changed since the import")):
        if result[key]:
            lines.append(f"{counted(len(result[key]), 'source')} {words}.")
    if result["ambiguous"]:
        lines.append(
            f"{len(result['ambiguous']):,} fit several files there: choose a narrower folder."
        )
    if result["missing"] or result["changed"]:
        return Report("\n".join(lines), "bad")
    return Report("\n".join([*lines, "All sources are there."]))


def failure_report(title: str, reason: str) -> Report:
    """Return that a job did not work; options are called as the forms call them."""
    words = re.sub(r"--[a-z-]+", lambda m: f'"{name_of_option(m[0])}"', reason)
    return Report(f"{title} did not work.\n{words}", "bad")


def plain_report(_: Mapping[str, Any]) -> Report:
    """Return that a job of which nothing else is known is done."""
    return Report("Done.")


def _warnings(warnings: list[str]) -> list[str]:
    lines = [f"Note: {warning}" for warning in warnings[:_SHOWN_WARNINGS]]
    more = len(warnings) - _SHOWN_WARNINGS
    return [*lines, f"... and {more} more notes"] if more > 0 else lines
