"""What a job brought, in words that fit a narrow dock."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SHOWN_WARNINGS = 3


def counted(number: int, what: str) -> str:
    """Return a number with its noun: ``1 image``, ``12 images``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def import_report(result: Mapping[str, Any]) -> str:
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
    return "\n".join([*lines, *_warnings(result["warnings"])])


def _changes(counts: Mapping[str, int], what: str) -> list[str]:
    numbers = {word: counts.get(f"{what}s_{word}", 0) for word in ("new", "changed", "moved")}
    return [counted(number, f"{word} {what}") for word, number in numbers.items() if number]


def export_report(result: Mapping[str, Any]) -> str:
    """Return what an export wrote."""
    splits = ", ".join(f"{count:,} {name}" for name, count in result["pairs_by_split"].items())
    lines = [
        f"Wrote {counted(result['pairs'], 'pair')} of image and mask ({splits}).",
        f"They are in {result['out']}",
    ]
    if result["left_out"]:
        left_out = counted(len(result["left_out"]), "image")
        lines.append(f"{left_out} left out; DATA_CARD.md says which and why.")
    return "\n".join([*lines, *_warnings(result["warnings"])])


def relink_report(result: Mapping[str, Any]) -> str:
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
    is_well = not result["missing"] and not result["changed"]
    return "\n".join([*lines, *(["All sources are there."] if is_well else [])])


def _warnings(warnings: list[str]) -> list[str]:
    lines = [f"Note: {warning}" for warning in warnings[:_SHOWN_WARNINGS]]
    more = len(warnings) - _SHOWN_WARNINGS
    return [*lines, f"... and {more} more notes"] if more > 0 else lines
