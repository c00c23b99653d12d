"""What an export is made of: all that decides its bytes, gathered in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from s2label.exports.formats import make_writer
from s2label.exports.legend import make_legend
from s2label.exports.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from s2label.exports.formats import FormatWriter
    from s2label.exports.legend import Legend
    from s2label.exports.options import ExportOptions
    from s2label.exports.plan import Plan
    from s2label.progress import Job
    from s2label.project import Project
    from s2label.project_file import ProjectFile


@dataclass(frozen=True)
class Contents:
    """All that decides the bytes of an export, beside source and mask files and the program.

    Parameters
    ----------
    settings : ProjectFile
        Name, class table, stretch, group distance.
    options : ExportOptions
        What was asked for.
    legend : Legend
        Values as they are written.
    plan : Plan
        Pairs, splits, and where each file goes.
    images, masks : sequence of dict
        Rows as `list_images` and `list_masks` of the catalog give them: states and reasons.
    imports, history : sequence of dict
        The log: what was imported, and every decision.
    """

    settings: ProjectFile
    options: ExportOptions
    legend: Legend
    plan: Plan
    images: Sequence[dict[str, Any]]
    masks: Sequence[dict[str, Any]]
    imports: Sequence[dict[str, Any]]
    history: Sequence[dict[str, Any]]


def writer_for(project: Project, options: ExportOptions) -> FormatWriter:
    """Return what writes the files of a format for a project.

    Raises
    ------
    ExportError
        If the value for "not labelled" means something else already.
    """
    legend = make_legend(project.classes, options.void)
    return make_writer(options.format, legend, project.settings.stretch)


def gather(project: Project, options: ExportOptions, writer: FormatWriter) -> Job[Contents]:
    """Look at a project, its sources and mask files; return what an export of it is made of.

    Raises
    ------
    ExportError
        If there is nothing to write, or something is missing, changed or damaged.
    """
    legend, catalog = make_legend(project.classes, options.void), project.catalog
    plan = yield from make_plan(project, options, legend, writer)
    return Contents(
        settings=project.settings,
        options=options,
        legend=legend,
        plan=plan,
        images=catalog.list_images(),
        masks=catalog.list_masks(),
        imports=catalog.imports(),
        history=catalog.history(),
    )
