"""The export job: look at everything, write each file once, then put the whole in place."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import ExportError, S2LabelError
from s2label.exports.data_card import CardFacts, data_card
from s2label.exports.draft import DATA_CARD, Draft
from s2label.exports.formats import make_writer
from s2label.exports.legend import make_legend
from s2label.exports.options import ExportReport
from s2label.exports.pairs import write_pairs
from s2label.exports.plan import make_plan
from s2label.exports.tables import classes_table, decision_lines, splits_table
from s2label.progress import Job, Progress
from s2label.source_files import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.exports.legend import Legend
    from s2label.exports.options import ExportOptions
    from s2label.exports.plan import Plan
    from s2label.project import Project


def export_project(project: Project, out: Path, options: ExportOptions) -> Job[ExportReport]:
    """Write what is accepted as a data set; afterwards `out` is whole, or as it was.

    The same project gives the same bytes, whenever and wherever it is exported. A run that was
    stopped or killed goes on where it was when the same export is run again.

    Parameters
    ----------
    project : Project
        Open project; only read.
    out : Path
        Folder to make; an earlier export or an empty folder is replaced.
    options : ExportOptions
        What to write.

    Raises
    ------
    ExportError
        If there is nothing to write, `out` is taken, or a source or mask file is missing,
        changed or damaged.
    """
    whole = Path(os.path.realpath(out))
    _refuse_overlap(whole, project)
    draft = Draft(whole)
    legend = make_legend(project.classes, options.void)
    writer = make_writer(options.format, legend, project.settings.stretch)
    with _explained(whole):
        draft.recover()
        draft.refuse_foreign()
        _refuse_sources_in(whole, project)
        with project.catalog.snapshot():
            plan = yield from make_plan(project, options, legend, writer)
            tables = _tables(project, options, legend, plan)
            with draft.growing(plan.digest):
                yield from write_pairs(project, plan, draft, writer)
                yield from _finish(draft, plan, tables)
    return _report(whole, options, plan)


def _finish(draft: Draft, plan: Plan, tables: dict[str, bytes]) -> Job[None]:
    for name, data in tables.items():
        draft.put_bytes(name, data)
    yield Progress(len(plan.pairs), len(plan.pairs), "checksums")
    draft.finish([*plan.files, *tables])
    draft.publish()


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except S2LabelError:
        raise
    except OSError as error:
        raise ExportError(f"{out}: cannot be written ({error.strerror or error})") from error


def _refuse_overlap(out: Path, project: Project) -> None:
    folder = Path(os.path.realpath(project.folder))
    if out.is_relative_to(folder) or folder.is_relative_to(out):
        raise ExportError(f"{out}: overlaps the project {folder}; choose a folder outside of it")


def _refuse_sources_in(out: Path, project: Project) -> None:
    """Raise `ExportError` if replacing `out` would remove what the project reads."""
    if not out.exists():
        return
    # Following links costs a call per part of a path: once per folder, not per file.
    real_folder = cache(os.path.realpath)
    for row in project.catalog.sources():
        path = file_of(row["path"])
        real = path.resolve() if path.is_symlink() else Path(real_folder(path.parent))
        if real.is_relative_to(out):
            raise ExportError(
                f"{out}: holds {path}, a source of this project; choose another folder"
            )


def _tables(
    project: Project, options: ExportOptions, legend: Legend, plan: Plan
) -> dict[str, bytes]:
    catalog = project.catalog
    history, images, masks = catalog.history(), catalog.list_images(), catalog.list_masks()
    facts = CardFacts(
        project.settings, options, legend, plan, images, masks, catalog.imports(), history
    )
    return {
        "classes.csv": classes_table(legend),
        "splits.csv": splits_table(plan),
        "decisions.jsonl": decision_lines(history),
        DATA_CARD: data_card(facts),
    }


def _report(out: Path, options: ExportOptions, plan: Plan) -> ExportReport:
    splits = Counter(plan.split_of(pair.place_id) for pair in plan.pairs)
    return ExportReport(
        out=str(out),
        format=str(options.format),
        places=len(plan.places),
        images=len({pair.image_id for pair in plan.pairs}),
        masks=len(plan.masks.all),
        pairs=len(plan.pairs),
        groups=len(plan.splits),
        pairs_by_split={n: splits[n] for n, share in options.shares.items() if share > 0},
        left_out=dict(sorted(plan.survey.left_out.items())),
        warnings=plan.warnings,
    )
