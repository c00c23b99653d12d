"""What a plan says to people: why there is nothing to export, and what they should know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.exports.given_splits import unknown_places
from s2label.splits import missing_splits

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from s2label.exports.options import ExportOptions
    from s2label.project import Project


def why_nothing(project: Project, options: ExportOptions) -> str:
    """Return why no pair of a project is exported, and what can be done."""
    counts = project.catalog.counts()
    if not counts["images"] or not counts["masks"]:
        return (
            f"nothing to export: {counts['images']} images, {counts['masks']} masks; import first"
        )
    states = "open", "accepted", "rejected"
    told = "; ".join(
        ", ".join(f"{counts[f'{kind}_{state}']} {kind} {state}" for state in states)
        for kind in ("images", "masks")
    )
    if options.include_open:
        return f"nothing to export: {told}; take rejections back first"
    start = "nothing accepted yet"
    if counts["images_accepted"] and counts["masks_accepted"]:
        start = "no image is accepted together with its mask"
    return f"{start}: {told}; decide first or use --include-open"


def plan_warnings(
    project: Project,
    options: ExportOptions,
    groups: Mapping[str, str],
    splits: Mapping[str, str],
    everywhere: Container[str],
) -> list[str]:
    """Return what the user should know of a plan.

    Parameters
    ----------
    project, options
        What is exported, and how.
    groups, splits : mapping
        Place id -> group and split, of what is exported.
    everywhere : container of str
        All places of the project: one that is merely rejected is no slip.
    """
    if options.given_splits is not None:
        told = unknown_places(options.given_splits, everywhere, "the project")
    else:
        told = _missing(groups, splits, options)
    return [*told, *_unsettled(project)]


def _missing(
    groups: Mapping[str, str], splits: Mapping[str, str], options: ExportOptions
) -> list[str]:
    missing = missing_splits(splits, options.shares)
    if not missing:
        return []
    count, names = len(set(groups.values())), " and no ".join(missing)
    ground = "group" if count == 1 else "groups"
    return [f"only {count} {ground} of ground, which must not be divided: no {names} split"]


def _unsettled(project: Project) -> list[str]:
    count = len(project.catalog.canvases.unsettled())
    if not count:
        return []
    return [
        f"{count} masks have strokes that are in no version yet and not exported: leave the chip "
        "that is being painted, or open the project once if no window has it"
    ]
