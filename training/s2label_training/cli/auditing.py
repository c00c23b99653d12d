"""``audit``, ``suspicions``: find masks that may be wrong, and list why."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import Json, JsonLines, follow, print_json, print_lines
from s2label.errors import ProjectBusyError
from s2label.project import open_project
from s2label_training.cli.stopping import stopping_on_interrupt
from s2label_training.freed_memory import keep_freed_memory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from s2label.project import Project
    from s2label.suspicions import SuspicionRecord
    from s2label_training.audit.request import AuditReport

_MOST_FOLDS = 20


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("audit")(audit)
    program.command("suspicions")(suspicions)


def audit(
    project: ProjectPath,
    recipe: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            help="Recipe; vessels_resnet34 or landcover_bands if not given, as the classes are.",
        ),
    ] = "",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="Change a field: fit.epochs=12 instead of 8."
        ),
    ] = None,
    folds: Annotated[
        int,
        typer.Option(
            min=2,
            max=_MOST_FOLDS,
            help="Parts of the labels, each judged by a model of the others.",
        ),
    ] = 5,
    again: Annotated[
        bool, typer.Option("--again", help="Begin anew, not where an audit ended early.")
    ] = False,
    json_lines: JsonLines = False,
) -> None:
    """Find masks that may be wrong, by models that never saw their ground.

    Nothing is changed: what is suspected is noted, and you decide. The project is only read: a
    window may have it open. Stopped with Ctrl-C, the same command goes on.

    Example: s2label audit harbour --folds 5
    """
    # Imported here, as below: heavy imports that `--help` can do without.
    from s2label_training.audit.request import AuditRequest, audit_recipe
    from s2label_training.audit.run import audit_project
    from s2label_training.recipe_files import require_recipe_files

    with open_project(project) as opened, stopping_on_interrupt() as wish:
        found = audit_recipe(opened.classes, recipe, changes or ())
        require_recipe_files(found)
        keep_freed_memory()
        job = audit_project(opened, AuditRequest(found, folds, again), wish)
        report = follow(job, json_lines=json_lines)
    _take_over(project)
    if json_lines:
        print_json({"result": report.as_dict()})
    else:
        for line in _lines(report, project):
            typer.echo(line)
    if report.stopped:
        raise typer.Exit(1)


def suspicions(project: ProjectPath, json: Json = False) -> None:
    """List what an audit suspects and nobody has decided on, the foremost first.

    Unlabelled objects come last, ranked among themselves.

    Example: s2label suspicions harbour --json
    """
    with open_project(project) as opened:
        rows, last = list(_rows(opened)), opened.catalog.last_audit()
    columns = ["rank", "kind", "mask", "image", "words"]
    print_lines(rows, as_json=json, columns=columns)
    if not rows and not json:
        typer.echo(_nothing(project, last))


def _nothing(project: Path, last: str | None) -> str:
    """Return that nothing is suspected, and since when: `last` is a time as the log keeps it."""
    if last is None:
        return f"nothing is suspected; s2label audit {project} looks for wrong masks"
    when = last[:16].replace("T", " ")
    return (
        f"nothing is suspected any more: the last audit was on {when} UTC; s2label audit {project} "
        "looks again"
    )


def _take_over(project: Path) -> None:
    from s2label.handover import take_all
    from s2label.suspicion_files import take_oldest_suspicions

    # Whoever has the project now, the window mostly, takes the suspicions over itself.
    with suppress(ProjectBusyError), open_project(project, write=True) as writing:
        take_all(take_oldest_suspicions, writing)


def _rows(project: Project) -> Iterator[dict[str, Any]]:
    from s2label.suspicions import SuspicionKind

    def place_in_queue(record: SuspicionRecord) -> tuple[bool, float, str]:
        return record.kind is SuspicionKind.UNLABELLED, -record.rank, record.id

    of_masks = project.catalog.suspicions().values()
    for record in sorted((r for rows in of_masks for r in rows), key=place_in_queue):
        yield {
            "id": record.id,
            "mask": record.mask_id,
            "image": record.image_id,
            "kind": str(record.kind),
            "words": record.words,
            "rank": record.rank,
            "score": record.score,
            "class": record.class_value,
            "model": record.model,
            "audit": record.audit,
        }


def _lines(report: AuditReport, project: Path) -> Iterator[str]:
    yield from (f"note: {note}" for note in report.notes)
    if report.stopped:
        yield (
            f"stopped, {report.folds_done} of {report.folds} folds are done: the same command "
            "goes on"
        )
        return
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.suspicions.items())
    total = sum(report.suspicions.values())
    counted = "1 suspicion" if total == 1 else f"{total} suspicions"
    yield f"{report.masks} masks looked at, {counted}{f': {kinds}' * bool(kinds)}"
    for row in report.foremost:
        yield f"  {row['rank']:.3f}  {row['kind']}  {row['mask']}  {row['words']}"
    if total:
        yield f"next: the dock Audit (s2label open {project}), or s2label suspicions {project}"
