"""The export job: look at everything, write each file once, then put the whole in place."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from s2label.errors import ExportError, S2LabelError
from s2label.exports.contents import gather, writer_for
from s2label.exports.data_card import data_card
from s2label.exports.descriptions import describe
from s2label.exports.draft import DATA_CARD, Draft
from s2label.exports.leaks import Member, find_leaks
from s2label.exports.log import LOG
from s2label.exports.log_request import LogRequest, LogWriting
from s2label.exports.options import ExportReport
from s2label.exports.pairs import write_pairs
from s2label.exports.tables import (
    classes_table,
    decision_lines,
    leaks_document,
    splits_table,
)
from s2label.progress import Job, Progress
from s2label.refusals import reason_of
from s2label.source_files import file_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.exports.contents import Contents
    from s2label.exports.formats import FormatWriter
    from s2label.exports.leak_report import LeakReport
    from s2label.exports.options import ExportOptions
    from s2label.exports.plan import Plan
    from s2label.project import Project


LEAKS = "leaks.json"


def export_project(
    project: Project, out: Path, options: ExportOptions, request: LogRequest | None = None
) -> Job[ExportReport]:
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
    request : LogRequest, optional
        How the log is written.

    Raises
    ------
    ExportError
        If there is nothing to write, `out` is taken, or a source or mask file is missing,
        changed or damaged.
    """
    whole, request = Path(os.path.realpath(out)), request or LogRequest()
    if whole.is_symlink():  # after `realpath` only a link that leads in a circle is one
        raise ExportError(f"{out}: a link that leads to itself; choose another folder")
    _refuse_overlap(whole, project)
    request.refuse_bad_file(whole)
    draft, writer = Draft(whole), writer_for(project, options)
    with _explained(whole):
        draft.recover()
        draft.refuse_foreign()
        _refuse_sources_in(whole, project)
        with project.catalog.snapshot():
            contents = yield from gather(project, options, writer)
            with draft.growing(contents.plan.digest):
                log = LogWriting(project, contents, request)
                leaks = yield from _write(project, contents, writer, draft, log)
            log.write_own(whole)
    return _report(whole, contents, leaks)


def _write(
    project: Project, contents: Contents, writer: FormatWriter, draft: Draft, log: LogWriting
) -> Job[LeakReport]:
    plan = contents.plan
    sketches = yield from write_pairs(project, plan, draft, writer)
    described = yield from describe(project, contents, draft)
    total = len(plan.pairs)
    yield Progress(total, total, "looking for leaks")
    grids = {id_: place.grid for id_, place in plan.places.items()}
    leaks = find_leaks(_members(plan), grids, sketches)
    tables = _tables(contents, leaks)
    for name, data in tables.items():
        draft.put_bytes(name, data)
    yield Progress(total, total, "writing the log")
    draft.put(LOG, log.write)
    yield Progress(total, total, "checksums")
    draft.finish([*plan.files, *described, *tables, LOG])
    draft.publish()
    return leaks


@contextmanager
def _explained(out: Path) -> Iterator[None]:
    try:
        yield
    except S2LabelError:
        raise
    except OSError as error:
        raise ExportError(f"{out}: cannot be written ({reason_of(error)})") from error


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


def _members(plan: Plan) -> list[Member]:
    return [
        Member(
            pair.image_id,
            pair.place_id,
            plan.groups[pair.place_id],
            plan.survey.scenes[pair.image_id],
            plan.split_of(pair.place_id),
        )
        for pair in plan.pairs
    ]


def _tables(contents: Contents, leaks: LeakReport) -> dict[str, bytes]:
    return {
        "classes.csv": classes_table(contents.legend),
        "splits.csv": splits_table(contents.plan),
        "decisions.jsonl": decision_lines(contents.history),
        LEAKS: leaks_document(leaks),
        DATA_CARD: data_card(contents, leaks),
    }


def _report(out: Path, contents: Contents, leaks: LeakReport) -> ExportReport:
    options, plan = contents.options, contents.plan
    splits = Counter(plan.split_of(pair.place_id) for pair in plan.pairs)
    return ExportReport(
        out=str(out),
        format=str(options.format),
        places=len(plan.places),
        images=len({pair.image_id for pair in plan.pairs}),
        masks=len({pair.mask_id for pair in plan.pairs}),
        pairs=len(plan.pairs),
        groups=len(set(plan.groups.values())),
        pairs_by_split={name: splits[name] for name in options.split_names},
        left_out=dict(sorted(plan.survey.left_out.items())),
        leaks={str(kind): count for kind, count in leaks.counts.items()},
        warnings=[*plan.warnings, *_leak_warnings(leaks)],
    )


def _leak_warnings(leaks: LeakReport) -> list[str]:
    told = [f"the splits share something: {line}; {LEAKS} names them" for line in leaks.lines()]
    return [*told, *leaks.unchecked_lines()]
