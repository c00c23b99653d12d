"""``suggest``: let a model propose masks for many images."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from s2label.cli.arguments import ProjectPath
from s2label.cli.reporting import JsonLines, follow, print_json
from s2label.conditions import parse_conditions
from s2label.errors import MissingExtraError, ProjectBusyError
from s2label.handover import take_all
from s2label.project import open_project
from s2label.worth_files import take_oldest_worths
from s2label_training.freed_memory import keep_freed_memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from s2label.conditions import Conditions
    from s2label.progress import Job
    from s2label.project import Project
    from s2label_training.suggesting import SuggestReport

# Reasons why images got no suggestion that are told one by one.
_TOLD = 10


def add_commands(program: typer.Typer) -> None:
    """Add the commands of this file."""
    program.command("suggest")(suggest)


def suggest(
    project: ProjectPath,
    where: Annotated[
        str,
        typer.Option(
            help="Which images: state or mask = open, accepted, rejected or any, joined by and; "
            "also mask = none."
        ),
    ] = "state = open",
    model: Annotated[
        str, typer.Option(help="Id of a model, in use or not; by default the one in use.")
    ] = "",
    json_lines: JsonLines = False,
) -> None:
    """Let the model in use propose masks for many images; the window shows them at once.

    A stopped run goes on when the same command is run again. Masks are not changed: accept a
    suggestion in the window.

    Example: s2label suggest harbour --where "state = open and mask = none"
    """
    conditions = parse_conditions(where)
    with open_project(project) as opened:
        _check_model(opened, model)
        keep_freed_memory()
        report = follow(_suggest_all()(opened, conditions, model), json_lines=json_lines)
    # Whoever has the project now, the window mostly, takes over what looks are worth itself.
    with suppress(ProjectBusyError), open_project(project, write=True) as writing:
        take_all(take_oldest_worths, writing)
    if json_lines:
        print_json({"result": asdict(report)})
    else:
        _print_report(report)


def _check_model(project: Project, model: str) -> None:
    # Imported here, as below: heavy imports that `--help` can do without.
    from s2label_training.chosen_model import require_model
    from s2label_training.shelf import Shelf

    require_model(Shelf(project.folder), project.classes, model)


def _suggest_all() -> Callable[[Project, Conditions, str], Job[SuggestReport]]:
    # After the model was looked at: a refusal need not wait for torch, which takes seconds.
    try:
        from s2label_training.suggesting import suggest_all
    except ImportError as error:
        raise MissingExtraError("suggesting", "training") from error
    return suggest_all


def _print_report(report: SuggestReport) -> None:
    typer.echo(
        f"{report.model}: {report.suggested} of {report.images} images got a suggestion now, "
        f"{report.kept} had one already"
    )
    for reason, count in list(report.refused.items())[:_TOLD]:
        typer.echo(f"{count} image{'' if count == 1 else 's'} without one: {reason}")
    if len(report.refused) > _TOLD:
        typer.echo(f"and {len(report.refused) - _TOLD} more reasons")
