"""What some formats add when all pairs are written: a description of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from s2label.exports.options import Format

if TYPE_CHECKING:
    from s2label.exports.contents import Contents
    from s2label.exports.draft import Draft
    from s2label.progress import Job
    from s2label.project import Project


def describe(project: Project, contents: Contents, draft: Draft) -> Job[list[str]]:
    """Write what a format has besides images and masks; returns the names of those files."""
    # Imported here: only their own formats need pystac and scikit-image.
    if contents.options.format is Format.COCO:
        from s2label.exports.coco import write_annotations

        return (yield from write_annotations(project, contents, draft))
    if contents.options.format is Format.STAC:
        from s2label.exports.stac import write_catalog

        return (yield from write_catalog(project, contents, draft))
    return []
