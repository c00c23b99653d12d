"""``models``: list the models of a project, judge one, take one into use, go back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.list_group import LIST, ListGroup
from s2label.cli.reporting import Json, JsonLines, follow, print_json, print_lines
from s2label.errors import InputError, MissingExtraError, S2LabelError
from s2label.project import open_project
from s2label_training.cli.outcomes import verdict_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.shelf import Shelf
    from s2label_training.verdicts import Verdict

ModelId = Annotated[str, typer.Argument(metavar="MODEL", help="Id of the model.")]
_METAVAR = "PROJECT [--json] | judge ... | promote ... | rollback ..."
_COLUMNS = ["id", "in_use", "score", "threshold", "chips", "trust", "verdict"]


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    models = typer.Typer(cls=ListGroup, subcommand_metavar=_METAVAR)
    models.callback()(_models)
    models.command(LIST, hidden=True)(list_models)
    models.command("judge")(judge)
    models.command("promote")(promote)
    models.command("rollback")(rollback)
    program.add_typer(models, name="models")


def _models() -> None:
    """List the models of a project, judge one, take one into use, or go back to the one before.

    Example: s2label models harbour --json

    Example: s2label models judge harbour vessels_unet-20240131-120000

    Example: s2label models promote harbour vessels_unet-20240131-120000

    Example: s2label models rollback harbour
    """


def list_models(project: ProjectPath, json: Json = False) -> None:
    """List the models of a project, the newest last.

    Example: s2label models harbour --json
    """
    shelf = _shelf(project)
    rows = list(_rows(shelf))
    print_lines(rows if json else map(_for_people, rows), as_json=json, columns=_COLUMNS)
    for complaint in shelf.complaints:
        typer.echo(f"damaged: {complaint}", err=True)
    if shelf.in_use and not shelf.folder(shelf.in_use).is_dir():
        typer.echo(f"{shelf.in_use} is in use, but its folder is gone", err=True)
    if not rows and not json:
        typer.echo(f"no models yet; next: s2label train {project} --recipe NAME")


def judge(project: ProjectPath, model: ModelId, json_lines: JsonLines = False) -> None:
    """Let the gate judge a model on the chips that are checked by now; use it if it is better.

    For a model of a training that was stopped, or when more chips were checked. The project is
    only read: a window may have it open.

    Example: s2label models judge harbour vessels_unet-20240131-120000
    """
    try:
        with open_project(project) as opened:
            verdict = follow(_judging(opened, model), json_lines=json_lines)
    except KeyboardInterrupt as stop:  # the program would say that it goes on later
        raise S2LabelError(f"{model}: stopped; the same command begins anew") from stop
    if json_lines:
        kept = verdict.model_dump(mode="json")
        print_json({"result": {"model": model, "in_use": verdict.is_better, "verdict": kept}})
        return
    for line in verdict_lines(verdict, is_in_use=verdict.is_better):
        typer.echo(line)


def _judging(project: Project, model: str) -> Job[Verdict]:
    try:
        from s2label_training.judging import judge_again
    except ImportError as error:
        raise MissingExtraError("judging", "training") from error
    return judge_again(project, model)


def promote(
    project: ProjectPath,
    model: ModelId,
    why: Annotated[str, typer.Option(help="A reason, for the history.")] = "by hand",
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="Also if the gate found it no better, or cannot judge it."),
    ] = False,
) -> None:
    """Take a model into use, after its files were verified.

    Example: s2label models promote harbour vessels_unet-20240131-120000
    """
    from s2label_training.verdicts import read_verdict

    shelf = _shelf(project)
    record = shelf.record(model)
    if record.data.hold_out and not anyway:
        raise S2LabelError(
            f"{model}: learnt while {', '.join(record.data.hold_out)} was held out, and maybe from "
            "chips that other models are judged on; --anyway takes it into use all the same"
        )
    verdict = read_verdict(shelf.folder(model))
    if verdict is not None and not verdict.is_better and not anyway:
        raise S2LabelError(
            f"{model}: the gate says no ({verdict.reason}); --anyway takes it into use all the same"
        )
    use = shelf.promote(model, why)
    typer.echo(f"{use.model} is in use (number {use.number})")


def rollback(project: ProjectPath) -> None:
    """Take the model into use that was in use before; asked again, the one before that.

    Example: s2label models rollback harbour
    """
    use = _shelf(project).rollback()
    typer.echo(f"{use.model} is in use again (number {use.number}; {use.why})")


def _shelf(project: ProjectPath) -> Shelf:
    from s2label_training.shelf import Shelf

    with open_project(project) as opened:
        return Shelf(opened.folder)


def _rows(shelf: Shelf) -> Iterator[dict[str, Any]]:
    """Yield what ``--json`` prints of each model; docs/models.md has the keys."""
    uses, numbers = shelf.uses(), shelf.numbers()
    for record in shelf.records():
        verdict = _verdict(shelf, record.id)
        yield {
            "id": record.id,
            "recipe": record.recipe.name,
            "created_at": record.created_at,
            "in_use": bool(uses) and record.id == uses[-1].model,
            "number": numbers.get(record.id),
            "score": record.metrics.get("headline"),
            "threshold": record.threshold,
            "chips": record.data.chips,
            "trust": record.data.trust,
            "verdict": verdict and {"is_better": verdict.is_better, "reason": verdict.reason},
        }


def _verdict(shelf: Shelf, model: str) -> Verdict | None:
    from s2label_training.verdicts import read_verdict

    try:
        return read_verdict(shelf.folder(model))
    except InputError as error:
        shelf.complaints.append(str(error))
        return None


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    verdict = row["verdict"] and ("better" if row["verdict"]["is_better"] else "not better")
    return row | {"in_use": "in use" if row["in_use"] else None, "verdict": verdict}
